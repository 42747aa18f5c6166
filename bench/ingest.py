"""Ingest beside pandas: the raw files of one synthetic province to a committed library, personal data included.

    python -m bench.ingest [records]
    python -m bench.ingest [records] --before CHECKOUT

Both take the same files through the same catalog to Delta tables: read, map, normalise, read dates,
validate, mask personal data, compare keys and contents, write. Each runs in a process of its own, after
one over a small province that loads what it needs (compiled code, modules). The peer (``bench/ingest_peer.py``)
is a pandas pipeline with a plain ``re`` a row for personal data; it keeps no ledger, no index
and nothing for a run that is killed. HTML pages are taken apart by the same function in both, so
they say little. CPU time is the better measure on a machine that does other work too.
Fails if the two store different numbers of records.

With ``--before`` the peer is the code of another checkout: both take the same files in, in turns, a process each time; told are
seconds of CPU, whole processes, the least of the turns.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from shuju.demo import write_province

WARM_RECORDS = 1_000
TURNS = 3
PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
Found = dict[str, Any]


def main(records: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, size in (("small", WARM_RECORDS), ("whole", records)):
            write_province(
                root / name / "raw", root / name / "truth", records=size, seed=1, until=date(2025, 12, 31)
            )
        n_bytes = sum(p.stat().st_size for p in (root / "whole" / "raw").rglob("*") if p.is_file())
        print(f"{records:,} records, {n_bytes / 1e6:,.0f} MB of raw files", flush=True)
        ours, theirs = in_process("shuju", root), in_process("pandas", root)
    report(ours, theirs)
    differ = {
        t: (ours["stored"].get(t), n) for t, n in theirs["stored"].items() if ours["stored"].get(t) != n
    }
    if differ:
        sys.exit(f"the two did not store the same (shuju, pandas): {differ}")


def before_and_now(records: int, checkout: Path) -> None:
    """Tell what the code of another checkout and this one cost on the same files, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, size in (("small", WARM_RECORDS), ("whole", records)):
            write_province(root / name / "raw", root / name / "truth", records=size, seed=1)
        lib = {"before": checkout / "lib", "now": Path(__file__).parents[1] / "lib"}
        seconds: dict[str, list[float]] = {name: [] for name in lib}
        for turn in range(1 + TURNS):  # the first compiles
            for name, path in lib.items():
                used = cpu_seconds()
                in_process("shuju", root, path)
                if turn:
                    seconds[name].append(cpu_seconds() - used)
    told = ", ".join(
        f"{name} {min(each):.2f} s ({', '.join(f'{s:.2f}' for s in each)})" for name, each in seconds.items()
    )
    print(f"{records:,} records: {told}; ratio {min(seconds['now']) / min(seconds['before']):.2f}")


def report(ours: Found, theirs: Found) -> None:
    print("| source | rows | shuju, s (CPU) | pandas, s (CPU) | ratio (CPU) |\n|---|---|---|---|---|")
    sources = ours["sources"]
    groups = {name: [name] for name in sources}
    groups["all but pages"] = [n for n in sources if n not in ("demo_county_pages", "demo_studies")]
    groups["all"] = list(sources)
    for name, members in groups.items():
        rows = sum(sources[m][0] for m in members)
        (a, a_cpu), (b, b_cpu) = (
            [sum(found["sources"][m][k] for m in members) for k in (1, 2)] for found in (ours, theirs)
        )
        print(
            f"| {name} | {rows:,} | {a:.1f} ({a_cpu:.1f}) | {b:.1f} ({b_cpu:.1f}) | {b / a:.1f} ({b_cpu / a_cpu:.1f}) |"
        )
    for name, found in (("shuju", ours), ("pandas", theirs)):
        n, seconds = (sum(source[k] for source in found["sources"].values()) for k in (0, 1))
        print(f"{name}: {n / seconds:,.0f} rows a second, peak {found['peak_mib']:,.0f} MiB")


def in_process(name: str, root: Path, lib: Path | None = None) -> Found:
    """Run one of the two in a process of its own, by the code under ``lib``; return what it measured."""
    for size in ("small", "whole"):
        shutil.rmtree(root / size / name, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "bench.ingest", name, str(root)],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(lib)} if lib else None,
    )
    return json.loads(done.stdout.splitlines()[-1])


def child(name: str, root: Path) -> None:
    take_in = {"shuju": by_shuju, "pandas": by_pandas}[name]
    take_in(root / "small" / "raw", root / "small" / name)
    sources = take_in(root / "whole" / "raw", root / "whole" / name)
    peak_mib = sum(resource.getrusage(who).ru_maxrss / 1024 for who in PROCESSES)
    stored = {"shuju": stored_by_shuju, "pandas": stored_by_pandas}[name](root / "whole" / name)
    print(json.dumps({"sources": sources, "peak_mib": peak_mib, "stored": stored}))


def timed(take_in: Callable[[], int]) -> tuple[int, float, float]:
    """Return rows, seconds, and CPU seconds of this process and of those that it waited for."""
    started, busy = time.perf_counter(), cpu_seconds()
    rows = take_in()
    return rows, time.perf_counter() - started, cpu_seconds() - busy


def cpu_seconds() -> float:
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, PROCESSES))


def by_shuju(raw: Path, home: Path) -> Found:
    from shuju.library import open_library
    from shuju.library.ingest import ingest

    library = open_library(home, raw / "data_catalog.yaml")

    def take_in(name: str) -> int:
        return sum(tally.n_read for tally in ingest(library, name).tallies.values())

    names = [name for name, source in library.catalog.sources.items() if source.synthetic]
    return {name: timed(lambda name=name: take_in(name)) for name in names}


def stored_by_shuju(home: Path) -> dict[str, int]:
    from shuju.library import open_library
    from shuju.library.status import table_states

    return {state.name: state.n_current for state in table_states(open_library(home))}


def by_pandas(raw: Path, home: Path) -> Found:
    from bench.ingest_peer import Peer
    from shuju import catalog

    peer = Peer(catalog.read(raw / "data_catalog.yaml"), raw, home)
    names = [name for name, source in peer.catalog.sources.items() if source.synthetic]
    return {name: timed(lambda name=name: peer.take_in(name)) for name in names}


def stored_by_pandas(home: Path) -> dict[str, int]:
    from deltalake import DeltaTable

    from shuju import catalog

    stored = {}
    for name, table in catalog.read().tables.items():
        if name != "quarantine" and not table.private and not table.derived and (home / name).exists():
            keys = DeltaTable(str(home / name)).to_pandas(columns=[table.key])[table.key]
            stored[name] = int(keys.nunique())
    return stored


if __name__ == "__main__":
    if sys.argv[1:2] in (["shuju"], ["pandas"]):
        child(sys.argv[1], Path(sys.argv[2]))
    elif "--before" in sys.argv:
        before_and_now(int(sys.argv[1].replace("_", "")), Path(sys.argv[-1]).resolve())
    else:
        main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 50_000)
