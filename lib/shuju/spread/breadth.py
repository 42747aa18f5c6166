"""How wide and how deep documents spread (广度、深度、传播率), all documents at once.

Formulas: docs/methods/arrival.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.spread.carriers import Carriers, reprints_of
from shuju.standard import regions

_NOT_GOVERNMENT = ("media", "outside")


def breadth(
    documents: pd.DataFrame, reprints: pd.DataFrame, sites: pd.DataFrame, carriers: Carriers
) -> pd.DataFrame:
    """Return one row per document, in order: how many sites carry it, where, over how many steps, how soon.

    ``n_reprints`` (pages), ``n_sites``, ``n_counties`` (with a county's own site), ``n_prefectures`` (prefectures with any site),
    ``n_levels`` (of government), ``depth`` (generations; 0: none known), ``median_lag_hours`` (over first copies of
    sites; NaN: none has a time that can be true), ``n_untimed`` (reprints without), ``spread_rate`` (of all sites) and ``reach`` (of the
    province's people), 0 to 1. ``reprints``: origin_id, kind, lag_hours, generation; ``sites``: site_id, region_code, level,
    kind. O(reprints).
    """
    n = len(documents)
    document, rows = reprints_of(documents, reprints)
    median = pd.Series(carriers.hours).groupby(carriers.document).median().reindex(range(n))
    depth = np.zeros(n, np.int64)
    np.maximum.at(depth, document, rows["generation"].fillna(0).to_numpy(np.int64))
    level = sites["level"].where(~sites["kind"].isin(_NOT_GOVERNMENT))
    code = sites["region_code"].astype(object)
    prefecture = code.str[:4].where(sites["level"].isin(["prefecture", "county"]))
    n_sites = np.bincount(carriers.document, minlength=n)
    return pd.DataFrame(
        {
            "n_reprints": np.bincount(document, minlength=n),
            "n_sites": n_sites,
            "n_counties": _distinct(carriers, code.where(level == "county"), n),
            "n_prefectures": _distinct(carriers, prefecture, n),
            "n_levels": _distinct(carriers, level, n),
            "depth": depth,
            "median_lag_hours": median.to_numpy(float),
            "n_untimed": np.bincount(document[~(rows["lag_hours"].to_numpy(float) >= 0)], minlength=n),
            "spread_rate": _spread_rate(n_sites, documents, sites),
            "reach": _reach(carriers, sites, n),
        },
        index=documents.index,
    )


def _spread_rate(n_sites: np.ndarray, documents: pd.DataFrame, sites: pd.DataFrame) -> np.ndarray:
    """Return the share of all sites but the document's own that carry it; NaN where there is no other."""
    n_others = len(sites) - documents["site_id"].isin(sites["site_id"]).to_numpy(np.int64)
    return np.divide(n_sites, n_others, out=np.full(len(documents), np.nan), where=n_others > 0)


def _reach(carriers: Carriers, sites: pd.DataFrame, n: int) -> np.ndarray:
    """Return the share of the province's people whose prefecture's or county's portal carries each document.

    The census is known by prefecture: each of its counties stands for a like part of it.
    """
    prefectures = regions("prefecture")
    people = np.array([p.population_2020 for p in prefectures], float)
    n_counties = np.array([sum(c.parent_code == p.code for c in regions("county")) for p in prefectures])
    prefecture = pd.Index([p.code[:4] for p in prefectures]).get_indexer(
        sites["region_code"].astype(object).str[:4]
    )
    kind = sites["kind"].to_numpy(object)
    part = np.select(
        [kind == "prefecture_portal", kind == "county_portal"], [1.0, 1 / n_counties[prefecture]], 0.0
    )
    cell = carriers.document * len(people) + prefecture[carriers.site]
    is_in = (prefecture >= 0)[carriers.site]
    parts = np.bincount(cell[is_in], part[carriers.site[is_in]], n * len(people)).reshape(n, len(people))
    return np.minimum(parts, 1.0) @ people / people.sum()


def _distinct(carriers: Carriers, of_site: pd.Series, n: int) -> np.ndarray:
    """Return how many different values the carriers of each document have; null is none."""
    codes, values = pd.factorize(of_site.to_numpy(object))
    has = codes[carriers.site] >= 0
    pairs = pd.unique(carriers.document[has] * max(1, len(values)) + codes[carriers.site[has]])
    return np.bincount(pairs // max(1, len(values)), minlength=n)
