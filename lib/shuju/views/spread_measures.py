"""What the page of spread shows of the documents under its filters: figures, bars, bands, matrix, what spreads well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from shuju.spread.arrival import FEW, share
from shuju.standard import code_list, region, regions
from shuju.views.filters import label_name
from shuju.views.spread_arrivals import WITHIN, ArrivalFacts, by_group, by_site, rate
from shuju.views.spread_data import SpreadTables, labels
from shuju.views.spread_filters import SpreadFilters, documents_pass

BAND_EDGES = (0.2, 0.4, 0.6, 0.8)
FACETS = {"genre": "类别", "topic": "主题", "level": "首发层级", "region": "首发市州", "shape": "形态"}
ORDERS = {"recent": "最近", "most": "到达率高", "least": "到达率低", "wide": "转载多", "slow": "最慢"}
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
LENGTHS = (500, 1500, 5000)
LENGTH_NAMES = ("500 字以内", "500–1500 字", "1500–5000 字", "5000 字以上")


@dataclass(frozen=True)
class Headline:
    """The key figures of the documents that pass; ``shares`` by limit (NaN: nothing was due)."""

    n_documents: int
    n_documents_all: int
    n_reprints: int
    n_due: int
    shares: dict[str, float]
    median_lag_hours: float
    n_nowhere: int
    n_counties: float


def headline(tables: SpreadTables, facts: ArrivalFacts, passes: np.ndarray) -> Headline:
    """Return the key figures. ``n_nowhere``: due somewhere and arrived nowhere of it; ``n_counties``: median of those reached."""
    rows = tables.documents[passes]
    counts = by_group(facts, passes, np.zeros(len(passes), np.int64), 1)
    own = facts.by_document[passes]
    return Headline(
        n_documents=len(rows),
        n_documents_all=len(passes),
        n_reprints=int(rows["n_reprints"].sum()),
        n_due=int(own.sum()),
        shares={limit: float(rate(counts, limit)[0]) for limit in WITHIN},
        median_lag_hours=float(rows["median_lag_hours"].median()),
        n_nowhere=int(((own.sum(1) > 0) & (own[:, -1] == own.sum(1))).sum()),
        n_counties=float(rows["n_counties"].median()),
    )


def ordered(documents: pd.DataFrame, passes: np.ndarray, order: str, within: str) -> np.ndarray:
    """Return the rows of the documents that pass, as ``order`` (``ORDERS``) has them; what has no value comes last."""
    rows = np.flatnonzero(passes)
    if order == "recent":
        return rows
    column, sign = {
        "most": (f"share_{within}{'' if within == 'ever' else 'h'}", -1),
        "least": (f"share_{within}{'' if within == 'ever' else 'h'}", 1),
        "wide": ("n_sites", -1),
        "slow": ("median_lag_hours", -1),
    }[order]
    value = sign * documents[column].to_numpy(float)[rows]
    return rows[np.argsort(np.where(np.isnan(value), np.inf, value), kind="stable")]


def facets(tables: SpreadTables, filters: SpreadFilters) -> dict[str, pd.DataFrame]:
    """Return the linked bars of documents: ``label``, ``name``, ``n`` under the other filters, ``n_all``, ``is_on``."""
    documents, found = tables.documents, {}
    column = {"topic": "topic_1", "region": "region_code"}
    for name in FACETS:
        values = documents[column.get(name, name)].astype(object)
        if name == "region":
            values = values.where(values.isna(), values.str[:4] + "00")
            shown = [r.code for r in regions() if r.level != "county"]
        else:
            shown = labels()[name]
            values = values.fillna("未分类") if name == "topic" else values
        n_all = values.value_counts()
        n = values[documents_pass(documents, filters, but=name)].value_counts()
        rows = pd.DataFrame(
            {
                "label": shown,
                "name": [_place(x) if name == "region" else label_name(name, x) for x in shown],
                "n": n.reindex(shown, fill_value=0).to_numpy(np.int64),
                "n_all": n_all.reindex(shown, fill_value=0).to_numpy(np.int64),
                "is_on": [label in getattr(filters, name) for label in shown],
            }
        )
        rows = rows if name == "level" else rows.sort_values("n_all", ascending=False, kind="stable")
        found[name] = rows[(rows["n_all"] > 0) | rows["is_on"]]
    return found


def _place(code: str) -> str:
    found = region(code)
    return "省本级" if found.level == "province" else found.short_name


def band(shares: np.ndarray, n_due: np.ndarray) -> np.ndarray:
    """Return the band (分档) of each share, 0 (below 20 %) to 4 (80 % and more); −1 where less than ``FEW`` are due."""
    known = (n_due >= FEW) & ~np.isnan(shares)
    return np.where(known, np.searchsorted(BAND_EDGES, np.nan_to_num(shares), side="right"), -1)


def sites_arrival(tables: SpreadTables, facts: ArrivalFacts, passes: np.ndarray, within: str) -> pd.DataFrame:
    """Return the sites that ought to carry any document that passes: ``tables.sites`` with ``n_due``, ``n_arrived``, ``share``, ``band``."""
    counts = by_site(facts, passes, len(tables.sites)).sel(within=within)
    found = tables.sites.assign(n_due=counts["due"].to_numpy(), n_arrived=counts["arrived"].to_numpy())
    found = found[found["n_due"] > 0]
    return _with_share(found)


def grouped(sites: pd.DataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """Return arrival of ``sites_arrival`` by a column of the sites, with ``n_sites``; null values are left out."""
    found = sites.groupby(by, observed=True)[["n_due", "n_arrived"]].agg("sum")
    found["n_sites"] = sites.groupby(by, observed=True).size()
    return _with_share(found.reset_index())


def _with_share(rows: pd.DataFrame) -> pd.DataFrame:
    shares = share(rows["n_arrived"].to_numpy().astype(float), rows["n_due"].to_numpy())
    return rows.assign(share=shares, band=band(shares, rows["n_due"].to_numpy()))


def trend(tables: SpreadTables, facts: ArrivalFacts, passes: np.ndarray) -> pd.DataFrame:
    """Return, by month of publication, ``n`` documents and the share within each limit (columns of ``WITHIN``); NaN of nothing."""
    month = tables.documents["published_at"].to_numpy().astype("datetime64[M]")
    shown = month[passes & ~np.isnat(month)]
    if not len(shown):
        return pd.DataFrame(columns=["n", *WITHIN])
    first = shown.min()
    n = int((shown.max() - first).astype(int)) + 1
    number = np.where(np.isnat(month), -1, (month - first).astype(np.int64))
    number = np.where((number >= 0) & (number < n), number, -1)
    counts = by_group(facts, passes, number, n)
    every = pd.date_range(pd.Timestamp(first), periods=n, freq="MS")
    documents = np.bincount(number[passes & (number >= 0)], minlength=n)
    return pd.DataFrame({"n": documents} | {limit: rate(counts, limit) for limit in WITHIN}, index=every)


def what_spreads(
    tables: SpreadTables, facts: ArrivalFacts, passes: np.ndarray, within: str
) -> dict[str, pd.DataFrame]:
    """Return for each property of documents its values: ``name``, ``n`` documents, ``n_due``, ``share`` within the limit, ``median_lag_hours``."""
    documents = tables.documents
    genres = code_list("genres").names
    properties: dict[str, tuple[Sequence[str], np.ndarray]] = {
        "信息类别": (list(genres.values()), pd.Index(list(genres)).get_indexer(documents["genre"].astype(object))),
        "发布时间": (WEEKDAYS, documents["published_at"].dt.dayofweek.fillna(-1).to_numpy(np.int64)),
        "配套解读": (("有解读", "未见解读"), np.where(documents["is_explained"], 0, 1)),
    }  # fmt: skip
    if documents["n_characters"].notna().any():
        length = documents["n_characters"].to_numpy(float)
        group = np.searchsorted(LENGTHS, np.nan_to_num(length), side="left")
        properties["篇幅"] = (LENGTH_NAMES, np.where(np.isnan(length), -1, group))
    found = {}
    for title, (names, number) in properties.items():
        counts = by_group(facts, passes, number, len(names))
        meant = passes & (number >= 0)
        lag = documents["median_lag_hours"][meant].groupby(number[meant]).median()
        rows = pd.DataFrame(
            {
                "name": names,
                "n": np.bincount(number[meant], minlength=len(names)),
                "n_due": counts["due"].sel(within=within).to_numpy(),
                "share": rate(counts, within),
                "median_lag_hours": lag.reindex(range(len(names))).to_numpy(float),
            }
        )
        found[title] = rows[rows["n"] > 0]
    return found


def city_shares(counts: xr.Dataset, within: str) -> xr.DataArray:
    """Return the share (document, city) of due sites that arrived within a limit; NaN where nothing is due there."""
    return (counts["arrived"].sel(within=within) / counts["due"].where(counts["due"] > 0)).rename("share")
