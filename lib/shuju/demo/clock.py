"""The years of the synthetic province: its days, holidays, office hours, and how times are written."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shuju.clock import today
from shuju.standard.holidays import holidays

YEARS = 5
# The days are those up to the last that ``end_on`` was told: whole years and what has passed of the present one.
FIRST = date(2021, 1, 1)
LAST = date(2025, 12, 31)
DAYS = (LAST - FIRST).days + 1
SECONDS = DAYS * 86_400
PERIODS = 10  # half-years

# Texts name days a little before and after the years.
TEXT_DAYS_BEFORE, TEXT_DAYS_AFTER = 800, 800


def end_on(last: date) -> None:
    """Let the synthetic province end on a day, the present process's alone; all else in this module follows.

    Raises:
        ValueError: the day is too early for the holidays that are known, or lies ahead.
    """
    global FIRST, LAST, DAYS, SECONDS, PERIODS  # noqa: PLW0603 - one province a process: its days are its own
    if not date(2019, 1, 1) <= last <= today():
        raise ValueError(f"--until {last}：演示数据只能止于 2019-01-01 至今天的某一日")
    FIRST, LAST = date(last.year - YEARS + 1, 1, 1), last
    DAYS = (LAST - FIRST).days + 1
    SECONDS = DAYS * 86_400
    PERIODS = 2 * (YEARS - 1) + 1 + (last.month > 6)
    calendar.cache_clear()


def yesterday() -> date:
    """Return the last day that is over: what a demo ends on unless it is told."""
    return today() - timedelta(1)


@cache
def calendar() -> dict[str, npt.NDArray[Any]]:
    """Return each day's ``weekday`` (Monday 0), month, year, ``is_holiday``, ``period`` (half-year)."""
    days = np.datetime64(FIRST, "D") + np.arange(DAYS)
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    year = days.astype("datetime64[Y]").astype(int) + 1970
    holiday = np.zeros(DAYS, bool)
    for off in holidays():
        start, end = (int((day - days[0]).astype(int)) for day in (off.first_day, off.last_day))
        holiday[max(start, 0) : max(end + 1, 0)] = True
    return {
        "weekday": (days.astype(int) + 3) % 7,
        "month": month,
        "year": year,
        "is_holiday": holiday,
        "period": (year - FIRST.year) * 2 + (month > 6),
    }


def text_days() -> list[str]:
    """Return how texts write the days, from ``TEXT_DAYS_BEFORE`` days before the first."""
    days = [FIRST + timedelta(n) for n in range(-TEXT_DAYS_BEFORE, DAYS + TEXT_DAYS_AFTER)]
    return [f"{d.year}年{d.month}月{d.day}日" for d in days]


def rhythm(weekend: Any, holiday: Any) -> npt.NDArray[np.float64]:
    """Return (sites, days) factors; ``weekend`` and ``holiday`` are shares of what a workday brings."""
    days = calendar()
    weekend, holiday = np.asarray(weekend, float)[:, None], np.asarray(holiday, float)[:, None]
    factor = np.where(days["weekday"][None, :] >= 5, weekend, 1.0)
    return np.where(days["is_holiday"][None, :], np.minimum(holiday, factor), factor)


# Minutes of the day at which offices publish, write and answer: two humps with a long lunch.
_OFFICE = np.concatenate([np.arange(8 * 60 + 20, 12 * 60 + 5), np.arange(14 * 60 + 20, 17 * 60 + 50)])
_WAKING = np.concatenate(
    [np.arange(6 * 60, 24 * 60), np.arange(8 * 60, 23 * 60), np.arange(19 * 60, 23 * 60)]
)


def second_of_day(u: npt.NDArray[np.float64], habit: Any) -> npt.NDArray[np.int64]:
    """Return seconds of the day from uniform ``u``; ``habit`` 0 office hours, 1 waking hours, 2 at nine."""
    minute = np.choose(
        np.broadcast_to(habit, u.shape),
        [
            _OFFICE[(u * len(_OFFICE)).astype(int)],
            _WAKING[(u * len(_WAKING)).astype(int)],
            540 + (u * 6).astype(int),
        ],
    )
    return minute * 60 + (u * 1e7).astype(np.int64) % 60


def to_office_hours(seconds: npt.NDArray[np.int64], u: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return times moved forward, never back, to the next office hour; those past the end stay past."""
    days = calendar()
    working = np.append((days["weekday"] < 5) & ~days["is_holiday"], [True])
    next_working = np.arange(DAYS + 1)[working][
        np.searchsorted(np.arange(DAYS + 1)[working], np.arange(DAYS + 1))
    ]
    day, second = np.minimum(seconds // 86_400, DAYS), seconds % 86_400
    day = np.where(second > 17.8 * 3600, np.minimum(day + 1, DAYS), day)
    moved = next_working[day]
    late = moved * 86_400 + second_of_day(u, 0)
    return np.where(
        (moved == seconds // 86_400) & (second >= 8.3 * 3600), seconds, np.maximum(late, seconds + 60)
    )


def timestamps(seconds: Any) -> pa.Array:
    """Return seconds since the first day as ``timestamp[s]`` (Asia/Shanghai wall time)."""
    start = np.datetime64(FIRST, "s")
    return pa.array(start + np.asarray(seconds).astype("timedelta64[s]"))


def written(seconds: Any, form: str = "") -> pa.LargeStringArray:
    """Return times as text, ``2024-07-29 16:38:05`` or by a ``strftime`` form."""
    times = timestamps(seconds)
    found = pc.strftime(times, form) if form else times
    return found.cast(pa.large_string())


def epoch(seconds: Any) -> npt.NDArray[np.int64]:
    """Return Unix seconds of wall times in Asia/Shanghai (UTC+8)."""
    start = int(np.datetime64(FIRST, "s").astype(np.int64))
    return np.asarray(seconds).astype(np.int64) + start - 8 * 3600
