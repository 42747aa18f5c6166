"""Terms counted anew where the calendar has changed: a year that was provisional (暂定) is announced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, select

from shuju.access.subject import Subject
from shuju.desk.store import writing
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks import effects
from shuju.desk.tasks.due import dues
from shuju.desk.tasks.journal import Command, answered, command, go_on
from shuju.desk.tasks.record import Event, Task, after, begun, events_of, read_task, standing
from shuju.desk.tasks.transitions import RECOUNT, table
from shuju.desk.terms import Terms

SYSTEM = Subject("system", "系统", "")
# What is counted of a task; all else is as it was said or done.
CLOCK = ("sign_due", "reply_due", "result_due", "is_due_set", "pauses", "paused_at", "rule")
c = tasks.c


def recount(desk: Engine, terms: Terms, *, at: dt.datetime) -> int:
    """Count the terms of open tasks anew that were counted by another calendar; return how many changed. O(such tasks)."""
    states = [name for name, state in table().states.items() if state.is_open]
    wanted = select(c.id).where(
        c.state.in_(states), c.calendar != terms.calendar.version, c.assigned_at.is_not(None)
    )
    with desk.connect() as connection:
        numbers = list(connection.execute(wanted).scalars())
    return sum(_recount(desk, number, terms, at) for number in numbers)


def _recount(desk: Engine, number: int, terms: Terms, at: dt.datetime) -> bool:
    name = f"recount-{number}-{terms.calendar.version}"[:70]
    asked = command(name, (RECOUNT, number, {}), by=SYSTEM, at=at, terms=terms)
    with writing(desk) as connection:
        task = read_task(connection, number, is_locked=True)
        if task is None or task.assigned_at is None or answered(connection, asked) is not None:
            return False
        again = recounted(events_of(connection, number), terms)
        changes = {name: value for name in CLOCK if (value := getattr(again, name)) != getattr(task, name)}
        calendar = {"calendar": terms.calendar.version}
        go_on(connection, asked, task, RECOUNT, task.state, given={}, changes=changes | calendar)
        return True


def recounted(events: Iterable[Event], terms: Terms) -> Task:
    """Return what the events of a task make of it where its terms are counted by other terms, or by another calendar.

    Each event counts as it did when it happened: a term that began anew begins anew, one that a day cut short stays cut short, a pause is
    taken out. By the same terms it is the same task. O(events).
    """
    stands = standing(events)
    first = begun(stands[0])
    task = replace(first, **_begun(first, terms))
    for event in stands[1:]:
        asked = Command(event.command_id, "", SYSTEM, event.at, terms)
        counted = effects.of(event.action, task, event.given, asked)
        changes = {name: value for name, value in event.changes.items() if name not in CLOCK}
        task = after(task, replace(event, changes=changes | {n: v for n, v in counted.items() if n in CLOCK}))
    return task


def _begun(task: Task, terms: Terms) -> dict[str, Any]:
    """Return the terms with which a task began: by the rule, cut short by a day that was set, or by the whole task's day (协办)."""
    due = dues(terms, task.what, task.assigned_at or task.made_at)
    found = {"sign_due": due.sign, "reply_due": due.reply, "result_due": due.result}
    if not task.is_due_set:
        return found
    if task.parent_id is not None:
        return found | {"result_due": max(task.result_due, due.sign)}
    until = task.result_due
    return {"sign_due": min(due.sign, until), "reply_due": min(due.reply, until), "result_due": until}
