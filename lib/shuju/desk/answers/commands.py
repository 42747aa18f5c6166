"""What people do to an answer: write it, have it reviewed by somebody else, give it back, send it, correct what was sent.

Each command is one transaction of event, state and messages; the same command id again does nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from shuju.access.roles import HANDLE
from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.answers.journal import Asked, Letter, begun, changed, check_free, note_event, put_letters
from shuju.desk.answers.record import (
    ACTIONS,
    BEGIN,
    CORRECT,
    DRAFT,
    IN_REVIEW,
    RETURN,
    SAVE,
    SEND,
    SENT,
    STATES,
    SUBMIT,
    WRITING,
    Answer,
    read_answer,
)
from shuju.desk.answers.senders import SENDER, sealed_contact
from shuju.desk.fast_endings import end_by_department
from shuju.desk.organisations import Organisation, full_name
from shuju.desk.store import writing
from shuju.desk.tables.accounts import organisations
from shuju.desk.tables.answers import answer_events, answer_letters, answers
from shuju.desk.tables.messages import outbox
from shuju.desk.tasks.journal import LONGEST_ID, StaleTaskError, TaskError
from shuju.desk.tasks.parts import organisations_seen

LONGEST_TEXT, MOST_LETTERS = 10_000, 200
a, e, of_letter = answers.c, answer_events.c, answer_letters.c


def begin_answer(
    desk: Engine,
    letters: Sequence[Letter],
    text: str,
    asked: Asked,
    *,
    due: dt.datetime,
    task_id: int | None = None,
    is_synthetic: bool = False,
) -> Answer:
    """Begin to answer letters as one, on behalf of one's organisation.

    Raises:
        TaskError: no letters or too many, no text or too long a one, or the organisation is answering one of them already.
        NotAllowedError: the role may not, or belongs to no organisation.
    """
    number = _own(asked.by)
    text, chosen = _checked(text), _chosen(letters)

    def do(connection: Connection) -> int:
        held = select(organisations).where(organisations.c.id == number).with_for_update()
        place = Organisation(*connection.execute(held).one())
        check_free(connection, number, chosen)
        row = {
            "seq": 1, "title": letters[0].title, "organisation_id": number, "organisation": full_name(place),
            "task_id": task_id, "state": DRAFT, "text": text, "author": asked.by.account, "author_name": asked.by.name,
            "made_at": asked.at, "due": due, "reviewer_name": "", "is_synthetic": is_synthetic,
        }  # fmt: skip
        return begun(connection, row, chosen, asked, BEGIN)

    return _once(desk, asked, do)


def save_answer(
    desk: Engine, answer_id: int, text: str, letters: Sequence[Letter], asked: Asked, *, seq: int
) -> Answer:
    """Change a draft: its text, and which letters it answers."""
    text, chosen = _checked(text), _chosen(letters)

    def change(connection: Connection, answer: Answer) -> tuple[dict[str, object], str]:
        check_free(connection, answer.organisation_id, chosen, but=answer.id)
        put_letters(connection, answer.id, chosen)
        return {"text": text, "author": asked.by.account, "author_name": asked.by.name}, text

    return _go_on(desk, answer_id, SAVE, asked, seq, (DRAFT,), change)


def submit_answer(desk: Engine, answer_id: int, asked: Asked, *, seq: int) -> Answer:
    """Hand a draft in for review."""
    return _go_on(
        desk, answer_id, SUBMIT, asked, seq, (DRAFT,), lambda _, answer: ({"state": IN_REVIEW}, answer.text)
    )


def return_answer(desk: Engine, answer_id: int, remark: str, asked: Asked, *, seq: int) -> Answer:
    """Give an answer back to who wrote it, with a remark."""
    remark = _checked(remark, "退回须写明修改意见")

    def change(_connection: Connection, _answer: Answer) -> tuple[dict[str, object], str]:
        return {"state": DRAFT}, remark

    return _go_on(desk, answer_id, RETURN, asked, seq, (IN_REVIEW,), change)


def send_answer(
    desk: Engine, answer_id: int, contacts: Mapping[str, str], asked: Asked, *, seq: int
) -> Answer:
    """Approve an answer and send it: it gets number and date, and each sender is told once; ``contacts`` are e-mail addresses by letter.

    Raises:
        NotAllowedError: it is one's own text.
    """

    def change(connection: Connection, answer: Answer) -> tuple[dict[str, object], str]:
        wrote = select(e.who).where(e.answer_id == answer.id, e.action.in_(WRITING))
        if asked.by.account in connection.execute(wrote).scalars().all():
            raise NotAllowedError("不能审核自己起草的答复，请本单位另一人审核")
        here = (a.organisation_id == answer.organisation_id) & (a.year == asked.at.year)
        newest = connection.execute(select(func.max(a.number)).where(here)).scalar() or 0
        of_it = select(of_letter.letter_id, of_letter.id).where(of_letter.answer_id == answer.id)
        letters = {row[0]: row[1] for row in connection.execute(of_it.order_by(of_letter.id))}
        for letter_id, number in letters.items():
            contact = contacts.get(letter_id, "")
            kept = sealed_contact(contact, number) if contact else ""
            connection.execute(update(answer_letters).where(of_letter.id == number).values(contact=kept))
            message = {
                "message_id": f"answer-{answer.id}-{number}",
                "seq": answer.seq + 1,
                "kind": "answer",
                "n_tries": 0,
            }
            message |= {"told_to": f"{SENDER}:{number}", "made_at": asked.at, "not_before": asked.at}
            connection.execute(insert(outbox).values(**message))
        numbered = {"year": asked.at.year, "number": newest + 1, "sent_at": asked.at}
        sent = replace(answer, **numbered)
        told = {"id": answer.id, "number": sent.document_number, "text": answer.text}
        end_by_department(connection, list(letters), told, by=asked.by, at=asked.at)
        return {"state": SENT, "reviewer_name": asked.by.name, **numbered}, answer.text

    return _go_on(desk, answer_id, SEND, asked, seq, (IN_REVIEW,), change)


def correct_answer(desk: Engine, answer_id: int, asked: Asked) -> Answer:
    """Begin a new version of an answer that was sent, to the same letters; the old one stays as it is.

    Raises:
        TaskError: it was not sent, or a correction is being written already.
    """
    number, seen = _own(asked.by), organisations_seen(desk, asked.by)

    def do(connection: Connection) -> int:
        old = read_answer(connection, answer_id, seen, is_locked=True)
        rows = connection.execute(
            select(answer_letters).where(of_letter.answer_id == old.id).order_by(of_letter.id)
        )
        letters = [Letter(row.letter_id, row.title, row.written_at) for row in rows]
        if old.state != SENT or old.organisation_id != number:
            raise TaskError("只能更正本单位已发出的答复")
        check_free(connection, number, letters)
        kept = ("title", "organisation_id", "organisation", "task_id", "text", "due", "is_synthetic")
        row = {name: getattr(old, name) for name in kept} | {
            "seq": 1, "state": DRAFT, "author": asked.by.account, "author_name": asked.by.name, "made_at": asked.at,
            "corrects": old.id, "reviewer_name": "",
        }  # fmt: skip
        return begun(connection, row, letters, asked, CORRECT)

    return _once(desk, asked, do)


# Behind it


def _go_on(
    desk: Engine,
    answer_id: int,
    action: str,
    asked: Asked,
    seq: int,
    states: tuple[str, ...],
    change: Callable[[Connection, Answer], tuple[dict[str, object], str]],
) -> Answer:
    _own(asked.by)
    seen = organisations_seen(desk, asked.by)

    def do(connection: Connection) -> int:
        answer = read_answer(connection, answer_id, seen, is_locked=True)
        if answer.seq != seq:
            raise StaleTaskError(changed(connection, answer))
        if answer.state not in states:
            raise TaskError(f"“{STATES[answer.state]}”的答复不能{ACTIONS[action]}")
        if action in (SAVE, SUBMIT) and answer.organisation_id != asked.by.organisation_id:
            raise NotAllowedError("只能起草本单位的答复")
        values, told = change(connection, answer)
        connection.execute(update(answers).where(a.id == answer.id).values(seq=seq + 1, **values))
        note_event(connection, answer.id, seq + 1, action, told, asked)
        return answer.id

    return _once(desk, asked, do)


def _once(desk: Engine, asked: Asked, do: Callable[[Connection], int]) -> Answer:
    """Do what is asked for in one transaction, unless it was done before; return the answer as it is now."""
    if not 8 <= len(asked.command_id) <= LONGEST_ID:
        raise TaskError("操作编号不对")
    try:
        with writing(desk) as connection:
            known = connection.execute(select(e.answer_id).where(e.command_id == asked.command_id)).scalar()
            number = do(connection) if known is None else known
    except IntegrityError:  # two took the same number, or the same was asked twice at a time
        raise StaleTaskError("此答复刚被他人处理，请刷新后再操作") from None
    with desk.connect() as connection:
        return read_answer(connection, number, organisations_seen(desk, asked.by))


def _own(by: Subject) -> int:
    if not by.may(HANDLE) or by.organisation_id is None:
        raise NotAllowedError("来信由承办部门答复")
    return by.organisation_id


def _checked(text: str, needs: str = "请写答复内容") -> str:
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise TaskError(needs)
    if len(text) > LONGEST_TEXT:
        raise TaskError(f"至多 {LONGEST_TEXT:,} 字")
    return text


def _chosen(letters: Sequence[Letter]) -> list[Letter]:
    found = list({one.id: one for one in letters}.values())
    if not 0 < len(found) <= MOST_LETTERS:
        raise TaskError(f"一份答复应对 1 至 {MOST_LETTERS} 封来信")
    return found
