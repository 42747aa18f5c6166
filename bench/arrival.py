"""Measures of spread over all documents of a library at once: how long each takes.

    python -m bench.arrival DOCUMENTS

Documents at random on the 620 sites of the synthetic province, each carried by 26 of them.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from shuju.demo.sites import KINDS, build
from shuju.spread.arrival import arrivals, curves, measure, rates
from shuju.spread.breaks import bottlenecks, funnel, missing
from shuju.spread.due import read_rule
from shuju.standard import code_list

CARRIED_BY = 26
ORIGINS = {"province_portal": 0.3, "province_department": 0.48, "prefecture_portal": 0.17, "media": 0.05}
AS_OF = pd.Timestamp("2026-01-01")


def province() -> pd.DataFrame:
    sites = build(1, tuple(code_list("topics").codes))
    return pd.DataFrame(
        {
            "site_id": sites.site_id, "name": sites.name, "region_code": sites.region_code, "level": sites.level,
            "kind": np.array(KINDS, object)[sites.kind], "department": [d or None for d in sites.department],
            "opened_on": pd.Timestamp("2010-01-01"),
        }
    )  # fmt: skip


def spread(sites: pd.DataFrame, n: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return n documents, published by kinds of sites as in ``shuju demo``, and their reprints."""
    share = sites["kind"].map(ORIGINS).fillna(0) / sites.groupby("kind")["kind"].transform("size")
    origin = rng.choice(len(sites), n, p=share)
    documents = pd.DataFrame(
        {
            "origin_id": [f"d{k}" for k in range(n)],
            "site_id": sites["site_id"].to_numpy()[origin],
            "region_code": sites["region_code"].to_numpy()[origin],
            "genre": rng.choice(["news", "notice", "policy"], n),
            "topic_1": rng.choice(code_list("topics").codes, n),
            "published_at": AS_OF - pd.to_timedelta(rng.integers(0, 5 * 365 * 24, n), unit="h"),
        }
    )
    of = np.repeat(np.arange(n), CARRIED_BY)
    reprints = pd.DataFrame(
        {
            "origin_id": documents["origin_id"].to_numpy()[of],
            "site_id": sites["site_id"].to_numpy()[rng.integers(0, len(sites), len(of))],
            "kind": "verbatim",
            "lag_hours": rng.exponential(60, len(of)),
            "generation": rng.integers(1, 4, len(of)),
        }
    )
    return documents, reprints


def timed(name: str, make: Callable[[], Any]) -> Any:
    started = time.process_time()
    made = make()
    print(f"| {name} | {time.process_time() - started:.2f} |")
    return made


def main() -> None:
    sites, rule = province(), read_rule()
    rng = np.random.default_rng(1)
    few, their = spread(sites, 10, rng)
    measure(arrivals(few, their, sites, rule, AS_OF), their)  # compiles
    documents, reprints = spread(sites, int(sys.argv[1]), rng)
    print("| what | CPU s |\n|---|---|")
    pairs = timed("arrivals", lambda: arrivals(documents, reprints, sites, rule, AS_OF))
    timed("measure", lambda: measure(pairs, reprints))
    timed("rates by genre and level", lambda: rates(pairs, ["genre", "to_level"]))
    timed("rates by site", lambda: rates(pairs, ["to_site_id"]))
    timed("curves by level", lambda: curves(pairs, ["to_level"]))
    timed("funnel by genre", lambda: funnel(pairs, ["genre"]))
    timed("bottlenecks by department", lambda: bottlenecks(pairs, ["department"]))
    timed("missing", lambda: missing(pairs))
    one, its = documents[:1], reprints[reprints["origin_id"] == "d0"]
    timed("one document, all its measures", lambda: measure(arrivals(one, its, sites, rule, AS_OF), its))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{len(documents):,} documents, {len(reprints):,} reprints, {len(pairs):,} due pairs; peak {peak:,.0f} MiB"
    )


if __name__ == "__main__":
    main()
