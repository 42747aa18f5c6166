"""Farrington Flexible: each count against the same season of past years, for all series at once.

For each time a quasi-Poisson model with log link is fitted to the counts of the weeks around the same date in
the ``b`` past years: a level, or one level for each of ``no_periods`` parts of the year, and a linear trend that
is kept only where it is significant, has three years behind it and does not lead beyond what was seen. The fit is
repeated with past outbreaks (large Anscombe residuals) down-weighted. The bound is a quantile of the prediction.

Sources: C. P. Farrington et al., JRSS A 159, 1996; A. Noufaily et al., Statistics in Medicine 32(7), 2013;
behaviour and names of the options as in ``farringtonFlexible`` of R's ``surveillance`` 1.20 (M. Salmon,
D. Schumacher, M. Höhle, Journal of Statistical Software 70(10), 2016).

The model has one slope and a level for each part of the year, so its normal equations are an arrow: a fit takes
O(points) a step without a matrix.

Long, since the method is one, in the order of its paper.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import special

from shuju.series import negative_binomial
from shuju.series.bounds import Bounds
from shuju.threads import over_spans

Threshold = Literal["delta", "nbPlugin", "muan"]
Power = Literal["2/3", "1/2", "none"]
EXPONENT = {"2/3": 2 / 3, "1/2": 1 / 2, "none": 1.0}
TOLERANCE, MAX_STEPS = 1e-8, 25  # of R's glm.control


@dataclass(frozen=True)
class Fits:
    """What the model says of each series and time (series × times); NaN where it could not be fitted.

    ``eta`` the linear predictor, ``eta_se`` its standard error, ``phi`` the dispersion (≥ 1), ``slope`` the
    trend a step (NaN where none was kept).
    """

    eta: npt.NDArray[np.float64]
    eta_se: npt.NDArray[np.float64]
    phi: npt.NDArray[np.float64]
    slope: npt.NDArray[np.float64]


def farrington(
    counts: npt.NDArray[np.float64],
    times: npt.NDArray[np.datetime64] | None = None,
    *,
    at: npt.NDArray[np.int64] | None = None,
    freq: int = 52,
    b: int = 5,
    w: int = 3,
    reweight: bool = True,
    weights_threshold: float = 2.58,
    alpha: float = 0.05,
    trend: bool = True,
    p_threshold_trend: float = 0.05,
    limit54: tuple[int, int] = (5, 4),
    powertrans: Power = "2/3",
    no_periods: int = 1,
    past_weeks_not_included: int | None = None,
    threshold_method: Threshold = "delta",
) -> Bounds:
    """Return expected counts, upper bounds and p-values at the positions ``at`` (default: all that have ``b`` years).

    ``counts`` is series × times, NaN where unknown. ``times`` (evenly spaced days) finds past years by the
    calendar; without it a year is ``freq`` steps. The options are those of R's ``farringtonFlexible``; like
    there, fewer than ``limit54[0]`` counts in the last ``limit54[1]`` steps give NaN.
    Positions with less history than ``b`` years and ``w`` steps give NaN. O(series × positions × baseline).
    """
    counts = np.ascontiguousarray(counts, np.float64)
    n_times = counts.shape[1]
    at = np.arange(n_times) if at is None else np.asarray(at, np.int64)
    gap = w if past_weeks_not_included is None else past_weeks_not_included
    fits = Fits(*(np.full((len(counts), len(at)), np.nan) for _ in range(4)))
    critical = critical_t(p_threshold_trend, b * freq + n_times)
    for column, k in enumerate(at):
        rows, level = baseline(n_times, reference_points(k, b, freq, times), w, no_periods, gap)
        if not len(rows):
            continue
        found = np.full((4, len(counts)), np.nan)
        model = (counts, rows, level, k, no_periods, trend and b >= 3, trend, reweight, weights_threshold)
        over_spans(len(counts), partial(_fit_span, model, critical, found))
        for array, values in zip((fits.eta, fits.eta_se, fits.phi, fits.slope), found, strict=True):
            array[:, column] = values
    found = bounds(counts[:, at], fits, alpha, powertrans, threshold_method)
    is_enough = recent_sums(counts, limit54[1])[:, at] >= limit54[0]
    return Bounds(*(np.where(is_enough, x, np.nan) for x in (found.expected, found.upper, found.p)))


def _fit_span(model: tuple, critical: npt.NDArray, found: npt.NDArray, start: int, stop: int) -> None:
    _fit_series(*model, critical, start, stop, found)


def reference_points(
    k: int, b: int, freq: int, times: npt.NDArray[np.datetime64] | None
) -> npt.NDArray[np.int64]:
    """Return the position ``k`` and those of the same date in ``b`` past years, newest first; may be below 0."""
    if times is None:
        return k - freq * np.arange(b + 1)
    step = (times[1] - times[0]).astype("timedelta64[D]").astype(int) if len(times) > 1 else 7
    day = times[k].astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    # 29 February of a year without one is 1 March, as in R's seq.Date.
    before = (month - 12 * np.arange(b + 1)).astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
    return k - np.round((day - before).astype(int) / step).astype(np.int64)


def baseline(
    n_times: int, references: npt.NDArray[np.int64], w: int, no_periods: int, gap: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the positions of the baseline and the part of the year (0 …) of each; empty without enough history.

    The last part is the window of ``w`` steps around the reference points; the steps between two windows are
    shared out over the others. The newest ``gap + 1`` steps are left out.

    Raises:
        ValueError: more parts than steps between two windows.
    """
    now, nothing = references[0], np.empty(0, np.int64)
    if references[-1] - w < 0:
        return nothing, nothing
    part = np.full(n_times, -1)
    for newer, point in itertools.pairwise(references):
        part[point - w : point + w + 1] = no_periods - 1
        if no_periods > 1:
            between = newer - 2 * w - 1 - point
            if between < no_periods - 1:
                raise ValueError(f"{no_periods} 个时段多于两个窗口之间的 {between} 步")
            start = point + w + 1
            sizes = np.full(no_periods - 1, between // (no_periods - 1))
            sizes[: between % (no_periods - 1)] += 1
            part[start : start + between] = np.repeat(np.arange(no_periods - 1), sizes)
    part[max(now - gap, 0) :] = -1
    rows = np.flatnonzero(part >= 0)
    return rows, part[rows]


def bounds(
    observed: npt.NDArray[np.float64], fits: Fits, alpha: float, powertrans: Power, method: Threshold
) -> Bounds:
    """Return the bounds that ``method`` puts on a prediction.

    ``delta``: normal after a power transformation (Farrington 1996); ``nbPlugin``: a quantile of the negative
    binomial at the expected mean; ``muan``: at the upper confidence limit of that mean (Noufaily 2013).
    """
    z = special.ndtri(1 - alpha)
    mu = np.exp(fits.eta)
    if method == "delta":
        power = EXPONENT[powertrans]
        tau = fits.phi + mu * fits.eta_se**2
        se = power * np.sqrt(mu ** (2 * power - 1) * tau)
        upper = (mu**power + z * se) ** (1 / power)
        p = special.ndtr((mu**power - observed**power) / se)
        return Bounds(mu, upper, p)
    with np.errstate(over="ignore"):
        mean = mu if method == "nbPlugin" else np.exp(fits.eta + z * fits.eta_se)
    mean = np.where(np.isfinite(mean), mean, np.nan)
    expected = np.where(np.isnan(mean), np.nan, mu)
    return Bounds(
        expected,
        negative_binomial.quantile(1 - alpha, mean, fits.phi),
        negative_binomial.upper_tail(observed, mean, fits.phi),
    )


def recent_sums(counts: npt.NDArray[np.float64], steps: int) -> npt.NDArray[np.float64]:
    """Return for each time the sum of the last ``steps`` counts, that time included; unknown ones count as 0."""
    total = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(np.nan_to_num(counts), axis=1)], axis=1)
    end = np.arange(1, counts.shape[1] + 1)
    return total[:, end] - total[:, np.maximum(end - steps, 0)]


