"""Negative-binomial CUSUM: small excesses that last add up until they are sure.

The log likelihood ratio of "``kappa`` times as many as expected" against "as expected" is summed up and held
above 0; beyond ``threshold`` it is an alarm, and the sum begins anew.

Sources: M. Höhle and M. Paul, Count data regression charts for the monitoring of surveillance time series,
Computational Statistics & Data Analysis 52(9), 2008 (``algo.glrnb`` with fixed ``theta`` in R's ``surveillance``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


def nb_cusum(
    counts: npt.NDArray[np.float64],
    expected: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
    *,
    kappa: float = 1.8,
    threshold: float = 5.0,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the sum before a reset, and the count that would reach ``threshold`` (both series × times).

    ``expected`` is the mean in control, ``size`` that of the negative binomial (variance = mean + mean² / size).
    Where something is unknown (NaN) both are NaN and the sum stays. O(counts).

    Raises:
        ValueError: ``kappa`` or ``threshold`` out of range.
    """
    if kappa <= 1 or threshold <= 0:
        raise ValueError("kappa 须大于 1，threshold 须大于 0")
    counts, expected, size = np.broadcast_arrays(counts, expected, size)
    total, upper = np.full((2, *counts.shape), np.nan)
    _sum_up(counts, expected, size, kappa, threshold, total, upper)
    return total, upper


@njit(nogil=True, cache=True)
def _sum_up(counts, expected, size, kappa, threshold, total, upper):
    for s in range(counts.shape[0]):
        level = 0.0
        for t in range(counts.shape[1]):
            y, mu, r = counts[s, t], expected[s, t], size[s, t]
            if np.isnan(y + mu + r) or mu <= 0:
                continue
            # What a count of 0 takes away, and what each one more adds.
            nothing = r * np.log((r + mu) / (r + kappa * mu))
            each = np.log(kappa) + np.log((r + mu) / (r + kappa * mu))
            upper[s, t] = max((threshold - level - nothing) / each, 0.0)
            level = max(level + nothing + y * each, 0.0)
            total[s, t] = level
            if level >= threshold:
                level = 0.0
