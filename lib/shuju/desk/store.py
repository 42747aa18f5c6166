"""Where the desk is kept: SQLite beside the library, or any database by URL (``SHUJU_DESK``); its tables.

A change of tables is a migration in ``migrations/versions``; an older desk is brought up when it is opened.
"""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    false,
)
from sqlalchemy.pool import NullPool

from shuju.desk.migrations import bring_up
from shuju.library.home import Home

VARIABLE = "SHUJU_DESK"
metadata = MetaData()

marks = Table(
    "marks",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("value", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("subject", String(200), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("before", String(200)),
    Column("after", String(200)),
    Column("undoes", Integer),
)
issue_decisions = Table(
    "issue_decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("issue_id", String(100), nullable=False, index=True),
    Column("letters", Text, nullable=False),  # JSON lists of letter ids
    Column("others", Text, nullable=False),
    Column("name", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False),
    Column("undone_at", DateTime),
    Column("undone_by", String(100)),
)
saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("owner", String(100), nullable=False, index=True),  # an account
    Column("name", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)


organisations = Table(
    "organisations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("parent_id", Integer, ForeignKey("organisations.id")),
    Column("name", String(200), nullable=False),
    Column("region_code", String(6), nullable=False, index=True),
    Column("department", String(200)),  # as letters name it; a region itself has none
)
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(100), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("password", String(300)),  # argon2id; none until the first is set
    Column("must_change", Boolean, nullable=False),
    Column("n_failures", Integer, nullable=False),
    Column("locked_until", DateTime),
    Column("disabled_at", DateTime),
    Column("totp", String(300)),
    Column("totp_step", Integer),  # the last that was used: none is taken twice
    Column("made_at", DateTime, nullable=False),
    Column("password_at", DateTime),
)
memberships = Table(
    "memberships",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("organisation_id", Integer, ForeignKey("organisations.id")),
    Column("since", DateTime, nullable=False),
    Column("until", DateTime),
    Column("granted_by", String(100), nullable=False),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("code", String(64), nullable=False),  # a hash: the code itself is shown once
    Column("used_at", DateTime),
)
sessions = Table(
    "sessions",
    metadata,
    Column("secret", String(64), primary_key=True),  # a hash of what the cookie holds
    Column("handle", String(64), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), index=True),  # none in a demo
    Column("membership_id", Integer, ForeignKey("memberships.id")),
    Column("demo_role", String(20)),
    Column("address", String(60), nullable=False),
    Column("begun_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
    Column("is_strong", Boolean, nullable=False, server_default=false()),  # a second factor was shown
)
identities = Table(
    "identities",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("linked_at", DateTime, nullable=False),
    Column("linked_by", String(100), nullable=False),
)
passkeys = Table(
    "passkeys",
    metadata,
    Column("credential", String(700), primary_key=True),  # base64url, as are public keys
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(100), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("used_at", DateTime),
)
challenges = Table(
    "challenges",
    metadata,
    Column("secret", String(64), primary_key=True),  # a hash of what the browser holds
    Column("kind", String(20), nullable=False),
    Column("told", Text, nullable=False),  # JSON
    Column("made_at", DateTime, nullable=False, index=True),
)
role_rules = Table(
    "role_rules",
    metadata,
    Column("role", String(20), primary_key=True),
    Column("needs_second_factor", Boolean, nullable=False),
)
trail = Table(
    "trail",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("who", String(100), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("address", String(60), nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(300), nullable=False, index=True),
    Column("told", Text, nullable=False),  # JSON: filters, path, why
    Column("n_rows", Integer),
    Column("mac", String(64), nullable=False),
)


def desk_url(home: Home) -> str:
    """Return the database's URL: that of ``SHUJU_DESK``, else ``desk.db`` in the library's home (or its cache)."""
    folder = home.root if home.is_local else home.cache
    return os.environ.get(VARIABLE) or f"sqlite:///{folder}/desk.db"


def open_desk(home: Home) -> Engine:
    """Return the desk of a library, its tables as this version of the code wants them."""
    return _open(desk_url(home))


@cache
def _open(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True)
    else:
        # A connection for each transaction: sessions live in many threads and processes.
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
        event.listen(engine, "connect", _wait_for_nobody)
    bring_up(engine)
    return engine


def _wait_for_nobody(connection, _record) -> None:
    """Let readers read while someone writes."""
    connection.execute("PRAGMA journal_mode = WAL").close()
