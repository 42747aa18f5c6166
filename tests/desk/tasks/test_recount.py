"""Terms counted anew give what the events would have given, had the calendar been known: whatever was done to the task."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from shuju.desk.tasks.commands import get
from shuju.desk.tasks.record import Task
from shuju.desk.tasks.recount import CLOCK, recount, recounted
from shuju.desk.terms import Terms
from shuju.desk.working_time import WorkingCalendar
from shuju.standard.working_days import working_days
from tests.desk.tasks import conftest
from tests.desk.tasks.conftest import AT, TERMS, Office, office
from tests.desk.tasks.test_commands import WAYS

__all__ = ["office"]
DAYS = "day,is_working,name\n2024-07-31,0,临时放假\n2024-08-06,0,临时放假\n2024-08-10,1,临时上班\n"
ANNOUNCED = Terms(TERMS.rules, WorkingCalendar(working_days(DAYS), TERMS.calendar.hours))
SET = {"until": dt.datetime(2024, 8, 2, 12)}
SOON = {"until": dt.datetime(2024, 7, 29, 20)}  # before the rule's own term for signing in


def lived(office: Office, way: str, order: dict[str, object]) -> Task:
    """Return a task to which things were done, a day and a half between them."""
    office.at = AT
    task = office.assign(**order)
    for who, action, given in WAYS[way][0]:
        office.at += dt.timedelta(hours=30)
        until = f"{max(task.result_due, office.at) + dt.timedelta(days=1):%Y-%m-%d %H:%M}"
        task = office.act(task, who, action, **given | ({"until": until} if action == "ask_delay" else {}))
    return task


@pytest.mark.parametrize("order", [{}, SET, SOON], ids=["by rule", "set", "soon"])
def test_counted_anew_is_as_the_events_would_have_counted(
    office: Office, monkeypatch: pytest.MonkeyPatch, order: dict[str, object]
) -> None:
    n_moved = 0
    for way in WAYS:
        task = lived(office, way, order)
        events = get(office.desk, task.id, office.people["leader"])[1]
        same = recounted(events, TERMS)
        assert replace(same, calendar=task.calendar) == task, way  # by the same calendar nothing changes
        with monkeypatch.context() as patch:
            patch.setattr(conftest, "TERMS", ANNOUNCED)
            wanted = lived(office, way, order)
        if (
            "delay" in way or "reopened" in way
        ):  # the day that was asked for was named under the calendar of its time
            continue
        found = recounted(events, ANNOUNCED)
        assert {name: getattr(found, name) for name in CLOCK} == {
            name: getattr(wanted, name) for name in CLOCK
        }, way
        n_moved += found.sign_due != task.sign_due or found.result_due != task.result_due
    assert n_moved > 3 or order


def test_a_draft_is_counted_from_when_it_was_issued(office: Office) -> None:
    task = office.assign(is_draft=True)
    office.at += dt.timedelta(days=3)
    task = office.act(task, "leader", "issue")
    assert replace(recounted(get(office.desk, task.id, office.people["leader"])[1], TERMS)) == task


def test_what_began_anew_or_was_cut_short_stays_so(office: Office) -> None:
    """A refused objection begins the term for signing in anew; a day that was set cuts it short."""
    anew = lived(office, "objected, refused", {})
    short = office.assign(**SOON | {"until": office.at + dt.timedelta(hours=2)})
    undone = office.act(office.act(office.assign(), "handler", "sign"), "handler", "wait", text="x")
    undone = office.undo(undone, "handler")
    helped = office.act(
        office.assign(until=office.at + dt.timedelta(days=2)),
        "leader",
        "co_handle",
        organisation="岳麓区住建局",
    )
    leader = office.people["leader"]
    helper, _ = get(office.desk, helped.id + 1, leader)
    assert recount(office.desk, ANNOUNCED, at=office.at) == 5
    assert recount(office.desk, ANNOUNCED, at=office.at) == 0
    for task in (anew, short, undone, helped, helper):
        found, events = get(office.desk, task.id, leader)
        assert found.calendar == ANNOUNCED.calendar.version
        assert replace(recounted(events, ANNOUNCED), calendar="") == replace(
            found, calendar=""
        )  # a second time nothing moves
        assert (found.result_due == task.result_due) or not task.is_due_set
    assert get(office.desk, short.id, leader)[0].sign_due == short.result_due
    assert get(office.desk, anew.id, leader)[0].sign_due > anew.assigned_at + dt.timedelta(days=3)
