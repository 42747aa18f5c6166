"""Sessions (会话): who is signed in, by an opaque secret in a cookie; the database holds its hash alone.

The ``handle`` of a session is what travels in the token of a page: it opens nothing by itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, Row, insert, select, update

from shuju.access.roles import ROLES
from shuju.access.subject import Subject
from shuju.desk.accounts import Account, SignInError
from shuju.desk.memberships import memberships_of, subject_of
from shuju.desk.organisations import answerable, of_region
from shuju.desk.role_rules import needs_second_factor
from shuju.desk.tables.accounts import accounts, sessions
from shuju.desk.tasks.entrusted import entrusted_to

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=10)
NOTED = dt.timedelta(minutes=1)  # how exactly it is kept when somebody was seen last
DEMO_REGION = "430100"

_s = sessions.c


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in; ``secret`` is the hash of the cookie, ``account_id`` is None in a demo.

    ``is_strong``: a second factor was shown; ``needs_factor``: it was not, and the role asks for one.
    ``is_device``: not somebody but a screen, to which only the big screen is open.
    """

    secret: str
    handle: str
    subject: Subject
    account_id: int | None
    must_change: bool
    begun_at: dt.datetime
    is_strong: bool = False
    needs_factor: bool = False
    is_device: bool = False

    @property
    def xsrf(self) -> str:
        """What a form of this session must hold; another site cannot know it, and it opens nothing."""
        return hashlib.sha256(f"xsrf {self.secret}".encode()).hexdigest()[:32]


def begin(
    desk: Engine, account: Account, role: str, address: str, *, at: dt.datetime, is_strong: bool = False
) -> str:
    """Begin a session of an account in one of its roles (empty: the first); return the secret for the cookie.

    ``is_strong`` says that a second factor was shown.

    Raises:
        SignInError: the account holds no role, or not this one.
    """
    held = memberships_of(desk, account.id, at=at)
    chosen = next((m for m in held if role in ("", m.role, str(m.id))), None)
    if chosen is None:
        raise SignInError("没有角色", "此账号没有可用的角色，请与安全管理员联系")
    return _begin(desk, address, at, account_id=account.id, membership_id=chosen.id, is_strong=is_strong)


def begin_demo(desk: Engine, role: str, address: str, *, at: dt.datetime) -> str:
    """Begin a session of a demo person; return the secret for the cookie.

    Raises:
        SignInError: no such role.
    """
    if role not in ROLES:
        raise SignInError("没有这个角色", "没有这个角色")
    return _begin(desk, address, at, demo_role=role)


def find(desk: Engine, cookie: str, *, at: dt.datetime) -> Session | None:
    """Return the session of a cookie, None if there is none or it has ended; notes that it was seen."""
    with desk.connect() as connection:
        row = connection.execute(select(sessions).where(_s.secret == _digest(cookie))).first()
    if row is None or not _lasts(row, at):
        return None
    session = _demo(desk, row) if row.account_id is None else _of_account(desk, row, at)
    if session is not None and at - row.seen_at >= NOTED:
        with desk.begin() as connection:
            connection.execute(update(sessions).where(_s.secret == row.secret).values(seen_at=at))
    return session


def end(desk: Engine, secret: str, *, at: dt.datetime) -> None:
    """End a session, by the hash of its cookie."""
    with desk.begin() as connection:
        connection.execute(
            update(sessions).where(_s.secret == secret, _s.ended_at.is_(None)).values(ended_at=at)
        )


def end_all(desk: Engine, account_id: int | None, *, at: dt.datetime) -> int:
    """End all sessions of an account; return how many there were."""
    with desk.begin() as connection:
        here = (_s.account_id == account_id) & _s.ended_at.is_(None)
        return connection.execute(update(sessions).where(here).values(ended_at=at)).rowcount


def strengthen(desk: Engine, secret: str) -> None:
    """Note that who holds a session has just shown a second factor."""
    with desk.begin() as connection:
        connection.execute(update(sessions).where(_s.secret == secret).values(is_strong=True))


