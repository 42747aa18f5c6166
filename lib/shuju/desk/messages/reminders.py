"""Reminders (提醒), escalation (逐级上报) and the morning digest: put into the outbox in working hours, each once.

What is near its term is told to its handler, what is over it to handler and assigner; after one, three and five working days to the
organisation above, to who watches over tasks, to the leaders. A result that nobody reviews and an objection that nobody decides have no
term, for the clock of the handler rests: who assigned hears of them after two working days, the others after four and six. Matters of the
fast channel likewise (``matter_reminders``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from shuju.desk.messages.addresses import Address, list_addresses
from shuju.desk.messages.matter_reminders import reminders_of_matters
from shuju.desk.store import writing
from shuju.desk.tables.messages import outbox
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.due import NEVER
from shuju.desk.tasks.record import Task, task_of
from shuju.desk.terms import Terms
from shuju.desk.working_time import next_working_moment, working_days_between

# Working days over the term, and who hears of it then.
ESCALATION = ((1, "above", "escalate_1"), (3, "supervisor", "escalate_2"), (5, "leader", "escalate_3"))
# Working days that what the assigner is to decide has waited, and who hears of it then.
UNDECIDED = ("in_review", "objected")
PATIENCE = ((2, "assigner", "undecided"), (4, "supervisor", "undecided_2"), (6, "leader", "undecided_3"))
KINDS = {
    "near": "临近到期", "late": "已超期", "escalate_1": "超期上报（上级单位）", "escalate_2": "超期上报（督办人）",
    "escalate_3": "超期上报（省领导）", "undecided": "等待您审核或裁定", "undecided_2": "久未审核或裁定（督办人）",
    "undecided_3": "久未审核或裁定（省领导）", "digest": "每日待办",
}  # fmt: skip
_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
DIGEST_HOURS = 2  # of a morning, after work has begun
c = tasks.c


def remind(desk: Engine, terms: Terms, *, at: dt.datetime) -> int:
    """Put into the outbox what is to be reminded of now; return how many are new, none outside working hours. O(tasks near or late, or undecided)."""
    if next_working_moment(at, terms.calendar) != at.replace(microsecond=0):
        return 0
    is_near = (c.next_yellow <= at) & (c.next_due < NEVER)
    with desk.connect() as connection:
        near = [task_of(row) for row in connection.execute(select(tasks).where(is_near))]
        undecided = [task_of(row) for row in connection.execute(select(tasks).where(c.state.in_(UNDECIDED)))]
    rows = [row for task in near for row in _reminders(task, terms, at)]
    rows += [row for task in undecided for row in _undecided(task, terms, at)]
    rows += reminders_of_matters(desk, terms, at=at)
    if _is_morning(terms, at):
        rows += [
            _row(f"digest-{who}-{at:%Y%m%d}", None, "digest", who, at)
            for who in _readers(list_addresses(desk))
        ]
    with writing(desk) as connection:
        new = _not_there(connection, rows)
        for row in new:  # another process may be doing the same
            made = _INSERT[connection.dialect.name](outbox).values(row)
            connection.execute(made.on_conflict_do_nothing(index_elements=["message_id"]))
    return len(new)


def _reminders(task: Task, terms: Terms, at: dt.datetime) -> Iterator[dict[str, Any]]:
    name, due = f"task-{task.id}-{task.next_due:%Y%m%d%H%M}", task.next_due
    if at <= due:
        yield _row(f"{name}-near", task, "near", "handler", at)
        return
    for part in ("handler", "assigner"):
        yield _row(f"{name}-late-{part}", task, "late", part, at)
    days = working_days_between(due, at, terms.calendar)
    for least, part, kind in ESCALATION:
        if days >= least:
            yield _row(f"{name}-{kind}", task, kind, part, at)


def _undecided(task: Task, terms: Terms, at: dt.datetime) -> Iterator[dict[str, Any]]:
    since = task.paused_at or task.submitted_at  # what was handed in before its clock rested has only this
    if since is None:
        return
    days = working_days_between(since, at, terms.calendar)
    for least, part, kind in PATIENCE:
        if days >= least:
            yield _row(f"task-{task.id}-{since:%Y%m%d%H%M%S}-{kind}", task, kind, part, at)


def _row(message_id: str, task: Task | None, kind: str, told_to: str, at: dt.datetime) -> dict[str, Any]:
    about = {"task_id": None, "seq": 0} if task is None else {"task_id": task.id, "seq": task.seq}
    about |= {"matter_id": None}
    return about | {
        "message_id": message_id, "kind": kind, "told_to": told_to, "made_at": at, "not_before": at, "n_tries": 0,
    }  # fmt: skip


def _readers(addresses: list[Address]) -> list[str]:
    return sorted(
        {
            f"account:{one.account}" if one.account else f"organisation:{one.organisation_id}"
            for one in addresses
        }
    )


def _is_morning(terms: Terms, at: dt.datetime) -> bool:
    begins = dt.datetime.combine(at.date(), dt.time()) + dt.timedelta(seconds=terms.calendar.morning)
    return begins <= at < begins + dt.timedelta(hours=DIGEST_HOURS)


def _not_there(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [row["message_id"] for row in rows]
    known: set[str] = set()
    for first in range(0, len(names), 500):
        part = select(outbox.c.message_id).where(outbox.c.message_id.in_(names[first : first + 500]))
        known |= set(connection.execute(part).scalars())
    return [row for row in rows if row["message_id"] not in known]
