"""Ingest beside pandas: the raw files of one synthetic province to a committed library, personal data included.

    python -m bench.ingest [records]

Both take the same files through the same catalog to Delta tables: read, map, normalise, read dates,
validate, mask personal data, compare keys and contents, write. Each runs in a process of its own, after
one over a small province that loads what it needs (compiled code, modules). The peer (``bench/ingest_peer.py``)
is a pandas pipeline with a plain ``re`` a row for personal data; it keeps no ledger, no index
and nothing for a run that is killed. Fails if the two store different numbers of records.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from shuju.demo import write_province

WARM_RECORDS = 1_000


def main(records: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, size in (("small", WARM_RECORDS), ("whole", records)):
            write_province(root / name / "raw", root / name / "truth", records=size, seed=1)
        n_bytes = sum(p.stat().st_size for p in (root / "whole" / "raw").rglob("*") if p.is_file())
        print(f"{records:,} records, {n_bytes / 1e6:,.0f} MB of raw files")
        print(
            "| | rows read | seconds | rows a second | peak memory, MiB | stored |\n|---|---|---|---|---|---|"
        )
        ours, theirs = (in_process(name, root) for name in ("shuju", "pandas"))
    ratio = theirs["seconds"] / ours["seconds"]
    print(f"shuju is {ratio:.1f} × pandas")
    differ = {
        t: (ours["stored"].get(t), n) for t, n in theirs["stored"].items() if ours["stored"].get(t) != n
    }
    if differ:
        sys.exit(f"the two did not store the same (shuju, pandas): {differ}")


def in_process(name: str, root: Path) -> dict[str, Any]:
    """Run one of the two in a process of its own and print its line."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.ingest", name, str(root)], check=True, stdout=subprocess.PIPE
    )
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"| {name} | {found['rows']:,} | {found['seconds']:.1f} | {found['rows'] / found['seconds']:,.0f} "
        f"| {found['peak_mib']:,.0f} | {sum(found['stored'].values()):,} |",
        flush=True,
    )
    return found


def child(name: str, root: Path) -> None:
    take_in = {"shuju": by_shuju, "pandas": by_pandas}[name]
    take_in(root / "small" / "raw", root / "small" / name)
    started = time.perf_counter()
    rows = take_in(root / "whole" / "raw", root / "whole" / name)
    seconds = time.perf_counter() - started
    peaks = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    stored = {"shuju": stored_by_shuju, "pandas": stored_by_pandas}[name](root / "whole" / name)
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mib": sum(peaks), "stored": stored}))


def by_shuju(raw: Path, home: Path) -> int:
    from shuju.library import open_library
    from shuju.library.ingest import ingest

    library = open_library(home, raw / "data_catalog.yaml")
    names = [name for name, source in library.catalog.sources.items() if source.synthetic]
    reports = [ingest(library, name) for name in names]
    return sum(tally.n_read for report in reports for tally in report.tallies.values())


def stored_by_shuju(home: Path) -> dict[str, int]:
    from shuju.library import open_library
    from shuju.library.status import table_states

    return {state.name: state.n_current for state in table_states(open_library(home))}


def by_pandas(raw: Path, home: Path) -> int:
    from bench import ingest_peer

    ingest_peer.SITES.clear()
    ingest_peer.SEEN.clear()
    return ingest_peer.run(raw, home)


def stored_by_pandas(home: Path) -> dict[str, int]:
    from deltalake import DeltaTable

    from shuju import catalog

    tables = catalog.read().tables
    return {
        path.name: DeltaTable(str(path))
        .to_pandas(columns=[tables[path.name].key])[tables[path.name].key]
        .nunique()
        for path in sorted(home.iterdir())
        if path.name in tables and path.name != "quarantine" and not path.name.endswith("_private")
    }


if __name__ == "__main__":
    if sys.argv[1:2] in (["shuju"], ["pandas"]):
        child(sys.argv[1], Path(sys.argv[2]))
    else:
        main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 50_000)
