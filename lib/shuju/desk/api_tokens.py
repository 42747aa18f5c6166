"""Tokens (接口令牌) with which another system acts on tasks, as one account in one of its roles; only their hashes are kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, update

from shuju.access.subject import Subject
from shuju.desk.accounts import find_account
from shuju.desk.memberships import memberships_of, subject_of
from shuju.desk.tables.accounts import accounts, api_tokens

t = api_tokens.c


@dataclass(frozen=True)
class ApiToken:
    """One token: what it is called, whose it is, in which membership."""

    id: int
    name: str
    account: str
    membership_id: int
    made_at: dt.datetime
    used_at: dt.datetime | None


def make_token(desk: Engine, account: str, role: str, name: str, *, at: dt.datetime) -> str:
    """Make a token of an account in one of its roles; return its secret, which is told once.

    Raises:
        ValueError: no such account, or it does not hold the role.
    """
    found = find_account(desk, account)
    held = next((m for m in memberships_of(desk, found.id, at=at) if m.role == role), None)
    if held is None:
        raise ValueError(f"{found.account} 没有角色 {role!r}")
    secret = secrets.token_urlsafe(32)
    row = {"secret": _digest(secret), "name": name[:100], "account_id": found.id, "membership_id": held.id}
    with desk.begin() as connection:
        connection.execute(insert(api_tokens).values(**row, made_at=at))
    return secret


def bearer(desk: Engine, secret: str, *, at: dt.datetime) -> Subject | None:
    """Return who acts by a token, None if nobody: it is ended, or the account or its role is."""
    with desk.connect() as connection:
        row = connection.execute(
            select(api_tokens).where(t.secret == _digest(secret), t.ended_at.is_(None))
        ).first()
        if row is None:
            return None
        account = connection.execute(
            select(accounts.c.account).where(accounts.c.id == row.account_id)
        ).scalar_one()
    found = find_account(desk, account)
    held = next((m for m in memberships_of(desk, found.id, at=at) if m.id == row.membership_id), None)
    if held is None or found.disabled_at is not None:
        return None
    if row.used_at is None or at - row.used_at > dt.timedelta(minutes=1):
        with desk.begin() as connection:
            connection.execute(update(api_tokens).where(t.id == row.id).values(used_at=at))
    return subject_of(desk, found, held)


def list_tokens(desk: Engine) -> list[ApiToken]:
    """Return the tokens that last."""
    wanted = select(t.id, t.name, accounts.c.account, t.membership_id, t.made_at, t.used_at).join(
        accounts, accounts.c.id == t.account_id
    )
    with desk.connect() as connection:
        return [
            ApiToken(*row) for row in connection.execute(wanted.where(t.ended_at.is_(None)).order_by(t.id))
        ]


def end_token(desk: Engine, number: int, *, at: dt.datetime) -> bool:
    """End a token; tell whether it lasted."""
    with desk.begin() as connection:
        here = (t.id == number) & t.ended_at.is_(None)
        return connection.execute(update(api_tokens).where(here).values(ended_at=at)).rowcount > 0


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