def critical_t(p: float, largest: int) -> npt.NDArray[np.float64]:
    """Return for each number of degrees of freedom the |t| above which a slope is significant at ``p``."""
    found = np.full(largest + 1, np.inf)
    found[1:] = special.stdtrit(np.arange(1, largest + 1), 1 - p / 2)
    return found


@njit(nogil=True, cache=True)
def _fit_series(
    counts, rows, level, k, n_levels, may_keep, trend, reweight, threshold, critical, start, stop, out
):
    """Fill ``out`` (eta, its error, phi, slope by series) for the series ``start:stop``."""
    n_rows = rows.size
    y, t, group = np.empty(n_rows), np.empty(n_rows), np.empty(n_rows, np.int64)
    mu, omega, hat = np.empty(n_rows), np.empty(n_rows), np.empty(n_rows)
    for s in range(start, stop):
        n, most = 0, 0.0
        for i in range(n_rows):
            value = counts[s, rows[i]]
            if not np.isnan(value):
                y[n], t[n], group[n] = value, rows[i] - k, level[i]
                most = max(most, value)
                n += 1
        fitted = _fit(y, t, group, n, n_levels, trend, reweight, threshold, mu, omega, hat)
        has_slope = trend and not np.isnan(fitted[6])
        if has_slope:
            eta, slope, slope_se, df = fitted[0], fitted[6], fitted[7], int(fitted[4])
            is_steep = df > 0 and abs(slope) > critical[df] * slope_se
            if not (may_keep and is_steep and np.exp(eta) <= most):
                has_slope = False
                fitted = _fit(y, t, group, n, n_levels, False, reweight, threshold, mu, omega, hat)
        if fitted[5] == 1.0:
            out[0, s], out[1, s], out[2, s] = fitted[0], fitted[1], fitted[2]
            out[3, s] = fitted[6] if has_slope else np.nan


