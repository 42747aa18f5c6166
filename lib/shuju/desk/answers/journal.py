"""What is written when something becomes of an answer, in the transaction that is open: the answer, its letters, its events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from shuju.access.subject import Subject
from shuju.desk.answers.record import ACTIONS, SENT, Answer
from shuju.desk.tables.answers import answer_events, answer_letters, answers
from shuju.desk.tasks.journal import TaskError

a, e, of_letter = answers.c, answer_events.c, answer_letters.c


@dataclass(frozen=True)
class Letter:
    """A letter that is answered."""

    id: str
    title: str
    written_at: dt.datetime


@dataclass(frozen=True)
class Asked:
    """Who asks for something, when; ``command_id`` is given once by who asks."""

    by: Subject
    command_id: str
    at: dt.datetime


def begun(
    connection: Connection, row: Mapping[str, object], letters: Sequence[Letter], asked: Asked, action: str
) -> int:
    """Write a new answer with its letters and its first event; return its number."""
    number = connection.execute(insert(answers).values(**row)).inserted_primary_key[0]
    put_letters(connection, number, letters)
    note_event(connection, number, 1, action, str(row["text"]), asked)
    return number


def put_letters(connection: Connection, number: int, letters: Sequence[Letter]) -> None:
    """Have an answer be to these letters."""
    connection.execute(delete(answer_letters).where(of_letter.answer_id == number))
    rows = [
        {
            "answer_id": number,
            "letter_id": one.id,
            "title": one.title[:500],
            "written_at": one.written_at,
            "contact": "",
        }
        for one in letters
    ]
    connection.execute(insert(answer_letters), rows)


def note_event(connection: Connection, number: int, seq: int, action: str, text: str, asked: Asked) -> None:
    """Write what became of an answer."""
    row = {
        "answer_id": number,
        "seq": seq,
        "command_id": asked.command_id,
        "action": action,
        "at": asked.at,
        "text": text,
    }
    connection.execute(insert(answer_events).values(**row, who=asked.by.account, who_name=asked.by.name))


def check_free(connection: Connection, organisation_id: int, letters: Sequence[Letter], but: int = 0) -> None:
    """Check that the organisation is not writing another answer to one of these letters."""
    wanted = (
        select(a.id, a.author_name, of_letter.title)
        .join(answer_letters, of_letter.answer_id == a.id)
        .where(
            a.organisation_id == organisation_id,
            a.state != SENT,
            a.id != but,
            of_letter.letter_id.in_([one.id for one in letters]),
        )
    )
    row = connection.execute(wanted.limit(1)).first()
    if row is not None:
        raise TaskError(f"本单位的 {row.author_name} 已在起草对“{row.title[:30]}”的答复（{row.id} 号）")


def changed(connection: Connection, answer: Answer) -> str:
    """Return who was faster, and what they did, to the second."""
    newest = select(answer_events).where(e.answer_id == answer.id).order_by(e.seq.desc()).limit(1)
    row = connection.execute(newest).one()
    return f"{row.who_name}（{row.who}）已于 {row.at:%Y-%m-%d %H:%M:%S} {ACTIONS[row.action]}；您的操作没有执行，请看过现状后再定"
