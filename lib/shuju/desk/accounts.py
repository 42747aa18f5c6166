"""Accounts (账号): who there is, their passwords and second factors."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass

import pyotp
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from shuju.desk.passwords import check_strength, hashed, is_right
from shuju.desk.tables.accounts import accounts, recovery_codes, sessions
from shuju.keys import TOTP, sealed, unsealed

MOST_FAILURES = 5
LOCKED = dt.timedelta(minutes=15)
FIRST_LASTS = dt.timedelta(days=7)  # a password that somebody else chose
CODES, CODE_BYTES = 8, 15  # 120 bits: a plain hash of them tells nothing
STEP_SECONDS = 30
WRONG = "账号或密码不正确，或账号已停用、暂时锁定，或初始密码已过七天"

_c = accounts.c


class SignInError(ValueError):
    """Somebody could not sign in. The message tells them nothing of the account; ``why`` is for the audit trail."""

    def __init__(self, why: str, message: str = WRONG):
        """Take both."""
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Account:
    """One person's account; ``has_totp`` tells whether a second factor is asked for."""

    id: int
    account: str
    name: str
    must_change: bool
    locked_until: dt.datetime | None
    disabled_at: dt.datetime | None
    has_totp: bool
    made_at: dt.datetime


# Who there is


def has_accounts(desk: Engine) -> bool:
    """Whether there is any account: without one the server is a demo."""
    with desk.connect() as connection:
        return connection.execute(select(_c.id).limit(1)).first() is not None


def add_account(desk: Engine, account: str, name: str, password: str | None, *, at: dt.datetime) -> Account:
    """Add an account whose owner must change the password when they first sign in.

    Without a password they sign in by another system alone (OIDC), once their identity there is linked.

    Raises:
        ValueError: a name that is taken or makes no sense, or a password that is too weak.
    """
    account, name = account.strip().lower(), " ".join(name.split())
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,59}", account):
        raise ValueError("账号应为 2 至 60 个小写字母、数字、点、横线，以字母或数字开头")
    if not name:
        raise ValueError("请给出姓名")
    if password is not None:
        check_strength(password, (account, name))
    with desk.begin() as connection:
        if connection.execute(select(_c.id).where(_c.account == account)).first():
            raise ValueError(f"账号 {account!r} 已存在")
        row = {"account": account, "name": name, "password": None if password is None else hashed(password)}
        connection.execute(
            insert(accounts).values(
                **row, must_change=password is not None, n_failures=0, made_at=at, password_at=at
            )
        )
    return find_account(desk, account)


def find_account(desk: Engine, account: str) -> Account:
    """Return an account by its name.

    Raises:
        ValueError: there is none.
    """
    with desk.connect() as connection:
        row = connection.execute(select(accounts).where(_c.account == account.strip().lower())).first()
    if row is None:
        raise ValueError(f"没有账号 {account!r}")
    return _account(row)


def list_accounts(desk: Engine) -> list[Account]:
    """Return all accounts by name."""
    with desk.connect() as connection:
        return [_account(row) for row in connection.execute(select(accounts).order_by(_c.account))]


def set_disabled(desk: Engine, account: str, is_disabled: bool, *, at: dt.datetime) -> None:
    """Disable an account and end its sessions, or enable it."""
    found = find_account(desk, account)
    with desk.begin() as connection:
        here = update(accounts).where(_c.id == found.id)
        connection.execute(
            here.values(disabled_at=at if is_disabled else None, n_failures=0, locked_until=None)
        )
        if is_disabled:
            end_sessions(connection, found.id, at)


def set_password(
    desk: Engine, account: str, password: str, *, at: dt.datetime, must_change: bool = False
) -> None:
    """Give an account another password, and end its sessions.

    Raises:
        ValueError: too weak, or the one that it has.
    """
    found = find_account(desk, account)
    check_strength(password, (found.account, found.name))
    with desk.begin() as connection:
        kept = connection.execute(select(_c.password).where(_c.id == found.id)).scalar()
        if is_right(kept, password):
            raise ValueError("新密码不能与原密码相同")
        values = {"password": hashed(password), "must_change": must_change, "password_at": at}
        connection.execute(
            update(accounts).where(_c.id == found.id).values(**values, n_failures=0, locked_until=None)
        )
        end_sessions(connection, found.id, at)


def end_sessions(connection: Connection, account_id: int, at: dt.datetime) -> None:
    """End all sessions of an account, in the transaction that gives the reason."""
    here = (sessions.c.account_id == account_id) & sessions.c.ended_at.is_(None)
    connection.execute(update(sessions).where(here).values(ended_at=at))


# Signing in


