"""Where documents arrive (到达在哪里): by prefecture, county, level, department and site; counties in bands, not ranked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shuju.facts.selection import Selection
from shuju.spread.arrival import FEW, share
from shuju.spread.documents import GROUPS
from shuju.spread.due_counts import by_site
from shuju.standard import code_list, region

BAND_EDGES = (0.2, 0.4, 0.6, 0.8)
BAND_SHARES = ("不足 20%", "20%–40%", "40%–60%", "60%–80%", "80% 以上")
BAND_NAMES = ("五档", "四档", "三档", "二档", "一档")
SITES_SHOWN = 10


def band(shares: np.ndarray, n_due: np.ndarray) -> np.ndarray:
    """Return the band (分档) of each share, 0 (below 20 %) to 4 (80 % and more); −1 where less than ``FEW`` are due."""
    known = (n_due >= FEW) & ~np.isnan(shares)
    return np.where(known, np.searchsorted(BAND_EDGES, np.nan_to_num(shares), side="right"), -1)


def sites_arrival(selection: Selection, within: str = "24") -> pd.DataFrame:
    """Return the sites that ought to carry any document chosen: the columns of sites, ``n_due, n_arrived, share, band``.

    O(due pairs).
    """
    held = selection.held  # type: ignore[attr-defined]
    counts = by_site(held.due, selection.mask(), len(held.sites)).sel(within=within)  # type: ignore[attr-defined]
    found = held.sites.assign(n_due=counts["due"].to_numpy(), n_arrived=counts["arrived"].to_numpy())
    return _with_share(found[found["n_due"] > 0])


def grouped(sites: pd.DataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """Return arrival of ``sites_arrival`` by a column of the sites, with ``n_sites``; null values are left out."""
    found = sites.groupby(by, observed=True)[["n_due", "n_arrived"]].agg("sum")
    found["n_sites"] = sites.groupby(by, observed=True).size()
    return _with_share(found.reset_index())


def places_data(selection: Selection, within: str = "24") -> dict[str, pd.DataFrame]:
    """Return ``prefectures`` (with their counties; ``name, n_due, n_arrived, share``) and ``counties`` (portals: ``name, band``)."""
    sites = sites_arrival(selection, within)
    prefectures = grouped(sites, "prefecture").sort_values("prefecture")
    portals = sites[(sites["kind"] == "county_portal").to_numpy(bool)].sort_values("region_code")
    return {
        "prefectures": prefectures.assign(name=[region(c).short_name for c in prefectures["prefecture"]]),
        "counties": pd.DataFrame(
            {
                "name": [region(code).name for code in portals["region_code"]],
                "band": portals["band"].to_numpy(),
            }
        ),
    }


def departments_data(selection: Selection, within: str = "24") -> dict[str, pd.DataFrame]:
    """Return arrival by level (``levels``) and by department of the prefectures' sites (``departments``), and the ``sites`` that lack most.

    Columns ``name, n_due, n_arrived, share``; of sites also ``group, n_lacking``.
    """
    sites = sites_arrival(selection, within)
    levels = grouped(sites, "group").set_index("group")
    levels = levels.reindex([g for g in GROUPS if g in levels.index]).reset_index()
    own = grouped(sites[(sites["level"] == "prefecture").to_numpy(bool)], "department")
    own = own.sort_values("share", ascending=False, kind="stable")
    names = code_list("departments").names
    lacking = sites.assign(n_lacking=sites["n_due"] - sites["n_arrived"])
    lacking = lacking.sort_values("n_lacking", ascending=False, kind="stable").head(SITES_SHOWN)
    shown = ["name", "n_due", "n_arrived", "share"]
    return {
        "levels": levels.assign(name=levels["group"].map(GROUPS))[shown],
        "departments": own.assign(name=own["department"].map(lambda code: names.get(code, code)))[shown],
        "sites": lacking[[*shown, "group", "n_lacking"]],
    }


def _with_share(rows: pd.DataFrame) -> pd.DataFrame:
    shares = share(rows["n_arrived"].to_numpy().astype(float), rows["n_due"].to_numpy())
    return rows.assign(share=shares, band=band(shares, rows["n_due"].to_numpy()))
