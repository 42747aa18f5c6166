"""Working time (工作时间): working days and hours on a calendar with 调休, from one moment to another.

Times are Asia/Shanghai wall time. What comes outside working hours counts as come at the next working morning. The day
of the start does not count, and the last day ends when work does (《民法典》 §§ 201, 203), so nothing falls due at
midnight. All functions take one moment (``datetime``) or an array of ``datetime64`` and return the same; O(moments).
See docs/methods/clock.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from shuju.clock import SHANGHAI
from shuju.standard.working_days import CalendarError, WorkingDays, working_days

DAY = 86_400
HOURS = ((8 * 3600 + 1800, 12 * 3600), (14 * 3600, 17 * 3600 + 1800))
Moment = TypeVar("Moment", dt.datetime, np.ndarray)
Gap = tuple[int, int | None]


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Working days, and the ``hours`` of each: (from, to) in seconds of the day, in order."""

    days: WorkingDays
    hours: tuple[tuple[int, int], ...] = HOURS

    @property
    def version(self) -> str:
        """What tells this calendar from another: a term is counted anew where it changed."""
        return self.days.version + "".join(f"-{start}-{end}" for start, end in self.hours)

    @property
    def morning(self) -> int:
        """When work begins, in seconds of the day."""
        return self.hours[0][0]

    @property
    def evening(self) -> int:
        """When work ends, in seconds of the day."""
        return self.hours[-1][1]

    @cached_property
    def seconds_a_day(self) -> int:
        """Working seconds of one working day."""
        return sum(end - start for start, end in self.hours)

    @cached_property
    def worked(self) -> np.ndarray:
        """The working days (int64, days since ``days.first``), in order."""
        return np.flatnonzero(self.days.is_working)

    @cached_property
    def before(self) -> np.ndarray:
        """How many working days lie before each day; one entry more than there are days."""
        return np.concatenate([[0], np.cumsum(self.days.is_working)])


def shipped() -> WorkingCalendar:
    """Return the calendar of the package with its usual hours."""
    return WorkingCalendar(working_days())


def add_working_days(start: Moment, n: int, calendar: WorkingCalendar) -> Moment:
    """Return the end of work on the ``n``-th working day after the day of ``start``.

    Raises:
        CalendarError: it lies outside the calendar.
    """
    return _like(start, _evening(_start_day(_seconds(start, calendar), calendar) + n, calendar))


def add_working_hours(start: Moment, hours: float, calendar: WorkingCalendar) -> Moment:
    """Return the moment at which ``hours`` (more than 0) of working time have passed.

    Raises:
        CalendarError: it lies outside the calendar.
    """
    last = _position(_seconds(start, calendar), calendar) + _whole_seconds(hours) - 1
    return _like(start, _end_of_second(last, calendar))


def add_days(start: Moment, n: int, calendar: WorkingCalendar) -> Moment:
    """Return the end of work on the ``n``-th day after the day of ``start``, or on the next working day.

    Raises:
        CalendarError: it lies outside the calendar.
    """
    day = _worked(_start_day(_seconds(start, calendar), calendar), calendar) + n
    return _like(start, _evening(_first_working(day, calendar), calendar))


