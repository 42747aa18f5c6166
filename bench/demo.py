"""The synthetic province: records written a second, megabytes, peak memory.

    python -m bench.demo [records] [workers]

There is no peer that writes such data; the goal is 15,000 records a second on two cores.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from shuju.demo import write_province

UNTIL = date(2025, 12, 31)


def main(records: int, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        raw, truth = Path(folder, "raw"), Path(folder, "truth")
        write_province(
            raw, truth, records=1000, seed=1, until=UNTIL, workers=1
        )  # compiles, so that the cache is warm
        started = time.perf_counter()
        write_province(raw, truth, records=records, seed=1, until=UNTIL, workers=workers)
        seconds = time.perf_counter() - started
        megabytes = sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()) / 1e6
    own, child = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"{records:,} records in {seconds:.1f} s: {records / seconds:,.0f} a second, {megabytes:,.0f} MB")
    print(f"peak memory: {own:,.0f} MiB, and {child:,.0f} MiB in the largest of {workers} workers")


if __name__ == "__main__":
    given = [int(a.replace("_", "")) for a in sys.argv[1:]]
    main(*(given + [200_000, 2][len(given) :]))
