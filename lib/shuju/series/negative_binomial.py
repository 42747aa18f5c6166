"""Tails of counts: negative binomial with a given ratio of variance to mean, Poisson at ratio 1.

With mean ``mu`` and variance ``ratio * mu`` the size is ``mu / (ratio - 1)`` and the probability ``1 / ratio``
(the parametrisation of Noufaily et al. 2013). All functions broadcast.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import special

_POISSON = 1 + 1e-9  # a ratio nearer to 1 makes no difference that a float could hold
LEAST_LOG = 600.0  # e to the minus this is still a float


def upper_tail(count: npt.ArrayLike, mu: npt.ArrayLike, ratio: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return P(Y ≥ count); NaN where an argument is NaN."""
    count, mu, ratio = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (count, mu, ratio)))
    k = np.maximum(np.ceil(count), 0)
    safe = np.maximum(mu, 1e-300)
    over = np.maximum(ratio, _POISSON)
    wide = special.betainc(np.maximum(k, 1), safe / (over - 1), (over - 1) / over)
    narrow = special.gammainc(np.maximum(k, 1), safe)
    found = np.where(k == 0, 1.0, np.where(ratio > _POISSON, wide, narrow))
    return np.where(np.isnan(count + mu + ratio), np.nan, found)


def quantile(level: float, mu: npt.ArrayLike, ratio: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the smallest whole number ``q`` with P(Y ≤ q) ≥ ``level``; NaN where an argument is NaN.

    Small means are summed up from 0, O(quantile) each; large ones found by bisection.
    """
    mu, ratio = np.broadcast_arrays(np.asarray(mu, np.float64), np.asarray(ratio, np.float64))
    found = np.full(mu.shape, np.nan)
    nothing = -_log_none(
        np.where(np.isfinite(mu + ratio), mu, 0), np.where(np.isfinite(mu + ratio), ratio, 1)
    )
    is_small = np.isfinite(mu + ratio) & (nothing < LEAST_LOG)
    is_large = np.isfinite(mu + ratio) & ~is_small
    found[is_small] = _sum_up(level, mu[is_small], ratio[is_small])
    found[is_large] = _bisect(level, mu[is_large], ratio[is_large])
    return found


def _log_none(mu: npt.NDArray, ratio: npt.NDArray) -> npt.NDArray:
    over = np.maximum(ratio, _POISSON) - 1
    return -mu * np.log1p(over) / over


@njit(nogil=True, cache=True)
def _sum_up(level, mu, ratio):
    found = np.empty(mu.size)
    for i in range(mu.size):
        over = ratio[i] - 1
        if over > 1e-9:
            size, share, mass = mu[i] / over, over / ratio[i], np.exp(-mu[i] * np.log1p(over) / over)
        else:
            size, share, mass = 0.0, 0.0, np.exp(-mu[i])
        k, total = 0, mass
        while total < level and k < 100_000:
            # Ratio of neighbouring masses; without overdispersion that of Poisson.
            mass *= (size + k) / (k + 1) * share if over > 1e-9 else mu[i] / (k + 1)
            total += mass
            k += 1
        found[i] = k
    return found


def _bisect(level: float, mu: npt.NDArray, ratio: npt.NDArray) -> npt.NDArray:
    low = np.full(mu.shape, -1.0)
    # Cantelli: P(Y > mean + sd * sqrt(level / (1 - level))) ≤ 1 - level.
    high = np.ceil(mu + np.sqrt(ratio * mu * level / (1 - level))) + 1
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        is_enough = upper_tail(middle + 1, mu, ratio) <= 1 - level
        high = np.where(is_enough, middle, high)
        low = np.where(is_enough, low, middle)
    return high
