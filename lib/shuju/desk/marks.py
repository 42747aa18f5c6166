"""Marks (标注): warnings acknowledged, muted until a day, right or wrong; the topic of a letter. Undone step by step.

A mark is about a subject: acknowledgement and verdict are about one warning, muting about its whole series (a
place and a topic), a topic about one letter (see ``corrections``). Every change is an audit row that tells what
was before; an undo is a change like any other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, Engine, delete, func, insert, select

from shuju.desk.tables.marks import audit, issue_decisions, marks
from shuju.standard import code_list

ACKNOWLEDGED, MUTED, VERDICT, TOPIC = "acknowledged", "muted", "verdict", "topic"
KINDS = (ACKNOWLEDGED, MUTED, VERDICT, TOPIC)
RIGHT, WRONG = "right", "wrong"
YES = "yes"


@dataclass(frozen=True)
class Precision:
    """How many of the warnings that were judged proved right."""

    n_right: int
    n_judged: int


def put(desk: Engine, subject: str, kind: str, value: str | None, *, at: dt.datetime, who: str = "") -> None:
    """Set a mark, or take it away (None). What changes nothing is not logged.

    Raises:
        ValueError: no such kind, or a value that the kind does not have.
    """
    _check(kind, value)
    with desk.begin() as connection:
        _put(connection, subject, kind, value, at, who, None)


def undo(desk: Engine, subjects: list[str], *, at: dt.datetime, who: str = "") -> bool:
    """Take back the newest change of ``subjects`` that still stands; tell whether there was one."""
    undone = select(audit.c.undoes).where(audit.c.undoes.is_not(None))
    standing = (
        select(audit)
        .where(audit.c.subject.in_(subjects), audit.c.undoes.is_(None), audit.c.id.not_in(undone))
        .order_by(audit.c.id.desc())
        .limit(1)
    )
    with desk.begin() as connection:
        last = connection.execute(standing).first()
        if last is None:
            return False
        _put(connection, last.subject, last.kind, last.before, at, who, last.id)
        return True


def read_marks(desk: Engine) -> pd.DataFrame:
    """Return the marks on warnings: index ``subject``, a column a kind that holds its value, None where there is none."""
    about = select(marks.c.subject, marks.c.kind, marks.c.value).where(marks.c.kind != TOPIC)
    with desk.connect() as connection:
        rows = connection.execute(about).all()
    frame = pd.DataFrame(rows, columns=["subject", "kind", "value"])
    wide = frame.pivot(index="subject", columns="kind", values="value")
    return wide.reindex(columns=[ACKNOWLEDGED, MUTED, VERDICT]).astype(object)


def precision(desk: Engine, among: Collection[str] | None = None) -> Precision:
    """Return the running precision over all verdicts, or over those on some warnings."""
    verdicts = select(marks.c.subject, marks.c.value).where(marks.c.kind == VERDICT)
    with desk.connect() as connection:
        found = [row.value for row in connection.execute(verdicts) if among is None or row.subject in among]
    return Precision(found.count(RIGHT), len(found))


def history(desk: Engine, subject: str) -> list[dict[str, object]]:
    """Return every change of a subject, oldest first."""
    with desk.connect() as connection:
        found = connection.execute(select(audit).where(audit.c.subject == subject).order_by(audit.c.id))
        return [dict(row._mapping) for row in found]


def change_number(desk: Engine) -> int:
    """Return a number that grows with every change, decisions on issues included."""
    decided = select(func.count() + func.count(issue_decisions.c.undone_at)).select_from(issue_decisions)
    with desk.connect() as connection:
        marked = connection.execute(select(func.max(audit.c.id))).scalar() or 0
        return marked + connection.execute(decided).scalar()


def _check(kind: str, value: str | None) -> None:
    match kind, value:
        case (_, None) if kind in KINDS:
            return
        case ("acknowledged", "yes") | ("verdict", "right" | "wrong"):
            return
        case ("topic", str(code)) if code in code_list("topics").codes:
            return
        case ("muted", str(day)):
            dt.date.fromisoformat(day)
            return
    raise ValueError(f"标注 {kind!r} 不能取值 {value!r}")


def _put(
    connection: Connection,
    subject: str,
    kind: str,
    value: str | None,
    at: dt.datetime,
    who: str,
    undoes: int | None,
) -> None:
    here = (marks.c.subject == subject) & (marks.c.kind == kind)
    before = connection.execute(select(marks.c.value).where(here)).scalar()
    if before == value and undoes is None:
        return
    connection.execute(delete(marks).where(here))
    if value is not None:
        row = {"subject": subject, "kind": kind, "value": value, "at": at, "who": who}
        connection.execute(insert(marks).values(row))
    change = {"at": at, "who": who, "subject": subject, "kind": kind, "before": before, "after": value}
    connection.execute(insert(audit).values(change | {"undoes": undoes}))
