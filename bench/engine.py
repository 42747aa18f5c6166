"""The engine: the same library built on threads, on a local cluster, and on one whose workers are killed.

    python -m bench.engine [--code OTHER] HOME [threads] [cluster] [killed]

HOME is a library that ``shuju demo --no-serve`` made; each run builds a fresh copy of it, in a process of its own, and its tables
are compared to the row with those of the first. With ``--code PATH`` before the runs, the first is made by the code of another checkout,
for before and after. CPU time is the better measure on a machine that does other work too.
Fails if two runs made different tables.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pandas as pd

from shuju.library import Library, open_library
from tests.engine.cluster import cluster, kill_a_worker
from tests.engine.contents import MADE, STAMPS

KILL_SECONDS = 20
BUILD = "from shuju.cli import main; main()"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home", type=Path)
    asked.add_argument("--code", type=Path)
    asked.add_argument("runs", nargs="*", default=["threads", "cluster", "killed"])
    given = asked.parse_args()
    failed = 0
    print("| run | s | CPU, s (workers of a cluster apart) | as the first |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(dir=given.home.parent) as folder:
        first: Path | None = None
        for name in (["before"] if given.code else []) + given.runs:
            home = Path(folder) / name
            shutil.copytree(given.home, home)
            seconds, cpu = build(name, home, Path(folder), given.code)
            other = [] if first is None else differing(home, first)
            failed += bool(other)
            told = f"NO: {', '.join(other)}" if other else "yes"
            print(f"| {name} | {seconds:.1f} | {cpu:.1f} | {told} |", flush=True)
            if first is None:
                first = home
            else:
                shutil.rmtree(home)
    return failed


def build(name: str, home: Path, folder: Path, code: Path | None) -> tuple[float, float]:
    """Build the library in a process of its own; return its seconds, and its seconds of CPU."""
    environment = dict(os.environ)
    environment.pop("SHUJU_SCHEDULER", None)
    if name == "before":
        environment["PYTHONPATH"] = str(code / "lib")
    on = cluster(folder / "cluster") if name in ("cluster", "killed") else nullcontext()
    with on as address:
        if address:
            environment["SHUJU_SCHEDULER"] = os.environ["SHUJU_SCHEDULER"] = address
        with killing() if name == "killed" else nullcontext():
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            command = [sys.executable, "-c", BUILD, "build", "--home", str(home)]
            subprocess.run(
                command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        os.environ.pop("SHUJU_SCHEDULER", None)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def killing() -> Iterator[None]:
    """Kill a worker every ``KILL_SECONDS``, one after the other."""
    over = threading.Event()

    def kill() -> None:
        which = 0
        while not over.wait(KILL_SECONDS):
            kill_a_worker(which)
            which += 1

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def differing(home: Path, other: Path) -> list[str]:
    """Return the derived tables of two libraries whose rows differ, whatever the order in which files were written."""
    one, two = open_library(home), open_library(other)
    return [name for name in MADE if not rows_of(one, name).equals(rows_of(two, name))]


def rows_of(library: Library, name: str) -> pd.DataFrame:
    rows = library.load(name).compute().drop(columns=STAMPS, errors="ignore")
    return rows.sort_values(list(rows.columns), ignore_index=True)


if __name__ == "__main__":
    sys.exit(main())
