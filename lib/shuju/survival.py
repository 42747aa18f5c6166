"""Time until something happens, where for some it has not happened yet (Kaplan–Meier).

Leaving out what still waits would make everyone look faster than they are: the slowest are the ones that wait.
Source: E. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def kaplan_meier(time: npt.ArrayLike, has_ended: npt.ArrayLike) -> pd.DataFrame:
    """Return the share that still waits after each time at which some ended.

    ``time`` (in any unit): how long each was waited for, ``has_ended``: whether it ended then or is only known to have
    lasted so long. Those whose time is unknown or negative are left out. Columns ``time``, ``n_at_risk``,
    ``n_ended``, ``share_waiting`` (product-limit estimate). O(n log n).
    """
    time = np.asarray(time, float)
    ended = np.asarray(has_ended, bool)
    known = time >= 0
    time, ended = time[known], ended[known]
    times, n_ended = np.unique(time[ended], return_counts=True)
    n_at_risk = len(time) - np.searchsorted(np.sort(time), times, side="left")
    share = np.cumprod(1 - n_ended / n_at_risk) if len(times) else np.empty(0)
    return pd.DataFrame({"time": times, "n_at_risk": n_at_risk, "n_ended": n_ended, "share_waiting": share})


def quantile_time(curve: pd.DataFrame, share: float = 0.5) -> float:
    """Return the time after which ``share`` of all have ended; NaN if fewer ever did."""
    reached = curve["share_waiting"].to_numpy() <= 1 - share + 1e-12
    return float(curve["time"].iloc[int(reached.argmax())]) if reached.any() else float("nan")
