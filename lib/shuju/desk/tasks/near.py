"""Open tasks that may be about the same (并单): of the same evidence, or of the same topic and region."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, select

from shuju.access.subject import Subject
from shuju.desk.tables.tasks import evidence, task_events, tasks
from shuju.desk.tasks.counted import open_states
from shuju.desk.tasks.parts import organisations_seen, seen
from shuju.desk.tasks.record import Task, task_of

MOST_ASKED = 500  # pieces of evidence at a time
c = tasks.c


def near_tasks(desk: Engine, by: Subject, topic: str, region_code: str, *, n: int = 5) -> list[Task]:
    """Return open tasks of the same topic and region, the newest first: what is asked again may be the same."""
    if not topic or not region_code:
        return []
    where = seen(organisations_seen(desk, by)) & (c.topic == topic) & (c.region_code == region_code)
    with desk.connect() as connection:
        rows = connection.execute(
            select(tasks).where(where, c.state.in_(open_states())).order_by(c.id.desc()).limit(n)
        )
        return [task_of(row) for row in rows]


def tasks_about(
    desk: Engine, by: Subject, filters: Collection[str], *, but: str = "", n: int = 5
) -> list[tuple[Task, str]]:
    """Return open tasks that somebody sees whose evidence is one of ``filters``, the newest first, each with its own.

    Those who only help with another (协办) are left out, and what the command ``but`` made itself. O(evidence).
    """
    own = select(task_events.c.task_id).where(task_events.c.command_id == but)
    asked = list(dict.fromkeys(one for one in filters if one))[:MOST_ASKED]
    wanted = (
        select(tasks, evidence.c.filters)
        .join(evidence, evidence.c.task_id == c.id)
        .where(evidence.c.filters.in_(asked), c.state.in_(open_states()), c.parent_id.is_(None))
        .where(seen(organisations_seen(desk, by)), c.id.not_in(own))
    )
    with desk.connect() as connection:
        rows = connection.execute(wanted.order_by(c.id.desc()).limit(n)).all()
    return [(task_of(row), row.filters) for row in rows]
