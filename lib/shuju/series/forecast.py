"""What to expect of each series: level, trend, season, weekday and holidays learnt from the past alone.

Each block of ``refit`` steps is foretold by a regression on the steps before it, the newest ``gap`` left out, so
that what begins now does not raise what is expected. Rare series cannot teach a season: the series of one group
(say, the counties of a topic) teach it together by their sum, and each keeps its own level, trend, and as much of
a season of its own as its counts bear out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuju.series.regression import fit
from shuju.series.season import YEAR, days_off, harmonics, weekdays

Array = npt.NDArray[np.float64]
ORDER, OWN_ORDER = 3, 2
# Standard deviations expected of effects on the logarithm: trend a year, season, weekday, holiday.
TREND, SEASON, WEEKDAY, HOLIDAY = 0.2, 0.5, 1.0, 0.7
OWN_TREND, OWN_SEASON = 0.15, 0.15


@dataclass(frozen=True)
class Forecast:
    """``mean``, the standard ``error`` of its logarithm, ``ratio`` of variance to mean (all series × positions)."""

    mean: Array
    error: Array
    ratio: Array


@dataclass(frozen=True)
class Calendar:
    """The time axis: steps, their length in days (0: not days), steps a year, and the columns of a regression."""

    step_days: int
    per_year: float
    year: Array
    season: Array
    others: Array
    other_spread: Array


def calendar(times: npt.NDArray[np.datetime64] | None, n_times: int, freq: int) -> Calendar:
    """Return the calendar of ``times`` (evenly spaced days), or of ``n_times`` steps of which ``freq`` are a year.

    Raises:
        ValueError: the days are not evenly spaced.
    """
    season = harmonics(times, n_times, freq, ORDER)
    if times is None or n_times < 2:
        nothing = np.empty((n_times, 0))
        return Calendar(0, freq, np.arange(n_times) / freq, season, nothing, np.empty(0))
    steps = np.diff(times.astype("datetime64[D]").astype(int))
    if np.any(steps != steps[0]) or steps[0] <= 0:
        raise ValueError("时间须按日递增且间隔相等")
    step = int(steps[0])
    parts, spread = [], []
    if step == 1:
        parts, spread = [weekdays(times)], [WEEKDAY] * 6
    if step <= 7:
        parts, spread = [*parts, days_off(times, step)], [*spread, *[HOLIDAY] * 4]
    others = np.concatenate([np.empty((n_times, 0)), *parts], axis=1)
    year = np.arange(n_times) * step / YEAR
    return Calendar(step, YEAR / step, year, season, others, np.array(spread, float))


def forecast(
    counts: Array,
    axis: Calendar,
    at: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64] | None = None,
    *,
    years: float = 5,
    least_years: float = 1,
    gap: int = 4,
    refit: int = 4,
) -> Forecast:
    """Return what to expect of ``counts`` (series × times, NaN where unknown) at the positions ``at``.

    ``group`` (0 …) joins series that share a season; without it each learns its own. Positions with less than
    ``least_years`` of history give NaN. O(series × positions / refit × history).
    """
    mean, error, ratio = np.full((3, len(counts), len(at)), np.nan)
    for block in np.unique(at // refit):
        where = np.flatnonzero(at // refit == block)
        cut = block * refit - gap
        rows = np.arange(max(0, int(cut - years * axis.per_year)), max(cut, 0))
        if len(rows) < least_years * axis.per_year:
            continue
        steps = at[where]
        if group is None:
            design, spread = _full_design(axis, cut)
            found = fit(counts[:, rows], np.zeros((len(counts), len(rows))), design[rows], spread)
            ahead, base = design[steps], 0.0
        else:
            shared = _shared(counts, axis, group, rows, cut)[group]
            design = _own_design(axis, cut)
            spread = np.array([np.inf, OWN_TREND, *[OWN_SEASON] * 2 * OWN_ORDER])
            binned, offset, places = _weekly(counts, shared, rows, axis.step_days)
            found = fit(binned, offset, design[places], spread)
            ahead, base = design[steps], shared[:, steps]
        eta = base + found.beta @ ahead.T
        mean[:, where] = np.exp(np.minimum(eta, 30))
        error[:, where] = np.sqrt(np.einsum("tc,scd,td->st", ahead, found.covariance, ahead))
        ratio[:, where] = found.phi[:, None]
    unknown = np.isnan(ratio)
    return Forecast(np.where(unknown, np.nan, mean), np.where(unknown, np.nan, error), ratio)


def _full_design(axis: Calendar, cut: int) -> tuple[Array, Array]:
    level = np.ones((len(axis.year), 1))
    trend = (axis.year - axis.year[cut])[:, None]
    design = np.concatenate([level, trend, axis.season, axis.others], axis=1)
    return design, np.array([np.inf, TREND, *[SEASON] * axis.season.shape[1], *axis.other_spread])


def _own_design(axis: Calendar, cut: int) -> Array:
    columns = [j + half for half in (0, ORDER) for j in range(OWN_ORDER)]
    return np.column_stack([np.ones(len(axis.year)), axis.year - axis.year[cut], axis.season[:, columns]])


def _shared(
    counts: Array, axis: Calendar, group: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], cut: int
) -> Array:
    """Return (groups, times) the logarithm of what the sum of each group is expected to be."""
    total = np.zeros((int(group.max(initial=-1)) + 1, len(rows)))
    np.add.at(total, group, np.nan_to_num(counts[:, rows]))
    design, spread = _full_design(axis, cut)
    return fit(total, np.zeros_like(total), design[rows], spread).beta @ design.T


def _weekly(
    counts: Array, shared: Array, rows: npt.NDArray[np.int64], step_days: int
) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Return counts and log exposures of whole weeks back from the newest row, and the middle step of each.

    What a series adds to the shared calendar changes slowly, so a week is as good as its days, and counts that
    come in clumps of a few days show in its variance. Steps longer than a day are left as they are.
    """
    width = 7 if step_days == 1 else 1
    kept = rows[len(rows) % width :]
    shape = (len(counts), len(kept) // width, width)
    values, exposure = counts[:, kept].reshape(shape), np.exp(shared[:, kept]).reshape(shape)
    is_known = ~np.isnan(values)
    total = np.where(is_known.any(axis=2), np.nansum(values, axis=2), np.nan)
    offset = np.log(np.maximum((exposure * is_known).sum(axis=2), 1e-300))
    return total, offset, kept[width // 2 :: width]
