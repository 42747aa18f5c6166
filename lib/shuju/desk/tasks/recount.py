"""Terms counted anew where the calendar has changed: a year that was provisional (暂定) is announced."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, select

from shuju.access.subject import Subject
from shuju.desk.store import writing
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.due import dues
from shuju.desk.tasks.journal import answered, command, go_on
from shuju.desk.tasks.record import read_task
from shuju.desk.tasks.transitions import RECOUNT, table
from shuju.desk.terms import Terms

SYSTEM = Subject("system", "系统", "")
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
        due = dues(terms, task.what, task.assigned_at, task.all_pauses)
        changes = {"sign_due": due.sign, "reply_due": due.reply, "calendar": due.calendar}
        if not task.is_due_set:
            changes["result_due"] = due.result
        go_on(connection, asked, task, RECOUNT, task.state, given={}, changes=changes)
        return True
