"""Time until something happens, where for some it has not happened yet (Kaplan–Meier).

Leaving out what still waits would make everyone look faster than they are: the slowest are the ones that wait.
One curve is that of ``scipy.stats.ecdf`` over censored data; here are those of thousands of groups at once.
Source: E. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit


def kaplan_meier(time: npt.ArrayLike, has_ended: npt.ArrayLike) -> pd.DataFrame:
    """Return the share that still waits after each time at which some ended.

    ``time`` (in any unit): how long each was waited for, ``has_ended``: whether it ended then or is only known to have
    lasted so long. Those whose time is unknown or negative are left out. Columns ``time``, ``n_at_risk``,
    ``n_ended``, ``share_waiting`` (product-limit estimate). O(n log n).
    """
    time = np.asarray(time, float)
    return kaplan_meier_by(np.zeros(len(time), np.int64), time, has_ended).drop(columns="group")


def kaplan_meier_by(group: npt.ArrayLike, time: npt.ArrayLike, has_ended: npt.ArrayLike) -> pd.DataFrame:
    """Return the estimates of many groups at once: ``group`` (a number from 0) and the columns of ``kaplan_meier``, in order."""
    group, time = np.asarray(group, np.int64), np.asarray(time, float)
    known = time >= 0
    group, time, has_ended = group[known], time[known], np.asarray(has_ended, bool)[known]
    order = np.lexsort((time, group))
    columns = _steps(group[order], time[order], has_ended[order])
    return pd.DataFrame(dict(zip(("group", "time", "n_at_risk", "n_ended", "share_waiting"), columns)))


def quantile_time(curve: pd.DataFrame, share: float = 0.5) -> float:
    """Return the time after which ``share`` of all have ended; NaN if fewer ever did."""
    return float(quantile_times(curve.assign(group=0), 1, share)[0])


def quantile_times(curves: pd.DataFrame, n_groups: int, share: float = 0.5) -> np.ndarray:
    """Return for each group the time after which ``share`` of it have ended; NaN if fewer ever did."""
    found = np.full(n_groups, np.nan)
    reached = curves[curves["share_waiting"] <= 1 - share + 1e-12].drop_duplicates("group")
    found[reached["group"]] = reached["time"]
    return found


@njit(nogil=True, cache=True)
def _steps(group, time, has_ended):
    n = len(group)
    n_steps = 0
    of, at = np.empty(n, np.int64), np.empty(n)
    at_risk, ended, share = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    start = 0
    while start < n:
        end = start
        while end < n and group[end] == group[start]:
            end += 1
        waiting = 1.0
        i = start
        while i < end:
            first, n_ended = i, 0
            while i < end and time[i] == time[first]:
                n_ended += has_ended[i]
                i += 1
            if n_ended:
                waiting *= 1 - n_ended / (end - first)
                of[n_steps], at[n_steps], at_risk[n_steps] = group[first], time[first], end - first
                ended[n_steps], share[n_steps] = n_ended, waiting
                n_steps += 1
        start = end
    return of[:n_steps], at[:n_steps], at_risk[:n_steps], ended[:n_steps], share[:n_steps]
