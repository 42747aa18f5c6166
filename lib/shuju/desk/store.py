"""Where the desk is kept: SQLite beside the library, or any database by URL (``SHUJU_DESK``).

Its tables are in ``tables``; an older desk is brought up when it is opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from shuju.desk.migrations import bring_up
from shuju.library.home import Home

VARIABLE = "SHUJU_DESK"


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


@contextmanager
def writing(desk: Engine) -> Iterator[Connection]:
    """Give a transaction that is on the disk when the block ends, and of which nothing is left if the block fails.

    In SQLite no other writes meanwhile; in PostgreSQL what is read for writing must be locked row by row.
    """
    with desk.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        connection.commit()


def _wait_for_nobody(connection, _record) -> None:
    """Let readers read while someone writes."""
    connection.execute("PRAGMA journal_mode = WAL").close()