def check_sign_in(desk: Engine, account: str, password: str, code: str = "", *, at: dt.datetime) -> Account:
    """Return the account whose password, and second factor if it has one, are right.

    After ``MOST_FAILURES`` wrong ones the account is locked for ``LOCKED``; each answer takes as long as any other. A password that must be
    changed opens nothing after ``FIRST_LASTS``.

    Raises:
        SignInError: wrong, locked, disabled, too old for a first one, or there is none.
    """
    with desk.connect() as connection:
        row = connection.execute(select(accounts).where(_c.account == account.strip().lower()[:100])).first()
    is_known = is_right(row.password if row is not None else None, password)
    if row is None:
        raise SignInError("没有这个账号")
    if row.disabled_at is not None:
        raise SignInError("账号已停用")
    if row.locked_until is not None and row.locked_until > at:
        raise SignInError("账号已锁定")
    if not is_known or (row.totp is not None and not _take_code(desk, row, code, at)):
        _count_failure(desk, row, at)
        raise SignInError("密码不正确" if not is_known else "动态码不正确")
    if row.must_change and row.password_at is not None and at - row.password_at > FIRST_LASTS:
        raise SignInError("初始密码已过期")
    with desk.begin() as connection:
        connection.execute(update(accounts).where(_c.id == row.id).values(n_failures=0, locked_until=None))
    return _account(row)


def check_password(desk: Engine, account: str, password: str, *, at: dt.datetime) -> None:
    """Check the password of somebody who is signed in; wrong ones count as when signing in.

    Raises:
        ValueError: it is wrong, or the account is locked.
    """
    found = find_account(desk, account)
    with desk.connect() as connection:
        row = connection.execute(select(accounts).where(_c.id == found.id)).one()
    if row.locked_until is not None and row.locked_until > at:
        raise ValueError("账号已暂时锁定，请稍后再试")
    if not is_right(row.password, password):
        _count_failure(desk, row, at)
        raise ValueError("密码不正确")


def offer_totp(account: Account) -> tuple[str, str]:
    """Return a new secret for an authenticator, and its address (``otpauth://…``); nothing is kept yet."""
    secret = pyotp.random_base32()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=account.account, issuer_name="数聚")


def set_totp(desk: Engine, account: str, secret: str, code: str, *, at: dt.datetime) -> list[str]:
    """Ask for a second factor from now on; return the recovery codes, which are shown once.

    Raises:
        ValueError: ``code`` is not what the authenticator shows now.
    """
    found = find_account(desk, account)
    step = _step(secret, code, at)
    if step is None:
        raise ValueError("动态码不正确；请核对手机时间后再试")
    kept = sealed(secret, TOTP, found.account)
    codes = [_new_code() for _ in range(CODES)]
    with desk.begin() as connection:
        connection.execute(update(accounts).where(_c.id == found.id).values(totp=kept, totp_step=step))
        connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == found.id))
        rows = [{"account_id": found.id, "code": _digest(code)} for code in codes]
        connection.execute(insert(recovery_codes), rows)
    return codes


def drop_totp(desk: Engine, account: str) -> None:
    """Ask for no second factor any more: for somebody who lost theirs."""
    found = find_account(desk, account)
    with desk.begin() as connection:
        connection.execute(update(accounts).where(_c.id == found.id).values(totp=None, totp_step=None))
        connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == found.id))


# Behind it


def _account(row: Row) -> Account:
    return Account(
        row.id, row.account, row.name, row.must_change, row.locked_until, row.disabled_at, row.totp is not None, row.made_at
    )  # fmt: skip


def _count_failure(desk: Engine, row: Row, at: dt.datetime) -> None:
    """Count a wrong password, whatever others count at the same time; the last of a few locks the account."""
    with desk.begin() as connection:
        connection.execute(update(accounts).where(_c.id == row.id).values(n_failures=_c.n_failures + 1))
        n = connection.execute(select(_c.n_failures).where(_c.id == row.id)).scalar_one()
        if n >= MOST_FAILURES:
            connection.execute(
                update(accounts).where(_c.id == row.id).values(n_failures=0, locked_until=at + LOCKED)
            )


def _take_code(desk: Engine, row: Row, code: str, at: dt.datetime) -> bool:
    """Whether a code of the authenticator, or a recovery code, is right and was not used before; it is used now."""
    code = code.strip()
    step = _step(unsealed(row.totp, TOTP, row.account), code, at)
    with desk.begin() as connection:
        if step is not None:
            newer = (_c.id == row.id) & (_c.totp_step.is_(None) | (_c.totp_step < step))
            return connection.execute(update(accounts).where(newer).values(totp_step=step)).rowcount == 1
        r = recovery_codes.c
        unused = (r.account_id == row.id) & (r.code == _digest(code.upper())) & r.used_at.is_(None)
        return connection.execute(update(recovery_codes).where(unused).values(used_at=at)).rowcount == 1


def _step(secret: str, code: str, at: dt.datetime) -> int | None:
    """Return the step of 30 seconds that a code belongs to, one before and one after the present one too."""
    clock = int(at.replace(tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (clock, clock - 1, clock + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


def _new_code() -> str:
    """Return a recovery code: letters and digits that are not mistaken for each other when they are copied by hand."""
    text = b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    return "-".join(text[at : at + 6] for at in range(0, len(text), 6))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
