"""Multinomial logistic regression over sparse rows, beside scores that are believed before anything is learned.

Source: S. Shalev-Shwartz and T. Zhang, Stochastic dual coordinate ascent methods for regularized loss minimization,
JMLR 14, 2013, and Accelerated proximal stochastic dual coordinate ascent, ICML 2014: no step size to choose, and the
gap that is left is known.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from shuju.text.features import Rows

ROUNDS = 100
ENOUGH = 1e-3  # of the gap, a row


def fit_softmax(
    rows: Rows, truth: np.ndarray, believed: np.ndarray, *, ridge: float, seed: int = 1
) -> np.ndarray:
    """Return the weights (buckets × classes, float32) that tell the classes of rows, beside what is believed.

    ``truth``: the class of each row. ``believed`` (rows × classes): scores that are added to those of the weights.
    ``ridge``: what half a squared weight costs, beside the loss summed over the rows. Time is linear in the entries
    times classes times rounds; of these some ten to a hundred are needed. The result does not depend on chance.
    """
    order = np.random.default_rng(seed)
    held = np.zeros(believed.shape)
    held[np.arange(len(truth)), truth] = 1
    weights = np.zeros((rows.n_buckets, believed.shape[1]))
    for _ in range(ROUNDS):
        visits = order.permutation(len(truth))
        gap = _climb(rows.starts, rows.buckets, rows.values, believed, visits, ridge, held, weights)
        if gap < ENOUGH * len(truth):
            break
    return weights.astype(np.float32)


@nb.njit(cache=True, nogil=True)
def _climb(
    starts: np.ndarray,
    buckets: np.ndarray,
    values: np.ndarray,
    believed: np.ndarray,
    visits: np.ndarray,
    ridge: float,
    held: np.ndarray,
    weights: np.ndarray,
) -> float:
    """Move the dual of each row (``held``) towards its probabilities; return the gap that was found."""
    n_classes = weights.shape[1]
    chance = np.zeros(n_classes)
    total = 0.0
    for row in visits:
        chance[:] = believed[row]
        length = 0.0
        for k in range(starts[row], starts[row + 1]):
            value, of_bucket = values[k], weights[buckets[k]]
            length += value * value
            for c in range(n_classes):
                chance[c] += value * of_bucket[c]
        chance[:] = np.exp(chance - chance.max())
        chance /= chance.sum()
        gap, far, squared = 0.0, 0.0, 0.0
        for c in range(n_classes):
            if held[row, c] > 0:
                gap += held[row, c] * np.log(held[row, c] / max(chance[c], 1e-300))
            step = abs(chance[c] - held[row, c])
            far += step
            squared += step * step
        total += gap
        if far < 1e-9:
            continue
        share = min(1.0, (gap + 0.5 * far * far) / (far * far + length * squared / ridge))
        for c in range(n_classes):
            chance[c] = share * (chance[c] - held[row, c])
            held[row, c] += chance[c]
        for k in range(starts[row], starts[row + 1]):
            value, of_bucket = values[k] / ridge, weights[buckets[k]]
            for c in range(n_classes):
                of_bucket[c] -= value * chance[c]
    return total
