"""What is written when something becomes of a task, in the transaction that is open: event, state, who has it, who is told."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from shuju.access.subject import Subject
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.tasks import assignments, evidence, satisfaction, task_events, tasks
from shuju.desk.tasks.evidence import Evidence, row_of_evidence
from shuju.desk.tasks.record import (
    Event,
    Task,
    after,
    begun,
    event_of,
    events_of,
    folded,
    row_of,
    running,
    told_of,
)
from shuju.desk.tasks.transitions import ASSIGN
from shuju.desk.terms import Terms

UNDO_SECONDS = 30
LONGEST_ID = 70


class TaskError(ValueError):
    """Something cannot be done to a task; the message is Chinese."""


class StaleTaskError(TaskError):
    """A task has changed since somebody looked; the message says who did what, to the second."""


@dataclass(frozen=True)
class Command:
    """What somebody asks for: its ``id`` is given once by who asks, ``digest`` tells what it asks."""

    id: str
    digest: str
    by: Subject
    at: dt.datetime
    terms: Terms

    def part(self) -> Command:
        """Return the command that this one brings along for another task."""
        return replace(self, id=f"{self.id}/1", digest="")


def command(
    command_id: str, asks: tuple[str, int, Mapping[str, Any]], *, by: Subject, at: dt.datetime, terms: Terms
) -> Command:
    """Return what somebody asks for: ``asks`` is an action, a task's number (0 for a new one), and what is given.

    Raises:
        TaskError: it is no command id.
    """
    if not 8 <= len(command_id) <= LONGEST_ID or "/" in command_id:
        raise TaskError(f"操作编号应为 8 至 {LONGEST_ID} 个字符，不含斜线")
    told = json.dumps([by.account, *asks], ensure_ascii=False, sort_keys=True, default=str)
    return Command(command_id, hashlib.sha256(told.encode("utf-8", "replace")).hexdigest(), by, at, terms)


def answered(connection: Connection, asked: Command) -> Task | None:
    """Return the task as a command left it that was done already, None if it was not.

    Raises:
        TaskError: the id was given for something else.
    """
    row = connection.execute(select(task_events).where(task_events.c.command_id == asked.id)).first()
    if row is None:
        return None
    if row.digest != asked.digest:
        raise TaskError("这个操作编号已用于另一操作")
    event = event_of(row)
    return folded(one for one in events_of(connection, event.task_id) if one.seq <= event.seq)


def begin(
    connection: Connection, asked: Command, told: Mapping[str, Any], *, state: str = "to_sign", proof: Evidence | None = None
) -> Task:  # fmt: skip
    """Write a new task with its first event; unless it is a draft, whoever it is assigned to is told."""
    event = _event(
        asked, 0, 0, ASSIGN, ("", state), {}, {**told, "next_due": asked.at, "next_yellow": asked.at}
    )
    event = replace(event, changes={**event.changes, **running(begun(event), asked.terms)})
    row = row_of(begun(event))
    del row["id"]
    event = replace(event, task_id=connection.execute(insert(tasks).values(row)).inserted_primary_key[0])
    _keep(connection, asked, event)
    task = begun(event)
    if proof is not None:
        connection.execute(insert(evidence).values(row_of_evidence(proof, task.id, asked.at)))
    if state != "draft":
        _note_assignment(connection, task, asked.at)
        _tell(connection, event, ("handler",), task)
    return task


def go_on(
    connection: Connection,
    asked: Command,
    task: Task,
    action: str,
    to: str,
    *,
    given: Mapping[str, Any],
    changes: Mapping[str, Any],
    tells: Sequence[str] = (),
) -> Task:
    """Write one more event of a task that is locked, and return the task after it.

    Raises:
        StaleTaskError: somebody else was faster.
    """
    event = _event(asked, task.id, task.seq, action, (task.state, to), given, changes)
    event = replace(event, changes={**event.changes, **running(after(task, event), asked.terms)})
    done = after(task, event)
    values = {f.name: getattr(done, f.name) for f in fields(Task) if f.name != "id"}
    here = (tasks.c.id == task.id) & (tasks.c.seq == task.seq)
    if connection.execute(update(tasks).where(here).values(values)).rowcount != 1:
        raise StaleTaskError("任务刚被他人改动，请刷新后再操作")
    _keep(connection, asked, event)
    if (done.organisation_id, done.handler, done.state != "draft") != (
        task.organisation_id,
        task.handler,
        task.state != "draft",
    ):
        _note_assignment(connection, done, asked.at)
    if action == "rate":
        rated = {"task_id": task.id, "seq": event.seq, "score": done.score, "text": given.get("text", "")}
        connection.execute(insert(satisfaction).values(**rated, at=asked.at, who=asked.by.account))
    _tell(connection, event, tells, done)
    return done


def take_back(connection: Connection, task_id: int, seq: int, at: dt.datetime) -> None:
    """Take away what an event that is taken back had written beside itself, and tell nobody of it."""
    for rows in (assignments, satisfaction):
        connection.execute(delete(rows).where(rows.c.task_id == task_id, rows.c.seq == seq))
    o = outbox.c
    unsent = (o.task_id == task_id) & (o.seq == seq) & o.sent_at.is_(None)
    connection.execute(update(outbox).where(unsent).values(cancelled_at=at))


def _event(
    asked: Command, task_id: int, seq: int, action: str, states: tuple[str, str], given: Mapping[str, Any], changes: Mapping[str, Any]
) -> Event:  # fmt: skip
    by = asked.by
    return Event(
        task_id, seq + 1, asked.id, action, *states, asked.at, by.account, by.name, by.role, given, changes
    )


def _keep(connection: Connection, asked: Command, event: Event) -> None:
    names = ("task_id", "seq", "command_id", "action", "before", "after", "at", "who", "who_name", "role")
    row = {name: getattr(event, name) for name in names}
    connection.execute(insert(task_events).values(**row, digest=asked.digest, told=told_of(event)))


def _note_assignment(connection: Connection, task: Task, at: dt.datetime) -> None:
    row = {
        "task_id": task.id,
        "seq": task.seq,
        "organisation_id": task.organisation_id,
        "account": task.handler,
    }
    connection.execute(insert(assignments).values(**row, since=at))


def _tell(connection: Connection, event: Event, parts: Sequence[str], task: Task) -> None:
    """Put what is to be told into the outbox; nothing leaves before it can no longer be taken back, and nobody is told their own words."""
    own = {"assigner": task.assigner, "handler": task.handler}
    rows = [
        {
            "message_id": f"task-{event.task_id}-{event.seq}-{part}", "task_id": event.task_id, "seq": event.seq, "kind": event.action,
            "told_to": part, "made_at": event.at, "not_before": event.at + dt.timedelta(seconds=UNDO_SECONDS), "n_tries": 0,
        }
        for part in parts
        if own.get(part) != event.who
    ]  # fmt: skip
    if rows:
        connection.execute(insert(outbox), rows)
