"""What supervision counts (督办数字): each figure is one condition on tasks, so that what is counted is what is listed behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from itertools import pairwise

from sqlalchemy import ColumnElement

from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.transitions import table

SATISFIED = 3  # 基本满意 and above
AGES = (7, 15, 30, 60)
AGE_NAMES = (f"不到 {AGES[0]} 天", *(f"{a}–{b} 天" for a, b in pairwise(AGES)), f"{AGES[-1]} 天以上")
c = tasks.c
Condition = ColumnElement[bool]


def open_states() -> list[str]:
    """Return the states of tasks that are not over."""
    return [name for name, state in table().states.items() if state.is_open]


def is_counted() -> Condition:
    """Return what supervision counts at all: what was assigned, and neither taken back nor merged into another."""
    return c.state.not_in(("void", "draft", "merged"))


def _is_open() -> Condition:
    return c.state.in_(open_states())


def _of_age(number: int) -> Callable[[dt.datetime], Condition]:
    """Return which open tasks are of an age: the ``number``-th of ``AGE_NAMES``."""

    def condition(at: dt.datetime) -> Condition:
        found = _is_open() & c.assigned_at.is_not(None)
        if number < len(AGES):
            found &= c.assigned_at >= at - dt.timedelta(days=AGES[number])
        return found & (c.assigned_at < at - dt.timedelta(days=AGES[number - 1])) if number else found

    return condition


# Name → Chinese name, and the condition at a time.
FIGURES: Mapping[str, tuple[str, Callable[[dt.datetime], Condition]]] = {
    "assigned": ("交办", lambda _at: is_counted()),
    "open": ("在办", lambda _at: _is_open()),
    "late": ("超期", lambda at: c.next_due < at),
    "in_term": ("按期签收", lambda _at: c.signed_at <= c.sign_due),
    "sign_over": ("已签收或签收期限已过", lambda at: c.signed_at.is_not(None) | (c.sign_due < at)),
    "signed": ("已签收", lambda _at: c.signed_at.is_not(None)),
    "solved": ("审核为已解决", lambda _at: c.is_solved.is_(True)),
    "closed": ("审核办结", lambda _at: c.is_solved.is_not(None)),
    "satisfied": ("评价基本满意及以上", lambda _at: c.score >= SATISFIED),
    "rated": ("已评价", lambda _at: c.score.is_not(None)),
    "delayed": ("延期", lambda _at: c.n_delayed > 0),
    "returned": ("退回重办", lambda _at: c.n_returned > 0),
    "old": (f"交办 {AGES[-1]} 天以上未办结", lambda at: _is_open() & (c.assigned_at < at - dt.timedelta(days=AGES[-1]))),
} | {f"age-{number}": (f"在办，交办至今{name}", _of_age(number)) for number, name in enumerate(AGE_NAMES)}  # fmt: skip


def counted_in(figure: str, at: dt.datetime) -> Condition:
    """Return which tasks one of ``FIGURES`` counts at a time; a ``KeyError`` says that there is none."""
    return is_counted() & FIGURES[figure][1](at)
