"""Ingest on a cluster whose workers and coordinator are killed at random moments, and run again: the library that one quiet run gives.

    python -m bench.engine_kills HOME [kills]

HOME is a library that ``shuju demo --no-serve`` made. Its raw files are taken in anew on two workers of one thread. Every few seconds a
worker or the coordinator, as chance has it, is killed (SIGKILL); a killed coordinator is begun again with the same command, workers by their
nannies. When a library is whole before the last kill, another is begun. Each is compared to HOME to the row, quarantine and ledger included.
Fails if one differs or a ledger does not add up.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from shuju.library import open_library
from shuju.library.sealing import opened
from shuju.library.status import status
from tests.engine.cluster import cluster, kill_a_worker
from tests.engine.contents import STAMPS

TABLES = (
    "sites",
    "records",
    "letters",
    "suggestions",
    "studies",
    "policy_items",
    "enterprises",
    "cases",
    "visits",
)
INGEST = """
import sys
from shuju.library import open_library
from shuju.library.ingest import ingest
library = open_library(sys.argv[1])
print("go", flush=True)
for name, source in library.catalog.sources.items():
    if source.synthetic:
        ingest(library, name)
"""
MOST_SECONDS = 8


def main(home: Path, kills: int) -> int:
    """Kill so many times in all, over as many libraries as that takes; return how many of those differ from ``home``."""
    expected, differing = contents(home), 0
    chance, left, n_workers, n_coordinators, n_libraries = random.Random(1), kills, 0, 0, 0
    with tempfile.TemporaryDirectory(dir=home.parent) as folder, cluster(Path(folder) / "cluster") as address:
        os.environ["SHUJU_SCHEDULER"] = address
        started = time.monotonic()
        while left:
            made = Path(folder) / f"home{n_libraries}"
            fresh(home, made)
            workers, coordinators = take_in(made, left, chance)
            left -= workers + coordinators
            n_workers, n_coordinators, n_libraries = (
                n_workers + workers,
                n_coordinators + coordinators,
                n_libraries + 1,
            )
            wrong = [name for name, rows in contents(made).items() if not rows.equals(expected[name])]
            differing += bool(wrong)
            print(
                f"library {n_libraries}: {workers} workers and {coordinators} coordinators killed; "
                f"{'differs: ' + ', '.join(wrong) if wrong else 'the same'}",
                flush=True,
            )
            shutil.rmtree(made)
        os.environ.pop("SHUJU_SCHEDULER")
    n_rows = sum(len(expected[name]) for name in TABLES)
    print(
        f"{n_rows:,} rows; {n_workers} workers and {n_coordinators} coordinators killed; {time.monotonic() - started:.0f} s"
    )
    return differing


def fresh(home: Path, made: Path) -> None:
    """Begin a library over the raw files and the catalog of ``home``."""
    made.mkdir()
    shutil.copytree(home / "catalog", made / "catalog")
    (made / "raw").symlink_to(home.resolve() / "raw")


def take_in(home: Path, kills: int, chance: random.Random) -> tuple[int, int]:
    """Take every source in, killing at most so many times; return how many workers and how many coordinators at work were killed."""
    workers = coordinators = 0
    while True:
        with subprocess.Popen([sys.executable, "-c", INGEST, str(home)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            while True:
                if workers + coordinators == kills:
                    if child.wait():
                        raise SystemExit(f"an ingest that nobody killed returned {child.returncode}")
                    return workers, coordinators
                try:
                    code = child.wait(chance.uniform(0.1, MOST_SECONDS))
                except subprocess.TimeoutExpired:
                    if chance.random() < 0.5:
                        kill_a_worker(chance.randrange(2))
                        workers += 1
                        continue
                    child.send_signal(signal.SIGKILL)
                    coordinators += 1
                    break
                if code:
                    raise SystemExit(f"an ingest that nobody killed returned {code}")
                return workers, coordinators


def contents(home: Path) -> dict[str, pd.DataFrame]:
    """Return what came in, by table and by key, what waits in quarantine, decrypted, and the ledger's sums."""
    library = open_library(home)
    if not status(library)["balanced"]:
        raise SystemExit(f"{home}: the ledger does not add up")
    found = {}
    for name in (*TABLES, "quarantine"):
        rows = library.load(name).compute().drop(columns=STAMPS, errors="ignore")
        found[name] = rows.sort_values(library.catalog.table(name).key).reset_index(drop=True)
    # What is encrypted differs each time: what it says does not.
    waiting = found["quarantine"]
    waiting["raw"] = [
        opened(raw, "quarantine", "raw", row) for raw, row in zip(waiting["raw"], waiting["quarantine_id"])
    ]
    found["ledger"] = library.ledger.sums().sort_values(["source", "table_name"]).reset_index(drop=True)
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 50))
