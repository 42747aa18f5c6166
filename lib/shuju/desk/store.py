"""Where the desk is kept: SQLite beside the library, or any database by URL (``SHUJU_DESK``)."""

from __future__ import annotations

import os
from functools import cache

from sqlalchemy import Column, DateTime, Engine, Integer, MetaData, String, Table, Text, create_engine, event
from sqlalchemy.pool import NullPool

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
    Column("owner", String(100), nullable=False, index=True),  # a browser's token, until there are persons
    Column("name", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("deleted_at", DateTime),
)


def desk_url(home: Home) -> str:
    """Return the database's URL: that of ``SHUJU_DESK``, else ``desk.db`` in the library's home (or its cache)."""
    folder = home.root if home.is_local else home.cache
    return os.environ.get(VARIABLE) or f"sqlite:///{folder}/desk.db"


def open_desk(home: Home) -> Engine:
    """Return the desk of a library, its tables made if they are not there."""
    return _open(desk_url(home))


@cache
def _open(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True)
    else:
        # A connection for each transaction: sessions live in many threads and processes.
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
        event.listen(engine, "connect", _wait_for_nobody)
    metadata.create_all(engine)
    return engine


def _wait_for_nobody(connection, _record) -> None:
    """Let readers read while someone writes."""
    connection.execute("PRAGMA journal_mode = WAL").close()