def working_days_between(start: Moment, end: Moment, calendar: WorkingCalendar) -> Any:
    """Return how many working days there are after the day of ``start``, the day of ``end`` included; never below 0."""
    until = calendar.before[_seconds(end, calendar) // DAY + 1] - 1
    found = np.maximum(until - _start_day(_seconds(start, calendar), calendar), 0)
    return found if np.ndim(found) else int(found)


def working_hours_between(start: Moment, end: Moment, calendar: WorkingCalendar) -> Any:
    """Return how many working hours lie between two moments; negative where ``end`` is before ``start``."""
    seconds = _position(_seconds(end, calendar), calendar) - _position(_seconds(start, calendar), calendar)
    return seconds / 3600


def next_working_moment(at: Moment, calendar: WorkingCalendar) -> Moment:
    """Return ``at`` where it is in working hours, else when work begins next: nobody is reminded at midnight."""
    position = _position(_seconds(at, calendar), calendar)
    return _like(at, _end_of_second(position, calendar) - 1)


def end_days_before(due: dt.datetime, n: int, calendar: WorkingCalendar) -> dt.datetime:
    """Return the end of work ``n`` working days before the working day of ``due``.

    Raises:
        CalendarError: it lies outside the calendar.
    """
    number = calendar.before[int(_seconds(due, calendar)) // DAY] - n
    if number < 0:
        raise CalendarError(_outside(calendar))
    return _like(due, _evening(number, calendar))


def hours_before(due: dt.datetime, hours: float, calendar: WorkingCalendar) -> dt.datetime:
    """Return the moment from which ``hours`` of working time are left until ``due``.

    Raises:
        CalendarError: it lies outside the calendar.
    """
    first = _position(_seconds(due, calendar), calendar) - _whole_seconds(hours)
    if first < 0:
        raise CalendarError(_outside(calendar))
    return _like(due, _end_of_second(first, calendar) - 1)


def nth_working_day(
    start: dt.datetime,
    n: int,
    gaps: Iterable[tuple[dt.datetime, dt.datetime | None]],
    calendar: WorkingCalendar,
) -> dt.datetime | None:
    """Return ``add_working_days``, leaving out days at whose end of work the clock stood still.

    ``gaps`` are (from, until), until None where it still stands; they may overlap. None where the clock stands still
    before the end is reached. O(gaps).
    """
    first = int(_start_day(_seconds(start, calendar), calendar)) + 1
    last = _last(first, n, _ends(gaps, calendar, lambda seconds: _start_day(seconds, calendar)))
    return None if last is None else _like(start, _evening(np.int64(last), calendar))


def nth_working_hour(
    start: dt.datetime,
    hours: float,
    gaps: Iterable[tuple[dt.datetime, dt.datetime | None]],
    calendar: WorkingCalendar,
) -> dt.datetime | None:
    """Return ``add_working_hours``, leaving out the time in which the clock stood still (``nth_working_day``)."""
    first = int(_position(_seconds(start, calendar), calendar))
    stood = _ends(gaps, calendar, lambda seconds: _position(seconds, calendar))
    last = _last(first, _whole_seconds(hours), stood)
    return None if last is None else _like(start, _end_of_second(np.int64(last), calendar))


def nth_day(
    start: dt.datetime,
    n: int,
    gaps: Iterable[tuple[dt.datetime, dt.datetime | None]],
    calendar: WorkingCalendar,
) -> dt.datetime | None:
    """Return ``add_days``, leaving out days at whose end of work the clock stood still (``nth_working_day``)."""
    gaps = tuple(gaps)
    first = int(_worked(_start_day(_seconds(start, calendar), calendar), calendar)) + 1
    stood = _ends(gaps, calendar, lambda s: s // DAY + (s % DAY >= calendar.evening))
    last = _last(first, n, stood)
    if last is None:
        return None
    if last >= len(calendar.before) - 1:
        raise CalendarError(_outside(calendar))
    working = int(_first_working(np.int64(last), calendar))
    reached = _last(working, 1, _ends(gaps, calendar, lambda seconds: _start_day(seconds, calendar)))
    return None if reached is None else _like(start, _evening(np.int64(reached), calendar))


def _last(first: int, n: int, gaps: Sequence[Gap]) -> int | None:
    """Return the ``n``-th whole number from ``first`` on that lies in none of the gaps [from, until)."""
    last, free = first + n - 1, first
    for start, end in sorted(gaps, key=lambda gap: gap[0]):
        if start > last:
            break
        if end is None:
            return None
        lost = end - max(start, free)
        if lost > 0:
            last, free = last + lost, end
    return last


def _ends(
    gaps: Iterable[tuple[dt.datetime, dt.datetime | None]], calendar: WorkingCalendar, number: Any
) -> list[Gap]:
    """Return the gaps as numbers of an axis: of seconds or days that end after ``from`` and by ``until``."""
    return [
        (
            int(number(_seconds(start, calendar))),
            None if end is None else int(number(_seconds(end, calendar))),
        )
        for start, end in gaps
    ]


def _seconds(at: Any, calendar: WorkingCalendar) -> np.ndarray:
    """Return seconds since the beginning of the calendar."""
    if isinstance(at, dt.datetime) and at.tzinfo is not None:
        at = at.astimezone(SHANGHAI).replace(tzinfo=None)
    times = np.asarray(at, "datetime64[s]")
    seconds = (times - calendar.days.first.astype("datetime64[s]")).astype(np.int64)
    if np.isnat(times).any():
        raise CalendarError("时间不可为空")
    if seconds.size and not (seconds.min() >= 0 and seconds.max() < len(calendar.days.is_working) * DAY):
        raise CalendarError(_outside(calendar))
    return seconds


def _like(start: Moment, seconds_and_first: Any) -> Any:
    """Return moments as ``start`` was given."""
    return seconds_and_first.item() if isinstance(start, dt.datetime) else seconds_and_first


def _outside(calendar: WorkingCalendar) -> str:
    return f"工作日历只有 {calendar.days.first} 至 {calendar.days.last}"


def _start_day(seconds: np.ndarray, calendar: WorkingCalendar) -> np.ndarray:
    """Return the number of the working day that has not ended yet: that of ``seconds``, or the next."""
    day = seconds // DAY
    is_over = calendar.days.is_working[day] & (seconds % DAY >= calendar.evening)
    return calendar.before[day] + is_over


def _position(seconds: np.ndarray, calendar: WorkingCalendar) -> np.ndarray:
    """Return how many working seconds lie before."""
    day, second = seconds // DAY, seconds % DAY
    inside = sum(np.clip(second - start, 0, end - start) for start, end in calendar.hours)
    return calendar.before[day] * calendar.seconds_a_day + inside * calendar.days.is_working[day]


def _worked(number: np.ndarray, calendar: WorkingCalendar) -> np.ndarray:
    """Return the day (since the beginning) of the working day of each number."""
    if np.max(number, initial=0) >= len(calendar.worked):
        raise CalendarError(_outside(calendar))
    return calendar.worked[number]


def _first_working(day: np.ndarray, calendar: WorkingCalendar) -> np.ndarray:
    """Return the number of the first working day on or after each day."""
    if np.max(day, initial=0) >= len(calendar.before):
        raise CalendarError(_outside(calendar))
    return calendar.before[day]


def _evening(number: np.ndarray, calendar: WorkingCalendar) -> np.ndarray:
    return _moment(_worked(number, calendar), calendar.evening, calendar)


def _end_of_second(position: np.ndarray, calendar: WorkingCalendar) -> np.ndarray:
    """Return when the working second of each number has passed: 12:00 of the last before noon, not 14:00."""
    day = _worked(position // calendar.seconds_a_day, calendar)
    passed = position % calendar.seconds_a_day + 1
    second = np.zeros_like(passed)
    for start, end in calendar.hours:
        second = np.where(passed > 0, start + np.minimum(passed, end - start), second)
        passed = passed - (end - start)
    return _moment(day, second, calendar)


def _moment(day: Any, second: Any, calendar: WorkingCalendar) -> np.ndarray:
    return calendar.days.first.astype("datetime64[s]") + np.asarray(day * DAY + second, "timedelta64[s]")


def _whole_seconds(hours: float) -> int:
    return round(hours * 3600)
