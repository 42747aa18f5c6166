"""When a task is due: the terms of its kind, channel and urgency, counted in working time from when it was assigned.

What comes of the rules is kept with the task as times: an event tells until when the task had time as it happened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from shuju.desk.terms import STEPS, Pause, Span, Term, Terms, due_at, yellow_from
from shuju.desk.working_time import add_working_hours, working_hours_between
from shuju.standard.working_days import CalendarError

NEVER = dt.datetime(9999, 1, 1)  # no term runs: sorts after all that do
NEAR = dt.timedelta(days=1)  # yellow so long before, where no rule says when


@dataclass(frozen=True)
class Dues:
    """When a task is to be signed in, answered first, and finished; by which rule and calendar."""

    sign: dt.datetime
    reply: dt.datetime
    result: dt.datetime
    rule: str
    calendar: str


def dues(
    terms: Terms,
    what: tuple[str, str, str],
    start: dt.datetime,
    pauses: Sequence[Pause] = (),
    *,
    is_extended: bool = False,
) -> Dues:
    """Return when a task is due that was assigned at ``start``; ``what`` is its kind, channel and urgency.

    ``pauses`` are over. With ``is_extended`` the result may take as long as the rule lets it be put off once.

    Raises:
        CalendarError: a term ends outside the calendar.
    """
    kind, channel, urgency = what
    rule, found = terms.rule(kind, channel or None, urgency), []
    for step in STEPS:
        term = rule.term(step)
        is_longer = is_extended and step == "result" and term.extension is not None
        due = due_at(term, start, pauses, calendar=terms.calendar, is_extended=is_longer).at
        assert due is not None  # no pause is open
        found.append(due)
    return Dues(*found, rule.name, terms.calendar.version)


def moved_on(terms: Terms, due: dt.datetime, pause: tuple[dt.datetime, dt.datetime]) -> dt.datetime:
    """Return a day that somebody set, later by the working time of a pause; what was due before it stays due."""
    if pause[0] >= due:
        return due
    hours = working_hours_between(*pause, terms.calendar)
    return add_working_hours(due, hours, terms.calendar) if hours > 0 else due


def longer(terms: Terms, due: dt.datetime, by: Span) -> dt.datetime:
    """Return the end of a span that begins at a day that somebody set.

    Raises:
        CalendarError: it ends outside the calendar.
    """
    found = due_at(Term(by, by), due, calendar=terms.calendar).at
    assert found is not None  # no pause is open
    return found


def yellow_since(terms: Terms, rule: str, step: str, due: dt.datetime) -> dt.datetime:
    """Return since when a term is near."""
    try:
        return yellow_from(terms.named(rule).term(step), due, calendar=terms.calendar)
    except (KeyError, CalendarError):  # the rule is gone, or the day was set by hand, years ahead
        return due - NEAR


def is_provisional(terms: Terms, since: dt.datetime, due: dt.datetime) -> bool:
    """Whether a term reaches into a year whose days off are not announced (暂定)."""
    try:
        return terms.calendar.days.is_provisional(since, due)
    except CalendarError:
        return True
