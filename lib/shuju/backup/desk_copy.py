"""The desk in a backup: always one file of SQLite, whatever database it came from and goes to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, func, insert, inspect, select, text
from sqlalchemy.pool import NullPool

from shuju.backup.manifest import BackupError
from shuju.desk import trail
from shuju.desk.migrations import NEWEST, bring_up
from shuju.desk.tables.metadata import metadata

CHUNK = 5_000
MADE_BY_ITSELF = ("organisations",)  # rows that a new desk has of the province's pack


def copy_desk(desk: Engine, to: Path) -> None:
    """Copy a desk while others write to it, as it stands at one moment; the copy is one file."""
    to.unlink(missing_ok=True)
    if desk.dialect.name == "sqlite":
        with (
            closing(sqlite3.connect(str(desk.url.database), timeout=30)) as source,
            closing(sqlite3.connect(to)) as copy_,
        ):
            source.backup(copy_)
            copy_.execute("PRAGMA journal_mode = DELETE").close()
        return
    copy = copied(to)
    metadata.create_all(copy)
    with desk.connect().execution_options(isolation_level="REPEATABLE READ") as source, copy.begin() as into:
        into.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        into.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": NEWEST})
        _move_rows(source, into)


def copied(place: Path) -> Engine:
    """Return the engine of a copy."""
    return create_engine(f"sqlite:///{place}", poolclass=NullPool)


def count_rows(desk: Engine) -> dict[str, int]:
    """Return how many rows each table of a desk has."""
    with desk.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def newest_row(desk: Engine) -> tuple[int, str]:
    """Return number and hash of the newest row of the audit trail; 0 and the hash before the first of an empty one."""
    t = trail.trail.c
    with desk.connect() as connection:
        row = connection.execute(select(t.number, t.mac).order_by(t.number.desc()).limit(1)).first()
    return (0, trail.GENESIS) if row is None else (row.number, row.mac)


def fill_desk(copy: Path, desk: Engine) -> None:
    """Put the rows of a copy into an empty desk of another kind of database, in one transaction.

    Raises:
        BackupError: the desk has rows of its own.
    """
    source = copied(copy)
    bring_up(source)
    bring_up(desk)
    check_empty(desk)
    with source.connect() as rows, desk.begin() as into:
        for table in reversed(metadata.sorted_tables):
            into.execute(table.delete())
        _move_rows(rows, into)
        _count_on(into)


def check_empty(desk: Engine) -> None:
    """Check that nobody has written to a desk.

    Raises:
        BackupError: somebody has.
    """
    if not inspect(desk).has_table("alembic_version"):
        return
    held = {name: n for name, n in count_rows(desk).items() if n and name not in MADE_BY_ITSELF}
    if held:
        told = "、".join(f"{name} {n:,} 行" for name, n in held.items())
        raise BackupError(f"{desk.url.render_as_string()}：数据库不是空的（{told}）；请换一个空库再恢复")


def _move_rows(source: Connection, into: Connection) -> None:
    for table in metadata.sorted_tables:
        # Rows that name others of their own table come after those.
        ordered = select(table).order_by(*table.primary_key.columns)
        found = source.execution_options(stream_results=True, yield_per=CHUNK).execute(ordered).mappings()
        for rows in found.partitions(CHUNK):
            into.execute(insert(table), [dict(row) for row in rows])


def _count_on(connection: Connection) -> None:
    """Have PostgreSQL number new rows from where the moved ones end."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            if column is table.autoincrement_column:
                newest = connection.execute(select(func.max(column))).scalar()
                if newest is not None:
                    place = func.pg_get_serial_sequence(table.name, column.name)
                    connection.execute(select(func.setval(place, newest)))
