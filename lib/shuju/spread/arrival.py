"""Measures of spread (传播度量): reach, arrival, breadth, depth, speed, and where it stops.

Each is defined by a formula in docs/methods/arrival.md. ``documents`` are origins (origin_id, site_id, published_at);
``copies`` are their reprints (origin_id, site_id, lag_hours, generation). A site that carries a document
twice counts once, by its first copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.spread.due import DueSites
from shuju.standard import regions
from shuju.survival import kaplan_meier, quantile_time

CLOCKS = (8, 24, 72)  # hours: provincial rules ask 8, the national check of 2016 asked 24
LEVELS = ("province", "prefecture", "county")
SMALL = 5  # fewer due sites say little
FUNNEL = 0.5  # a level that carries less than half of what the level above does


@dataclass(frozen=True)
class Arrivals:
    """First copies by document and site: rows of ``documents`` and ``sites``, ``lag`` in hours (an antedated copy has 0),
    and whether the site was due.
    """

    document: np.ndarray
    site: np.ndarray
    lag: np.ndarray
    is_due: np.ndarray


def first_arrivals(documents: pd.DataFrame, copies: pd.DataFrame, due: DueSites) -> Arrivals:
    """Return the first copy of each document on each known site other than its own. O(copies log copies)."""
    document = pd.Index(documents["origin_id"]).get_indexer(copies["origin_id"])
    site = due.rows(copies["site_id"])
    own = due.rows(documents["site_id"])
    lag = np.maximum(copies["lag_hours"].to_numpy(float), 0.0)
    kept = (document >= 0) & (site >= 0)
    kept &= np.where(document >= 0, own[np.maximum(document, 0)], -2) != site
    document, site, lag = document[kept], site[kept], lag[kept]
    order = np.lexsort((lag, site, document))
    document, site, lag = document[order], site[order], lag[order]
    first = np.ones(len(order), bool)
    first[1:] = (document[1:] != document[:-1]) | (site[1:] != site[:-1])
    document, site, lag = document[first], site[first], lag[first]
    origin = own[document]
    return Arrivals(document, site, lag, due.is_due[np.maximum(origin, 0), site] & (origin >= 0))


def measure(
    documents: pd.DataFrame, copies: pd.DataFrame, sites: pd.DataFrame, due: DueSites, now: pd.Timestamp
) -> pd.DataFrame:
    """Return the measures of each document, a row each in the order of ``documents``.

    Columns: n_reprints, n_sites, n_counties, n_cities, n_levels, depth (generations), reach (share of the province's people
    in prefectures whose portal or in counties whose portal carried it), n_due, share_8h, share_24h, share_72h,
    share_ever (of due sites; null where none was due, or where the clock has not run yet), is_small (fewer than
    ``SMALL`` due), median_lag_hours (of first copies), half_life_hours (by when half of the due sites had it; null where
    half never had it), shape (``ripple``, ``funnel`` or null). ``now`` is the library's newest time. O(copies log copies).
    """
    n = len(documents)
    arrivals = first_arrivals(documents, copies, due)
    own = due.rows(documents["site_id"])
    n_due = np.where(own >= 0, due.is_due[np.maximum(own, 0)].sum(axis=1), 0)
    waited = (now - pd.to_datetime(documents["published_at"])).dt.total_seconds().to_numpy() / 3600
    level, county, city = _codes(sites)
    document, site = arrivals.document, arrivals.site
    found = {
        "n_reprints": np.bincount(_rows(documents, copies), minlength=n + 1)[:n],
        "n_sites": np.bincount(document, minlength=n),
        "n_counties": _distinct(document, county[site], n),
        "n_cities": _distinct(document, city[site], n),
        "n_levels": _distinct(document, level[site], n),
        "depth": _largest(_rows(documents, copies), copies["generation"].to_numpy(), n),
        "reach": _reach(arrivals, sites, n),
        "n_due": n_due,
    }
    on_time = np.where(arrivals.is_due, arrivals.lag, np.inf)
    for hours in (*CLOCKS, None):
        had = np.bincount(document[on_time <= (np.finfo(float).max if hours is None else hours)], minlength=n)
        is_known = (n_due > 0) & (True if hours is None else ~(waited < hours))
        name = "share_ever" if hours is None else f"share_{hours}h"
        found[name] = np.where(is_known, had / np.maximum(n_due, 1), np.nan)
    found["is_small"] = n_due < SMALL
    found["median_lag_hours"] = _order_statistic(document, arrivals.lag, (found["n_sites"] + 1) // 2, n)
    due_rows = arrivals.is_due
    found["half_life_hours"] = _order_statistic(
        document[due_rows], arrivals.lag[due_rows], np.maximum(1, (n_due + 1) // 2), n
    )
    found["shape"] = _shapes(arrivals, own, due, level, n)
    return pd.DataFrame(found, index=documents.index)


def arrival_curve(
    documents: pd.DataFrame, copies: pd.DataFrame, sites: pd.DataFrame, due: DueSites, now: pd.Timestamp
) -> pd.DataFrame:
    """Return the share of due sites that had a document after each lag, by level: level, lag_hours, share, n_due.

    The Kaplan–Meier estimate over all documents and their due sites: a site that has not carried a document is one that has not
    yet, as long as the library has watched it. Level ``all`` is all together.
    """
    arrivals = first_arrivals(documents, copies, due)
    own = due.rows(documents["site_id"])
    waited = (now - pd.to_datetime(documents["published_at"])).dt.total_seconds().to_numpy() / 3600
    level = _codes(sites)[0]
    parts = []
    is_due = due.is_due[np.maximum(own, 0)] & (own >= 0)[:, None]
    has = np.zeros_like(is_due)
    has[arrivals.document, arrivals.site] = True
    missing, at = np.nonzero(is_due & ~has)
    lag = np.concatenate([arrivals.lag[arrivals.is_due], waited[missing]])
    ended = np.concatenate([np.ones(int(arrivals.is_due.sum()), bool), np.zeros(len(missing), bool)])
    of = level[np.concatenate([arrivals.site[arrivals.is_due], at])]
    for name, chosen in (("all", np.ones(len(of), bool)), *((x, of == k) for k, x in enumerate(LEVELS))):
        if not chosen.any():
            continue
        curve = kaplan_meier(lag[chosen], ended[chosen])
        parts.append(
            pd.DataFrame(
                {
                    "level": name,
                    "lag_hours": np.concatenate([[0.0], curve["time"]]),
                    "share": np.concatenate([[0.0], 1 - curve["share_waiting"]]),
                    "n_due": int(chosen.sum()),
                    "half_life_hours": quantile_time(curve),
                }
            )
        )
    columns = ["level", "lag_hours", "share", "n_due", "half_life_hours"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def funnel(documents: pd.DataFrame, copies: pd.DataFrame, sites: pd.DataFrame, due: DueSites) -> pd.DataFrame:
    """Return for each level how many sites were due and how many carried: level, n_due, n_had, share, drop, is_small.

    ``drop`` (落差) is the share of the level above minus this one's; sums over all documents.
    """
    return _by_group(documents, copies, due, _codes(sites)[0], LEVELS, "level").assign(
        drop=lambda f: f["share"].shift(1) - f["share"]
    )


def arrival_by(
    documents: pd.DataFrame, copies: pd.DataFrame, sites: pd.DataFrame, due: DueSites, column: str
) -> pd.DataFrame:
    """Return arrival by a column of ``sites`` (site_id, department, library, kind …): n_due, n_had, share, is_small,
    worst first: where documents stop (堵点). Groups without a due site are left out.
    """
    codes, names = pd.factorize(sites[column])
    return _by_group(documents, copies, due, codes, tuple(names), column).sort_values(
        ["is_small", "share"], kind="stable", ignore_index=True
    )


def missing_sites(
    document: pd.Series, copies: pd.DataFrame, sites: pd.DataFrame, due: DueSites
) -> pd.DataFrame:
    """Return the due sites that have not carried a document (未到达名单): the columns of ``sites``, and ``rule``, why due."""
    (own,) = due.rows(pd.Series([document["site_id"]]))
    if own < 0:
        return sites.iloc[:0].assign(rule=pd.Series(dtype=object))
    carried = copies.loc[copies["origin_id"] == document["origin_id"], "site_id"]
    is_missing = due.is_due[own] & ~sites["site_id"].isin(carried).to_numpy()
    rule = due.rules[due.rule[own]].name if due.rule[own] >= 0 else ""
    return sites[is_missing].assign(rule=rule)


def _by_group(
    documents: pd.DataFrame, copies: pd.DataFrame, due: DueSites, group: np.ndarray, names: tuple, column: str
) -> pd.DataFrame:
    arrivals = first_arrivals(documents, copies, due)
    own = due.rows(documents["site_id"])
    times = np.bincount(own[own >= 0], minlength=len(due.site_ids))
    per_site = times @ due.is_due
    known = group >= 0
    n_due = np.bincount(group[known], per_site[known], minlength=len(names)).astype(np.int64)
    had = group[arrivals.site[arrivals.is_due]]
    n_had = np.bincount(had[had >= 0], minlength=len(names))
    found = pd.DataFrame({column: names, "n_due": n_due, "n_had": n_had})
    found = found[found["n_due"] > 0].reset_index(drop=True)
    return found.assign(share=found["n_had"] / found["n_due"], is_small=found["n_due"] < SMALL)


def _rows(documents: pd.DataFrame, copies: pd.DataFrame) -> np.ndarray:
    """Return the row of each copy's document; that of none is the number of documents."""
    at = pd.Index(documents["origin_id"]).get_indexer(copies["origin_id"])
    return np.where(at >= 0, at, len(documents))


