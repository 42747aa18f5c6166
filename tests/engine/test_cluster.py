"""The same library to the row, wherever its passes ran and whoever was killed meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from shuju import engine
from shuju.engine import EngineError, Pass, beside, run
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from tests.conftest import page, write_lines
from tests.engine.cluster import kill_a_worker
from tests.engine.contents import assert_same, contents, take_in
from tests.library.test_crash import contents as crash_contents

pytestmark = pytest.mark.timeout(900)


def slow_square(n: int, base: int) -> int:
    time.sleep(0.3)
    return base + n * n


def where(_: int, shared: list[int]) -> tuple[int, int]:
    time.sleep(0.05)
    return os.getpid(), id(shared)


def fail(n: int, _: None) -> int:
    if n == 3:
        raise FileNotFoundError("no such page")
    return n


SQUARE = Pass("平方", slow_square)


@pytest.mark.slow
def test_all_tables_are_the_same_on_a_cluster(
    province: Path, on_threads: Path, on_cluster: None, tmp_path: Path
) -> None:
    take_in(tmp_path / "home", province)
    made = contents(tmp_path / "home", province)
    assert_same(made, contents(on_threads, province))
    assert all(len(made[name]) for name in ("records", "reprints", "hot_issues"))


def test_results_stand_in_the_order_of_their_partitions(on_cluster: None) -> None:
    assert list(run(SQUARE, range(7), 100)) == [100 + n * n for n in range(7)]


def test_what_is_shared_is_unpacked_once_a_worker(on_cluster: None) -> None:
    seen = set(run(Pass("在哪里", where), range(20), [1, 2]))
    assert 1 <= len(seen) == len({pid for pid, _ in seen}) <= 2
    assert os.getpid() not in {pid for pid, _ in seen}


def test_what_a_partition_raises_is_raised_here_and_not_tried_again(on_cluster: None) -> None:
    with pytest.raises(FileNotFoundError, match="no such page"):
        list(run(Pass("出错", fail), range(5)))


def test_killed_workers_change_no_result(on_cluster: None) -> None:
    engine.client().wait_for_workers(2)  # type: ignore[union-attr]
    killed = 0
    found = []
    for n, value in run(Pass("平方", slow_square, join=beside), range(24), 5):
        found.append(value)
        if n in (3, 10, 17):
            kill_a_worker(n)
            killed += 1
    assert killed == 3
    assert found == [5 + n * n for n in range(24)]


CHILD = """
import sys
from shuju.library import ingest as module, open_library
module.GROUP_ROWS = 300
import shuju.library.groups as groups
groups.PIECE_ROWS = 100
library = open_library(sys.argv[1], sys.argv[2])
module.ingest(library, "test_sites")
print("go", flush=True)
module.ingest(library, "test_pages")
"""
KILLS = int(os.environ.get("SHUJU_TEST_KILLS", "4"))


@pytest.mark.slow
def test_coordinator_and_workers_killed_and_run_again_give_the_same_library(
    raw: Path, tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in range(8):
        rows: list[object] = [page(i, id=f"{name}-{i % 180}", title=f"标题{i}") for i in range(250)]
        rows[7] = "{"
        rows[9] = page(9, time="2024-02-30")
        write_lines(raw / "pages" / f"{name}.jsonl", rows)
    catalog = raw / "catalog.yaml"
    subprocess.run([sys.executable, "-c", CHILD, str(tmp_path / "whole"), str(catalog)], check=True)
    expected = crash_contents(tmp_path / "whole", catalog)
    monkeypatch.setenv("SHUJU_SCHEDULER", scheduler)
    chance = random.Random(5)
    home, interrupted = tmp_path / "home", 0
    for _ in range(KILLS):
        command = [sys.executable, "-c", CHILD, str(home), str(catalog)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.uniform(0, 1.5))
            kill_a_worker(chance.randrange(2))
            interrupted += child.poll() is None
            child.send_signal(signal.SIGKILL)
    library = open_library(home, catalog)
    ingest(library, "test_sites")
    ingest(library, "test_pages")
    for name, rows in crash_contents(home, catalog).items():
        pd.testing.assert_frame_equal(rows, expected[name], obj=name)
    assert interrupted, "no run was killed before its end: the test proves nothing"


def by_genre(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(length=rows["title"].str.len())[["genre", "length"]]


def by_process(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"process": [os.getpid()] * len(rows)})


def test_an_own_function_over_all_rows_gives_the_same_here_and_there(
    library: Library, raw: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(n, title="题" * (n % 7 + 1)) for n in range(50)])
    ingest(library, "test_pages")
    here = library.map("records", by_genre, ["genre", "title"]).compute()
    monkeypatch.setenv("SHUJU_SCHEDULER", scheduler)
    there = library.map("records", by_genre, ["genre", "title"]).compute()
    pd.testing.assert_frame_equal(here, there)
    assert os.getpid() not in set(library.map("records", by_process, ["title"]).compute()["process"])
    assert sorted(here["length"]) == sorted(n % 7 + 1 for n in range(50))


def test_a_scheduler_that_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from shuju.engine import cluster

    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(EngineError, match=r"连不上调度器 tcp://127.0.0.1:9.*dask scheduler"):
        engine.use("tcp://127.0.0.1:9")
    assert engine.client() is None, "passes run here as before"