def end_demo(desk: Engine, *, at: dt.datetime) -> None:
    """End the sessions of demo persons: there are accounts now."""
    with desk.begin() as connection:
        here = _s.account_id.is_(None) & _s.ended_at.is_(None)
        connection.execute(update(sessions).where(here).values(ended_at=at))


def list_sessions(desk: Engine, *, at: dt.datetime) -> list[dict[str, object]]:
    """Return the sessions that last: ``handle, account, demo_role, address, begun_at, seen_at``, the newest first."""
    wanted = (
        select(_s.handle, accounts.c.account, _s.demo_role, _s.address, _s.begun_at, _s.seen_at, _s.ended_at)
        .outerjoin(accounts, accounts.c.id == _s.account_id)
        .order_by(_s.begun_at.desc())
    )
    with desk.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(wanted) if _lasts(row, at)]


def ended_among(desk: Engine, handles: set[str], *, at: dt.datetime) -> set[str]:
    """Return those of some sessions that do not last any more."""
    wanted = select(_s.handle, _s.begun_at, _s.seen_at, _s.ended_at).where(_s.handle.in_(handles))
    with desk.connect() as connection:
        return handles - {row.handle for row in connection.execute(wanted) if _lasts(row, at)}


def seen(desk: Engine, handles: set[str], *, at: dt.datetime) -> None:
    """Note that some sessions are in use: their pages talk to the server."""
    with desk.begin() as connection:
        here = _s.handle.in_(handles) & _s.ended_at.is_(None)
        connection.execute(update(sessions).where(here).values(seen_at=at))


def demo_account(role: str) -> str:
    """Return what the demo person of a role is called where accounts are; no account can be called so."""
    return f"演示-{role}"


def demo_subject(desk: Engine, role: str) -> Subject:
    """Return the demo person of a role; that of 承办部门 answers for ``DEMO_REGION``."""
    name = f"演示{ROLES[role].title}"
    if not ROLES[role].is_of_organisation:
        return Subject(demo_account(role), name, role)
    place = of_region(desk, DEMO_REGION)
    own = answerable(desk, place.id)
    return Subject(
        demo_account(role), name, role, place.name, own.regions, own.library, own.departments, place.id, entrusted_to(desk, place.id)
    )  # fmt: skip


def _begin(desk: Engine, address: str, at: dt.datetime, **whose: object) -> str:
    cookie = secrets.token_urlsafe(32)
    row = {"secret": _digest(cookie), "handle": secrets.token_urlsafe(24), "address": address[:60]}
    with desk.begin() as connection:
        connection.execute(insert(sessions).values(**row, **whose, begun_at=at, seen_at=at))
    return cookie


def _lasts(row: Row, at: dt.datetime) -> bool:
    return row.ended_at is None and at - row.seen_at < IDLE and at - row.begun_at < LONGEST


def _demo(desk: Engine, row: Row) -> Session:
    return Session(row.secret, row.handle, demo_subject(desk, row.demo_role), None, False, row.begun_at)


def _of_account(desk: Engine, row: Row, at: dt.datetime) -> Session | None:
    with desk.connect() as connection:
        found = connection.execute(select(accounts).where(accounts.c.id == row.account_id)).one()
    held = next((m for m in memberships_of(desk, row.account_id, at=at) if m.id == row.membership_id), None)
    if held is None or found.disabled_at is not None:
        return None
    account = Account(
        found.id, found.account, found.name, found.must_change, found.locked_until, found.disabled_at,
        found.totp is not None, found.made_at,
    )  # fmt: skip
    needs_factor = not row.is_strong and needs_second_factor(desk, held.role)
    subject = subject_of(desk, account, held)
    return Session(
        row.secret,
        row.handle,
        subject,
        found.id,
        found.must_change,
        row.begun_at,
        row.is_strong,
        needs_factor,
    )


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
