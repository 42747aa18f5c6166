"""``/task?id=``: one task: who has it, until when, what became of it, the figure it came from, what may be done next."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from shuju.access import NotAllowedError
from shuju.access.roles import ASSIGN
from shuju.clock import now
from shuju.desk.fast_channel import matter_of_task
from shuju.desk.organisations import all_organisations, full_name
from shuju.desk.store import open_desk
from shuju.desk.tasks.attachments import MOST_BYTES, attachments_of
from shuju.desk.tasks.commands import NoTaskError, act, can_undo, get, undo
from shuju.desk.tasks.due import is_provisional
from shuju.desk.tasks.effects import SCORES, longest_delay
from shuju.desk.tasks.evidence import Evidence, evidence_of
from shuju.desk.tasks.journal import UNDO_SECONDS
from shuju.desk.tasks.listing import children_of
from shuju.desk.tasks.near import near_tasks
from shuju.desk.tasks.parts import parts_of
from shuju.desk.tasks.record import Task
from shuju.desk.tasks.transitions import choices, table, title_of
from shuju.desk.terms import KINDS, URGENCY
from shuju.desk.terms_reading import terms_of
from shuju.desk.trail import note
from shuju.facts.schema import FactsError
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.pages.tasks.figures import due_in_words, figure_of
from shuju.pages.tasks.previews import preview_of
from shuju.pages.tasks.same_matter import same_matter
from shuju.pages.tasks.then_and_now import then_and_now
from shuju.ui.templates import render

# What is done with one press; anything else opens its form first.
MAIN = ("sign", "submit", "approve", "issue", "approve_delay", "resume", "rate", "ask_rating")
FIELDS = ("text", "organisation", "until", "account", "into", "score", "solved")


def task_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML; a task that is not seen is as one that is not there, and noted alike."""
    desk, at, by = open_desk(library.home), now(), who_asks()
    text = query.get("id", "")
    try:
        task, events = get(desk, int(text) if text.isdecimal() and len(text) < 12 else 0, by)
    except NoTaskError as error:
        note(desk, "refused", f"task:{text}", {"why": str(error)}, 0)
        return render("detail/nothing.html", unit="件", noun="任务", key=text, back="desk", title="在线交办")
    note(desk, "task", f"task:{task.id}", {"do": "read"})
    parts, terms = parts_of(by, task), terms_of(library.home)
    proof = evidence_of(desk, task.id)
    if proof is not None and query.get("behind"):
        return render(
            "tasks/evidence.html", task=task, proof=proof, now_counted=counted_now(library, proof), sides=then_and_now(library, proof)
        )  # fmt: skip
    same = same_matter(library, desk, by, proof.filters) if proof and task.is_open else []
    same = [one for one in same if one.task.id not in (task.id, task.parent_id)]
    asked = dict(parse_qsl(proof.filters)) if proof else {}
    return render(
        "tasks/task.html", task=task, events=events, at=at, choices=[c for c in choices(task.state, parts) if c.action not in ("say", "attach")],
        may_say=any(c.action == "say" for c in choices(task.state, parts)), actions=table().actions, main=MAIN, given=table().given,
        title_of=title_of, states=table().states, scores=SCORES, kinds=KINDS, urgencies=URGENCY, due_in_words=due_in_words,
        clocks=clocks(task), command_id=str(uuid.uuid4()), can_undo=can_undo(task, events[-1], by, at),
        seconds_left=UNDO_SECONDS - int((at - events[-1].at).total_seconds()), proof=proof, now_counted=counted_now(library, proof),
        letter_id=asked.get("letter", ""), suggestion=_suggestion(library, asked.get("suggestion", "")),
        matter=matter_of_task(desk, task.id) if by.may(ASSIGN) else None, children=children_of(desk, task.id),
        files=[(file, preview_of(desk, file)) for file in attachments_of(desk, task.id)], most_bytes=MOST_BYTES,
        may_attach=any(c.action == "attach" for c in choices(task.state, parts)),
        same=same, may_merge=any(c.action == "merge" for c in choices(task.state, parts)),
        near=[one for one in near_tasks(desk, by, task.topic, task.region_code) if one.id not in {task.id, *(s.task.id for s in same)}],
        organisations=sorted({full_name(o) for o in all_organisations(desk)}), told=query.get("told", "")[:300],
        is_provisional=is_provisional(terms, task.made_at, task.result_due), longest=longest_delay(terms, task),
        results=[event for event in events if event.action in ("feed_back", "submit")],
    )  # fmt: skip


def receive_action(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form of the page says; return the address of the task.

    Raises:
        ValueError: it cannot be done, or the task has changed since; the message says why.
        NotAllowedError: it is not this person's to do.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    text, do, seq = form.get("id", ""), form.get("do", ""), form.get("seq", "")
    task_id = int(text) if text.isdecimal() and len(text) < 12 else 0
    asked = {"by": by, "command_id": form.get("command", ""), "at": at, "terms": terms_of(library.home)}
    given = {name: form[name].strip() for name in FIELDS if form.get(name, "").strip()}
    note(desk, "task", f"task:{task_id}", {"do": do, **{k: v[:200] for k, v in given.items()}})
    try:
        if do == "undo":
            undo(desk, task_id, **asked)
        else:
            seen = int(seq) if seq.isdecimal() and len(seq) < 10 and do != "say" else None
            act(desk, task_id, do, given, seq=seen, **asked)
    except (NoTaskError, NotAllowedError) as error:
        note(desk, "refused", f"task:{task_id}", {"why": str(error), "do": do}, 0)
        raise
    return f"task?id={task_id}&told={quote('已撤销' if do == 'undo' else f'已{title_of(do)}')}"


def _suggestion(library: Library, suggestion_id: str) -> Mapping[str, Any] | None:
    """Return the suggestion that a task rests on: it has no page of its own; who handles it reads it here."""
    row = library.get("suggestions", suggestion_id) if suggestion_id else None
    if row is not None:
        note(open_desk(library.home), "read-letter", suggestion_id, {"for": "task"}, n_rows=1)
    return row


def clocks(task: Task) -> list[dict[str, Any]]:
    """Return the three terms of a task: what it is called, when it is due, when it was met, whether it runs."""
    ends = {"sign": task.signed_at, "reply": task.replied_at, "result": task.submitted_at or task.closed_at}
    dues = {"sign": task.sign_due, "reply": task.reply_due, "result": task.result_due}
    names = {"sign": "签收", "reply": "首次反馈", "result": "办结"}
    return [
        {
            "name": names[step],
            "due": dues[step],
            "done": ends[step],
            "runs": task.due == dues[step] and ends[step] is None,
        }
        for step in names
    ]


def counted_now(library: Library, proof: Evidence | None) -> Mapping[str, str] | str:
    """Return what a task's figure is now as the visitor sees it, or why it cannot be told."""
    if proof is None:
        return ""
    try:
        return figure_of(library, dict(parse_qsl(proof.filters))).value
    except (FactsError, NotAllowedError) as error:
        return str(error)
