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
    documents: pd.DataFrame, reprints: pd.DataFrame, sites: pd.DataFrame, carried: Carriers
) -> pd.DataFrame:
    """Return one row a document, in their order: how many carried it, where, over how many steps, how soon.

    ``n_reprints`` (pages), ``n_sites``, ``n_counties`` (with a county's own site), ``n_cities`` (prefectures with any
    site), ``n_levels`` (of government), ``depth`` (generations; 0: none known), ``median_lag_hours`` (over
    reprints with a time that can be true; NaN: none), ``n_untimed`` (reprints without), ``spread_rate`` and ``population_rate`` (0 to 1).
    ``reprints``: origin_id, kind, lag_hours, generation; ``sites``: site_id, region_code, level, kind. O(reprints).
    """
    n = len(documents)
    document, rows = reprints_of(documents, reprints)
    lag = pd.Series(rows["lag_hours"].to_numpy(float))
    median = lag.where(lag >= 0).groupby(document).median().reindex(range(n))
    depth = np.zeros(n, np.int64)
    np.maximum.at(depth, document, rows["generation"].fillna(0).to_numpy(np.int64))
    level = sites["level"].where(~sites["kind"].isin(_NOT_GOVERNMENT))
    code = sites["region_code"].astype(object)
    prefecture = code.str[:4].where(sites["level"].isin(["prefecture", "county"]))
    n_sites = np.bincount(carried.document, minlength=n)
    return pd.DataFrame(
        {
            "n_reprints": np.bincount(document, minlength=n),
            "n_sites": n_sites,
            "n_counties": _distinct(carried, code.where(level == "county"), n),
            "n_cities": _distinct(carried, prefecture, n),
            "n_levels": _distinct(carried, level, n),
            "depth": depth,
            "median_lag_hours": median.to_numpy(float),
            "n_untimed": np.bincount(document[~(lag >= 0).to_numpy(bool)], minlength=n),
            "spread_rate": _share(n_sites, np.ones(len(sites)), documents, sites),
            "population_rate": _share(
                np.bincount(carried.document, population_weights(sites)[carried.site], n),
                population_weights(sites),
                documents,
                sites,
            ),
        },
        index=documents.index,
    )


def population_weights(sites: pd.DataFrame) -> np.ndarray:
    """Return for how many people each site stands: its prefecture's (census of 2020), shared by the sites there.

    Sites of the province and from outside stand for none of their own.
    """
    people = {r.code[:4]: r.population_2020 for r in regions("prefecture")}
    prefecture = sites["region_code"].astype(object).str[:4]
    shared_by = prefecture.map(prefecture.value_counts())
    return (prefecture.map(people) / shared_by).fillna(0).to_numpy(float)


def _share(
    carrying: np.ndarray, weights: np.ndarray, documents: pd.DataFrame, sites: pd.DataFrame
) -> np.ndarray:
    """Return the weight of the carrying sites by that of all but the document's own; NaN where there is no other."""
    own = pd.Index(sites["site_id"]).get_indexer(documents["site_id"])
    others = weights.sum() - np.where(own >= 0, np.append(weights, 0)[own], 0)
    return np.divide(carrying, others, out=np.full(len(documents), np.nan), where=others > 0)


def _distinct(carried: Carriers, of_site: pd.Series, n: int) -> np.ndarray:
    """Return how many different values the carriers of each document have; null is none."""
    codes, values = pd.factorize(of_site.to_numpy(object))
    has = codes[carried.site] >= 0
    pairs = pd.unique(carried.document[has] * max(1, len(values)) + codes[carried.site[has]])
    return np.bincount(pairs // max(1, len(values)), minlength=n)
