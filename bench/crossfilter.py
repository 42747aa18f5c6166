"""Crossfilter beside DuckDB: change of the active dimension, and one brush step.

``python -m bench.crossfilter [rows]`` (2,000,000 if not given; the library has 20,700,000).
Both hold the same columns of small integers in the same process, with the same number of
threads, and every answer is compared. Three ways to answer one brush step:

- shuju: a difference of two rows of the active dimension's tiles;
- duckdb: one group-by a linked histogram over all rows, what a page asks without an index;
- duckdb cubes: Mosaic's way, group-bys over cubes made when the active dimension changed.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from shuju.facts import (
    Codes,
    Counts,
    Crossfilter,
    Days,
    Facts,
    FactSchema,
    passes,
    raster,
    write_facts,
)

SIZES = {"site": 620, "county": 137, "library": 15, "level": 5, "genre": 5, "topic": 15, "hour": 24}
DAYS = 1_830
EPOCH = dt.date(2020, 1, 1)
NAMES = ("day", *SIZES)
FILTERS = {"genre": {1, 2}, "topic": {1, 2, 3, 5, 8}}
BATCH = 1 << 20


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        schema = FactSchema("bench", (Days("day", EPOCH), *map(Codes, SIZES)), time="day", locators=("row",))
        seconds, facts = timed(lambda: write_facts(Path(folder), schema, batches(rows)))
        report(f"write {rows:,} rows, made on the way", [seconds])
        database = duckdb_of(facts)
        for active, steps in {
            "day": [set(range(k, k + 90)) for k in range(2, 1_700, 57)],
            "site": [{k, k + 7, k + 8, k + 300} for k in range(1, 31)],
            "level": [{k} for k in range(1, 6)] * 6,
        }.items():
            bench_active(facts, database, active, steps)
        bench_rest(facts)


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the synthetic table: few sites publish most, office hours are full."""
    rng = np.random.default_rng(1)
    for first in range(0, rows, BATCH):
        n = min(BATCH, rows - first)
        columns: dict[str, pa.Array] = {
            "day": pa.array(np.datetime64(EPOCH, "s") + rng.integers(0, DAYS * 86_400, n)),
            "row": pa.array(np.arange(first, first + n)),
        }
        for name, size in SIZES.items():
            codes = (rng.random(n) ** 2 * size).astype(np.int32)
            columns[name] = pa.DictionaryArray.from_arrays(codes, [f"{name}{k}" for k in range(size)])
        yield pa.RecordBatch.from_pydict(columns)


def duckdb_of(facts: Facts) -> duckdb.DuckDBPyConnection:
    """Return an in-memory DuckDB with the same codes, in the same order, as table ``facts``."""
    database = duckdb.connect(config={"threads": passes.WORKERS})
    columns = pa.table({name: pa.array(facts.column(name)) for name in NAMES})
    database.execute("CREATE TABLE facts AS SELECT * FROM columns")
    assert len(columns) == facts.n
    return database


def bench_active(
    facts: Facts, database: duckdb.DuckDBPyConnection, active: str, steps: list[set[int]]
) -> None:
    """Measure one active dimension under ``FILTERS``; every step's answers must be equal."""
    crossfilter = Crossfilter(facts, NAMES, FILTERS)
    crossfilter.activate(active)  # compiles, or loads what was compiled
    switches = []
    for _ in range(7):
        crossfilter.activate("hour")
        switches.append(timed(lambda: crossfilter.activate(active))[0])
    cubes, _ = timed(lambda: make_cubes(database, active))
    brushes, scans, lookups = [], [], []
    for step in steps:
        seconds, counts = timed(lambda step=step: crossfilter.brush(active, step))
        brushes.append(seconds)
        seconds, scanned = timed(lambda step=step: scan(facts, database, active, step))
        scans.append(seconds)
        seconds, looked_up = timed(lambda step=step: look_up(facts, database, active, step))
        lookups.append(seconds)
        check(counts, scanned)
        check(counts, looked_up)
    print(f"active: {active} ({facts.size(active):,} codes)")
    report("  shuju: change of active dimension", switches)
    report("  duckdb cubes: change of active dimension", [cubes])
    report("  shuju: brush step", brushes)
    report("  duckdb: brush step", scans)
    report("  duckdb cubes: brush step", lookups)
    print(
        f"  shuju's brush step is {np.median(scans) / np.median(brushes):,.0f} × duckdb's, "
        f"{np.median(lookups) / np.median(brushes):,.0f} × duckdb cubes'; "
        f"its change of active dimension {cubes / np.median(switches):,.1f} × duckdb cubes'"
    )