def _codes(sites: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of each site its level (a row of LEVELS), its county and its prefecture (numbers); -1: none."""
    level = pd.Index(LEVELS).get_indexer(sites["level"])
    level = np.where(sites["kind"].isin(["media", "outside"]), -1, level)
    code = sites["region_code"].fillna("").astype(str)
    county = pd.factorize(code.where(sites["level"].eq("county")))[0]
    city = pd.factorize((code.str[:4] + "00").where(code.str[:4].ne("4300") & code.ne("")))[0]
    return level, county, city


def _distinct(document: np.ndarray, value: np.ndarray, n: int) -> np.ndarray:
    known = value >= 0
    pairs = np.unique(document[known] * (int(value.max(initial=0)) + 1) + value[known])
    return np.bincount(pairs // (int(value.max(initial=0)) + 1), minlength=n)[:n]


def _largest(row: np.ndarray, value: np.ndarray, n: int) -> np.ndarray:
    found = np.zeros(n + 1, np.int64)
    np.maximum.at(found, row, value)
    return found[:n]


def _order_statistic(document: np.ndarray, lag: np.ndarray, rank: np.ndarray, n: int) -> np.ndarray:
    """Return the ``rank``-th smallest lag of each document (from 1), NaN where there are fewer."""
    order = np.lexsort((lag, document))
    counts = np.bincount(document, minlength=n)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if n else np.zeros(0, np.int64)
    at = starts + rank - 1
    enough = (counts >= rank) & (rank > 0)
    return np.where(enough, lag[order][np.where(enough, at, 0)] if len(lag) else np.nan, np.nan)


def _reach(arrivals: Arrivals, sites: pd.DataFrame, n: int) -> np.ndarray:
    """Return the share of the province's people within reach of a portal that carried the document.

    A prefecture's portal reaches its people; a county's the like share of them, since the census is known by prefecture.
    """
    people = {r.code: r.population_2020 or 0 for r in regions("prefecture")}
    counties = pd.Series([r.parent_code for r in regions("county")]).value_counts()
    code = sites["region_code"].fillna("").astype(str)
    prefecture = code.str[:4] + "00"
    kind = sites["kind"].to_numpy(object)
    by_site = np.where(
        kind == "prefecture_portal",
        code.map(people).fillna(0),
        np.where(
            kind == "county_portal",
            prefecture.map(people).fillna(0) / prefecture.map(counties).fillna(1),
            0.0,
        ),
    ).astype(float)
    total = sum(people.values())
    is_top = kind == "province_portal"
    city = pd.factorize(prefecture)[0]
    width = int(city.max(initial=0)) + 1
    cell = arrivals.document * width + city[arrivals.site]
    unique, at = np.unique(cell, return_inverse=True)
    amount = np.bincount(at, by_site[arrivals.site], minlength=len(unique))
    most = np.array([people.get(p, 0) for p in pd.factorize(prefecture)[1]], float)
    reached = np.bincount(unique // width, np.minimum(amount, most[unique % width]), minlength=n)
    reached[np.unique(arrivals.document[is_top[arrivals.site]])] = total
    return reached / total


def _shapes(arrivals: Arrivals, own: np.ndarray, due: DueSites, level: np.ndarray, n: int) -> np.ndarray:
    """Return ``funnel`` where a level carried less than half of what the level above did, ``ripple`` where none did.

    Levels with fewer than ``SMALL`` due sites are left out; null where fewer than two are left.
    """
    shares = np.full((n, len(LEVELS)), np.nan)
    for k in range(len(LEVELS)):
        n_due = np.where(own >= 0, due.is_due[np.maximum(own, 0)][:, level == k].sum(axis=1), 0)
        chosen = arrivals.is_due & (level[arrivals.site] == k)
        had = np.bincount(arrivals.document[chosen], minlength=n)
        shares[:, k] = np.where(n_due >= SMALL, had / np.maximum(n_due, 1), np.nan)
    shape = np.full(n, None, object)
    above = np.full(n, np.nan)
    for k in range(len(LEVELS)):
        known = ~np.isnan(shares[:, k]) & ~np.isnan(above)
        shape[known & (above > 0) & (shape != "funnel")] = "ripple"
        shape[known & (shares[:, k] < FUNNEL * above)] = "funnel"
        above = np.where(np.isnan(shares[:, k]), above, shares[:, k])
    return shape
