"""``/fast``: the fast channel (快速通道): letters to the governor and suggestions, the leader's words, the decision, the answer to the sender."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import Engine

from shuju.clock import now
from shuju.desk.answers.record import Answer, seen_answer
from shuju.desk.fast_channel import (
    ACTIONS,
    STATES,
    TITLES,
    decide,
    get_matter,
    list_matters,
    sender_told,
)
from shuju.desk.fast_counts import counted
from shuju.desk.fast_matter import Matter
from shuju.desk.organisations import all_organisations, full_name, plant_regions
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import NoTaskError, Order, get
from shuju.desk.tasks.evidence import Evidence
from shuju.desk.tasks.journal import TaskError
from shuju.desk.tasks.record import Event, Task
from shuju.desk.terms_reading import terms_of
from shuju.desk.trail import note
from shuju.desk.vault import address_to_answer
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.pages.tasks.figures import due_in_words
from shuju.ui.templates import cut, render, text
from shuju.ui.word import OfficialDocument

ROWS, MOST_DIGITS = 50, 7
NAMES = {"letters": "letter", "suggestions": "suggestion"}  # what a task's evidence calls it


def fast_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the list, or one matter with its thread."""
    desk, at, by = open_desk(library.home), now(), who_asks()
    number = query.get("id", "")
    if number:
        return _one(
            library,
            int(number) if number.isdecimal() and len(number) < 10 else 0,
            query.get("told", "")[:200],
        )
    note(desk, "task", "fast", {"do": "read"})
    state = query.get("state", "") if query.get("state", "") in STATES else ""
    told, asked = counted(desk), query.get("page", "")
    n = told.states.get(state, 0) if state else told.came
    page = int(asked) if asked.isdecimal() and 0 < len(asked) < MOST_DIGITS else 1
    page = min(max(page, 1), max(-(-n // ROWS), 1))
    return render(
        "tasks/fast.html", rows=list_matters(desk, state, n=ROWS, first=ROWS * (page - 1)), state=state, states=STATES, counts=told,
        n=n, page=page, size=ROWS, at=at, due_in_words=due_in_words, subject=by,
        address=lambda **changes: f"fast?{urlencode({k: v for k, v in {'state': state, **changes}.items() if v})}",
    )  # fmt: skip


def receive_decision(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says to a matter; return its address. What is refused leaves nothing behind, no task either.

    Raises:
        ValueError: it cannot be done, or somebody else was faster; the message says why.
        NotAllowedError: the role may not.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    number, do, seq, words = (form.get(name, "") for name in ("id", "do", "seq", "text"))
    matter_id = int(number) if number.isdecimal() and len(number) < 10 else 0
    note(desk, "task", f"fast:{matter_id}", {"do": do, "text": words[:200]})
    asked = int(seq) if seq.isdecimal() and len(seq) < 10 else -1
    more: dict[str, Any] = {}
    matter, _ = get_matter(desk, matter_id)
    if do == "assign":
        more["order"] = _order(library, matter, form)
    is_now = matter.seq == asked and matter.state in ACTIONS["answer"][1]
    if do == "answer" and matter.kind == "letters" and is_now:  # else it is refused, and nothing was opened
        more["contact"] = address_to_answer(library, matter.source_id)
    decide(
        desk, matter_id, do, words, by=by, command_id=form.get("command", ""), seq=asked, at=at, terms=terms_of(library.home),
        is_published=form.get("published") == "yes", **more,
    )  # fmt: skip
    return f"fast?id={matter_id}&told={quote('已' + ACTIONS[do][0])}"


def write_answer(library: Library, matter_id: int, path: Path) -> str:
    """Write the answer to the sender as a document with its number and date; return what the file is to be called.

    Raises:
        TaskError: there is no such matter, or it is not answered.
    """
    matter, _ = get_matter(open_desk(library.home), matter_id)
    if matter.answered_at is None or not matter.answer_number:
        raise TaskError("此事项尚未由快速通道答复")
    note_ = "演示数据，不代表真实情况" if matter.is_synthetic else ""
    document = OfficialDocument(
        "答复函", matter.answer_number, "省人民政府办公厅", matter.answered_at.date(), note_
    )
    document.text(f"关于“{cut(matter.title, 60)}”（{matter.written_at:%Y年%-m月%-d日}）的答复")
    for line in matter.answer.splitlines():
        document.text(line)
    document.word.save(str(path))
    return f"答复函-{matter.answer_number}"


def _one(library: Library, matter_id: int, told: str) -> str:
    desk, at = open_desk(library.home), now()
    try:
        matter, events = get_matter(desk, matter_id)
    except TaskError as error:
        note(desk, "refused", f"fast:{matter_id}", {"why": str(error)}, 0)
        return render(
            "detail/nothing.html", unit="件", noun="事项", key=str(matter_id), back="fast", title="快速通道"
        )
    if matter.kind == "letters":
        note(desk, "read-letter", matter.source_id, n_rows=1)
    row = library.get(matter.kind, matter.source_id)
    plant_regions(desk)
    names = sorted({full_name(o) for o in all_organisations(desk)})
    task, results = _task(desk, matter)
    is_assigned = task is not None and task.is_open
    can = [
        (name, title, needs)
        for name, (title, states, _, needs) in ACTIONS.items()
        if matter.state in states and not (name == "assign" and is_assigned)
    ]
    return render(
        "tasks/matter.html", matter=matter, events=events, body=text(row["body"]) if row else "", titles=TITLES, can=can, at=at,
        states=STATES, due_in_words=due_in_words, organisations=names, command_id=str(uuid.uuid4()), told=told, task=task,
        results=results, answer=_answer(desk, matter), sent=sender_told(desk, matter), has_address=bool(matter.contact),
    )  # fmt: skip


def _task(desk: Engine, matter: Matter) -> tuple[Task | None, list[Event]]:
    """Return the task of a matter, and what its handler told of it, the newest first."""
    if matter.task_id is None:
        return None, []
    try:
        task, events = get(desk, matter.task_id, who_asks())
    except NoTaskError:
        return None, []
    return task, [event for event in events if event.action in ("feed_back", "submit")][::-1]


def _answer(desk: Engine, matter: Matter) -> Answer | None:
    """Return the department's answer that ended a matter, None where none did."""
    return seen_answer(desk, matter.answer_id, who_asks()) if matter.answer_id is not None else None


def _order(library: Library, matter: Matter, form: Mapping[str, str]) -> Order:
    """Return what is assigned for a matter: a task that rests on the letter or suggestion."""
    words = form.get("text", "").strip()
    about = f"{matter.class_name}“{cut(matter.title, 60)}”（{matter.written_at:%Y-%m-%d}）。"
    query = urlencode({NAMES[matter.kind]: matter.source_id})
    address = f"letter?{urlencode({'id': matter.source_id})}" if matter.kind == "letters" else ""
    proof = Evidence(
        "", matter.kind, query, address, about, {"答复情况": "未答复"}, 1, f"{matter.kind}@{library.version_of(matter.kind)}",
        who_asks().title,
    )  # fmt: skip
    return Order(
        cut(matter.title, 150), f"{about}\n{words or '请研究办理，并提出答复意见。'}", form.get("organisation", ""), "normal", "fast_channel",
        "", matter.topic, matter.region_code, is_synthetic=matter.is_synthetic, evidence=proof,
    )  # fmt: skip