def bench_rest(facts: Facts) -> None:
    """Measure what else a page asks."""
    crossfilter = Crossfilter(facts, NAMES, FILTERS)
    for name, ask in {
        "first histograms, all filters": lambda: Crossfilter(facts, NAMES, FILTERS).histograms(),
        "raster day × site": lambda: raster(facts, "day", "site", FILTERS),
        "50 rows of page 1000": lambda: crossfilter.rows(50, 50_000),
        "all positions in order": lambda: sum(len(chunk) for chunk in crossfilter.chunks()),
    }.items():
        ask()
        report(name, [timed(ask)[0] for _ in range(5)])


def where(filters: dict[str, set[int]]) -> str:
    terms = [f"{name} IN ({', '.join(map(str, sorted(codes)))})" for name, codes in filters.items()]
    return " AND ".join(terms) or "true"


def without(name: str, filters: dict[str, set[int]]) -> dict[str, set[int]]:
    return {other: codes for other, codes in filters.items() if other != name}


def counts_of(facts: Facts, found: dict[str, dict[str, np.ndarray]]) -> Counts:
    by = {}
    for name, columns in found.items():
        by[name] = np.zeros(facts.size(name), np.int64)
        by[name][columns["code"]] = columns["n"]
    return Counts(int(by["genre"][list(FILTERS["genre"])].sum()), by)


def between(active: str, codes: set[int]) -> str:
    """Return the brush as SQL: a range where it is one, as a page would write it."""
    low, high = min(codes), max(codes)
    whole = len(codes) == high - low + 1
    return f"{active} BETWEEN {low} AND {high}" if whole else where({active: codes})


def scan(facts: Facts, database: duckdb.DuckDBPyConnection, active: str, brush: set[int]) -> Counts:
    """Answer by a group-by a dimension over all rows."""
    found = {}
    for name in NAMES:
        terms = where(without(name, FILTERS))
        if name != active:
            terms += f" AND {between(active, brush)}"
        found[name] = database.execute(
            f"SELECT {name} AS code, count(*) AS n FROM facts WHERE {terms} GROUP BY ALL"
        ).fetchnumpy()
    return counts_of(facts, found)


def make_cubes(database: duckdb.DuckDBPyConnection, active: str) -> None:
    """Make for each other dimension its cube with the active one, filters of the rest applied."""
    for name in NAMES:
        database.execute(
            f"CREATE OR REPLACE TABLE cube_{name} AS SELECT {active} AS active, {name} AS code, "
            f"count(*) AS n FROM facts WHERE {where(without(active, without(name, FILTERS)))} GROUP BY ALL"
        )


def look_up(facts: Facts, database: duckdb.DuckDBPyConnection, active: str, brush: set[int]) -> Counts:
    """Answer by a group-by a dimension over its cube."""
    found = {}
    for name in NAMES:
        terms = between("active", brush) if name != active else "true"
        found[name] = database.execute(
            f"SELECT code, sum(n)::BIGINT AS n FROM cube_{name} WHERE {terms} GROUP BY ALL"
        ).fetchnumpy()
    return counts_of(facts, found)


def check(counts: Counts, other: Counts) -> None:
    assert counts.total == other.total
    for name in NAMES:
        np.testing.assert_array_equal(counts.by[name], other.by[name], err_msg=name)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = call()
    return time.perf_counter() - start, answer


def report(what: str, seconds: list[float]) -> None:
    median, slow = np.percentile(seconds, [50, 95]) * 1_000
    print(f"{what:<44} {median:>12,.3f} ms   p95 {slow:>12,.3f} ms   ({len(seconds)} times)", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 2_000_000)
