"""Time until something happens, where for some it has not happened yet (Kaplan–Meier).

Leaving out letters that still wait would make every department look faster than it is: the slowest are the
ones that wait. Source: E. Kaplan and P. Meier, Nonparametric estimation from incomplete observations,
JASA 53 (1958).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def kaplan_meier(days: npt.ArrayLike, has_ended: npt.ArrayLike) -> pd.DataFrame:
    """Return the share that still waits after each number of days at which some ended.

    ``days``: how long each was waited for, ``has_ended``: whether it ended then or is only known to have
    lasted so long. Those whose days are unknown or negative are left out. Columns ``days``, ``n_at_risk``,
    ``n_ended``, ``share_waiting`` (product-limit estimate). O(n log n).
    """
    days = np.asarray(days, float)
    ended = np.asarray(has_ended, bool)
    known = days >= 0
    days, ended = days[known], ended[known]
    times, n_ended = np.unique(days[ended], return_counts=True)
    n_at_risk = len(days) - np.searchsorted(np.sort(days), times, side="left")
    share = np.cumprod(1 - n_ended / n_at_risk) if len(times) else np.empty(0)
    return pd.DataFrame({"days": times, "n_at_risk": n_at_risk, "n_ended": n_ended, "share_waiting": share})


def quantile_days(curve: pd.DataFrame, share: float = 0.5) -> float:
    """Return the days after which ``share`` of all have ended; NaN if fewer ever did."""
    reached = curve["share_waiting"].to_numpy() <= 1 - share + 1e-12
    return float(curve["days"].iloc[int(reached.argmax())]) if reached.any() else float("nan")
