"""Terms (时限): how long signing, a first reply and the result of a matter may take; when each is due; its light.

Terms are data (``shuju.desk.terms_reading``). They are counted in working time
(``shuju.desk.working_time``). A pause (等待补充) stops the clock. What is due, overdue, green, yellow or red is derived
each time, never stored. See docs/methods/clock.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from shuju.desk.working_time import (
    WorkingCalendar,
    add_days,
    add_working_days,
    add_working_hours,
    end_days_before,
    hours_before,
    nth_day,
    nth_working_day,
    nth_working_hour,
)

KINDS = {
    "letter": "来信",
    "issue": "热点诉求",
    "warning": "预警",
    "card": "图卡",
    "region": "地区",
    "site": "网站",
    "document": "文件",
    "suggestion": "微建议",
    "fast_channel": "快速通道",
}
URGENCY = {"normal": "普通", "urgent": "加急", "extra_urgent": "特急"}
STEPS = {"sign": "签收", "reply": "首次回复", "result": "办结"}
Pause = tuple[dt.datetime, dt.datetime | None]


class Unit(StrEnum):
    """What a term is counted in."""

    WORKING_HOURS = "工作小时"
    WORKING_DAYS = "工作日"
    DAYS = "日"


class Light(StrEnum):
    """How near a term is: far (green), near (yellow), past (red); or its clock stands still (paused)."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    PAUSED = "paused"


@dataclass(frozen=True)
class Span:
    """So many working hours, working days or days."""

    n: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.n} {self.unit.value}"


@dataclass(frozen=True)
class Term:
    """One step of a rule: due ``within`` a span, yellow from ``yellow`` before, longer once by ``extension``."""

    within: Span
    yellow: Span
    extension: Span | None = None


@dataclass(frozen=True)
class Rule:
    """The terms of the matters that it names: no kinds, channels or urgency is any."""

    name: str
    sign: Term
    reply: Term
    result: Term
    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()

    def term(self, step: str) -> Term:
        """Return the term of ``sign``, ``reply`` or ``result``."""
        return {"sign": self.sign, "reply": self.reply, "result": self.result}[step]

    def holds(self, kind: str, channel: str | None, urgency: str) -> bool:
        """Tell whether it is about such a matter."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.channels or channel in self.channels)
            and (not self.urgency or urgency in self.urgency)
        )


@dataclass(frozen=True)
class Terms:
    """All rules in their order, and the calendar by which they are counted."""

    rules: tuple[Rule, ...]
    calendar: WorkingCalendar

    def rule(self, kind: str, channel: str | None = None, urgency: str = "normal") -> Rule:
        """Return the first rule about such a matter; the last is about all.

        Raises:
            KeyError: no such kind or urgency.
        """
        if kind not in KINDS or urgency not in URGENCY:
            raise KeyError(f"没有事项种类 {kind!r} 或紧急程度 {urgency!r}")
        return next(rule for rule in self.rules if rule.holds(kind, channel, urgency))

    def named(self, name: str) -> Rule:
        """Return the rule of a name, for a task that began under it; a ``KeyError`` says that there is none."""
        found = [rule for rule in self.rules if rule.name == name]
        if not found:
            raise KeyError(f"时限规则中没有 {name!r}")
        return found[0]


@dataclass(frozen=True)
class Due:
    """When a term ends: None while its clock stands still. Provisional where a year of it is not announced."""

    at: dt.datetime | None
    is_provisional: bool


def due_at(
    term: Term,
    start: dt.datetime,
    pauses: Iterable[Pause] = (),
    *,
    calendar: WorkingCalendar,
    is_extended: bool = False,
) -> Due:
    """Return when a term is due that began at ``start``.

    ``pauses`` are (from, until), until None where the clock still stands. O(pauses).

    Raises:
        ValueError: it is extended, but has no extension.
        CalendarError: the end lies outside the calendar.
    """
    pauses = tuple(pauses)
    span = _whole(term, is_extended)
    at = _NTH[span.unit](start, span.n, pauses, calendar)
    return Due(at, at is not None and calendar.days.is_provisional(start, at))


def due_of(
    term: Term, starts: np.ndarray, *, calendar: WorkingCalendar, is_extended: bool = False
) -> np.ndarray:
    """Return when each of many terms is due that never stood still (datetime64[s]). O(starts)."""
    span = _whole(term, is_extended)
    return _ADD[span.unit](starts, span.n, calendar)


def light(
    term: Term, due: Due, now: dt.datetime, done: dt.datetime | None = None, *, calendar: WorkingCalendar
) -> Light:
    """Return the light of a term at ``now``; of what is done, as it was when it was ``done``: red is late.

    A clock that stands still is paused. What is done is green or red.
    """
    if due.at is None:
        return Light.GREEN if done is not None else Light.PAUSED
    if done is not None or now > due.at:
        return Light.RED if (done or now) > due.at else Light.GREEN
    return Light.YELLOW if now >= yellow_from(term, due.at, calendar=calendar) else Light.GREEN


def yellow_from(term: Term, due: dt.datetime, *, calendar: WorkingCalendar) -> dt.datetime:
    """Return since when the light of a term that is ``due`` then is yellow."""
    before = hours_before if term.yellow.unit is Unit.WORKING_HOURS else end_days_before
    return before(due, term.yellow.n, calendar)


def is_overdue(due: Due, now: dt.datetime, done: dt.datetime | None = None) -> bool:
    """Tell whether a term is past and what it asks for is not done."""
    return done is None and due.at is not None and now > due.at


def _whole(term: Term, is_extended: bool) -> Span:
    if not is_extended:
        return term.within
    if term.extension is None:
        raise ValueError("这一时限不可延长")
    return Span(term.within.n + term.extension.n, term.within.unit)


_NTH = {Unit.WORKING_HOURS: nth_working_hour, Unit.WORKING_DAYS: nth_working_day, Unit.DAYS: nth_day}
_ADD = {Unit.WORKING_HOURS: add_working_hours, Unit.WORKING_DAYS: add_working_days, Unit.DAYS: add_days}
