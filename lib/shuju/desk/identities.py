"""Identities (统一身份): who somebody is in another system, linked to an account by hand, by issuer and subject and nothing else."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, delete, insert, select

from shuju.desk.accounts import Account, SignInError, find_account
from shuju.desk.tables.accounts import accounts, identities

NOT_LINKED = "此统一身份还没有与本系统的账号关联，请与系统管理员联系"

_i = identities.c


def link(desk: Engine, account: str, issuer: str, subject: str, *, at: dt.datetime, by: str) -> None:
    """Link an identity to an account.

    Raises:
        ValueError: no such account, or the identity is linked to one.
    """
    found = find_account(desk, account)
    with desk.begin() as connection:
        if connection.execute(
            select(_i.account_id).where(_i.issuer == issuer, _i.subject == subject)
        ).first():
            raise ValueError("此统一身份已与一个账号关联；请先取消")
        row = {"issuer": issuer, "subject": subject, "account_id": found.id, "linked_at": at, "linked_by": by}
        connection.execute(insert(identities).values(**row))


def unlink(desk: Engine, account: str) -> int:
    """Unlink all identities of an account; return how many there were."""
    found = find_account(desk, account)
    with desk.begin() as connection:
        return connection.execute(delete(identities).where(_i.account_id == found.id)).rowcount


def account_of(desk: Engine, issuer: str, subject: str, *, at: dt.datetime) -> Account:
    """Return the account that an identity is linked to.

    Raises:
        SignInError: there is none, or it is disabled or locked.
    """
    wanted = select(accounts.c.account).join(identities, _i.account_id == accounts.c.id)
    with desk.connect() as connection:
        name = connection.execute(wanted.where(_i.issuer == issuer, _i.subject == subject)).scalar()
    if name is None:
        raise SignInError("统一身份没有关联账号", NOT_LINKED)
    return usable(find_account(desk, name), at=at)


def usable(account: Account, *, at: dt.datetime) -> Account:
    """Return an account that may sign in without its password.

    Raises:
        SignInError: it is disabled or locked.
    """
    if account.disabled_at is not None:
        raise SignInError("账号已停用")
    if account.locked_until is not None and account.locked_until > at:
        raise SignInError("账号已锁定")
    return account
