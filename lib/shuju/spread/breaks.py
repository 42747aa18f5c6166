"""Where the chain from province to county breaks (断点): funnel between levels, bottlenecks, missing list.

A county's site is served by its prefecture's portal; all others have a document from where it was published. A document
that a county lacks stopped at the prefecture where that lacks it too, and at the county otherwise. Formulas:
docs/methods/arrival.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shuju.spread.arrival import FEW, Arrivals, rates, share
from shuju.standard import code_list

_SITE_COLUMNS = ["site_id", "name", "level", "kind", "region_code", "department"]


def superiors(sites: pd.DataFrame) -> np.ndarray:
    """Return for each site the row of the portal that serves it; -1 where the publisher serves it directly."""
    prefecture = sites["region_code"].astype(object).str[:4]
    is_portal = (sites["kind"] == "prefecture_portal").to_numpy(bool)
    portals = pd.Series(np.flatnonzero(is_portal), index=prefecture[is_portal])
    portals = portals[~portals.index.duplicated()]
    found = prefecture.map(portals).fillna(-1).to_numpy(np.int64)
    return np.where((sites["level"] == "county").to_numpy(bool), found, -1)


def stops(pairs: Arrivals) -> np.ndarray:
    """Return for each pair the row of the site where the document stopped; -1 where it has arrived."""
    superior = superiors(pairs.sites)[pairs.site]
    return np.where(pairs.has_arrived, -1, np.where(_is_served(pairs, superior), pairs.site, superior))


def funnel(pairs: Arrivals, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return how many arrive at each level, from the top down.

    Columns: ``by``, ``to_level``, ``n_due``, ``n_arrived``, ``share_ever``, ``is_small``; ``drop`` (the share of the level above less this one's;
    NaN at the top); ``n_served`` (due sites whose portal above carries it) and ``share_of_served`` that arrived. O(n log n).
    """
    by = [*by, "to_level"]
    kept = ["n_due", "n_arrived", "share_ever", "is_small"]
    found = rates(pairs, by)[[*by, *kept]]
    served = rates(pairs.only(_is_served(pairs, superiors(pairs.sites)[pairs.site])), by)
    served = served[[*by, "n_due", "share_ever"]].set_axis([*by, "n_served", "share_of_served"], axis=1)
    found = found.merge(served, on=by, how="left")
    found["n_served"] = found["n_served"].fillna(0).astype(np.int64)
    rank = found["to_level"].map({level: n for n, level in enumerate(code_list("levels").codes)})
    found = found.assign(rank=rank).sort_values([*by[:-1], "rank"], ignore_index=True).drop(columns="rank")
    above = (
        found.groupby(by[:-1], dropna=False)["share_ever"].shift() if by[:-1] else found["share_ever"].shift()
    )
    return found.assign(drop=above - found["share_ever"])


def bottlenecks(pairs: Arrivals, by: Sequence[str] = ("level",)) -> pd.DataFrame:
    """Return where documents stop, by columns of the sites (``level``, ``department``, ``library``, ``site_id``, …), worst first.

    Columns: ``by``; ``n_due``; ``n_missing`` (due there, served, and lacking it); ``n_below`` (due sites below that lack it because
    this one does); ``n_stopped`` (both); ``share_missing`` (of those due there) and ``is_small``. O(n log n).
    """
    stop = stops(pairs)
    own, below = stop == pairs.site, (stop >= 0) & (stop != pairs.site)
    counts = {
        name: np.bincount(at, minlength=len(pairs.sites))
        for name, at in (("n_due", pairs.site), ("n_missing", stop[own]), ("n_below", stop[below]))
    }
    found = pd.concat([pairs.sites[list(by)], pd.DataFrame(counts)], axis=1)
    found = found.groupby(list(by), dropna=False, sort=True)[list(counts)].sum().reset_index()
    found = found[(found["n_due"] > 0) | (found["n_below"] > 0)]
    found["n_stopped"] = found["n_missing"] + found["n_below"]
    found["share_missing"] = share(found["n_missing"].to_numpy(), found["n_due"].to_numpy())
    found["is_small"] = found["n_due"] < FEW
    return found.sort_values("n_stopped", ascending=False, kind="stable", ignore_index=True)


def missing(pairs: Arrivals) -> pd.DataFrame:
    """Return the missing list (未到达名单), ordered by document, level and region.

    Columns: origin_id; site_id, name, level, kind, region_code, department of the site; ``clause`` and ``why`` it is due; ``waited_hours``;
    ``stopped_at`` (the site_id at which it stopped: its own, or that of the portal above).
    """
    lacking = pairs.only(~pairs.has_arrived)
    clauses = lacking.rule.clauses
    sites = lacking.sites[_SITE_COLUMNS].take(lacking.site).reset_index(drop=True)
    found = pd.concat([lacking.column("origin_id"), sites], axis=1).assign(
        clause=np.array([c.name for c in clauses], object)[lacking.clause],
        why=np.array([c.why for c in clauses], object)[lacking.clause],
        waited_hours=lacking.observed_hours,
        stopped_at=lacking.sites["site_id"].to_numpy(object)[stops(lacking)],
    )
    rank = found["level"].map({level: n for n, level in enumerate(code_list("levels").codes)})
    order = np.lexsort((found["region_code"].fillna("").to_numpy(str), rank, lacking.document))
    return found.take(order).reset_index(drop=True)


def _is_served(pairs: Arrivals, superior: np.ndarray) -> np.ndarray:
    """Tell whether the site above carries or published the document; true where there is no site above."""
    own = pd.Index(pairs.sites["site_id"]).get_indexer(pairs.documents["site_id"])
    has_it = pairs.carriers.find(pairs.document, np.maximum(superior, 0)) >= 0
    return (superior < 0) | has_it | (superior == own[pairs.document])
