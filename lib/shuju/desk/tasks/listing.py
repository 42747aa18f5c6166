"""Lists of tasks (我要办的, 我在盯的, 本单位的): filtered, in the order of their terms, page by page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, and_, case, func, or_, select

from shuju.access.roles import HANDLE
from shuju.access.subject import Subject
from shuju.desk.organisations import Organisation, all_organisations
from shuju.desk.tables.accounts import organisations
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.counted import FIGURES, counted_in, open_states
from shuju.desk.tasks.due import NEVER
from shuju.desk.tasks.parts import organisations_seen, seen
from shuju.desk.tasks.record import LIGHTS, Task, task_of

VIEWS = {"mine": "我要办的", "watched": "我在盯的", "all": "本单位的"}
MOST = 200
FEW = 2_000  # so many tasks with a word are found by their titles alone, and put in order here
c = tasks.c


@dataclass(frozen=True)
class Wanted:
    """Which tasks: one of ``VIEWS``, further narrowed; an empty text leaves nothing out.

    ``figure`` is one of the figures of supervision, ``since`` and ``until`` (ISO) the span in which its tasks were assigned.
    """

    view: str = "mine"
    state: str = ""
    light: str = ""
    topic: str = ""
    region: str = ""
    organisation: str = ""
    urgency: str = ""
    kind: str = ""
    figure: str = ""
    since: str = ""
    until: str = ""
    words: str = ""


def list_tasks(
    desk: Engine, by: Subject, wanted: Wanted, *, at: dt.datetime, n: int = 50, first: int = 0
) -> tuple[list[Task], int]:
    """Return ``n`` tasks from the ``first``-th on, the one most overdue first and those without a running term last; and how many there are."""
    where, order = _where(desk, by, wanted, at), (c.next_due, c.id.desc())
    with desk.connect() as connection:
        if wanted.words:
            # One pass over the titles in their index. Where many have the word the order of terms finds the first of them soon.
            found = connection.execute(select(c.id, c.next_due).where(where).limit(FEW + 1)).all()
            if len(found) <= FEW:
                page = [row.id for row in sorted(found, key=lambda row: (row.next_due, -row.id))]
                page = page[first : first + min(n, MOST)]
                rows = connection.execute(select(tasks).where(c.id.in_(page)).order_by(*order))
                return [task_of(row) for row in rows], len(found)
        total = connection.execute(select(func.count()).select_from(tasks).where(where)).scalar_one()
        rows = connection.execute(
            select(tasks).where(where).order_by(*order).offset(first).limit(min(n, MOST))
        )
        return [task_of(row) for row in rows], total


def tally(desk: Engine, by: Subject, view: str, *, at: dt.datetime) -> dict[str, int]:
    """Return how many open tasks of a view have a red, a yellow, a green light, and ``n`` in all. O(open tasks of the view)."""
    light = case(
        (c.next_due < at, "red"), (c.next_yellow <= at, "yellow"), (c.next_due < NEVER, "green"), else_=""
    )
    where = _where(desk, by, Wanted(view), at) & c.state.in_(open_states())
    with desk.connect() as connection:
        rows = connection.execute(select(light, func.count()).where(where).group_by(light)).all()
    found = dict.fromkeys(LIGHTS, 0) | {row[0]: row[1] for row in rows if row[0]}
    return found | {"n": sum(row[1] for row in rows)}


def organisations_with_tasks(desk: Engine, by: Subject) -> list[Organisation]:
    """Return the organisations that have a task which somebody sees, in the order of the tree. O(organisations)."""
    one = select(c.id).where(c.organisation_id == organisations.c.id, seen(organisations_seen(desk, by)))
    with desk.connect() as connection:
        having = set(connection.execute(select(organisations.c.id).where(one.exists())).scalars())
    return [one for one in all_organisations(desk) if one.id in having]


def children_of(desk: Engine, task_id: int) -> list[Task]:
    """Return the tasks of those who help with one (协办)."""
    with desk.connect() as connection:
        return [
            task_of(r) for r in connection.execute(select(tasks).where(c.parent_id == task_id).order_by(c.id))
        ]


def _where(desk: Engine, by: Subject, wanted: Wanted, at: dt.datetime) -> ColumnElement[bool]:
    # What leaves most out is asked first.
    return and_(*_narrowed(wanted, at), seen(organisations_seen(desk, by)), _of_view(by, wanted.view))


def _of_view(by: Subject, view: str) -> ColumnElement[bool]:
    """Return what waits for somebody: to be done for an organisation, to be decided for who assigned it."""
    if view == "watched":
        return (c.assigner == by.account) & c.state.in_(open_states())
    if view == "all":
        return c.state != "void"
    if by.may(HANDLE):
        waits = c.state.in_(("to_sign", "working", "delay_asked", "waiting"))
        return and_(
            c.organisation_id == by.organisation_id, waits, or_(c.handler == "", c.handler == by.account)
        )
    return (c.assigner == by.account) & c.state.in_(
        ("draft", "objected", "delay_asked", "in_review", "done", "to_rate")
    )


def _narrowed(wanted: Wanted, at: dt.datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.words:
        if wanted.words.isdecimal() and len(wanted.words) < 10:
            found.append(or_(c.id == int(wanted.words), c.title.contains(wanted.words, autoescape=True)))
        else:
            found.append(c.title.contains(wanted.words, autoescape=True))
    if wanted.state == "open":
        found.append(c.state.in_(open_states()))
    elif wanted.state:
        found.append(c.state == wanted.state)
    spans = {
        "red": c.next_due < at,
        "yellow": (c.next_due >= at) & (c.next_yellow <= at),
        "green": (c.next_yellow > at) & (c.next_due < NEVER),
    }
    if wanted.light in spans:
        found.append(spans[wanted.light])
    for name, column in (("topic", c.topic), ("urgency", c.urgency), ("kind", c.kind)):
        if value := getattr(wanted, name):
            found.append(column == value)
    if wanted.figure in FIGURES:
        found.append(counted_in(wanted.figure, at))
    since, until = _moment(wanted.since), _moment(wanted.until)
    if since is not None:
        found.append(c.assigned_at >= since)
    if until is not None:
        found.append(c.assigned_at < until)
    if wanted.region:
        found.append(c.region_code.startswith(wanted.region.rstrip("0") or "0", autoescape=True))
    if wanted.organisation.isdecimal() and len(wanted.organisation) < 10:
        found.append(c.organisation_id == int(wanted.organisation))
    return found


def _moment(told: str) -> dt.datetime | None:
    """Return a time that an address tells, None where it tells none; a zone of time would be none of ours."""
    try:
        return dt.datetime.fromisoformat(told).replace(tzinfo=None)
    except ValueError:
        return None
