"""How the desk's tables came to be, step by step (Alembic); the first step takes over a desk from before there were any."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from shuju.library import LibraryError

LOCK = 0x5348554A55  # any number that other programs in the database hardly use
NEWEST = "0015"  # a test holds it to be the last of versions/


def bring_up(engine: Engine) -> None:
    """Bring a desk's tables to the newest version; one process does it, the others wait. O(1) where nothing is to do.

    Raises:
        LibraryError: a newer program wrote them.
    """
    version = _version(engine)
    if version == NEWEST:
        return
    if version is not None and version > NEWEST:
        raise LibraryError(
            f"桌面库（账号、任务等）由更新的程序写成（第 {version} 版，这里只认到第 {NEWEST} 版）；请升级 shuju，或恢复升级前的备份"
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with _alone(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # held until the transaction ends
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold a lock beside a file of SQLite; PostgreSQL has one of its own."""
    place = engine.url.database
    if engine.dialect.name != "sqlite" or not place or place == ":memory:":
        yield
        return
    with Path(f"{place}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
