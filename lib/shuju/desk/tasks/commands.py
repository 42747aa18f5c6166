"""What people do to tasks: each command is one transaction of event, state and what is to be told of it.

The same command id again gives the same answer and does nothing. Who saw an older state than there is now is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from shuju.access.roles import ASSIGN as MAY_ASSIGN
from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.organisations import find_organisation, full_name
from shuju.desk.store import writing
from shuju.desk.tables.tasks import task_events
from shuju.desk.tasks import effects, transitions
from shuju.desk.tasks.due import NEVER, dues
from shuju.desk.tasks.evidence import Evidence, read_evidence
from shuju.desk.tasks.journal import (
    UNDO_SECONDS,
    Command,
    StaleTaskError,
    TaskError,
    answered,
    begin,
    command,
    go_on,
    take_back,
)  # fmt: skip
from shuju.desk.tasks.parts import is_seen, organisations_seen, parts_of
from shuju.desk.tasks.record import Event, Task, events_of, folded, read_task
from shuju.desk.tasks.transitions import ASSIGN, TAKE_IN, UNDO
from shuju.desk.terms import KINDS, URGENCY, Terms

LONGEST_TITLE, LONGEST_TEXT = 200, 10_000


class NoTaskError(TaskError):
    """There is no such task, or somebody does not see it: nobody can tell which."""


@dataclass(frozen=True)
class Order:
    """What is to be assigned: to which organisation (``find_organisation`` reads it), until when if not by the terms' own rule."""

    title: str
    text: str
    organisation: str
    urgency: str = "normal"
    kind: str = "card"
    channel: str = ""
    topic: str = ""
    region_code: str = ""
    until: dt.datetime | None = None
    is_draft: bool = False
    is_synthetic: bool = False
    evidence: Evidence | None = None


def assign(
    desk: Engine, order: Order, *, by: Subject, command_id: str, at: dt.datetime, terms: Terms
) -> Task:
    """Make a task and assign it, or keep it as a draft (拟办).

    Raises:
        TaskError: something is not told, or the command id was used for something else.
        NotAllowedError: the role may not.
    """
    if not by.may(MAY_ASSIGN):
        raise NotAllowedError("当前角色不能交办任务")
    asks = ASSIGN, 0, {**vars(order), "evidence": order.evidence and order.evidence.filters}
    asked = command(command_id, asks, by=by, at=at, terms=terms)
    told = order_fields(desk, order, asked)
    state = "draft" if order.is_draft else "to_sign"
    return once(
        desk, asked, lambda connection: begin(connection, asked, told, state=state, proof=order.evidence)
    )


def act(
    desk: Engine,
    task_id: int,
    action: str,
    given: Mapping[str, str] | None = None,
    *,
    by: Subject,
    command_id: str,
    seq: int | None,
    at: dt.datetime,
    terms: Terms,
) -> Task:
    """Do something to a task and return it as it is then; ``seq`` is that of the task as it was seen, None for a remark alone.

    Raises:
        NoTaskError: there is none, or it is not seen.
        StaleTaskError: it has changed since.
        TaskError: it cannot be done in this state, or something is not told.
        NotAllowedError: it is not this person's to do.
    """
    told = {name: value for name, value in (given or {}).items() if value}
    asked = command(command_id, (action, task_id, told), by=by, at=at, terms=terms)
    organisations = organisations_seen(desk, by)
    if told.get("organisation"):
        told = {**told, **_organisation(desk, told["organisation"])}

    def do(connection: Connection) -> Task:
        task = seen_task(connection, task_id, organisations)
        if seq is not None or action != "say":
            _check_fresh(connection, task, seq)
        transition = allowed(task, action, by)
        if action == "attach":
            raise TaskError("附件须连同文件上传")
        kept = effects.checked(connection, transition, task, told, asked)
        changes = effects.of(action, task, kept, asked)
        done = go_on(
            connection,
            asked,
            task,
            action,
            transition.to,
            given=kept,
            changes=changes,
            tells=transition.tells,
        )
        if action == "co_handle":
            proof = read_evidence(connection, task.id)
            begin(connection, asked.part(), _help(done, kept, asked), proof=proof)
        if action == "merge":
            _take_in(connection, asked.part(), done)
        return done

    return once(desk, asked, do)


