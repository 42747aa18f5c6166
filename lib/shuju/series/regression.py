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
    columns = (np.ascontiguousarray(counts, np.float64), np.ascontiguousarray(offset, np.float64))
    ridge = 1 / np.asarray(spread, np.float64) ** 2
    over_spans(
        n, partial(_fit_span, (*columns, np.ascontiguousarray(design), ridge), (beta, covariance, phi))
    )
    return Regression(beta, covariance, phi)


def _fit_span(given: tuple, found: tuple, start: int, stop: int) -> None:
    _fit(*given, start, stop, *found)


@njit(nogil=True, cache=True)
def _fit(counts, offset, design, ridge, start, stop, beta, covariance, phi):
    n_rows, n_columns = design.shape
    omega, mu = np.empty(n_rows), np.empty(n_rows)
    normal, right = np.empty((n_columns, n_columns)), np.empty(n_columns)
    for s in range(start, stop):
        y, off, b = counts[s], offset[s], beta[s]
        seen, exposure, n = 0.5, 0.0, 0
        for i in range(n_rows):
            omega[i] = 0.0 if np.isnan(y[i]) else 1.0
            if omega[i] > 0:
                seen += y[i]
                exposure += np.exp(off[i])
                n += 1
        if n <= n_columns:
            phi[s] = np.nan
            continue
        b[0] = np.log(seen / exposure)
        scale = 1.0
        for turn in range(2):
            _steps(y, off, design, ridge, omega, scale, b, mu, normal, right)
            covariance[s] = np.linalg.inv(normal)
            spread, weight = 0.0, 0.0
            for i in range(n_rows):
                if omega[i] > 0:
                    spread += omega[i] * (y[i] - mu[i]) ** 2 / mu[i]
                    weight += omega[i]
            scale = max(spread / weight * n / (n - n_columns), 1.0)
            if turn == 0:
                for i in range(n_rows):
                    if omega[i] > 0:
                        a = 1.5 * (y[i] ** (2 / 3) * mu[i] ** (-1 / 6) - np.sqrt(mu[i])) / np.sqrt(scale)
                        omega[i] = (OUTLYING / a) ** 2 if a > OUTLYING else 1.0
        phi[s] = scale
        covariance[s] *= scale


@njit(nogil=True, cache=True)
def _steps(y, off, design, ridge, omega, scale, b, mu, normal, right):
    """Newton's steps for the penalised likelihood; leave means in ``mu``, the last Hessian in ``normal``."""
    n_rows, n_columns = design.shape
    for _ in range(STEPS):
        normal[:], right[:] = 0.0, 0.0
        for i in range(n_rows):
            if omega[i] == 0.0:
                continue
            eta = off[i]
            for c in range(n_columns):
                eta += design[i, c] * b[c]
            mu[i] = max(np.exp(min(eta, 30.0)), 1e-10)
            v, r = omega[i] * mu[i], omega[i] * (y[i] - mu[i])
            for c in range(n_columns):
                right[c] += design[i, c] * r
                for d in range(c + 1):
                    normal[c, d] += v * design[i, c] * design[i, d]
        for c in range(n_columns):
            right[c] -= scale * ridge[c] * b[c]
            normal[c, c] += scale * ridge[c] + 1e-9
            for d in range(c):
                normal[d, c] = normal[c, d]
        step = np.linalg.solve(normal, right)
        largest = np.abs(step).max()
        shrink = min(1.0, 2.0 / largest) if largest > 0 else 1.0
        for c in range(n_columns):
            b[c] += shrink * step[c]
        if largest < 1e-6:
            break
