"""Working days counted anew: NumPy's business days without the days off, and the weekends that are worked (调休) added."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.standard.working_days import SHIPPED

TOLD = pd.read_csv(SHIPPED, parse_dates=["day"])
OFF = TOLD.loc[TOLD["is_working"] == 0, "day"].to_numpy("datetime64[D]")
MADE_UP = TOLD.loc[TOLD["is_working"] == 1, "day"].to_numpy("datetime64[D]")


def worked_days(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return how many days are worked from each day on, before another that is not earlier."""
    start, end = start.astype("datetime64[D]"), end.astype("datetime64[D]")
    made_up = np.searchsorted(MADE_UP, end) - np.searchsorted(MADE_UP, start)
    return np.busday_count(start, end, holidays=OFF) + made_up
