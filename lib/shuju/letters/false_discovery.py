"""False discoveries held down when many series are watched at once.

Source: Y. Benjamini and Y. Hochberg, JRSS B 57(1), 1995.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def discoveries(p: npt.NDArray[np.float64], rate: float, axis: int = 0) -> npt.NDArray[np.bool_]:
    """Return which hypotheses are rejected so that at most ``rate`` of them are expected to be true.

    The step-up rule along ``axis``: the largest rank ``i`` with ``p(i) ≤ rate * i / n``, and all before it. ``n``
    counts what is known; NaN is never rejected. O(n log n).
    """
    p = np.moveaxis(np.asarray(p, np.float64), axis, -1)
    ordered = np.sort(p, axis=-1)
    n = np.count_nonzero(~np.isnan(p), axis=-1, keepdims=True)
    rank = np.arange(1, p.shape[-1] + 1)
    passing = ordered <= rate * rank / np.maximum(n, 1)
    largest = np.where(passing, rank, 0).max(axis=-1, keepdims=True, initial=0)
    if p.shape[-1] == 0:
        return np.zeros(np.moveaxis(p, -1, axis).shape, bool)
    limit = np.where(largest > 0, np.take_along_axis(ordered, np.maximum(largest, 1) - 1, axis=-1), -np.inf)
    return np.moveaxis(p <= limit, -1, axis)
