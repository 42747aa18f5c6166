"""Deadlines: every day of 2004–2026 × every rule, each step and extension, equal to a recount by another way.

    python -m bench.deadlines [EVERY]

The recount walks day by day, asks chinesecalendar of each day (and holidays where that knows none), and spends a term
as a person would with a calendar on the wall: nothing of it is the package's. EVERY (1) looks at every n-th day only.
"""

from __future__ import annotations

import datetime as dt
import functools
import sys
import time

import chinese_calendar
import holidays
import numpy as np

from shuju.desk.terms import STEPS, Span, Term, Terms, Unit, due_of
from shuju.desk.terms_reading import shipped_terms

FIRST, LAST = dt.date(2004, 1, 1), dt.date(2026, 12, 31)
TIMES = (
    dt.time(3),
    dt.time(8, 30),
    dt.time(10, 17, 5),
    dt.time(12, 40),
    dt.time(17, 30),
    dt.time(23, 59, 59),
)
CHINA = holidays.country_holidays("CN", years=range(2001, 2037))
# The one day on which the packages differ: 2006 gave a Tuesday for it.
WORKED = {dt.date(2005, 12, 31)}
A_DAY = dt.timedelta(1)


@functools.cache
def is_worked(day: dt.date) -> bool:
    """Ask the packages."""
    known = FIRST.year <= day.year <= LAST.year
    return day in WORKED or (chinese_calendar.is_workday(day) if known else CHINA.is_working_day(day))


def recount(
    start: dt.datetime, n: int, unit: Unit, hours: tuple[tuple[dt.time, dt.time], ...]
) -> dt.datetime:
    """Return when ``n`` units that began at ``start`` have passed, walking day by day."""
    if unit is Unit.WORKING_HOURS:
        return spent(start, dt.timedelta(hours=n), hours)
    day = start.date()
    if start.time() >= hours[-1][1]:
        day += A_DAY
    while not is_worked(day):
        day += A_DAY
    left = n
    while left:
        day += A_DAY
        left -= unit is Unit.DAYS or is_worked(day)
    while not is_worked(day):
        day += A_DAY
    return dt.datetime.combine(day, hours[-1][1])


def spent(start: dt.datetime, left: dt.timedelta, hours: tuple[tuple[dt.time, dt.time], ...]) -> dt.datetime:
    """Return when ``left`` of working time is spent."""
    day = start.date()
    while True:
        for begins, ends in hours if is_worked(day) else ():
            since = max(start, dt.datetime.combine(day, begins))
            until = dt.datetime.combine(day, ends)
            if since < until:
                if left <= until - since:
                    return since + left
                left -= until - since
        day += A_DAY


def wall_hours(terms: Terms) -> tuple[tuple[dt.time, dt.time], ...]:
    """Return the working hours as times of the day."""
    midnight = dt.datetime.combine(FIRST, dt.time())
    return tuple(
        tuple((midnight + dt.timedelta(seconds=s)).time() for s in pair) for pair in terms.calendar.hours
    )


def spans_of(term: Term) -> list[tuple[Span, bool]]:
    """Return the term and, where there is one, the extended term."""
    longer = term.extension and Span(term.within.n + term.extension.n, term.within.unit)
    return [(term.within, False), *([(longer, True)] if longer else [])]


def compare(terms: Terms, every: int = 1, times: tuple[dt.time, ...] = TIMES) -> tuple[int, list[str]]:
    """Return how many deadlines were compared, and those that differ."""
    days = [FIRST + dt.timedelta(k) for k in range(0, (LAST - FIRST).days + 1, every)]
    starts = [dt.datetime.combine(day, at) for day in days for at in times]
    hours = wall_hours(terms)
    again = functools.cache(lambda start, n, unit: recount(start, n, unit, hours))
    n, different = 0, []
    for rule in terms.rules:
        for step in STEPS:
            term = rule.term(step)
            for span, is_extended in spans_of(term):
                ours = due_of(
                    term, np.array(starts, "datetime64[s]"), calendar=terms.calendar, is_extended=is_extended
                ).tolist()
                theirs = [again(start, span.n, span.unit) for start in starts]
                n += len(starts)
                different += [
                    f"{rule.name} {step} {span} from {start}: {one}, recounted {other}"
                    for start, one, other in zip(starts, ours, theirs, strict=True)
                    if one != other
                ]
    return n, different


def main(every: int = 1) -> int:
    terms = shipped_terms()
    started = time.perf_counter()
    n, different = compare(terms, every)
    took = time.perf_counter() - started
    print(f"{n:,} deadlines compared in {took:.0f} s: {len(different)} differ")
    print("\n".join(different[:20]))
    starts = np.arange(np.datetime64("2004-01-01"), np.datetime64("2026-01-01"), np.timedelta64(173, "s"))
    started = time.perf_counter()
    due_of(terms.rule("letter").result, starts.astype("datetime64[s]"), calendar=terms.calendar)
    print(f"{len(starts) / (time.perf_counter() - started):,.0f} deadlines a second over arrays")
    return len(different)


if __name__ == "__main__":
    sys.exit(bool(main(*(int(n) for n in sys.argv[1:2]))))
