"""Memberships (任职): which roles an account holds, in which organisation, until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, insert, select, update

from shuju.access.roles import DEPARTMENT, ROLES, check_together, role_of
from shuju.access.subject import Subject
from shuju.desk.accounts import Account, end_sessions, find_account
from shuju.desk.organisations import answerable
from shuju.desk.tables.accounts import accounts, memberships, organisations
from shuju.desk.tasks.entrusted import entrusted_to

_m = memberships.c


@dataclass(frozen=True)
class Membership:
    """A role that an account holds, within an organisation where the role asks for one."""

    id: int
    account_id: int
    role: str
    organisation_id: int | None
    organisation: str
    since: dt.datetime
    until: dt.datetime | None


def grant(
    desk: Engine,
    account: str,
    role: str,
    organisation_id: int | None = None,
    until: dt.datetime | None = None,
    *,
    at: dt.datetime,
    by: str,
) -> Membership:
    """Give an account a role, until some day if told.

    Raises:
        ValueError: no such role, one that must not be held together with another, or no organisation where one is needed.
    """
    found, role = find_account(desk, account), role_of(role).name
    if ROLES[role].is_of_organisation != (organisation_id is not None):
        raise ValueError(
            f"{ROLES[role].title}须指明机构"
            if organisation_id is None
            else f"{ROLES[role].title}不属于某一机构"
        )
    if until is not None and until <= at:
        raise ValueError("任期已过")
    if organisation_id is not None:
        answerable(desk, organisation_id)
    with desk.begin() as connection:
        held = _standing(connection, found.id, at)
        check_together([role, *(row.role for row in held)])
        if any(row.role == role and row.organisation_id == organisation_id for row in held):
            raise ValueError(f"{found.account} 已是{ROLES[role].title}")
        row = {"account_id": found.id, "role": role, "organisation_id": organisation_id}
        made = connection.execute(
            insert(memberships).values(**row, since=at, until=until, granted_by=by)
        ).inserted_primary_key
    return next(m for m in memberships_of(desk, found.id, at=at) if m.id == made[0])


def revoke(desk: Engine, account: str, role: str, *, at: dt.datetime) -> int:
    """Take a role from an account, and end its sessions; return how many memberships ended.

    Raises:
        ValueError: no such role.
    """
    found, role = find_account(desk, account), role_of(role).name
    with desk.begin() as connection:
        here = (_m.account_id == found.id) & (_m.role == role) & (_m.until.is_(None) | (_m.until > at))
        n = connection.execute(update(memberships).where(here).values(until=at)).rowcount
        if n:
            end_sessions(connection, found.id, at)
    return n


def memberships_of(desk: Engine, account_id: int, *, at: dt.datetime) -> list[Membership]:
    """Return the roles that an account holds at a time, the first granted first."""
    with desk.connect() as connection:
        return [
            Membership(
                row.id,
                row.account_id,
                row.role,
                row.organisation_id,
                row.organisation or "",
                row.since,
                row.until,
            )
            for row in _standing(connection, account_id, at)
        ]


def organisations_with_people(desk: Engine, *, at: dt.datetime) -> frozenset[int]:
    """Return the organisations in which an account that may sign in holds a role at a time: what is sent there is received."""
    held = (
        select(_m.organisation_id)
        .join(accounts, accounts.c.id == _m.account_id)
        .where(accounts.c.disabled_at.is_(None), _m.since <= at, _m.until.is_(None) | (_m.until > at))
    )
    with desk.connect() as connection:
        return frozenset(
            number for number in connection.execute(held.distinct()).scalars() if number is not None
        )


def subject_of(desk: Engine, account: Account, membership: Membership) -> Subject:
    """Return the person in one of their roles."""
    if membership.role != DEPARTMENT or membership.organisation_id is None:
        return Subject(account.account, account.name, membership.role)
    own = answerable(desk, membership.organisation_id)
    return Subject(
        account.account, account.name, membership.role, membership.organisation, own.regions, own.library, own.departments,
        membership.organisation_id, entrusted_to(desk, membership.organisation_id),
    )  # fmt: skip


def _standing(connection: Connection, account_id: int, at: dt.datetime) -> list[Row]:
    held = (
        select(memberships, organisations.c.name.label("organisation"))
        .outerjoin(organisations, organisations.c.id == _m.organisation_id)
        .where(_m.account_id == account_id, _m.since <= at, _m.until.is_(None) | (_m.until > at))
    )
    return list(connection.execute(held.order_by(_m.id)))
