"""Supervision (督办): how organisations answer, solve and satisfy (三率), and what is late, delayed, returned, old.

Shares come with their 95 % intervals (Wilson); of fewer than ``FEW`` no band is told. There is no order by merit: organisations stand
in the order of the tree.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import sqrt

from sqlalchemy import ColumnElement, Engine, Integer, case, cast, func, select

from shuju.access.subject import Subject
from shuju.desk.organisations import all_organisations, full_name
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.counted import AGE_NAMES, FIGURES, is_counted, open_states
from shuju.desk.tasks.parts import organisations_seen, seen

COUNTED = (
    "assigned", "open", "late", "in_term", "sign_over", "solved", "closed", "satisfied", "rated", "delayed", "returned", "old", "signed",
)  # fmt: skip
FEW = 10
BANDS = {"high": "高", "middle": "中", "low": "低", "few": "样本少", "none": "无"}
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
        *(_n(FIGURES[figure][1](at)) for figure in COUNTED),
        func.sum(_hours(desk, c.assigned_at, c.signed_at)),
    ]
    where = (
        seen(organisations_seen(desk, by)) & (c.assigned_at >= since) & (c.assigned_at < until) & is_counted()
    )
    wanted = select(c.organisation_id, *sums).where(where).group_by(c.organisation_id)
    names = {o.id: full_name(o) for o in all_organisations(desk)}
    with desk.connect() as connection:
        rows = [tuple(row) for row in connection.execute(wanted.order_by(c.organisation_id))]
    each = [_standing(row[0], names[row[0]], row[1:]) for row in rows]
    together = [sum(x or 0 for x in column) for column in zip(*(row[1:] for row in rows), strict=True)] or [
        0
    ] * len(sums)
    return _standing(None, "合计", together), each


def ages(desk: Engine, by: Subject, *, at: dt.datetime) -> list[tuple[str, str, int]]:
    """Return how old the open tasks are that somebody sees: the figure of each age, its name, and how many."""
    bands = [(FIGURES[f"age-{number}"][1](at), number) for number in range(len(AGE_NAMES))]
    band = case(*bands, else_=-1)
    with desk.connect() as connection:
        where = seen(organisations_seen(desk, by)) & is_counted() & c.state.in_(open_states())
        rows = connection.execute(select(band, func.count()).where(where).group_by(band)).all()
    found = {row[0]: row[1] for row in rows}
    return [(f"age-{number}", name, found.get(number, 0)) for number, name in enumerate(AGE_NAMES)]


def _standing(number: int | None, name: str, sums: tuple[int, ...] | list[int]) -> Standing:
    *counts, hours = (x or 0 for x in sums)
    n = dict(zip(COUNTED, counts, strict=True))
    return Standing(
        number, name, n["assigned"], n["open"], n["late"], Share(n["in_term"], n["sign_over"]), Share(n["solved"], n["closed"]),
        Share(n["satisfied"], n["rated"]), float(hours) / n["signed"] if n["signed"] else None, n["delayed"], n["returned"], n["old"],
    )  # fmt: skip


def _n(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(cast(case((condition, 1), else_=0), Integer))


def _hours(
    desk: Engine, since: ColumnElement[dt.datetime], until: ColumnElement[dt.datetime]
) -> ColumnElement[float]:
    if desk.dialect.name == "sqlite":
        return (func.julianday(until) - func.julianday(since)) * 24
    return func.extract("epoch", until - since) / 3600
