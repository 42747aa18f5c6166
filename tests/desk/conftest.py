"""Tests of the desk run twice: with SQLite, and with PostgreSQL where a server is installed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from shuju.desk import store
from tests import postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A server with a database ``migrated``, of which tests get copies: migrations take longer than most of them."""
    with postgresql.server() as url:
        store._open(postgresql.new_database(url, "migrated")).dispose()
        yield url


@pytest.fixture(autouse=True, params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Have ``open_desk`` open this kind of database; gives its name."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    server, name = request.getfixturevalue("postgresql_server"), f"desk_{uuid.uuid4().hex[:12]}"
    url = postgresql.new_database(server, name, "migrated")
    monkeypatch.setenv(store.VARIABLE, url)
    yield "postgresql"
    store._open(url).dispose()
    postgresql.drop_database(server, name)


@pytest.fixture
def only_sqlite(database: str) -> None:
    if database != "sqlite":
        pytest.skip("of files of SQLite")