def undo(desk: Engine, task_id: int, *, by: Subject, command_id: str, at: dt.datetime, terms: Terms) -> Task:
    """Take back the newest event of a task, if it is one's own, of a kind that can be, and not older than ``UNDO_SECONDS``.

    Raises:
        NoTaskError: there is none, or it is not seen.
        TaskError: it cannot be taken back any more.
    """
    asked = command(command_id, (UNDO, task_id, {}), by=by, at=at, terms=terms)
    organisations = organisations_seen(desk, by)

    def do(connection: Connection) -> Task:
        task = seen_task(connection, task_id, organisations)
        events = events_of(connection, task_id)
        last = events[-1]
        if last.who != by.account or at - last.at > dt.timedelta(seconds=UNDO_SECONDS):
            raise TaskError(f"只能在 {UNDO_SECONDS} 秒内撤销自己刚做的操作")
        if not can_undo(task, last, by, at):
            raise TaskError(f"“{transitions.title_of(last.action)}”不能撤销")
        state, changes = "void", {}
        if last.action != ASSIGN:
            before = folded(events[:-1])
            state, changes = last.before, {name: getattr(before, name) for name in last.changes}
        take_back(connection, task.id, last.seq, at)
        return go_on(connection, asked, task, UNDO, state, given={"seq": last.seq}, changes=changes)

    return once(desk, asked, do)


def can_undo(task: Task, last: Event, by: Subject, at: dt.datetime) -> bool:
    """Whether the newest event of a task can be taken back by somebody now."""
    is_kind = last.action == ASSIGN or last.action in transitions.table().can_undo
    is_now = last.seq == task.seq and at - last.at <= dt.timedelta(seconds=UNDO_SECONDS)
    return is_kind and is_now and last.who == by.account


def get(desk: Engine, task_id: int, by: Subject) -> tuple[Task, list[Event]]:
    """Return a task that somebody sees, with all its events.

    Raises:
        NoTaskError: there is none, or it is not seen.
    """
    organisations = organisations_seen(desk, by)
    with desk.connect() as connection:
        return seen_task(connection, task_id, organisations, is_locked=False), events_of(connection, task_id)


# Behind it


def once(desk: Engine, asked: Command, do: Callable[[Connection], Task]) -> Task:
    """Do what a command asks for in one transaction, or return what it gave before."""
    try:
        with writing(desk) as connection:
            known = answered(connection, asked)
            return known if known is not None else do(connection)
    except IntegrityError:  # another process was asked the same at the same time
        with desk.connect() as connection:
            known = answered(connection, asked)
        if known is None:
            raise
        return known


def order_fields(desk: Engine, order: Order, asked: Command) -> dict[str, Any]:
    """Return the fields of the task that an order makes; raises ``TaskError`` where something is not told."""
    # A title is one line: it becomes the subject of an e-mail, and titles of letters may hold line ends.
    title = _text(" ".join(order.title.split()), "标题", LONGEST_TITLE)
    text = _text(order.text, "要求", LONGEST_TEXT)
    if order.urgency not in URGENCY or order.kind not in KINDS:
        raise TaskError(f"没有紧急程度 {order.urgency!r} 或事项种类 {order.kind!r}")
    if order.until is not None and order.until <= asked.at:
        raise TaskError("期限须在现在之后")
    place, until = _organisation(desk, order.organisation), order.until or NEVER
    due = dues(asked.terms, (order.kind, order.channel, order.urgency), asked.at)
    return {
        "kind": order.kind, "channel": order.channel, "urgency": order.urgency, "title": title, "text": text, "topic": order.topic,
        **place, "region_code": order.region_code or place["region_code"], "handler": "",
        "assigner": asked.by.account, "assigner_name": asked.by.name, "made_at": asked.at,
        "assigned_at": None if order.is_draft else asked.at, "sign_due": min(due.sign, until), "reply_due": min(due.reply, until),
        "result_due": order.until or due.result, "is_due_set": order.until is not None, "rule": due.rule, "calendar": due.calendar,
        "is_synthetic": order.is_synthetic,
    }  # fmt: skip


