"""Time until a document arrives, where on some sites it has not arrived yet (Kaplan–Meier), many groups at once.

Leaving out the sites that still wait would make every document look fast. Source: E. Kaplan and P. Meier,
Nonparametric estimation from incomplete observations, JASA 53 (1958).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit


def arrival_curves(group: np.ndarray, hours: np.ndarray, has_arrived: np.ndarray) -> pd.DataFrame:
    """Return the share that has arrived after each number of hours at which some did, group by group.

    ``group`` is a number from 0, ``hours`` how long each took or was waited for; unknown (NaN) and negative ones
    are left out. Columns ``group``, ``hours``, ``n_at_risk``, ``n_arrived``, ``share_arrived`` (one less the product-limit
    estimate), in order. O(n log n).
    """
    known = hours >= 0
    group, hours, has_arrived = group[known], hours[known], has_arrived[known]
    order = np.lexsort((hours, group))
    columns = _curves(group[order], hours[order], has_arrived[order])
    return pd.DataFrame(dict(zip(("group", "hours", "n_at_risk", "n_arrived", "share_arrived"), columns)))


def half_lives(curves: pd.DataFrame, n_groups: int) -> np.ndarray:
    """Return for each group the hours after which half have arrived; NaN where fewer than half ever did."""
    found = np.full(n_groups, np.nan)
    reached = curves[curves["share_arrived"] >= 0.5 - 1e-12].drop_duplicates("group")
    found[reached["group"]] = reached["hours"]
    return found


@njit(nogil=True, cache=True)
def _curves(group, hours, has_arrived):
    n = len(group)
    n_steps = 0
    of, at = np.empty(n, np.int64), np.empty(n)
    at_risk, arrived, share = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    start = 0
    while start < n:
        end = start
        while end < n and group[end] == group[start]:
            end += 1
        waiting = 1.0
        i = start
        while i < end:
            moment, n_arrived = i, 0
            while i < end and hours[i] == hours[moment]:
                n_arrived += has_arrived[i]
                i += 1
            if n_arrived:
                waiting *= 1 - n_arrived / (end - moment)
                of[n_steps], at[n_steps], at_risk[n_steps] = group[moment], hours[moment], end - moment
                arrived[n_steps], share[n_steps] = n_arrived, 1 - waiting
                n_steps += 1
        start = end
    return of[:n_steps], at[:n_steps], at_risk[:n_steps], arrived[:n_steps], share[:n_steps]
