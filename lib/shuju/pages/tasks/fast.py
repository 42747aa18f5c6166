"""``/fast``: the fast channel (快速通道): letters to the governor and suggestions, the leader's words, the decision, the answer to the sender."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from shuju.access import NotAllowedError, require_sight
from shuju.clock import now
from shuju.desk.fast_channel import (
    ACTIONS,
    STATES,
    Class,
    Matter,
    classes,
    counted,
    decide,
    get_matter,
    list_matters,
    take_in,
)  # fmt: skip
from shuju.desk.organisations import all_organisations, full_name, plant_regions
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import Order, assign
from shuju.desk.tasks.journal import TaskError
from shuju.desk.terms_reading import terms_of
from shuju.desk.trail import note
from shuju.library import Library
from shuju.pages.tasks.assigning import who_asks
from shuju.pages.tasks.figures import due_in_words
from shuju.ui.templates import cut, render, text
from shuju.ui.word import OfficialDocument

ROWS = 100
KEYS = {"letters": ("letter_id", "written_at"), "suggestions": ("suggestion_id", "submitted_at")}


def fast_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the list, or one matter with its thread; what came since is taken in first."""
    desk, at, by = open_desk(library.home), now(), who_asks()
    number = query.get("id", "")
    if number:
        return _one(
            library,
            int(number) if number.isdecimal() and len(number) < 10 else 0,
            query.get("told", "")[:200],
        )
    note(desk, "task", "fast", {"do": "read"})
    take_in(desk, [row for one in classes() for row in _rows(library, one)], terms_of(library.home), at=at)
    state = query.get("state", "") if query.get("state", "") in STATES else ""
    told = counted(desk)
    reasons = sorted(
        ((name[9:], n) for name, n in told.items() if name.startswith("refused: ")), key=lambda one: -one[1]
    )
    return render(
        "tasks/fast.html", rows=list_matters(desk, state, n=ROWS), state=state, states=STATES, counts=told, reasons=reasons, at=at,
        due_in_words=due_in_words, subject=by,
    )  # fmt: skip


def receive_decision(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says to a matter; return its address.

    Raises:
        ValueError: it cannot be done, or somebody else was faster; the message says why.
        NotAllowedError: the role may not.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    number, do, seq = (form.get(name, "") for name in ("id", "do", "seq"))
    matter_id = int(number) if number.isdecimal() and len(number) < 10 else 0
    command_id = form.get("command", "")
    note(desk, "task", f"fast:{matter_id}", {"do": do, "text": form.get("text", "")[:200]})
    told: dict[str, Any] = {
        "by": by,
        "command_id": command_id,
        "seq": int(seq) if seq.isdecimal() and len(seq) < 10 else -1,
        "at": at,
    }
    if do == "assign":
        matter, _ = get_matter(desk, matter_id)
        if matter.seq == told["seq"]:
            told["task_id"] = _assigned(library, matter, form, command_id)
    decide(desk, matter_id, do, form.get("text", ""), is_published=form.get("published") == "yes", **told)
    return f"fast?id={matter_id}&told={quote('已' + ACTIONS[do][0])}"


def write_answer(library: Library, matter_id: int, path: Path) -> str:
    """Write the answer to the sender as a document with its number and date; return what the file is to be called.

    Raises:
        TaskError: there is no such matter, or it is not answered.
    """
    matter, _ = get_matter(open_desk(library.home), matter_id)
    if matter.answered_at is None:
        raise TaskError("此事项尚未答复")
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
    can = [
        (name, title, needs) for name, (title, states, _, needs) in ACTIONS.items() if matter.state in states
    ]
    return render(
        "tasks/matter.html", matter=matter, events=events, body=text(row["body"]) if row else "", actions=ACTIONS, can=can, at=at,
        states=STATES, due_in_words=due_in_words, organisations=names, command_id=str(uuid.uuid4()), told=told,
    )  # fmt: skip


def _assigned(library: Library, matter: Matter, form: Mapping[str, str], command_id: str) -> int:
    """Assign a matter as a task of the fast channel; asked again it is the same task."""
    words = form.get("text", "").strip()
    about = f"{matter.class_name}“{cut(matter.title, 60)}”（{matter.written_at:%Y-%m-%d}）。"
    order = Order(
        cut(matter.title, 150), f"{about}\n{words or '请研究办理，并提出答复意见。'}", form.get("organisation", ""), "normal", "fast_channel",
        "", matter.topic, matter.region_code, is_synthetic=matter.is_synthetic,
    )  # fmt: skip
    asked = {
        "by": who_asks(),
        "command_id": f"{command_id}-task"[:70],
        "at": now(),
        "terms": terms_of(library.home),
    }
    return assign(open_desk(library.home), order, **asked).id


def _rows(library: Library, one: Class) -> Iterator[dict[str, Any]]:
    """Yield the letters or suggestions of a class that are not answered, of the days before the newest of its table."""
    if library.version_of(one.table) < 0:
        return
    try:
        require_sight(library.scope, one.table)
    except NotAllowedError:
        return
    key, time = KEYS[one.table]
    extra = ["channel"] if one.channels else []
    sender = ["member"] if one.table == "suggestions" else []
    columns = [key, "title", time, "region_code", "topic_1", "replied_at", "source", *extra, *sender]
    where: list[tuple[str, str, Any]] = [("channel", "in", one.channels)] if one.channels else []
    rows = library.read(one.table, columns, where)
    if rows.empty:
        return
    since = rows[time].max() - pd.Timedelta(days=one.days)
    for row in rows[(rows[time] >= since) & rows["replied_at"].isna()].to_dict("records"):
        source = library.catalog.sources.get(row["source"])
        yield {
            "kind": one.table, "source_id": row[key], "class_name": one.name, "title": row["title"], "sender": text(row.get("member")),
            "region_code": text(row["region_code"]), "topic": text(row["topic_1"]), "written_at": _moment(row[time]),
            "is_synthetic": source is not None and source.synthetic,
        }  # fmt: skip


def _moment(at: Any) -> dt.datetime:
    return pd.Timestamp(at).to_pydatetime()
