"""Persons in their roles as they are now, by account, role and organisation: on whose behalf something is done while they are away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial

from sqlalchemy import Engine, select

from shuju.access.roles import DEPARTMENT, ROLES
from shuju.access.subject import Entrusted, Subject
from shuju.desk.accounts import has_accounts
from shuju.desk.organisations import Answerable, answerable
from shuju.desk.sessions import demo_account, demo_subject
from shuju.desk.tables.accounts import accounts, memberships, organisations
from shuju.desk.tasks.entrusted import entrusted_to

Who = tuple[str, str, int | None]  # account, role, organisation
m = memberships.c


def subject_named(
    desk: Engine, account: str, role: str, organisation_id: int | None, *, at: dt.datetime
) -> Subject | None:
    """Return one person in a role, None if the account is gone or disabled, or no longer has the role there."""
    who = account, role, organisation_id
    return subjects_named(desk, [who], at=at).get(who)


def subjects_named(desk: Engine, wanted: Iterable[Who], *, at: dt.datetime) -> dict[Who, Subject]:
    """Return those of some persons who hold their role at a time. O(memberships), a look at the tree for each organisation."""
    asked = set(wanted)
    if not has_accounts(desk):
        demo = {demo_account(role): role for role in ROLES}
        return {who: demo_subject(desk, who[1]) for who in asked if demo.get(who[0]) == who[1]}
    standing = (
        select(accounts.c.account, accounts.c.name, m.role, m.organisation_id, organisations.c.name)
        .join(memberships, m.account_id == accounts.c.id)
        .outerjoin(organisations, organisations.c.id == m.organisation_id)
        .where(accounts.c.disabled_at.is_(None), m.since <= at, m.until.is_(None) | (m.until > at))
    )
    if len(asked) == 1:
        standing = standing.where(accounts.c.account == next(iter(asked))[0])
    with desk.connect() as connection:
        rows = connection.execute(standing).all()
    known: dict[int, tuple[Answerable, Entrusted]] = {}
    found = {}
    for account, name, role, organisation_id, organisation in rows:
        who = account, role, organisation_id if role == DEPARTMENT else None
        if who not in asked:
            continue
        found[who] = Subject(account, name, role)
        if who[2] is not None:
            if who[2] not in known:
                known[who[2]] = answerable(desk, who[2]), entrusted_to(desk, who[2])
            own, entrusted = known[who[2]]
            of = partial(Subject, account, name, role, organisation, own.regions, own.library)
            found[who] = of(own.departments, who[2], entrusted)
    return found
