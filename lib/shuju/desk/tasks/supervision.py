"""Supervision (督办): how organisations answer, solve and satisfy (三率), and what is late, delayed, returned, old.

Shares come with their 95 % intervals (Wilson); of fewer than ``FEW`` no band is told. There is no order by merit: organisations stand
in the order of the tree.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from sqlalchemy import ColumnElement, Engine, Integer, case, cast, func, select

from shuju.access.subject import Subject
from shuju.desk.organisations import all_organisations, full_name
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.parts import organisations_seen, seen
from shuju.desk.tasks.transitions import table

FEW = 10
SATISFIED = 3  # 基本满意 and above
BANDS = {"high": "高", "middle": "中", "low": "低", "few": "样本少", "none": "无"}
AGES = (7, 15, 30, 60)
c = tasks.c


@dataclass(frozen=True)
class Share:
    """``n`` of ``of``; ``low`` and ``high`` are the ends of its 95 % interval."""

    n: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, None of nothing."""
        return self.n / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson interval."""
        if not self.of:
            return 0.0, 1.0
        z, p, n = 1.96, self.n / self.of, self.of
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max((middle - half) / (1 + z * z / n), 0.0), min((middle + half) / (1 + z * z / n), 1.0)

    @property
    def is_few(self) -> bool:
        """Whether it rests on too few to say anything."""
        return self.of < FEW

    def band(self, whole: Share) -> str:
        """Return whether a share is above or below that of all, where its interval leaves no doubt."""
        if not self.of:
            return "none"
        if self.is_few or whole.value is None:
            return "few"
        low, high = self.interval
        return "high" if low > whole.value else "low" if high < whole.value else "middle"


@dataclass(frozen=True)
class Standing:
    """What one organisation did with the tasks of a span; ``organisation_id`` is None for all together."""

    organisation_id: int | None
    organisation: str
    n: int
    n_open: int
    n_late: int
    answered: Share
    solved: Share
    satisfied: Share
    sign_hours: float | None
    n_delayed: int
    n_returned: int
    n_old: int


def standings(
    desk: Engine, by: Subject, *, since: dt.datetime, until: dt.datetime, at: dt.datetime
) -> tuple[Standing, list[Standing]]:
    """Return how all organisations that somebody sees stand together, and each, of tasks assigned within a span. O(tasks in it).

    响应率: signed in by the term, of those whose term is over or that were signed in; 解决率: solved, of those closed;
    满意率: 基本满意 or better, of those rated.
    """
    sums = [
        func.count(),
        _n(c.state.in_(_open_states())),
        _n(c.next_due < at),
        _n(c.signed_at <= c.sign_due),
        _n(c.signed_at.is_not(None) | (c.sign_due < at)),
        _n(c.is_solved.is_(True)),
        _n(c.is_solved.is_not(None)),
        _n(c.score >= SATISFIED),
        func.count(c.score),
        func.sum(_hours(desk, c.assigned_at, c.signed_at)),
        func.count(c.signed_at),
        _n(c.n_delayed > 0),
        _n(c.n_returned > 0),
        _n(c.state.in_(_open_states()) & (c.assigned_at < at - dt.timedelta(days=AGES[-1]))),
    ]
    where = seen(organisations_seen(desk, by)) & (c.assigned_at >= since) & (c.assigned_at < until)
    where &= c.state.not_in(("void", "draft", "merged"))
    wanted = select(c.organisation_id, *sums).where(where).group_by(c.organisation_id)
    names = {o.id: full_name(o) for o in all_organisations(desk)}
    with desk.connect() as connection:
        rows = [tuple(row) for row in connection.execute(wanted.order_by(c.organisation_id))]
    each = [_standing(row[0], names[row[0]], row[1:]) for row in rows]
    together = [sum(x or 0 for x in column) for column in zip(*(row[1:] for row in rows), strict=True)] or [
        0
    ] * len(sums)
    return _standing(None, "合计", together), each


def ages(desk: Engine, by: Subject, *, at: dt.datetime) -> list[tuple[str, int]]:
    """Return how old the open tasks are that somebody sees: days since they were assigned, and how many."""
    edges = [at - dt.timedelta(days=days) for days in AGES]
    names = [
        f"不到 {AGES[0]} 天",
        *(f"{a}–{b} 天" for a, b in pairwise(AGES)),
        f"{AGES[-1]} 天以上",
    ]
    band = case(
        *[(c.assigned_at >= edge, name) for edge, name in zip(edges, names, strict=False)], else_=names[-1]
    )
    where = seen(organisations_seen(desk, by)) & c.state.in_(_open_states()) & c.assigned_at.is_not(None)
    with desk.connect() as connection:
        rows = connection.execute(select(band, func.count()).where(where).group_by(band)).all()
    found = {row[0]: row[1] for row in rows}
    return [(name, found.get(name, 0)) for name in names]


def _standing(number: int | None, name: str, sums: tuple[int, ...] | list[int]) -> Standing:
    (
        n,
        n_open,
        n_late,
        in_term,
        due,
        solved,
        closed,
        satisfied,
        rated,
        hours,
        signed,
        delayed,
        returned,
        old,
    ) = (x or 0 for x in sums)
    return Standing(
        number, name, n, n_open, n_late, Share(in_term, due), Share(solved, closed), Share(satisfied, rated),
        float(hours) / signed if signed else None, delayed, returned, old,
    )  # fmt: skip


def _n(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(cast(case((condition, 1), else_=0), Integer))


def _hours(
    desk: Engine, since: ColumnElement[dt.datetime], until: ColumnElement[dt.datetime]
) -> ColumnElement[float]:
    if desk.dialect.name == "sqlite":
        return (func.julianday(until) - func.julianday(since)) * 24
    return func.extract("epoch", until - since) / 3600


def _open_states() -> list[str]:
    return [name for name, state in table().states.items() if state.is_open]
