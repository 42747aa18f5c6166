"""The form by which something is assigned (交办): to whom, until when, what; filled in beforehand, so that it only needs to be sent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from shuju.access import NotAllowedError, Subject, present
from shuju.clock import now
from shuju.desk.organisations import add_department, all_organisations, full_name, plant_regions
from shuju.desk.store import open_desk
from shuju.desk.tasks.commands import Order, act, assign, get, undo
from shuju.desk.tasks.due import dues
from shuju.desk.tasks.near import near_tasks
from shuju.desk.tasks.record import Task
from shuju.desk.terms import URGENCY
from shuju.desk.terms_reading import terms_of
from shuju.desk.trail import note
from shuju.library import Library
from shuju.pages.tasks.figures import evidence_for, figure_of
from shuju.pages.tasks.same_matter import same_matter
from shuju.pages.tasks.suggesting import suggested
from shuju.ui.templates import render


def who_asks() -> Subject:
    """Return the person who asks.

    Raises:
        NotAllowedError: nobody is signed in.
    """
    subject = present()
    if subject is None:
        raise NotAllowedError("请先登录")
    return subject


def assign_form(library: Library, query: Mapping[str, str]) -> str:
    """Return the form for what an address asks for, as HTML.

    Raises:
        FactsError: there is no such thing.
        NotAllowedError: the visitor may see nothing of it.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    figure = figure_of(library, query)
    plant_regions(desk)
    terms = terms_of(library.home)
    ends = {name: dues(terms, (figure.kind, figure.channel, name), at).result for name in URGENCY}
    return render(
        "tasks/assign.html", figure=figure, suggested=suggested(library, figure), urgencies=URGENCY, terms=ends,
        organisations=sorted({full_name(o) for o in all_organisations(desk)}), command_id=str(uuid.uuid4()),
        same=(same := same_matter(library, desk, by, figure.query)),
        near=[one for one in near_tasks(desk, by, figure.topic, figure.region_code) if one not in [known.task for known in same]],
    )  # fmt: skip


def receive_order(library: Library, form: Mapping[str, str]) -> str:
    """Assign what the form says, or take an assignment back; return what is to be read then, as HTML.

    Raises:
        ValueError: it cannot be done; the message says why.
        NotAllowedError: the role may not.
    """
    desk, at, by = open_desk(library.home), now(), who_asks()
    command_id = form.get("command", "")
    if form.get("do") == "undo":
        number = form.get("id", "")
        task_id = int(number) if number.isdecimal() and len(number) < 10 else 0
        note(desk, "task", f"task:{task_id}", {"do": "undo"})
        task = undo(desk, task_id, by=by, command_id=command_id, at=at, terms=terms_of(library.home))
        return render("tasks/assigned.html", task=task, command_id="")
    figure = figure_of(library, dict(parse_qsl(form.get("of", ""))))
    into = _target(library, by, form) if form.get("do") == "merge" else None
    if form.get("do") == "assign":
        _check_not_assigned_yet(library, by, figure.query, form)
    organisation = _organisation(library, form) if into is None else str(into.organisation_id)
    order = Order(
        form.get("title", ""), form.get("text", ""), organisation, form.get("urgency", "normal"), figure.kind,
        figure.channel, figure.topic, figure.region_code, _until(form.get("until", "")), form.get("do") in ("draft", "merge"), figure.is_synthetic,
        evidence_for(library, figure, by.title),
    )  # fmt: skip
    note(desk, "task", order.organisation, {"do": "assign", "title": order.title, "of": figure.query})
    asked = {"by": by, "at": at, "terms": terms_of(library.home)}
    task = assign(desk, order, command_id=command_id, **asked)
    if into is not None:
        given = {"into": str(into.id)}
        act(desk, task.id, "merge", given, seq=task.seq, command_id=f"{command_id[:60]}-merge", **asked)
        return render("tasks/merged.html", task=task, into=into)
    return render("tasks/assigned.html", task=task, command_id=str(uuid.uuid4()))


def _check_not_assigned_yet(library: Library, by: Subject, query: str, form: Mapping[str, str]) -> None:
    """Raise ``ValueError`` where an open task is about the same matter that the form did not tell of."""
    known = set(form.get("known", "").split(","))
    found = same_matter(library, open_desk(library.home), by, query, but=form.get("command", ""))
    for one in found:
        if str(one.task.id) not in known:
            raise ValueError(
                f"已有一件：{one.task.title}（{one.task.number}，{one.task.organisation}，{one.task.state_title}；{one.why}）。"
                "请关闭后重新打开交办，再选择去看、并入或仍然交办"
            )


def _target(library: Library, by: Subject, form: Mapping[str, str]) -> Task:
    """Return the task that a matter is to be merged into, if it is seen; one that is over would leave a draft behind."""
    into = form.get("into", "")
    found = get(open_desk(library.home), int(into) if into.isdecimal() and len(into) < 10 else 0, by)[0]
    if not found.is_open:
        raise ValueError(f"{found.number}现为“{found.state_title}”，不能并入；请关闭后重新打开交办")
    return found


def _organisation(library: Library, form: Mapping[str, str]) -> str:
    """Return the organisation that a form names; an office that letters went to is put into the tree when it is first given something."""
    told = "".join((form.get("organisation") or form.get("suggested") or "").split())
    desk = open_desk(library.home)
    if told and all(told not in (full_name(o), str(o.id), o.name) for o in all_organisations(desk)):
        figure = figure_of(library, dict(parse_qsl(form.get("of", ""))))
        for one in suggested(library, figure):
            if one.organisation == told and one.department:
                return str(add_department(desk, one.region_code, one.department).id)
    return told


def _until(told: str) -> dt.datetime | None:
    if not told:
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(told), dt.time(17, 30))
    except ValueError:
        raise ValueError("期限应为日期") from None
