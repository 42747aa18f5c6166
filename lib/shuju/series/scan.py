"""The default method: is the newest window, of one step or several, above what the past predicts?

A burst is spread over a few steps. The sums over the last 1, 2, 3 … steps are each held against the negative
binomial that the forecast gives for them, its uncertainty included; the least p-value counts, corrected for the
number of windows tried. An alarm needs a newest count that is itself above what is expected.

The windows are those of a temporal scan (R. Neill, expectation-based scan statistics, International Journal of
Forecasting 25(3), 2009, without space), the tail that of Noufaily et al. 2013.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shuju.series import negative_binomial
from shuju.series.bounds import Bounds
from shuju.series.forecast import Forecast

Array = npt.NDArray[np.float64]


def scan(
    counts: Array, forecast: Forecast, windows: tuple[int, ...], alpha: float, at_least: int = 3
) -> Bounds:
    """Return ``expected``, ``upper`` (a count above it is an alarm at ``alpha``) and ``p`` (series × times).

    ``counts`` and ``forecast`` share the time axis; steps whose forecast is unknown begin no window. A window
    of fewer than ``at_least`` counts is no alarm. O(counts × windows × quantile).
    """
    counts = np.asarray(counts, np.float64)
    known = np.isfinite(counts + forecast.mean)
    y, mean = np.where(known, counts, 0.0), np.where(known, forecast.mean, 0.0)
    least, upper = np.ones_like(y), np.full_like(y, np.inf)
    tries = effective_tries(windows)
    level = (1 - alpha) ** (1 / tries)
    for window in windows:
        total, expected = (_last(x, window) for x in (y, mean))
        ratio = forecast.ratio + expected * forecast.error**2
        is_above = known & (y > mean) & (total > expected) & (total >= at_least)
        tail = negative_binomial.upper_tail(total[is_above], expected[is_above], ratio[is_above])
        least[is_above] = np.minimum(least[is_above], tail)
        limit = np.full_like(y, np.inf)
        limit[known] = negative_binomial.quantile(level, expected[known], ratio[known])
        upper = np.minimum(upper, np.maximum(limit, at_least - 1) - (total - y))
    p = -np.expm1(tries * np.log1p(-np.minimum(least, 1 - 1e-16)))
    # Below expectation is never an alarm, so the bound does not fall below the whole number under it.
    upper = np.maximum(upper, np.floor(mean))
    return Bounds(*(np.where(known, x, np.nan) for x in (mean, upper, np.where(least < 1, p, 1.0))))


def effective_tries(windows: tuple[int, ...]) -> float:
    """Return how many independent tests the overlapping windows are worth: 1 + 0.7 · ln(longest / shortest)."""
    return 1 + 0.7 * float(np.log(max(windows) / min(windows)))


def _last(x: Array, window: int) -> Array:
    """Return the sums over the last ``window`` columns."""
    total = np.concatenate([np.zeros((len(x), 1)), np.cumsum(x, axis=1)], axis=1)
    end = np.arange(1, x.shape[1] + 1)
    return total[:, end] - total[:, np.maximum(end - window, 0)]
