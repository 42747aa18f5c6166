"""Warnings (预警): alarms of one series that follow each other become one, with evidence and one of three kinds.

The kinds are those that 国办函〔2025〕66号 asks the hotlines to tell apart:

- 季节性周期性: the season of past years explains it; plan ahead.
- 高频共性: many places at once, or many letters all the time; one answer serves all.
- 风险性苗头性: little, new and growing; look at it today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from shuju.series import negative_binomial

Array = npt.NDArray[np.float64]
SEASONAL, COMMON, EMERGING = "季节性周期性", "高频共性", "风险性苗头性"


@dataclass(frozen=True)
class Rules:
    """The limits between the three kinds.

    ``quiet_days`` without alarm end a warning, and so do ``longest_days``: what goes on is the next one. ``rise_days`` at most
    does it reach back before its first alarm.
    ``broad`` series on the same matter within ``quiet_days`` are common, and so are ``often`` letters expected
    a week. ``in_season``: how much more than its mean the season must have brought in past years, and
    ``season_level``: up to which quantile of that a count is explained by it. A season may
    come ``margin_days`` earlier or later.
    """

    quiet_days: int = 7
    longest_days: int = 14
    rise_days: int = 12
    broad: int = 3
    often: float = 7.0
    in_season: float = 1.3
    season_level: float = 0.99
    margin_days: int = 7


@dataclass(frozen=True)
class Floors:
    """What a warning needs at least to be worth a reader's minute: letters, and voices (different people) in them."""

    letters: int = 5
    voices: int = 5


