"""Cascades: who had a document from whom, beside three baselines, and whether confidence and lags can be believed.

    python -m bench.cascade HOME | RECORDS

HOME is a library made by ``shuju demo``, with its truth; for a number of records one is made and removed. What is
measured are the tables that ``shuju build`` writes: origins, reprints and parents as it finds them. Baselines, on the
same reprints: the earliest copy (which is the document itself), the copy just before, and the site that the copy names
as its source (else the earliest).
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

import shuju
from shuju.demo.run import run_demo
from shuju.spread.build import build_spread
from shuju.spread.cascade import named_sites
from shuju.spread.kinds import REPRINT_KINDS

COLUMNS = ["record_id", "published_at", "site_id", "content_source"]
FOUND = ["origin_id", "record_id", "kind", "parent_id", "confidence", "flags"]
GOALS = {"parent right": 0.92, "depth exact": 0.9}
BINS = (0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1)


def earliest(edges: pd.DataFrame, **_: object) -> pd.Series:
    return edges["origin_id"]


def just_before(edges: pd.DataFrame, **_: object) -> pd.Series:
    ordered = edges.sort_values(["origin_id", "published_at"], kind="stable")
    before = ordered.groupby("origin_id")["record_id"].shift()
    return before.fillna(ordered["origin_id"]).reindex(edges.index)


def named_source(edges: pd.DataFrame, *, records: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
    record = records.set_index("record_id").loc[edges["record_id"]]
    named = named_sites(record["content_source"].reset_index(drop=True), sites)
    site = np.where(named >= 0, sites["site_id"].to_numpy(object)[named], None)
    asked = edges.assign(site_id=site, row=edges.index)[["origin_id", "site_id", "row", "published_at"]]
    carried = edges.assign(site_id=record["site_id"].to_numpy())[
        ["origin_id", "site_id", "record_id", "published_at"]
    ]
    found = asked.merge(carried, on=["origin_id", "site_id"], suffixes=("", "_of"))
    found = found[found["published_at_of"] < found["published_at"]].drop_duplicates("row").set_index("row")
    return found["record_id"].reindex(edges.index).fillna(edges["origin_id"])


def generations(origin: pd.Series, record: pd.Series, parent: pd.Series) -> np.ndarray:
    """Return how many steps each copy is from its origin; -1 where the chain does not end there."""
    at = pd.Series(np.arange(len(record)), index=pd.MultiIndex.from_arrays([origin, record]))
    above = at.reindex(pd.MultiIndex.from_arrays([origin, parent])).fillna(-1).to_numpy(int)
    is_top = (parent == origin).to_numpy()
    steps, now = np.zeros(len(record), int), np.arange(len(record))
    for _ in range(64):
        is_going = now >= 0
        steps += is_going
        now = np.where(is_going & ~is_top[now], above[now], -1)
    return steps


def score(edges: pd.DataFrame, parent: pd.Series) -> dict[str, float]:
    true = generations(edges["origin_id"], edges["record_id"], edges["true_parent"])
    mine = generations(edges["origin_id"], edges["record_id"], parent)
    of = edges["origin_id"].to_numpy()
    depth = pd.DataFrame({"true": true, "mine": mine}).groupby(of).max()
    return {
        "parent right": float((parent == edges["true_parent"]).mean()),
        "generation exact": float((true == mine).mean()),
        "depth exact": float((depth["true"] == depth["mine"]).mean()),
    }


def main() -> int:
    if not sys.argv[1].replace("_", "").isdigit():
        return compare(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        run_demo(
            Path(folder),
            records=int(sys.argv[1]),
            seed=1,
            until=date(2025, 12, 31),
            workers=2,
            console=Console(stderr=True),
        )
        return compare(Path(folder))


def compare(home: Path) -> int:
    """Print the tables; return how many goals are missed."""
    library = shuju.open(home)
    sites = library.sites_frame()
    records = library.read("records", COLUMNS)
    true = pd.read_parquet(home / "truth" / "cascades.parquet")
    started, started_cpu = time.monotonic(), time.process_time()
    built = build_spread(library)
    seconds, cpu = time.monotonic() - started, time.process_time() - started_cpu
    found = library.read("reprints", FOUND)
    found = found[found["kind"].isin(REPRINT_KINDS)]
    true = true.rename(columns={"parent_id": "true_parent"})
    edges = true.merge(found, on=["origin_id", "record_id"])
    moment = records.set_index("record_id")["published_at"]
    edges["published_at"] = moment.reindex(edges["record_id"]).to_numpy()
    print(f"{len(found):,} edges of {found['origin_id'].nunique():,} documents", end="")
    print(f", built in {seconds:.1f} s ({cpu:.1f} s of CPU);" if built.is_new else "; built before;")
    print(f"{len(edges):,} of {len(true):,} planted reprints are among them\n")
    rows = {"shuju build": score(edges, edges["parent_id"])}
    for name, baseline in (
        ("the source it names, else the earliest", named_source),
        ("the earliest copy", earliest),
        ("the copy just before", just_before),
    ):
        rows[name] = score(edges, baseline(edges, records=records, sites=sites))
    print("| method | parent right | generation exact | depth exact |\n|---|---|---|---|")
    for name, values in rows.items():
        print(f"| {name} | {' | '.join(f'{v:.3f}' for v in values.values())} |")
    right = edges["parent_id"] == edges["true_parent"]
    by_bin = pd.DataFrame({"confidence": edges["confidence"], "right": right})
    by_bin = by_bin.groupby(pd.cut(edges["confidence"], BINS), observed=True).agg(["mean", "size"])
    print("\n| confidence | mean | right | edges |\n|---|---|---|---|")
    for interval, row in by_bin.iterrows():
        print(
            f"| {interval} | {row['confidence', 'mean']:.3f} | {row['right', 'mean']:.3f} "
            f"| {row['right', 'size']:,.0f} |"
        )
    gap = (by_bin["confidence", "mean"] - by_bin["right", "mean"]).abs()
    print(f"| mean gap | {np.average(gap, weights=by_bin['right', 'size']):.3f} | | |")
    lag = (edges["published_at"] - moment.reindex(edges["origin_id"]).to_numpy()) / pd.Timedelta(hours=1)
    antedated = edges["flags"].str.contains("before_origin").to_numpy(bool)
    print("\n| what | measured |\n|---|---|")
    # Some sources tell no seconds.
    print(f"| lags right to the minute | {(abs(lag - edges['lag_hours']) <= 1 / 60).mean():.4f} |")
    print(f"| antedated copies flagged | {antedated[lag < 0].sum()} of {(edges['lag_hours'] < 0).sum()} |")
    print(f"| flagged that are not | {antedated[lag >= 0].sum()} |")
    missed = [
        f"{k} {rows['shuju build'][k]:.3f} < {goal}"
        for k, goal in GOALS.items()
        if rows["shuju build"][k] < goal
    ]
    if missed:
        print("goals missed: " + "; ".join(missed), file=sys.stderr)
    return len(missed)


if __name__ == "__main__":
    sys.exit(main())
