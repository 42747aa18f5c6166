"""Whether documents spread as ripples or as a funnel (涟漪、漏斗).

Ripples go from ring to ring and keep their height; a funnel narrows with each level. Formula: docs/methods/arrival.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.spread.carriers import Carriers

RIPPLE = 0.5  # of the reach among prefectures, at least, that is left among counties


def shapes(documents: pd.DataFrame, sites: pd.DataFrame, carriers: Carriers) -> np.ndarray:
    """Return the shape of each document's spread: ``ripple``, ``funnel``, or None.

    The share of the portals of counties that carry it is held against that of prefectures. None: the document does not come
    from above both (column level), or no portal carries it. O(carriers).
    """
    n = len(documents)
    kind = sites["kind"].to_numpy(object)
    prefectures, counties = (
        np.bincount(carriers.document[kind[carriers.site] == k], minlength=n) / max(1, (kind == k).sum())
        for k in ("prefecture_portal", "county_portal")
    )
    is_above = ~documents["level"].isin(["prefecture", "county"]).to_numpy(bool)
    is_told = is_above & (prefectures + counties > 0)
    is_ripple = counties >= RIPPLE * prefectures
    return np.select([~is_told, is_ripple], [None, "ripple"], "funnel").astype(object)