def find_warnings(
    found: xr.Dataset, counts: xr.DataArray, *, across: str | None = None, rules: Rules | None = None
) -> pd.DataFrame:
    """Return the warnings in ``found`` (of ``find_alarms``) on ``counts`` (days as ``time``), newest first, worst first.

    Series that differ in ``across`` only (``"region_code"``) are about one matter: they make a warning broad, and
    teach the season together.

    Columns: those of the series; ``first_at`` (when the rise began), ``alarmed_at`` (its first alarm), ``time``
    (its newest), ``until`` (end of that step); ``observed``, ``expected``, ``excess`` (letters from ``first_at``
    to ``until``); ``p`` (the least), ``upper`` (the bound at that step); ``peak_at``, ``peak`` (the step with most
    letters); ``others`` (how many other series of the matter alarm at that time); ``season_ratio`` (what the season
    brought in past years over the mean of the year, NaN without a past year); ``kind``; ``evidence`` (Chinese). O(counts + warnings).

    Raises:
        ValueError: ``across`` is no dimension, or ``time`` holds no days.
    """
    rules = rules or Rules()
    names = [str(d) for d in found["alarm"].dims if d != "time"]
    if across is not None and across not in names:
        raise ValueError(f"没有维 {across!r}；现有：{'、'.join(names)}")
    if not np.issubdtype(found["time"].dtype, np.datetime64):
        raise ValueError("判定种类须按日期：time 须为日期")
    cube = counts.transpose(*names, "time")
    days = cube["time"].to_numpy().astype("datetime64[D]")
    step = int((days[1] - days[0]).astype(int)) if len(days) > 1 else 1
    shape = tuple(cube.sizes[d] for d in names)
    y = np.nan_to_num(cube.to_numpy().astype(float).reshape(-1, len(days)))
    first = len(days) - found.sizes["time"]
    told = {
        name: found[name].transpose(*names, "time").to_numpy().reshape(len(y), -1)
        for name in ("alarm", "expected", "upper", "p")
    }
    matter = _matters(names, shape, across)

    series, start, end = episodes(
        told["alarm"], max(1, rules.quiet_days // step), max(1, rules.longest_days // step)
    )
    expected = np.nan_to_num(told["expected"])
    rise = _onset(y[:, first:] > expected, series, start, -(-rules.rise_days // step) - 1)
    observed = _between(y[:, first:], series, rise, end)
    mean = _between(expected, series, rise, end)
    surest = _least(told["p"], series, start, end)
    peak = _least(-y[:, first:], series, rise, end)
    others = _others(matter, series, start, end, max(1, rules.quiet_days // step))
    level, ratio = _season(y, days, matter, series, rise + first, end + first, rules.margin_days // step)
    seasonal = level * ratio * (end - rise + 1)
    is_seasonal = (np.nan_to_num(ratio) >= rules.in_season) & (
        observed
        <= negative_binomial.quantile(rules.season_level, np.nan_to_num(seasonal), np.ones(len(series)))
    )
    weekly = mean / np.maximum((end - rise + 1) * step, 1) * 7
    is_common = (others + 1 >= rules.broad) | (weekly >= rules.often)

    labels = np.unravel_index(series, shape) if names else ()
    table = pd.DataFrame({name: cube[name].to_numpy()[i] for name, i in zip(names, labels)})
    dates = days[first:]
    table["first_at"], table["alarmed_at"], table["time"] = (
        pd.to_datetime(dates[i]) for i in (rise, start, end)
    )
    table["until"] = table["time"] + pd.Timedelta(days=step)
    table["observed"], table["expected"] = observed.astype(np.int64), mean
    table["excess"] = observed - mean
    table["peak_at"] = pd.to_datetime(dates[peak])
    table["peak"] = y[series, first + peak].astype(np.int64)
    table["upper"], table["p"] = told["upper"][series, surest], told["p"][series, surest]
    table["others"], table["season_ratio"] = others, ratio
    table["kind"] = np.where(is_seasonal, SEASONAL, np.where(is_common, COMMON, EMERGING))
    table["evidence"] = [_evidence(row, step) for row in table.itertuples(index=False)]
    return table.sort_values(["time", "p"], ascending=[False, True], kind="stable", ignore_index=True)


def episodes(
    alarm: npt.NDArray[np.bool_], quiet: int, longest: int | None = None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return series, first and last alarm of each run of alarms at most ``quiet`` steps apart, series by series.

    A run of more than ``longest`` steps is cut into runs of that length.
    """
    series, time = np.nonzero(alarm)
    is_new = np.ones(len(series), bool)
    is_new[1:] = (series[1:] != series[:-1]) | (time[1:] - time[:-1] > quiet)
    if longest is not None and len(series):
        begun = time[is_new][np.cumsum(is_new) - 1]
        part = (time - begun) // longest
        is_new[1:] |= part[1:] != part[:-1]
    is_last = np.append(is_new[1:], True)[: len(series)]
    return series[is_new], time[is_new], time[is_last]


def _matters(names: list[str], shape: tuple[int, ...], across: str | None) -> npt.NDArray[np.int64]:
    """Return for each series the number of its matter: its place in the dimensions other than ``across``."""
    kept = [1 if name == across else size for name, size in zip(names, shape)]
    numbers = np.arange(int(np.prod(kept))).reshape(kept)
    return np.broadcast_to(numbers, shape).ravel()


def _onset(is_above: npt.NDArray, series: npt.NDArray, start: npt.NDArray, most: int) -> npt.NDArray:
    rise = start.copy()
    going = np.ones(len(start), bool)
    for _ in range(most):
        going &= (rise > 0) & is_above[series, np.maximum(rise - 1, 0)]
        rise = rise - going
    return rise


def _between(values: Array, series: npt.NDArray, start: npt.NDArray, end: npt.NDArray) -> Array:
    total = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    return total[series, end + 1] - total[series, start]


def _least(values: Array, series: npt.NDArray, start: npt.NDArray, end: npt.NDArray) -> npt.NDArray[np.int64]:
    """Return where, from ``start`` to ``end``, ``values`` are least."""
    length = end - start + 1
    of = np.repeat(np.arange(len(series)), length)
    time = start[of] + np.arange(len(of)) - np.repeat(np.cumsum(length) - length, length)
    order = np.lexsort((np.nan_to_num(values[series[of], time], nan=np.inf), of))
    first = np.searchsorted(of, np.arange(len(series)))
    return time[order][first] if len(of) else start


def _others(
    matter: npt.NDArray, series: npt.NDArray, start: npt.NDArray, end: npt.NDArray, near: int
) -> npt.NDArray[np.int64]:
    """Return how many other series of the same matter have a warning within ``near`` steps of each."""
    mine = matter[series]
    found = np.zeros(len(series), np.int64)
    for number in np.unique(mine):
        rows = np.flatnonzero(mine == number)
        close = (start[rows][:, None] <= end[rows] + near) & (end[rows][:, None] >= start[rows] - near)
        member = np.zeros((len(rows), int(series[rows].max()) + 1), bool)
        i, j = np.nonzero(close)
        member[i, series[rows][j]] = True
        found[rows] = member.sum(axis=1) - 1
    return found


def _season(
    y: Array,
    days: npt.NDArray[np.datetime64],
    matter: npt.NDArray,
    series: npt.NDArray,
    start: npt.NDArray,
    end: npt.NDArray,
    margin: int,
) -> tuple[Array, Array]:
    """Return each series' mean a step over the year before, and its matter's season over the mean of past years.

    The season is the same dates in each past year, or ``margin`` steps before or after them if these brought more:
    school begins a few days earlier or later. NaN without a whole past year.
    """
    step = int((days[1] - days[0]).astype(int)) if len(days) > 1 else 1
    per_year = 365.25 / step
    total = np.zeros((int(matter.max(initial=-1)) + 1, len(days)))
    np.add.at(total, matter, y)
    of = matter[series]
    n_years = (start / per_year).astype(int)
    ratio = np.zeros(len(series))
    for back in range(1, int(n_years.max(initial=0)) + 1):
        shift = round(back * per_year)
        has = n_years >= back
        around = np.maximum(np.minimum(start[has], len(days) - 1) - shift - int(per_year / 2), 0)
        whole = np.minimum(around + int(per_year) - 1, start[has] - 1)
        season = np.zeros(np.count_nonzero(has))
        for early in (-margin, 0, margin):
            first = np.maximum(start[has] - shift + early, 0)
            last = np.maximum(end[has] - shift + early, first)
            season = np.maximum(season, _between(total, of[has], first, last) / (last - first + 1))
        mean = _between(total, of[has], around, whole) / (whole - around + 1)
        ratio[has] += np.where(mean > 0, season / np.where(mean > 0, mean, 1), 1.0)
    ratio = np.where(n_years > 0, ratio / np.maximum(n_years, 1), np.nan)
    before = np.maximum(start - int(per_year), 0)
    level = _between(y, series, before, start - 1) / np.maximum(start - before, 1)
    return level, ratio


def _evidence(row, step: int) -> str:
    def day(at: pd.Timestamp) -> str:
        return f"{at.year}年{at.month}月{at.day}日"

    last = row.until - pd.Timedelta(days=1)
    span = day(row.first_at) if row.first_at == last else f"{day(row.first_at)}至{day(last)}"
    said = f"{span}收到 {row.observed} 封，按以往应有{usual_told(row.expected)}"
    if row.expected >= 1:
        said += f"，是平常的 {row.observed / row.expected:.1f} 倍"
    unit = "一天" if step == 1 else f"{step} 天"
    said += f"；最多的{unit} {row.peak} 封（{day(row.peak_at)}）；{_chance(row.p)}"
    if row.others:
        said += f"；同期另有 {row.others} 处的同类来信也超出平常"
    if row.kind == SEASONAL:
        said += f"；往年同期为全年平均的 {row.season_ratio:.1f} 倍"
    return said + "。"


def usual_told(expected: float) -> str:
    """Return how many letters were to be expected: 不到 1 封, 约 4.3 封."""
    return "不到 1 封" if expected < 1 else f"约 {expected:.1f} 封"


def _chance(p: float) -> str:
    """Return how seldom chance alone brings so many, as somebody would say it: 若与平常无异，几万次里才会有一次这么多."""
    if p < 1e-6:
        return "若与平常无异，一百万次里也难有一次这么多"
    times = 1 / p
    size = 10 ** int(np.log10(times) - 1e-9)
    told = int(times // size) * size
    return f"若与平常无异，约 {told:,} 次里才有一次这么多"
