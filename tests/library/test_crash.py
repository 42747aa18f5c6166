"""A killed ingest leaves the library readable, and the next run completes it as if nothing had been."""

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

from shuju.library import open_library
from shuju.library.ingest import ingest
from shuju.library.sealing import opened
from shuju.library.status import status
from tests.conftest import page, write_lines

# What a run stamps on a row is not part of what the row is.
STAMPS = ["run_id", "ingested_at", "quarantined_at"]
KILLS = int(os.environ.get("SHUJU_TEST_KILLS", "6"))

CHILD = """
import sys
from shuju.library import ingest as module, open_library
module.GROUP_ROWS = 300
from shuju.library.groups import gather
import shuju.library.groups as groups
groups.PIECE_ROWS = 100
library = open_library(sys.argv[1], sys.argv[2])
module.ingest(library, "test_sites")
print("go", flush=True)
module.ingest(library, "test_pages")
"""


def contents(home: Path, catalog: Path) -> dict[str, pd.DataFrame]:
    library = open_library(home, catalog)
    assert status(library)["balanced"]
    tables = {}
    for name, key in (("records", "record_id"), ("quarantine", "quarantine_id")):
        rows = library.load(name).compute().drop(columns=STAMPS, errors="ignore")
        tables[name] = rows.sort_values(key).reset_index(drop=True)
    # What is encrypted differs each time: what it says does not.
    waiting = tables["quarantine"]
    waiting["raw"] = [
        opened(raw, "quarantine", "raw", row) for raw, row in zip(waiting["raw"], waiting["quarantine_id"])
    ]
    sums = library.ledger.sums()
    tables["ledger"] = sums.sort_values(["source", "table_name"]).reset_index(drop=True)
    return tables


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_any_moment_and_run_again_gives_the_same_library(raw: Path, tmp_path: Path) -> None:
    for name in range(8):
        rows: list[object] = [page(i, id=f"{name}-{i % 180}", title=f"标题{i}") for i in range(250)]
        rows[7] = "{"
        rows[9] = page(9, time="2024-02-30")
        write_lines(raw / "pages" / f"{name}.jsonl", rows)
    catalog = raw / "catalog.yaml"
    undisturbed = tmp_path / "undisturbed"
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", CHILD, str(undisturbed), str(catalog)], check=True, capture_output=True
    )
    whole_seconds = time.monotonic() - started
    expected = contents(undisturbed, catalog)
    chance = random.Random(4)
    interrupted = 0
    for kill in range(KILLS):
        home = tmp_path / f"home{kill}"
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(home), str(catalog)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.uniform(0, 0.4 * whole_seconds))
            interrupted += child.poll() is None
            child.send_signal(signal.SIGKILL)
        library = open_library(home, catalog)
        assert len(library.load("records").compute()) == library.count("records")
        ingest(library, "test_sites")
        ingest(library, "test_pages")
        for name, rows in contents(home, catalog).items():
            pd.testing.assert_frame_equal(rows, expected[name], obj=f"{name} after kill {kill}")
    assert interrupted, "no run was killed before its end: the test proves nothing"


def test_full_disk_is_said_and_leaves_the_library_readable_and_can_be_mended(
    raw: Path, tmp_path: Path
) -> None:
    """A real full disk: a small file system in memory, where mounting one is allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    try:
        library = open_library(disk / "home", raw / "catalog.yaml")
        ingest(library, "test_sites")
        write_lines(raw / "pages" / "a.jsonl", [page(1)])
        ingest(library, "test_pages")
        noise = random.Random(2)
        write_lines(
            raw / "pages" / "b.jsonl",
            [page(i, content=f"{noise.getrandbits(80000):x}") for i in range(2, 601)],
        )
        with pytest.raises(Exception, match=r"磁盘已满|No space left") as caught:
            ingest(library, "test_pages")
        assert "磁盘已满" in str(caught.value)
        again = open_library(disk / "home", raw / "catalog.yaml")
        assert "p1" in again.load("records").compute()["record_id"].tolist()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        ingest(again, "test_pages")
        assert again.count("records") == 600
        assert status(again)["balanced"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
