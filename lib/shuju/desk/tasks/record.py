"""A task and its events: the task is what its events made of it, one after the other."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from shuju.desk.tables.tasks import task_events, tasks
from shuju.desk.tasks.due import NEVER, yellow_since
from shuju.desk.tasks.transitions import UNDO, table
from shuju.desk.terms import Terms

LIGHTS = {"green": "未到期", "yellow": "临近到期", "red": "已超期"}


@dataclass(frozen=True)
class Task:
    """What a task is now; ``seq`` counts its events. Times are Asia/Shanghai.

    ``next_due`` is the term that runs in the present state, ``NEVER`` where none does, ``next_yellow`` when it is near; whether it is
    over is never kept.
    """

    id: int
    seq: int
    state: str
    kind: str
    channel: str
    urgency: str
    title: str
    text: str
    topic: str
    region_code: str
    organisation_id: int
    organisation: str
    handler: str
    assigner: str
    assigner_name: str
    made_at: dt.datetime
    assigned_at: dt.datetime | None
    sign_due: dt.datetime
    reply_due: dt.datetime
    result_due: dt.datetime
    next_due: dt.datetime
    next_yellow: dt.datetime
    rule: str
    calendar: str
    is_due_set: bool = False
    pauses: str = "[]"
    signed_at: dt.datetime | None = None
    replied_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    paused_at: dt.datetime | None = None
    delay_to: dt.datetime | None = None
    parent_id: int | None = None
    merged_into: int | None = None
    is_solved: bool | None = None
    score: int | None = None
    level: int = 0
    n_returned: int = 0
    n_delayed: int = 0
    n_urged: int = 0
    is_synthetic: bool = False

    @property
    def number(self) -> str:
        """The number that people call it by."""
        return f"交办〔{self.made_at.year}〕{self.id}号"

    @property
    def state_title(self) -> str:
        """The state in Chinese."""
        return table().states[self.state].title

    @property
    def what(self) -> tuple[str, str, str]:
        """Kind, channel, urgency: what the rules of terms look at."""
        return self.kind, self.channel, self.urgency

    @property
    def all_pauses(self) -> list[tuple[dt.datetime, dt.datetime]]:
        """The pauses that are over: from, until."""
        return [
            (dt.datetime.fromisoformat(a), dt.datetime.fromisoformat(b)) for a, b in json.loads(self.pauses)
        ]

    @property
    def is_open(self) -> bool:
        """Whether it is not over yet."""
        return table().states[self.state].is_open

    @property
    def due(self) -> dt.datetime | None:
        """The term that runs, None where none does."""
        return None if self.next_due >= NEVER else self.next_due

    def light(self, at: dt.datetime) -> str:
        """Return ``green``, ``yellow`` or ``red`` (红黄绿灯), empty where no term runs."""
        if self.due is None:
            return ""
        return "red" if at > self.due else "yellow" if at >= self.next_yellow else "green"


@dataclass(frozen=True)
class Event:
    """Something that became of a task: ``given`` is what was said with it, ``changes`` what it made of the task."""

    task_id: int
    seq: int
    command_id: str
    action: str
    before: str
    after: str
    at: dt.datetime
    who: str
    who_name: str
    role: str
    given: Mapping[str, Any]
    changes: Mapping[str, Any]


_TIMES = frozenset(f.name for f in fields(Task) if "datetime" in str(f.type))


def begun(event: Event) -> Task:
    """Return the task that its first event made."""
    return Task(**{**event.changes, "id": event.task_id, "seq": 1, "state": event.after})


def after(task: Task, event: Event) -> Task:
    """Return the task after one more event."""
    return replace(task, seq=event.seq, state=event.after, **event.changes)


def folded(events: Iterable[Event]) -> Task:
    """Return what all events of a task, in their order, made of it."""
    found = iter(events)
    task = begun(next(found))
    for event in found:
        task = after(task, event)
    return task


def running(task: Task, terms: Terms) -> dict[str, dt.datetime]:
    """Return ``next_due`` and ``next_yellow`` of a task in its state: to be signed in, answered first, finished."""
    clock = table().states[task.state].clock
    if clock in ("rests", "none"):
        return {"next_due": NEVER, "next_yellow": NEVER}
    step, due = "sign", task.sign_due
    if clock == "result":
        is_answered = task.replied_at is not None or task.reply_due >= task.result_due
        step, due = ("result", task.result_due) if is_answered else ("reply", task.reply_due)
    return {"next_due": due, "next_yellow": yellow_since(terms, task.rule, step, due)}


def task_of(row: Row) -> Task:
    """Return a task as its row keeps it."""
    return Task(**{f.name: getattr(row, f.name) for f in fields(Task)})


def row_of(task: Task) -> dict[str, Any]:
    """Return the row of a task."""
    return asdict(task)


def read_task(connection: Connection, task_id: int, *, is_locked: bool = False) -> Task | None:
    """Return a task, None if there is none; ``is_locked`` has others wait until this transaction ends."""
    wanted = select(tasks).where(tasks.c.id == task_id)
    row = connection.execute(wanted.with_for_update() if is_locked else wanted).first()
    return None if row is None else task_of(row)


def events_of(connection: Connection, task_id: int) -> list[Event]:
    """Return all events of a task, the oldest first."""
    wanted = select(task_events).where(task_events.c.task_id == task_id).order_by(task_events.c.seq)
    return [event_of(row) for row in connection.execute(wanted)]


def event_of(row: Row) -> Event:
    """Return an event as its row keeps it."""
    told = json.loads(row.told)
    changes = {name: _read(name, value) for name, value in told["changes"].items()}
    return Event(
        row.task_id, row.seq, row.command_id, row.action, row.before, row.after, row.at, row.who, row.who_name, row.role,
        told["given"], changes,
    )  # fmt: skip


def told_of(event: Event) -> str:
    """Return what an event's row keeps of it as JSON."""
    return json.dumps(
        {"given": dict(event.given), "changes": dict(event.changes)}, ensure_ascii=False, default=str
    )


def standing(events: Iterable[Event]) -> list[Event]:
    """Return the events without those that were taken back and the taking back itself."""
    kept: list[Event] = []
    for event in events:
        if event.action == UNDO:
            kept = [one for one in kept if one.seq != event.given["seq"]]
        else:
            kept.append(event)
    return kept


def _read(name: str, value: Any) -> Any:
    return dt.datetime.fromisoformat(value) if name in _TIMES and value is not None else value
