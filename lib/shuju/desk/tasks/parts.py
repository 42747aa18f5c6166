"""Who is what in a task (交办人, 承办单位, 督办人), and which tasks somebody sees."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Engine, true

from shuju.access.roles import ASSIGN, HANDLE, SUPERVISE
from shuju.access.subject import Subject
from shuju.desk.organisations import below
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.record import Task

ASSIGNER, HANDLER, SUPERVISOR = "assigner", "handler", "supervisor"


def parts_of(subject: Subject, task: Task) -> frozenset[str]:
    """Return what somebody is in a task that they see; several at a time, or nothing but somebody who looks on."""
    found = {
        ASSIGNER: subject.may(ASSIGN) and subject.account == task.assigner,
        HANDLER: subject.may(HANDLE) and subject.organisation_id == task.organisation_id,
        SUPERVISOR: subject.may(SUPERVISE),
    }
    return frozenset(part for part, holds in found.items() if holds)


def organisations_seen(desk: Engine, subject: Subject) -> frozenset[int] | None:
    """Return the organisations whose tasks somebody sees, their own and those below it; None for all. O(organisations)."""
    if subject.may(SUPERVISE):
        return None
    if not subject.may(HANDLE) or subject.organisation_id is None:
        return frozenset()
    return below(desk, subject.organisation_id)


def is_seen(task: Task, organisations: frozenset[int] | None) -> bool:
    """Whether a task is among those of some organisations; what is only thought of (拟办) its handler does not see."""
    return organisations is None or (task.organisation_id in organisations and task.state != "draft")


def seen(organisations: frozenset[int] | None) -> ColumnElement[bool]:
    """Return the same as a condition on rows."""
    if organisations is None:
        return true()
    return tasks.c.organisation_id.in_(sorted(organisations)) & (tasks.c.state != "draft")
