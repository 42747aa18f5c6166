"""What the forms of ``/answer`` do: keep, hand in, give back, send, correct; blocks of text."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from shuju.access import NotAllowedError
from shuju.clock import now
from shuju.desk.answers.blocks import add_block, end_block
from shuju.desk.answers.commands import (
    Asked,
    Letter,
    begin_answer,
    correct_answer,
    return_answer,
    save_answer,
    send_answer,
    submit_answer,
)
from shuju.desk.answers.record import ACTIONS, IN_REVIEW, SAVE, Answer, letters_of, seen_answer, writers_of
from shuju.desk.answers.senders import address_of_sender
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import NoTaskError, act, get
from shuju.desk.tasks.journal import TaskError
from shuju.desk.terms_reading import terms_of
from shuju.desk.trail import note
from shuju.desk.vault import TO_ANSWER, reveal
from shuju.library import Library
from shuju.pages.answers.answering import due_of
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.templates import text

ALSO = "also-"  # the fields of letters that are answered together: also-0, also-1, …


def receive_answer(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says; return the address of the answer.

    Raises:
        ValueError: it cannot be done, or somebody else was faster; the message says why.
        NotAllowedError: the role may not, a letter is not seen, or it is one's own text.
    """
    desk, by, do = open_desk(library.home), who_asks(), form.get("do", "")
    letter_id, command_id = form.get("letter", ""), form.get("command", "")
    asked = Asked(by, command_id, now())
    note(
        desk,
        "answer",
        letter_id,
        {"do": do, "answer": form.get("id", "")[:12], "text": form.get("text", "")[:200]},
    )
    try:
        if do in ("keep-block", "end-block"):
            _block(library, form)
            return _address(letter_id, None, "常用语已更新")
        if do not in _DO:
            raise TaskError(f"没有操作 {do!r}")
        answer = _DO[do](library, form, asked)
    except (NotAllowedError, TaskError) as error:
        note(desk, "refused", letter_id, {"do": f"answer {do}"[:40], "why": str(error)}, 0)
        raise
    return _address(letter_id, answer, "已保存，请看检查结果" if do == SAVE else f"已{ACTIONS[do]}")


def _save(library: Library, form: Mapping[str, str], asked: Asked) -> Answer:
    desk, letters = open_desk(library.home), _letters(library, form)
    if form.get("id"):
        return save_answer(
            desk, _number(form, "id"), form.get("text", ""), letters, asked, seq=_number(form, "seq")
        )
    row = library.get("letters", letters[0].id)
    assert row is not None  # looked at just now
    source = library.catalog.sources.get(row["source"])
    task = form.get("task", "")
    return begin_answer(
        desk, letters, form.get("text", ""), asked, due=due_of(library, row, task), task_id=_task(library, task, asked),
        is_synthetic=source is not None and source.synthetic,
    )  # fmt: skip


def _submit(library: Library, form: Mapping[str, str], asked: Asked) -> Answer:
    """Keep what is written, then hand it in."""
    saved = _save(library, form, Asked(asked.by, f"{asked.command_id}-kept"[:70], asked.at))
    return submit_answer(open_desk(library.home), saved.id, asked, seq=saved.seq)


def _return(library: Library, form: Mapping[str, str], asked: Asked) -> Answer:
    return return_answer(
        open_desk(library.home), _number(form, "id"), form.get("text", ""), asked, seq=_number(form, "seq")
    )


def _send(library: Library, form: Mapping[str, str], asked: Asked) -> Answer:
    """Send it; the contacts are opened under the reviewer's own right, and each is on the trail. Its task hears of it."""
    desk, seq = open_desk(library.home), _number(form, "seq")
    answer = seen_answer(desk, _number(form, "id"), asked.by)
    contacts = {}
    is_theirs = asked.by.account not in writers_of(desk, answer.id)
    if (
        is_theirs and answer.seq == seq and answer.state == IN_REVIEW
    ):  # else it is refused, and nothing was opened
        for one in letters_of(desk, answer.id):
            address = address_of_sender(reveal(library, one.letter_id, TO_ANSWER))
            if address:
                contacts[one.letter_id] = address
    sent = send_answer(desk, answer.id, contacts, asked, seq=seq)
    if sent.task_id is not None:
        told = {
            "text": f"已答复来信人（{sent.document_number}，{len(letters_of(desk, sent.id))} 封来信）。\n{sent.text}"[
                :10_000
            ]
        }
        command_id = f"{asked.command_id}-task"[:70]
        # The task may be somebody else's by now, or over: what was sent was sent.
        with contextlib.suppress(TaskError, NotAllowedError):
            act(
                desk, sent.task_id, "say", told, by=asked.by, command_id=command_id, seq=None, at=asked.at, terms=terms_of(library.home)
            )  # fmt: skip
    return sent


def _correct(library: Library, form: Mapping[str, str], asked: Asked) -> Answer:
    return correct_answer(open_desk(library.home), _number(form, "id"), asked)


_DO: Mapping[str, Callable[[Library, Mapping[str, str], Asked], Answer]] = {
    "save": _save,
    "submit": _submit,
    "return": _return,
    "send": _send,
    "correct": _correct,
}


def _letters(library: Library, form: Mapping[str, str]) -> Sequence[Letter]:
    """Return the letters that a form names, each of which the visitor must see; of the one that the page is about first."""
    keys = [form.get("letter", ""), *(value for name, value in form.items() if name.startswith(ALSO))]
    found = []
    for key in dict.fromkeys(keys):
        row = library.get("letters", key) if key else None
        if row is None:
            raise NotAllowedError("没有这封来信，或不在可见范围")
        found.append(Letter(key, text(row["title"]), row["written_at"]))
    return found


def _task(library: Library, told: str, asked: Asked) -> int | None:
    """Return the task that a letter is answered for, if the visitor sees it."""
    if not (told.isdecimal() and len(told) < 10):
        return None
    try:
        return get(open_desk(library.home), int(told), asked.by)[0].id
    except NoTaskError:
        return None


def _block(library: Library, form: Mapping[str, str]) -> None:
    desk, by = open_desk(library.home), who_asks()
    if form["do"] == "keep-block":
        add_block(desk, form.get("title", ""), form.get("text", ""), by=by, at=now())
    else:
        end_block(desk, _number(form, "block"), by=by, at=now())


def _number(form: Mapping[str, str], name: str) -> int:
    told = form.get(name, "")
    return int(told) if told.isdecimal() and len(told) < 10 else -1


def _address(letter_id: str, answer: Answer | None, told: str) -> str:
    number = f"&id={answer.id}" if answer else ""
    return f"answer?letter={quote(letter_id, safe='')}{number}&told={quote(told)}"
