"""EARS C1, C2, C3: each count against the mean and spread of the few steps before it.

Source: L. Hutwagner et al., The bioterrorism preparedness and response Early Aberration Reporting System,
Journal of Urban Health 80(2), 2003; names and defaults as in ``earsC`` of R's ``surveillance``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy import special

from shuju.series.bounds import Bounds

Variant = Literal["c1", "c2", "c3"]
LAG = {"c1": 0, "c2": 2, "c3": 2}  # steps between the baseline and now


def ears(
    counts: npt.NDArray[np.float64],
    variant: Variant = "c1",
    *,
    baseline: int = 7,
    min_sigma: float = 0.0,
    alpha: float | None = None,
) -> Bounds:
    """Return bounds for all times of ``counts`` (series × times); NaN where the baseline is not complete.

    C1 stands on the ``baseline`` steps just before, C2 and C3 leave two steps between; C3 adds what the two
    steps before exceeded one standard deviation. ``alpha`` is 0.001, for C3 0.025. O(counts × baseline).

    Raises:
        ValueError: a baseline below 3 or a negative ``min_sigma``.
    """
    if baseline < 3 or min_sigma < 0:
        raise ValueError("EARS 的基线至少 3 步，min_sigma 不得为负")
    alpha = (0.025 if variant == "c3" else 0.001) if alpha is None else alpha
    z = special.ndtri(1 - alpha)
    counts = np.asarray(counts, np.float64)
    mean, sigma = np.full((2, *counts.shape), np.nan)
    first = baseline + LAG[variant]
    if counts.shape[1] > first:
        windows = sliding_window_view(counts[:, : counts.shape[1] - 1 - LAG[variant]], baseline, axis=1)
        mean[:, first:] = windows.mean(axis=2)
        sigma[:, first:] = np.maximum(windows.std(axis=2, ddof=1), min_sigma)
    score = standard_score(counts, mean, sigma)
    carried = np.zeros_like(counts)
    if variant == "c3":
        beyond = np.maximum(score - 1, 0)
        carried[:, 1:] += beyond[:, :-1]
        carried[:, 2:] += beyond[:, :-2]
        carried[:, :2] = np.nan
        # The two steps carried need a baseline too.
        upper = np.maximum(counts + sigma * (z - np.where(np.isinf(carried), 1e300, carried)), 0)
    else:
        upper = mean + z * sigma
    upper = np.where(np.isnan(carried), np.nan, upper)
    p = special.ndtr(-(carried if variant == "c3" else score))
    return Bounds(np.where(np.isnan(upper), np.nan, mean), upper, np.where(np.isnan(upper), np.nan, p))


def standard_score(count: npt.NDArray, mean: npt.NDArray, sigma: npt.NDArray) -> npt.NDArray[np.float64]:
    """Return (count - mean) / sigma; without spread ±infinity, and 0 where the count is the mean."""
    away = count - mean
    flat = np.where(away == 0, 0.0, np.copysign(np.inf, away))
    return np.where(sigma > 0, away / np.where(sigma > 0, sigma, 1), np.where(np.isnan(away), np.nan, flat))
