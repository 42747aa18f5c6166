"""Tails of counts: negative binomial with a given ratio of variance to mean, Poisson at ratio 1.

With mean ``mu`` and variance ``ratio * mu`` the size is ``mu / (ratio - 1)`` and the probability ``1 / ratio``
(the parametrisation of Noufaily et al. 2013). All functions broadcast.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

_POISSON = 1 + 1e-9  # a ratio nearer to 1 makes no difference that a float could hold


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

    By bisection: O(cells × log2 of the largest quantile).
    """
    mu, ratio = np.broadcast_arrays(np.asarray(mu, np.float64), np.asarray(ratio, np.float64))
    known = np.isfinite(mu + ratio)
    mean, over = np.where(known, mu, 0.0), np.where(known, ratio, 1.0)
    low = np.full(mean.shape, -1.0)
    # Cantelli: P(Y > mean + spread * sqrt(level / (1 - level))) ≤ 1 - level.
    high = np.ceil(mean + np.sqrt(over * mean * level / (1 - level))) + 1
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        is_enough = upper_tail(middle + 1, mean, over) <= 1 - level
        high = np.where(is_enough & (high - low > 1), middle, high)
        low = np.where(is_enough | (high - low <= 1), low, middle)
    return np.where(known, high, np.nan)
