"""What is kept of an answer: its text, which letters it answers, what became of it; and which answers there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, Row, select

from shuju.access.subject import Subject
from shuju.desk.answers.senders import SENDER, without_personal
from shuju.desk.tables.answers import answer_events, answer_letters, answers, sender_ratings
from shuju.desk.tables.messages import outbox
from shuju.desk.tasks.journal import TaskError
from shuju.desk.tasks.parts import organisations_seen

DRAFT, IN_REVIEW, SENT = "draft", "in_review", "sent"
STATES = {DRAFT: "起草中", IN_REVIEW: "待审核", SENT: "已发出"}
BEGIN, SAVE, SUBMIT, RETURN, SEND, CORRECT = "begin", "save", "submit", "return", "send", "correct"
ACTIONS = {
    BEGIN: "起草",
    SAVE: "修改",
    SUBMIT: "送审",
    RETURN: "退回修改",
    SEND: "审核通过并发出",
    CORRECT: "更正",
}
WRITING = (BEGIN, SAVE, SUBMIT, CORRECT)
a, e, of_letter = answers.c, answer_events.c, answer_letters.c


@dataclass(frozen=True)
class Answer:
    """One version of an answer; what is sent never changes: a correction is an answer of its own that names it in ``corrects``."""

    id: int
    seq: int
    title: str
    organisation_id: int
    organisation: str
    task_id: int | None
    state: str
    text: str
    author: str
    author_name: str
    made_at: dt.datetime
    due: dt.datetime
    corrects: int | None
    year: int | None
    number: int | None
    sent_at: dt.datetime | None
    reviewer_name: str
    is_synthetic: bool

    @property
    def document_number(self) -> str:
        """What a sent answer is called: 长沙市住建局信复〔2026〕12号; empty before."""
        return f"{self.organisation}信复〔{self.year}〕{self.number}号" if self.number is not None else ""


@dataclass(frozen=True)
class AnswerEvent:
    """Something that became of an answer."""

    seq: int
    action: str
    at: dt.datetime
    who: str
    who_name: str
    text: str


@dataclass(frozen=True)
class Told:
    """A letter that an answer answers: whether its sender left an address, was told, or why not; how they rated it (3 to 1)."""

    id: int
    letter_id: str
    title: str
    written_at: dt.datetime
    has_address: bool
    told_at: dt.datetime | None = None
    failure: str = ""
    score: int | None = None
    words: str = ""


def seen_answer(desk: Engine, answer_id: int, by: Subject) -> Answer:
    """Return an answer of an organisation whose tasks somebody sees.

    Raises:
        TaskError: there is none, or it is not seen: nobody can tell which.
    """
    organisations = organisations_seen(desk, by)
    with desk.connect() as connection:
        return read_answer(connection, answer_id, organisations)


def read_answer(
    connection: Connection, answer_id: int, organisations: frozenset[int] | None, *, is_locked: bool = False
) -> Answer:
    """Return an answer if it is of one of some organisations (None for all); raises ``TaskError``."""
    wanted = select(answers).where(a.id == answer_id)
    row = None
    if 0 < answer_id < 2**31:
        row = connection.execute(wanted.with_for_update() if is_locked else wanted).first()
    if row is None or not (organisations is None or row.organisation_id in organisations):
        raise TaskError("没有这份答复，或不在可见范围")
    return _answer(row)


def answers_to(desk: Engine, letter_id: str, by: Subject) -> list[Answer]:
    """Return the answers to a letter that somebody sees, the newest first."""
    organisations = organisations_seen(desk, by)
    numbers = select(of_letter.answer_id).where(of_letter.letter_id == letter_id)
    where = [a.id.in_(numbers)]
    if organisations is not None:
        where.append(a.organisation_id.in_(sorted(organisations)))
    with desk.connect() as connection:
        return [
            _answer(row) for row in connection.execute(select(answers).where(*where).order_by(a.id.desc()))
        ]


def sent_to(desk: Engine, letter_id: str, by: Subject) -> list[Answer]:
    """Return the answers to a letter that were sent, whoever sent them, the newest first: who sees a letter sees how it was answered.

    Personal data is masked in those of an organisation that is not the reader's to see.
    """
    organisations = organisations_seen(desk, by)
    numbers = select(of_letter.answer_id).where(of_letter.letter_id == letter_id)
    wanted = select(answers).where(a.id.in_(numbers), a.sent_at.is_not(None)).order_by(a.id.desc())
    with desk.connect() as connection:
        found = [_answer(row) for row in connection.execute(wanted)]
    return [
        one if organisations is None or one.organisation_id in organisations else replace(one, text=without_personal(one.text))
        for one in found
    ]  # fmt: skip


def events_of(desk: Engine, answer_id: int) -> list[AnswerEvent]:
    """Return what became of an answer, the first first."""
    with desk.connect() as connection:
        rows = connection.execute(select(answer_events).where(e.answer_id == answer_id).order_by(e.seq))
        return [AnswerEvent(row.seq, row.action, row.at, row.who, row.who_name, row.text) for row in rows]


def writers_of(desk: Engine, answer_id: int) -> frozenset[str]:
    """Return the accounts that wrote an answer or handed it in: they do not review it."""
    with desk.connect() as connection:
        return frozenset(
            connection.execute(select(e.who).where(e.answer_id == answer_id, e.action.in_(WRITING))).scalars()
        )


def letters_of(desk: Engine, answer_id: int) -> list[Told]:
    """Return the letters that an answer answers, in the order in which they were chosen."""
    wanted = (
        select(answer_letters, sender_ratings.c.score, sender_ratings.c.text)
        .outerjoin(sender_ratings, sender_ratings.c.answer_letter_id == of_letter.id)
        .where(of_letter.answer_id == answer_id)
        .order_by(of_letter.id)
    )
    with desk.connect() as connection:
        rows = connection.execute(wanted).all()
        sent = _messages(connection, [row.id for row in rows])
    found = []
    for row in rows:
        told_at, failure = sent.get(f"{SENDER}:{row.id}", (None, ""))
        found.append(
            Told(
                row.id,
                row.letter_id,
                row.title,
                row.written_at,
                bool(row.contact),
                told_at,
                failure,
                row.score,
                row.text or "",
            )
        )
    return found


def _messages(connection: Connection, numbers: Sequence[int]) -> dict[str, tuple[dt.datetime | None, str]]:
    o = outbox.c
    wanted = select(o.told_to, o.sent_at, o.failure).where(o.told_to.in_([f"{SENDER}:{n}" for n in numbers]))
    return {row.told_to: (row.sent_at, row.failure or "") for row in connection.execute(wanted)}


def _answer(row: Row) -> Answer:
    return Answer(**row._mapping)
