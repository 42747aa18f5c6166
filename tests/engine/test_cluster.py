"""The same library to the row, wherever its passes ran and whoever was killed meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from shuju import engine
from shuju.engine import EngineError, Pass
from shuju.library import open_library
from tests.engine.cluster import kill_a_worker
from tests.engine.contents import assert_same, contents, take_in

pytestmark = pytest.mark.xdist_group("cluster")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_tables_are_the_same_on_a_cluster(
    province: Path, on_threads: Path, on_cluster: None, tmp_path: Path
) -> None:
    take_in(tmp_path / "home", province)
    made = contents(tmp_path / "home", province)
    assert_same(made, contents(on_threads, province))
    assert all(len(rows) for name, rows in made.items() if name in ("records", "reprints", "hot_issues"))
