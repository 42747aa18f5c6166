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
    past = None if group is None else _past(counts, group)
    for block in np.unique(at // refit):
        where = np.flatnonzero(at // refit == block)
        cut = block * refit - gap
        rows = slice(max(0, int(cut - years * axis.per_year)), max(cut, 0))
        if rows.stop - rows.start < least_years * axis.per_year:
            continue
        steps = at[where]
        if past is None:
            design, spread = _full_design(axis, cut)
            given = counts[:, rows]
            found = fit(given, np.zeros_like(given), design[rows], spread)
            ahead, base, alike = design[steps], 0.0, slice(None)
        else:
            shared = _shared(past, axis, rows, cut)
            design = _own_design(axis, cut)
            spread = np.array([np.inf, OWN_TREND, *[OWN_SEASON] * 2 * OWN_ORDER])
            binned, offset, places = _weekly(counts, past, shared, rows, axis.step_days)
            one, alike = _alike(binned, past.group)
            found = fit(binned[one], offset[one], design[places], spread)
            ahead, base = design[steps], shared[:, steps][past.group]
        eta = base + (found.beta @ ahead.T)[alike]
        variance = ((ahead @ found.covariance) * ahead).sum(axis=2)
        mean[:, where] = np.exp(np.minimum(eta, 30))
        error[:, where] = np.sqrt(variance)[alike]
        ratio[:, where] = found.phi[alike, None]
    unknown = np.isnan(ratio)
    return Forecast(np.where(unknown, np.nan, mean), np.where(unknown, np.nan, error), ratio)


@dataclass(frozen=True)
class _Past:
    """All counts, added up once for every cut.

    ``group`` of each series; ``sums`` of groups (groups × times); ``counted`` and ``known``, of each series the counts and
    the known times before a time (series × times + 1).
    """

    group: npt.NDArray[np.int64]
    sums: Array
    counted: Array
    known: npt.NDArray[np.int64]


def _past(counts: Array, group: npt.NDArray[np.int64]) -> _Past:
    filled = np.nan_to_num(counts)
    sums = np.zeros((int(group.max(initial=-1)) + 1, counts.shape[1]))
    np.add.at(sums, group, filled)
    before = np.zeros((len(counts), 1), np.int64)
    known = np.concatenate([before, np.cumsum(~np.isnan(counts), axis=1)], axis=1)
    return _Past(group, sums, np.concatenate([before, np.cumsum(filled, axis=1)], axis=1), known)


def _full_design(axis: Calendar, cut: int) -> tuple[Array, Array]:
    level = np.ones((len(axis.year), 1))
    trend = (axis.year - axis.year[cut])[:, None]
    design = np.concatenate([level, trend, axis.season, axis.others], axis=1)
    return design, np.array([np.inf, TREND, *[SEASON] * axis.season.shape[1], *axis.other_spread])


def _own_design(axis: Calendar, cut: int) -> Array:
    columns = [j + half for half in (0, ORDER) for j in range(OWN_ORDER)]
    return np.column_stack([np.ones(len(axis.year)), axis.year - axis.year[cut], axis.season[:, columns]])


def _shared(past: _Past, axis: Calendar, rows: slice, cut: int) -> Array:
    """Return (groups, times) the logarithm of what the sum of each group is expected to be."""
    total = past.sums[:, rows]
    design, spread = _full_design(axis, cut)
    one, alike = _alike(total, np.zeros(len(total), np.int64))
    return (fit(total[one], np.zeros_like(total[one]), design[rows], spread).beta @ design.T)[alike]


def _alike(
    counts: Array, group: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return one series of each kind and the kind of each series: those of a group that have no count are alike.

    Most counties write nothing on most topics, and no letter takes the most steps to fit.
    """
    nothing = (counts == 0).all(axis=1)
    kind = np.where(nothing, group, int(group.max(initial=-1)) + 1 + np.arange(len(group)))
    _, one, alike = np.unique(kind, return_index=True, return_inverse=True)
    return one, alike


def _weekly(
    counts: Array, past: _Past, shared: Array, rows: slice, step_days: int
) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Return counts and log exposures of whole weeks back from the newest row, and the middle step of each.

    What a series adds to the shared calendar changes slowly, so a week is as good as its days, and counts that
    come in clumps of a few days show in its variance. Steps longer than a day are left as they are.
    """
    width = 7 if step_days == 1 else 1
    first = rows.stop - (rows.stop - rows.start) // width * width
    edges = np.arange(first, rows.stop + 1, width)
    exposure = np.exp(shared[:, first : rows.stop])
    total, n_known = (np.diff(before[:, edges], axis=1) for before in (past.counted, past.known))
    exposed = exposure.reshape(len(exposure), -1, width).sum(axis=2)[past.group]
    for s in np.flatnonzero((n_known < width).any(axis=1)):
        is_known = ~np.isnan(counts[s, first : rows.stop])
        exposed[s] = (exposure[past.group[s]] * is_known).reshape(-1, width).sum(axis=1)
    offset = np.log(np.maximum(exposed, 1e-300))
    return np.where(n_known > 0, total, np.nan), offset, edges[:-1] + width // 2