def _help(parent: Task, told: Mapping[str, Any], asked: Command) -> dict[str, Any]:
    """Return the fields of the task of an organisation that helps (协办): due when its parent is, if not before."""
    if told["organisation_id"] == parent.organisation_id:
        raise TaskError("主办单位不能同时协办")
    due = dues(asked.terms, parent.what, asked.at)
    kept = ("kind", "channel", "urgency", "title", "topic", "region_code", "is_synthetic")
    return {name: getattr(parent, name) for name in kept} | {
        "text": told.get("text") or parent.text, "organisation_id": told["organisation_id"], "organisation": told["organisation"],
        "handler": "", "assigner": asked.by.account, "assigner_name": asked.by.name, "made_at": asked.at, "assigned_at": asked.at,
        "sign_due": due.sign, "reply_due": due.reply, "result_due": max(min(due.result, parent.result_due), due.sign),
        "is_due_set": parent.result_due < due.result, "rule": due.rule, "calendar": due.calendar, "parent_id": parent.id,
    }  # fmt: skip


def _take_in(connection: Connection, asked: Command, merged: Task) -> None:
    """Have the task that another was merged into tell of it."""
    target = read_task(connection, merged.merged_into or 0, is_locked=True)
    assert target is not None  # looked at before
    given = {"task": merged.id, "title": merged.title}
    go_on(connection, asked, target, TAKE_IN, target.state, given=given, changes={})


def seen_task(
    connection: Connection, task_id: int, organisations: frozenset[int] | None, *, is_locked: bool = True
) -> Task:
    """Return a task if it is of one of some organisations (None for all); raises ``NoTaskError``."""
    task = read_task(connection, task_id, is_locked=is_locked) if abs(task_id) < 2**31 else None
    if task is None or not is_seen(task, organisations):
        raise NoTaskError("没有这件任务，或不在可见范围")
    return task


def _check_fresh(connection: Connection, task: Task, seq: int | None) -> None:
    if seq == task.seq:
        return
    e = task_events.c
    newer = (
        select(task_events).where(e.task_id == task.id, e.seq > (seq or 0)).order_by(e.seq.desc()).limit(1)
    )
    row = connection.execute(newer).first()
    if row is None:
        raise StaleTaskError("页面与任务的现状不符，请刷新后再操作")
    raise StaleTaskError(
        f"{row.who_name}（{row.who}）已于 {row.at:%Y-%m-%d %H:%M:%S} {transitions.title_of(row.action)}，"
        f"任务现为“{task.state_title}”；您的操作没有执行，请看过现状后再定"
    )


def allowed(task: Task, action: str, by: Subject) -> transitions.Transition:
    """Return what an action does to a task; raises ``TaskError`` in a wrong state, ``NotAllowedError`` for who may not."""
    transition = transitions.find(task.state, action)
    if transition is None:
        known = transitions.table().actions.get(action)
        raise TaskError(f"“{task.state_title}”的任务不能{known}" if known else f"没有操作 {action!r}")
    if not parts_of(by, task) & set(transition.who):
        names = "、".join(transitions.table().parts[part] for part in transition.who)
        raise NotAllowedError(f"“{transitions.title_of(action)}”由{names}进行")
    return transition


def _organisation(desk: Engine, told: str) -> dict[str, Any]:
    try:
        found = find_organisation(desk, told)
    except ValueError as error:
        raise TaskError(str(error)) from None
    return {"organisation_id": found.id, "organisation": full_name(found), "region_code": found.region_code}


def _text(told: str, what: str, most: int) -> str:
    told = told.replace("\0", "").strip()
    if not told:
        raise TaskError(f"请写{what}")
    if len(told) > most:
        raise TaskError(f"{what}最多 {most:,} 字")
    return told
