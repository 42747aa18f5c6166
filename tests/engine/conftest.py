"""One cluster and one small province for all tests of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from shuju import engine
from shuju.demo.province import write_province
from tests.engine.cluster import cluster
from tests.engine.contents import take_in

RECORDS = 3_000


@pytest.fixture(scope="package")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of two workers of one thread; passes run on it where ``SHUJU_SCHEDULER`` names it."""
    with cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture
def on_cluster(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SHUJU_SCHEDULER", scheduler)
    yield
    engine.leave()


@pytest.fixture(scope="package")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the catalog of a small synthetic province, its raw files beside it."""
    folder = tmp_path_factory.mktemp("province")
    return write_province(
        folder / "raw", folder / "truth", records=RECORDS, seed=3, until=date(2025, 12, 31), workers=1
    )


@pytest.fixture(scope="package")
def on_threads(province: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of the library of that province, made on threads."""
    home = tmp_path_factory.mktemp("threads") / "home"
    take_in(home, province)
    return home
