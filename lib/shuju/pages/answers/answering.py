"""``/answer?letter=``: the letter, the answer that is being written or was sent, what is to be looked at before it goes, letters alike."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from shuju.access.roles import HANDLE
from shuju.clock import now
from shuju.desk.answers.blocks import own_blocks, shipped_blocks
from shuju.desk.answers.ratings import SCORES
from shuju.desk.answers.record import (
    ACTIONS,
    DRAFT,
    IN_REVIEW,
    SENT,
    STATES,
    Answer,
    answers_to,
    events_of,
    letters_of,
    writers_of,
)
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import NoTaskError, get
from shuju.desk.tasks.due import dues
from shuju.desk.terms_reading import terms_of
from shuju.desk.trail import note
from shuju.letters.reply_quality import PART_NAMES, judge
from shuju.letters.similar import similar_letters
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.pages.tasks.figures import due_in_words
from shuju.standard.working_days import CalendarError
from shuju.ui.templates import render, text

MOST_ALIKE, MOST_OF_ISSUE = 40, 60


def answer_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML; a letter that is not seen is as one that is not there, and noted alike."""
    desk, at, by = open_desk(library.home), now(), who_asks()
    letter_id = query.get("letter", "")
    letter = library.get("letters", letter_id) if letter_id else None
    if letter is None:
        if letter_id:
            note(desk, "refused", letter_id, {"why": "没有这封来信，或不在可见范围"}, 0)
        return render(
            "detail/nothing.html", unit="封", noun="来信", key=letter_id, back="desk", title="在线交办"
        )
    note(desk, "read-letter", letter_id, {"for": "answer"}, n_rows=1)
    found = answers_to(desk, letter_id, by)
    answer = _shown(found, query.get("id", ""))
    events = events_of(desk, answer.id) if answer else []
    wrote = writers_of(desk, answer.id) if answer else frozenset()
    is_own = by.may(HANDLE) and by.organisation_id is not None
    is_ours = is_own and (answer is None or answer.organisation_id == by.organisation_id)
    told = letters_of(desk, answer.id) if answer else []
    chosen = {one.letter_id for one in told} or {letter_id}
    task_id = query.get("task", "")
    due = answer.due if answer else due_of(library, letter, task_id)
    at_judged = answer.sent_at or at if answer else at
    return render(
        "answers/answer.html", letter=letter, answer=answer, events=events, actions=ACTIONS, states=STATES, told=told, chosen=chosen,
        others=[one for one in found if one is not answer], alike=letters_alike(library, letter), due=due, at=at, due_in_words=due_in_words,
        judged=judge(text(letter["title"]), text(letter["body"]), answer.text, at=at_judged, due=due) if answer else None,
        part_names=PART_NAMES, scores=SCORES, blocks=[*own_blocks(desk, by), *shipped_blocks()] if is_ours else [],
        may_write=is_ours and (answer is None or answer.state == DRAFT), may_correct=is_ours and answer is not None and answer.state == SENT
        and all(one.state == SENT for one in found if one.organisation_id == by.organisation_id),
        may_review=is_own and answer is not None and answer.state == IN_REVIEW and by.account not in wrote,
        is_waiting=answer is not None and answer.state == IN_REVIEW and by.account in wrote,
        task_id=answer.task_id if answer else task_id, command_id=str(uuid.uuid4()), notice=query.get("told", "")[:200],
    )  # fmt: skip


def due_of(library: Library, letter: Mapping[str, Any], task_id: str = "") -> dt.datetime:
    """Return until when a letter is to be answered: the term of its task, else of the rule for letters, counted from the letter."""
    if task_id.isdecimal() and len(task_id) < 10:
        try:
            return get(open_desk(library.home), int(task_id), who_asks())[0].result_due
        except NoTaskError:
            pass
    written = letter["written_at"]
    try:
        return dues(terms_of(library.home), ("letter", text(letter["channel"]), "normal"), written).result
    except CalendarError:  # older than the calendar
        return written + dt.timedelta(days=30)


def letters_alike(library: Library, letter: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return letters that may be answered together with one: those of the same matter, and of its hot issue; each with why, and its reply.

    Only letters that the visitor sees.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in similar_letters(library, letter, MOST_ALIKE).itertuples(index=False):
        found[row.letter_id] = {"why": f"同一事的把握 {row.similarity:.0%}"}
    member = (
        library.get("issue_letters", letter["letter_id"])
        if library.version_of("issue_letters") >= 0
        else None
    )
    if member:
        same = library.read("issue_letters", ["letter_id"], [("issue_id", "==", member["issue_id"])])
        for key in same["letter_id"].tolist()[:MOST_OF_ISSUE]:
            found.setdefault(key, {"why": "同一热点诉求"})
    found.pop(letter["letter_id"], None)
    rows = []
    for key, told in found.items():
        row = library.get("letters", key)
        if row is not None:
            rows.append(
                {
                    **told,
                    **{
                        name: row[name]
                        for name in (
                            "letter_id",
                            "title",
                            "written_at",
                            "reply",
                            "replied_at",
                            "reply_department",
                        )
                    },
                }
            )
    return rows


def _shown(found: list[Answer], number: str) -> Answer | None:
    """Return the answer that an address names, else the one that is being written, else the newest that was sent."""
    named = next((one for one in found if str(one.id) == number), None)
    return named or next((one for one in found if one.state != SENT), None) or next(iter(found), None)
