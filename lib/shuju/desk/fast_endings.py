"""How matters of the fast channel end elsewhere: by a department's own answer to the letter, or by what the source has answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from shuju.access.subject import Subject
from shuju.desk.fast_channel import ANSWERED_BY_DEPARTMENT, REPLIED, keep_event
from shuju.desk.store import writing
from shuju.desk.tables.fast_channel import matters

m = matters.c


@dataclass(frozen=True)
class Replied:
    """What the source has answered of a matter."""

    matter_id: int
    text: str
    at: dt.datetime
    department: str


def end_by_department(
    connection: Connection,
    letter_ids: Sequence[str],
    answer: Mapping[str, Any],
    *,
    by: Subject,
    at: dt.datetime,
) -> None:
    """End the matters of some letters, which a department has answered: nobody need decide of them any more.

    ``answer`` holds ``id``, ``number`` and ``text`` of its answer.
    """
    wanted = select(matters).where(m.kind == "letters", m.source_id.in_(letter_ids), m.state != "answered")
    # In order, so that two answers to the same letters wait for each other, and not both.
    for row in connection.execute(wanted.order_by(m.id).with_for_update()).all():
        ended = {"answer": answer["text"], "answer_id": answer["id"]}
        told = {"text": answer["number"], "answer": answer["id"]}
        _end(connection, row, ANSWERED_BY_DEPARTMENT, ended, told, (by.account, by.name), at)


def note_replied(desk: Engine, replied: Sequence[Replied], *, at: dt.datetime) -> int:
    """End the matters that the source has answered; return how many there were. O(those)."""
    n = 0
    for one in replied:
        with writing(desk) as connection:
            wanted = select(matters).where(m.id == one.matter_id, m.state != "answered")
            row = connection.execute(wanted.with_for_update()).first()
            if row is None:
                continue
            told = {"text": f"{one.department or '承办单位'} {one.at:%Y-%m-%d}"}
            _end(connection, row, REPLIED, {"answer": one.text}, told, ("system", "系统"), at)
            n += 1
    return n


def _end(
    connection: Connection, row: Any, action: str, values: Mapping[str, Any], told: Mapping[str, Any], who: tuple[str, str], at: dt.datetime
) -> None:  # fmt: skip
    ended = {"seq": row.seq + 1, "state": "answered", "answered_at": at}
    connection.execute(update(matters).where(m.id == row.id).values({**ended, **values}))
    keep_event(connection, (row.id, row.seq + 1, f"{action}-{row.id}"), action, told, who, at)
