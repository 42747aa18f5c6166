"""Working time: cases, arrays, pauses, and what must hold of any start, term and pause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuju.clock import SHANGHAI
from shuju.desk.working_time import (
    HOURS,
    add_days,
    add_working_days,
    add_working_hours,
    end_days_before,
    hours_before,
    next_working_moment,
    nth_day,
    nth_working_day,
    nth_working_hour,
    shipped,
    working_days_between,
    working_hours_between,
)
from shuju.standard.working_days import CalendarError

CALENDAR = shipped()
ADD = {"days": add_working_days, "hours": add_working_hours, "natural": add_days}
NTH = {"days": nth_working_day, "hours": nth_working_hour, "natural": nth_day}


@pytest.fixture(autouse=True)
def database() -> None:
    """Need no desk: once is enough."""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


# Friday 2026-11-27 is an ordinary day; 2026-10-01 to 10-07 were off, Saturday 10-10 was worked.
@pytest.mark.parametrize(
    ("unit", "start", "n", "end"),
    [
        ("days", "2026-11-27T10:00", 1, "2026-11-30T17:30"),
        ("days", "2026-11-27T06:00", 1, "2026-11-30T17:30"),
        ("days", "2026-11-27T17:29:59", 1, "2026-11-30T17:30"),
        ("days", "2026-11-27T17:30", 1, "2026-12-01T17:30"),  # after work: as if it came on Monday
        ("days", "2026-11-28T12:00", 1, "2026-12-01T17:30"),
        ("days", "2026-11-30T00:00", 1, "2026-12-01T17:30"),
        ("days", "2026-09-30T16:00", 3, "2026-10-10T17:30"),
        ("days", "2026-09-30T20:00", 3, "2026-10-12T17:30"),
        ("days", "2005-12-30T09:00", 1, "2005-12-31T17:30"),
        ("hours", "2026-11-27T10:00", 2, "2026-11-27T12:00"),  # not 14:00
        ("hours", "2026-11-27T10:00", 2.5, "2026-11-27T14:30"),
        ("hours", "2026-11-27T12:30", 1, "2026-11-27T15:00"),
        ("hours", "2026-11-27T08:30", 7, "2026-11-27T17:30"),  # not the next morning
        ("hours", "2026-11-27T17:00", 2, "2026-11-30T10:00"),
        ("hours", "2026-11-27T23:00", 2, "2026-11-30T10:30"),
        ("hours", "2026-11-28T09:00", 2, "2026-11-30T10:30"),
        ("hours", "2026-09-30T17:00", 1, "2026-10-08T09:00"),
        ("natural", "2026-11-27T10:00", 3, "2026-11-30T17:30"),
        ("natural", "2026-11-26T10:00", 2, "2026-11-30T17:30"),  # Saturday: the next working day
        ("natural", "2026-11-27T20:00", 1, "2026-12-01T17:30"),
        ("natural", "2026-09-24T10:00", 7, "2026-10-08T17:30"),
    ],
)
def test_end(unit: str, start: str, n: float, end: str) -> None:
    assert ADD[unit](at(start), n, CALENDAR) == at(end)
    assert NTH[unit](at(start), n, (), CALENDAR) == at(end)
    many = ADD[unit](np.array([start, start], "datetime64[us]"), n, CALENDAR)
    assert many.tolist() == [at(end)] * 2


@pytest.mark.parametrize(
    ("unit", "n", "gaps", "end"),
    [
        # from Friday 2026-11-27 10:00
        ("days", 2, [("2026-11-30T10:00", "2026-11-30T16:00")], "2026-12-01T17:30"),  # ran on at the day's end
        ("days", 2, [("2026-11-30T10:00", "2026-12-01T10:00")], "2026-12-02T17:30"),
        ("days", 2, [("2026-11-30T17:30", "2026-12-01T10:00")], "2026-12-01T17:30"),  # the day had ended
        ("days", 2, [("2026-11-30T10:00", "2026-11-30T17:30")], "2026-12-02T17:30"),
        ("days", 2, [("2026-11-27T11:00", "2026-11-27T18:00")], "2026-12-01T17:30"),  # the first day never counts
        ("days", 1, [("2026-11-28T00:00", "2026-11-30T08:00")], "2026-11-30T17:30"),  # a weekend
        ("days", 2, [("2026-12-01T18:00", None)], "2026-12-01T17:30"),  # it was due before
        ("days", 2, [("2026-12-01T17:00", None)], None),
        ("days", 2, [("2026-11-30T09:00", "2026-12-02T09:00"), ("2026-12-01T09:00", "2026-12-03T09:00")], "2026-12-04T17:30"),
        ("hours", 2, [("2026-11-27T11:00", "2026-11-27T15:00")], "2026-11-27T16:00"),
        ("hours", 2, [("2026-11-27T12:00", "2026-11-27T16:00")], "2026-11-27T12:00"),
        ("hours", 2, [("2026-11-27T09:00", "2026-11-27T11:00")], "2026-11-27T15:00"),
        ("hours", 2, [("2026-11-27T11:59", None)], None),
        ("natural", 3, [("2026-11-28T10:00", "2026-11-29T10:00")], "2026-12-01T17:30"),
        ("natural", 1, [("2026-11-30T10:00", "2026-12-01T10:00")], "2026-12-01T17:30"),
        ("natural", 1, [("2026-11-30T10:00", None)], None),
    ],
)  # fmt: skip
def test_end_with_pauses(unit: str, n: int, gaps: list[tuple[str, str | None]], end: str | None) -> None:
    stood = [(at(start), until and at(until)) for start, until in gaps]
    assert NTH[unit](at("2026-11-27T10:00"), n, stood, CALENDAR) == (end and at(end))


@pytest.mark.parametrize(
    ("start", "end", "days", "hours"),
    [
        ("2026-11-27T10:00", "2026-11-27T16:00", 0, 4),
        ("2026-11-27T10:00", "2026-11-30T00:00", 1, 5.5),
        ("2026-11-27T20:00", "2026-11-30T17:00", 0, 6.5),
        ("2026-09-30T10:00", "2026-10-10T10:00", 3, 5.5 + 14 + 1.5),
        ("2026-11-27T16:00", "2026-11-27T10:00", 0, -4),
    ],
)
def test_between(start: str, end: str, days: int, hours: float) -> None:
    assert working_days_between(at(start), at(end), CALENDAR) == days
    assert working_hours_between(at(start), at(end), CALENDAR) == hours
    many = [np.array([text] * 3, "datetime64[s]") for text in (start, end)]
    assert working_days_between(*many, CALENDAR).tolist() == [days] * 3
    assert working_hours_between(*many, CALENDAR).tolist() == [hours] * 3


@pytest.mark.parametrize(
    ("start", "moment"),
    [
        ("2026-11-27T10:00", "2026-11-27T10:00"),
        ("2026-11-27T12:00", "2026-11-27T14:00"),
        ("2026-11-27T17:30", "2026-11-30T08:30"),
        ("2026-11-28T00:00", "2026-11-30T08:30"),
    ],
)
def test_next_working_moment(start: str, moment: str) -> None:
    assert next_working_moment(at(start), CALENDAR) == at(moment)


@pytest.mark.parametrize(
    ("due", "n", "days", "hours"),
    [
        ("2026-12-01T17:30", 1, "2026-11-30T17:30", "2026-12-01T16:30"),
        ("2026-11-30T10:00", 2, "2026-11-26T17:30", "2026-11-27T17:00"),
        ("2026-10-08T17:30", 1, "2026-09-30T17:30", "2026-10-08T16:30"),
    ],
)
def test_before(due: str, n: int, days: str, hours: str) -> None:
    assert end_days_before(at(due), n, CALENDAR) == at(days)
    assert hours_before(at(due), n, CALENDAR) == at(hours)


def test_a_time_with_a_zone_is_taken_to_wall_time() -> None:
    wall = at("2026-11-27T10:00")
    for zoned in (wall.replace(tzinfo=SHANGHAI), wall.replace(tzinfo=SHANGHAI).astimezone(dt.UTC)):
        assert add_working_days(zoned, 1, CALENDAR) == add_working_days(wall, 1, CALENDAR)


@pytest.mark.parametrize(
    ("call", "start", "n"),
    [
        (add_working_days, "2000-12-31T10:00", 1),
        (add_working_days, "2036-12-30T10:00", 5),
        (add_working_hours, "2036-12-31T10:00", 40),
        (add_days, "2036-12-30T10:00", 5),
        (end_days_before, "2001-01-04T10:00", 5),
        (hours_before, "2001-01-04T10:00", 500),
    ],
)
def test_outside_the_calendar(call: Callable, start: str, n: int) -> None:
    with pytest.raises(CalendarError, match="工作日历只有 2001-01-01 至 2036-12-31"):
        call(at(start), n, CALENDAR)


@pytest.mark.parametrize(("unit", "n"), [("days", 5), ("hours", 40), ("natural", 5), ("natural", 500)])
def test_outside_the_calendar_with_pauses(unit: str, n: int) -> None:
    with pytest.raises(CalendarError, match="工作日历只有 2001-01-01 至 2036-12-31"):
        NTH[unit](at("2036-12-30T10:00"), n, (), CALENDAR)


def test_an_empty_time_is_refused() -> None:
    with pytest.raises(CalendarError, match="不可为空"):
        add_working_days(np.array(["NaT"], "datetime64[s]"), 1, CALENDAR)


# ---- what must hold of all ----
moments = st.datetimes(dt.datetime(2004, 1, 1), dt.datetime(2026, 12, 31)).map(
    lambda t: t.replace(microsecond=0)
)
near = st.integers(-10 * 86_400, 90 * 86_400)
lengths = st.integers(0, 20 * 86_400)
units = st.sampled_from(sorted(ADD))
terms = st.integers(1, 60)


@st.composite
def starts_and_gaps(draw: st.DrawFn) -> tuple[dt.datetime, list[tuple[dt.datetime, dt.datetime]]]:
    start = draw(moments)
    gaps = []
    for after, length in draw(st.lists(st.tuples(near, lengths), max_size=5)):
        stood = start + dt.timedelta(seconds=after)
        gaps.append((stood, stood + dt.timedelta(seconds=length)))
    return start, gaps


def is_paused(moment: dt.datetime, gaps: list[tuple[dt.datetime, dt.datetime]]) -> bool:
    """Tell whether the clock stood still in the second before a moment."""
    return any(start < moment <= end for start, end in gaps)


def walked(unit: str, start: dt.datetime, n: int, gaps: list[tuple[dt.datetime, dt.datetime]]) -> dt.datetime:
    """Count day by day, or minute by minute, leaving out what was paused."""
    off = CALENDAR.days.is_working
    first = CALENDAR.days.first.item()

    def works(day: dt.date) -> bool:
        return bool(off[(day - first).days])

    evening = dt.time(17, 30)
    if unit == "hours":
        moment, left = start, n * 60
        while left:
            day = moment.date()
            second = (moment - dt.datetime.combine(day, dt.time())).seconds
            moment += dt.timedelta(minutes=1)
            is_work = works(day) and any(begins <= second < ends for begins, ends in HOURS)
            left -= is_work and not is_paused(moment, gaps)
        return moment
    day = start.date() + dt.timedelta(start.time() >= evening)
    while not works(day):
        day += dt.timedelta(1)
    while n:
        day += dt.timedelta(1)
        n -= (unit == "natural" or works(day)) and not is_paused(dt.datetime.combine(day, evening), gaps)
    while not works(day) or is_paused(dt.datetime.combine(day, evening), gaps):
        day += dt.timedelta(1)
    return dt.datetime.combine(day, evening)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["days", "natural"]), starts_and_gaps(), terms)
def test_days_with_pauses_are_those_that_one_walks(unit: str, given_: tuple, n: int) -> None:
    start, gaps = given_
    assert NTH[unit](start, n, gaps, CALENDAR) == walked(unit, start, n, gaps)


minutes = st.lists(st.tuples(st.integers(-600, 3_000), st.integers(0, 600)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 12), minutes)
def test_hours_with_pauses_are_those_that_one_walks(moment: dt.datetime, n: int, told: list) -> None:
    start = moment.replace(second=0)
    gaps = [
        (start + dt.timedelta(minutes=after), start + dt.timedelta(minutes=after + length))
        for after, length in told
    ]
    assert NTH["hours"](start, n, gaps, CALENDAR) == walked("hours", start, n, gaps)


@given(units, starts_and_gaps(), terms, st.data())
def test_a_further_pause_never_brings_a_term_forward(
    unit: str, given_: tuple, n: int, data: st.DataObject
) -> None:
    start, gaps = given_
    some = [gap for gap in gaps if data.draw(st.booleans())]
    ends = [NTH[unit](start, n, paused, CALENDAR) for paused in ([], some, gaps)]
    assert ends == sorted(ends)


@given(units, starts_and_gaps(), terms, st.permutations(range(5)))
def test_the_order_of_pauses_does_not_matter(unit: str, given_: tuple, n: int, order: list[int]) -> None:
    start, gaps = given_
    shuffled = [gaps[k] for k in order if k < len(gaps)]
    assert NTH[unit](start, n, shuffled, CALENDAR) == NTH[unit](start, n, gaps, CALENDAR)


@given(units, starts_and_gaps(), terms, terms)
def test_a_longer_term_never_ends_earlier(unit: str, given_: tuple, n: int, more: int) -> None:
    start, gaps = given_
    assert NTH[unit](start, n + more, gaps, CALENDAR) >= NTH[unit](start, n, gaps, CALENDAR)


@given(units, moments, lengths, terms)
def test_who_begins_later_never_ends_earlier(unit: str, start: dt.datetime, later: int, n: int) -> None:
    assert ADD[unit](start + dt.timedelta(seconds=later), n, CALENDAR) >= ADD[unit](start, n, CALENDAR)


@given(units, starts_and_gaps(), terms)
def test_it_ends_in_working_hours(unit: str, given_: tuple, n: int) -> None:
    end = NTH[unit](given_[0], n, given_[1], CALENDAR)
    second = (end - dt.datetime.combine(end.date(), dt.time())).seconds
    assert CALENDAR.days.is_working[(end.date() - CALENDAR.days.first.item()).days]
    assert any(begins < second <= ends for begins, ends in HOURS)


@given(moments, terms)
def test_there_and_back(start: dt.datetime, n: int) -> None:
    assert working_days_between(start, add_working_days(start, n, CALENDAR), CALENDAR) == n
    assert working_hours_between(start, add_working_hours(start, n, CALENDAR), CALENDAR) == n
    assert end_days_before(add_working_days(start, n + 1, CALENDAR), n, CALENDAR) == add_working_days(
        start, 1, CALENDAR
    )
