"""Quasi-Poisson regression with a ridge, for many series on one design; past outbreaks are down-weighted.

The ridge says how far an effect may reasonably be from 0, so that a rare series keeps the season it is given
and does not make up one of its own. Weights by Anscombe residuals as in Noufaily et al. 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from numba import njit

from shuju.engine.threads import over_spans

STEPS = 30
OUTLYING = 2.58


@dataclass(frozen=True)
class Regression:
    """``beta`` (series × columns), its covariance (series × columns × columns), dispersion ``phi`` ≥ 1."""

    beta: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float64]
    phi: npt.NDArray[np.float64]


def fit(
    counts: npt.NDArray[np.float64],
    offset: npt.NDArray[np.float64],
    design: npt.NDArray[np.float64],
    spread: npt.NDArray[np.float64],
) -> Regression:
    """Fit log mean = offset + design · beta to ``counts`` (series × times, NaN where unknown).

    ``offset`` is series × times, ``design`` times × columns, the first of which is the level; ``spread`` is the
    standard deviation expected of each effect (infinity: free). A series of zeros gets half a count.
    O(series × times × columns²).
    """
    n, p = len(counts), design.shape[1]
    beta, covariance, phi = np.zeros((n, p)), np.zeros((n, p, p)), np.ones(n)
    given = (
        *(np.ascontiguousarray(x, np.float64) for x in (counts, offset, design.T)),
        1 / np.asarray(spread, np.float64) ** 2,
    )
    over_spans(n, partial(_fit_span, given, (beta, covariance, phi)))
    return Regression(beta, covariance, phi)


def _fit_span(given: tuple, found: tuple, start: int, stop: int) -> None:
    _fit(*given, start, stop, *found)


@njit(nogil=True, cache=True)
def _fit(counts, offset, columns, ridge, start, stop, beta, covariance, phi):
    n_columns, n_rows = columns.shape
    omega, mu, work, y = np.empty(n_rows), np.empty(n_rows), np.empty(n_rows), np.empty(n_rows)
    root, right = np.empty((n_columns, n_columns)), np.empty(n_columns)
    for s in range(start, stop):
        off, b = offset[s], beta[s]
        seen, exposure, n = 0.5, 0.0, 0
        for i in range(n_rows):
            unknown = np.isnan(counts[s, i])
            omega[i], y[i] = 0.0 if unknown else 1.0, 0.0 if unknown else counts[s, i]
            if not unknown:
                seen += y[i]
                exposure += np.exp(off[i])
                n += 1
        if n <= n_columns:
            phi[s] = np.nan
            continue
        b[0] = np.log(seen / exposure)
        scale = 1.0
        for turn in range(2):
            _steps(y, off, columns, ridge, omega, scale, b, mu, work, root, right)
            spread, weight = 0.0, 0.0
            for i in range(n_rows):
                spread += omega[i] * (y[i] - mu[i]) ** 2 / mu[i]
                weight += omega[i]
            scale = max(spread / weight * n / (n - n_columns), 1.0)
            if turn == 0:
                for i in range(n_rows):
                    if omega[i] > 0:
                        a = 1.5 * (y[i] ** (2 / 3) * mu[i] ** (-1 / 6) - np.sqrt(mu[i])) / np.sqrt(scale)
                        omega[i] = (OUTLYING / a) ** 2 if a > OUTLYING else 1.0
        phi[s] = scale
        for c in range(n_columns):
            right[:] = 0.0
            right[c] = scale
            _solve(root, right)
            covariance[s, c] = right


@njit(nogil=True, cache=True)
def _steps(y, off, columns, ridge, omega, scale, b, mu, work, root, right):
    """Newton's steps for the penalised likelihood; leave means in ``mu``, the root of the last Hessian in ``root``."""
    n_columns, n_rows = columns.shape
    for _ in range(STEPS):
        mu[:] = off
        for c in range(n_columns):
            for i in range(n_rows):
                mu[i] += columns[c, i] * b[c]
        for i in range(n_rows):
            mu[i] = max(np.exp(min(mu[i], 30.0)), 1e-10)
            work[i] = omega[i] * (y[i] - mu[i])
        for c in range(n_columns):
            right[c] = _product(columns[c], work) - scale * ridge[c] * b[c]
        for c in range(n_columns):
            for i in range(n_rows):
                work[i] = omega[i] * mu[i] * columns[c, i]
            for d in range(c + 1):
                root[c, d] = _product(columns[d], work)
            root[c, c] += scale * ridge[c] + 1e-9
        _cholesky(root)
        _solve(root, right)
        largest = 0.0
        for c in range(n_columns):
            largest = max(largest, abs(right[c]))
        shrink = min(1.0, 2.0 / largest) if largest > 0 else 1.0
        for c in range(n_columns):
            b[c] += shrink * right[c]
        if largest < 1e-6:
            break


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _product(x, y):
    """Return the sum of products, in any order, so that the processor may take several at once."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@njit(nogil=True, cache=True)
def _cholesky(a):
    """Replace the lower half of a positive definite matrix by its root L, ``a`` = L·Lᵀ.

    Written out, for matrices are small and Numba takes five seconds to compile its own.
    """
    for c in range(len(a)):
        for d in range(c + 1):
            total = a[c, d]
            for k in range(d):
                total -= a[c, k] * a[d, k]
            a[c, d] = np.sqrt(max(total, 1e-300)) if c == d else total / a[d, d]


@njit(nogil=True, cache=True)
def _solve(root, x):
    """Replace ``x`` by the solution of L·Lᵀ·z = ``x``."""
    n = x.size
    for c in range(n):
        for k in range(c):
            x[c] -= root[c, k] * x[k]
        x[c] /= root[c, c]
    for c in range(n - 1, -1, -1):
        for k in range(c + 1, n):
            x[c] -= root[k, c] * x[k]
        x[c] /= root[c, c]