@njit(nogil=True, cache=True)
def _fit(y, t, group, n, n_levels, trend, reweight, threshold, mu, omega, hat):
    """Return eta and its error at time 0 in the last group, phi, dispersion, df, converged, slope, its error."""
    for i in range(n):
        omega[i] = 1.0
    found = _steps(y, t, group, n, n_levels, trend, omega, mu, hat)
    if found[5] == 0.0 and trend:
        trend = False
        found = _steps(y, t, group, n, n_levels, False, omega, mu, hat)
    if found[5] == 0.0 or not reweight:
        return found
    # Past outbreaks: weights fall with the square of the Anscombe residual; they add up to n.
    total = 0.0
    for i in range(n):
        left = found[2] * (1.0 - hat[i])
        a = 1.5 * (y[i] ** (2 / 3) * mu[i] ** (-1 / 6) - np.sqrt(mu[i]))
        s = a / np.sqrt(left) if left > 1e-12 else 0.0
        omega[i] = s**-2 if s > threshold else 1.0
        total += omega[i]
    for i in range(n):
        omega[i] *= n / total
    found = _steps(y, t, group, n, n_levels, trend, omega, mu, hat)
    # R's function replaces the working weights by omega before it asks for standard errors, so these rest on
    # a dispersion of relative residuals; bounds can only agree with R's if ours do so too.
    spread = 0.0
    for i in range(n):
        spread += omega[i] * ((y[i] - mu[i]) / mu[i]) ** 2
    scale = np.sqrt(spread / found[4] / found[3]) if found[3] > 0 else 0.0
    return found[0], found[1] * scale, found[2], found[3], found[4], 1.0, found[6], found[7] * scale


@njit(nogil=True, cache=True)
def _steps(y, t, group, n, n_levels, trend, omega, mu, hat):
    """Iterate reweighted least squares as R's ``glm.fit`` does: same start, same stop. Fill ``mu``, ``hat``."""
    weight, mean_t, mean_z = np.zeros(n_levels), np.zeros(n_levels), np.zeros(n_levels)
    eta = np.empty(n)
    # Half the deviance is what the counts alone give, minus sum(y * eta - mu).
    alone, fitted, slope, squares, converged = 0.0, 0.0, 0.0, 1.0, 0.0
    for i in range(n):
        mu[i] = y[i] + 0.1
        eta[i] = np.log(mu[i])
        alone += omega[i] * (y[i] * np.log(y[i]) - y[i] if y[i] > 0 else 0.0)
        fitted += omega[i] * (y[i] * eta[i] - mu[i])
    before = 2 * (alone - fitted)
    for _ in range(MAX_STEPS):
        weight[:], mean_t[:], mean_z[:] = 0.0, 0.0, 0.0
        for i in range(n):
            g, v = group[i], omega[i] * mu[i]
            eta[i] += (y[i] - mu[i]) / mu[i]
            hat[i] = v
            weight[g] += v
            mean_t[g] += v * t[i]
            mean_z[g] += v * eta[i]
        for g in range(n_levels):
            if weight[g] > 0:
                mean_t[g] /= weight[g]
                mean_z[g] /= weight[g]
        slope, squares, cross = 0.0, 0.0, 0.0
        if trend:
            for i in range(n):
                d = t[i] - mean_t[group[i]]
                squares += hat[i] * d * d
                cross += hat[i] * d * eta[i]
            if squares > 0:
                slope = cross / squares
        fitted = 0.0
        for i in range(n):
            g = group[i]
            d = t[i] - mean_t[g]
            hat[i] *= 1.0 / weight[g] + (d * d / squares if trend and squares > 0 else 0.0)
            eta[i] = min(mean_z[g] + slope * d, 700.0)
            mu[i] = max(np.exp(eta[i]), 2.3e-16)
            fitted += omega[i] * (y[i] * eta[i] - mu[i])
        deviance = 2 * (alone - fitted)
        if abs(deviance - before) / (0.1 + abs(deviance)) < TOLERANCE:
            converged = 1.0
            break
        before = deviance
    last = n_levels - 1
    seen = np.count_nonzero(weight)
    df = n - seen - (1 if trend else 0)
    spread = 0.0
    for i in range(n):
        spread += omega[i] * (y[i] - mu[i]) ** 2 / mu[i]
    if df <= 0 or weight[last] <= 0:
        return np.nan, np.nan, np.nan, np.nan, 0.0, 0.0, np.nan, np.nan
    dispersion = spread / df
    eta = mean_z[last] - slope * mean_t[last]
    leverage = 1.0 / weight[last] + (mean_t[last] ** 2 / squares if trend and squares > 0 else 0.0)
    slope_se = np.sqrt(dispersion / squares) if trend and squares > 0 else np.nan
    return (
        eta,
        np.sqrt(dispersion * leverage),
        max(dispersion, 1.0),
        dispersion,
        float(df),
        converged,
        slope if trend else np.nan,
        slope_se,
    )
