"""A PostgreSQL server of the tests' own, in a folder of its own, reached by a socket in it; skipped where none is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text


def programs() -> Path | None:
    """Return the folder of the newest server's programs, None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server() -> Iterator[str]:
    """Run a server while the block lasts; gives the URL of its database ``postgres``."""
    where = programs()
    if where is None:
        pytest.skip("no PostgreSQL server is installed")
    own = (
        [] if os.getuid() else ["setpriv", f"--reuid={_owner()}", "--clear-groups"]
    )  # it refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a short path: sockets have short names
    if own:
        os.chown(folder, _owner(), -1)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run([*own, *command], check=True, capture_output=True, cwd=folder)

    try:
        run(
            str(where / "initdb"),
            "-D",
            str(data),
            "-U",
            "shuju",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        how = f"-k {folder} -c listen_addresses='' -c fsync=off -c shared_buffers=16MB -c max_connections=60"
        run(str(where / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", how, "start")
        try:
            yield f"postgresql+psycopg://shuju@/postgres?host={folder}"
        finally:
            run(str(where / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(url: str, name: str) -> str:
    """Make an empty database on the server, and return its URL."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return url.replace("/postgres?", f"/{name}?")


def drop_database(url: str, name: str) -> None:
    """Drop a database, whoever still has it open."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


def _owner() -> int:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    pytest.skip("nobody here may run a PostgreSQL server")
