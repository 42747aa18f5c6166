"""A PostgreSQL server of the tests' own, in a folder of its own, reached by a socket in it; skipped where none is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool


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
    # It refuses to run as root; and it ends with whoever runs the tests, even if they are killed.
    own = ["setpriv", *([] if os.getuid() else [f"--reuid={_owner()}", "--clear-groups"]), "--pdeathsig=INT"]
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a short path: sockets have short names
    if not os.getuid():
        os.chown(folder, _owner(), -1)
    data, url = str(folder / "data"), f"postgresql+psycopg://shuju@/postgres?host={folder}"
    make = ["initdb", "-D", data, "-U", "shuju", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    begin = ["postgres", "-D", data, "-k", str(folder)]
    for option in ("listen_addresses=", "fsync=off", "shared_buffers=16MB", "max_connections=60"):
        begin += ["-c", option]
    try:
        subprocess.run([*own, where / make[0], *make[1:]], check=True, capture_output=True, cwd=folder)
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*own, where / begin[0], *begin[1:]], stdout=log, stderr=log, cwd=folder
            )
        try:
            while not _answers(url):
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield url
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(url: str, name: str, template: str = "template1") -> str:
    """Make a database on the server as a copy of ``template``, which is empty unless told; return its URL."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return url.replace("/postgres?", f"/{name}?")


def drop_database(url: str, name: str) -> None:
    """Drop a database, whoever still has it open."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


def _answers(url: str) -> bool:
    """Whether the server takes connections yet."""
    try:
        create_engine(url, poolclass=NullPool).connect().close()
    except OperationalError:
        return False
    return True


def _owner() -> int:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    pytest.skip("nobody here may run a PostgreSQL server")
