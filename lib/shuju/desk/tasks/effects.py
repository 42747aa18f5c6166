"""What each action changes in a task, and what must be told with it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from shuju.access.subject import Subject
from shuju.desk.tables.accounts import accounts, memberships
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.due import dues, longer, moved_on
from shuju.desk.tasks.journal import Command
from shuju.desk.tasks.record import Task, events_of, read_task, standing
from shuju.desk.tasks.transitions import Transition, table
from shuju.desk.terms import Terms

LONGEST_TEXT = 10_000
SCORES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
HIGHEST_LEVEL = 3
BEGINNING = ("assign", "issue", "reassign", "reopen")  # since then a handler may be given one delay
Told = Mapping[str, Any]


def checked(
    connection: Connection, transition: Transition, task: Task, given: Mapping[str, Any], asked: Command
) -> dict[str, Any]:
    """Return what is told with an action as it is kept.

    Raises:
        ValueError: something that must be given is not, or is not possible.
    """
    for name in transition.gives:
        if not given.get(name):
            raise ValueError(f"请给出{table().given[name]}")
    told = {name: given[name] for name in ("organisation_id", "organisation") if name in given}
    if text := str(given.get("text", "")).replace("\0", "").strip():
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"说明最多 {LONGEST_TEXT:,} 字")
        told["text"] = text
    if "until" in given:
        told["until"] = _until(given["until"], task, asked)
        _check_delay(connection, task, told["until"], asked.terms)
    if "account" in given:
        told["account"] = _colleague(connection, task, given["account"], asked.by)
    if "into" in given:
        told["into"] = _target(connection, task, given["into"])
    if "score" in given:
        if given["score"] not in {str(score) for score in SCORES}:
            raise ValueError("评分应为 1 至 5")
        told["score"] = int(given["score"])
    if "solved" in given:
        if given["solved"] not in ("yes", "no"):
            raise ValueError("请说明是否解决")
        told["solved"] = given["solved"]
    if transition.action == "approve":
        _check_children(connection, task)
    return told


def of(action: str, task: Task, told: Told, asked: Command) -> dict[str, Any]:
    """Return which fields an action changes, and to what; an action that is not here changes the state alone.

    Raises:
        ValueError: it would change nothing.
    """
    at = asked.at
    match action:
        case "issue":
            return _assigned_anew(task, asked)
        case "reassign":
            return _reassigned(task, told, asked)
        case "object" | "wait":
            return {"paused_at": at}
        case "reject_objection":
            return _rested(task, asked) | {"sign_due": dues(asked.terms, task.what, at).sign}
        case "sign":
            return {"signed_at": at, "handler": asked.by.account}
        case "feed_back":
            return {"replied_at": task.replied_at or at}
        case "submit":
            return {
                "replied_at": task.replied_at or at,
                "submitted_at": at,
                "delay_to": None,
                "paused_at": at,
            }
        case "ask_delay":
            return {"delay_to": told["until"]}
        case "approve_delay":
            granted = {"result_due": task.delay_to, "is_due_set": True}
            return granted | {"delay_to": None, "n_delayed": task.n_delayed + 1}
        case "reject_delay":
            return {"delay_to": None}
        case "resume":
            return _rested(task, asked)
        case "hand_over":
            return {"handler": told["account"]}
        case "approve":
            return {"closed_at": at, "is_solved": told["solved"] == "yes", "paused_at": None}
        case "return":
            return _rested(task, asked) | {"n_returned": task.n_returned + 1, "submitted_at": None}
        case "reopen":
            due = max(dues(asked.terms, task.what, at).result, task.result_due)
            again = {"closed_at": None, "submitted_at": None, "is_solved": None, "score": None}
            return again | {"result_due": due, "is_due_set": True, "n_returned": task.n_returned + 1}
        case "rate":
            return {"score": told["score"]}
        case "merge":
            return {"merged_into": told["into"], "closed_at": at}
        case "urge":
            return {"n_urged": task.n_urged + 1}
        case "supervise":
            return {"level": max(task.level, 1)}
        case "escalate":
            return {"level": min(task.level + 1, HIGHEST_LEVEL)}
    return {}


def _assigned_anew(task: Task, asked: Command) -> dict[str, Any]:
    due = dues(asked.terms, task.what, asked.at)
    clocks: dict[str, Any] = {
        "sign_due": due.sign,
        "reply_due": due.reply,
        "rule": due.rule,
        "calendar": due.calendar,
    }
    if not (task.is_due_set and task.result_due > due.sign):
        clocks |= {"result_due": due.result, "is_due_set": False}
    return clocks | {
        "assigned_at": asked.at,
        "signed_at": None,
        "replied_at": None,
        "handler": "",
        "pauses": "[]",
        "paused_at": None,
    }


def _reassigned(task: Task, told: Told, asked: Command) -> dict[str, Any]:
    if told["organisation_id"] == task.organisation_id:
        raise ValueError("任务已在这个单位")
    place = {name: told[name] for name in ("organisation_id", "organisation")}
    return _assigned_anew(task, asked) | place | {"delay_to": None, "submitted_at": None}


def _rested(task: Task, asked: Command) -> dict[str, Any]:
    """Return the terms of a task whose clock goes on: by its rule without the pauses, or a day that was set, moved on."""
    since = task.paused_at or task.submitted_at  # what was handed in before its clock rested has only this
    if since is None or task.assigned_at is None:
        return {}
    pause = since, asked.at
    pauses = [*task.all_pauses, pause]
    due = dues(asked.terms, task.what, task.assigned_at, pauses)
    result = moved_on(asked.terms, task.result_due, pause) if task.is_due_set else due.result
    kept = json.dumps([[moment.isoformat() for moment in one] for one in pauses])
    return {"reply_due": due.reply, "result_due": result, "pauses": kept, "paused_at": None}


def longest_delay(terms: Terms, task: Task) -> dt.datetime:
    """Return until when a task may be put off: by the extension of its rule, from its start, or from the day that was set."""
    extension = terms.rule(*task.what).result.extension
    if extension is None:
        return task.result_due
    if not task.is_due_set:
        since = task.assigned_at or task.made_at
        return max(dues(terms, task.what, since, task.all_pauses, is_extended=True).result, task.result_due)
    # A day ends when work does: just before, it is not over yet, and does not count.
    return longer(terms, task.result_due - dt.timedelta(seconds=1), extension)


def _check_delay(connection: Connection, task: Task, until: dt.datetime, terms: Terms) -> None:
    """Check that a task is put off for the first time since it was assigned, and no longer than its rule lets it."""
    actions = [event.action for event in standing(events_of(connection, task.id))]
    begun = max(place for place, action in enumerate(actions) if action in BEGINNING)
    if "approve_delay" in actions[begun:]:
        raise ValueError(
            f"办结期限至多延长一次，本任务已延长至 {task.result_due:%Y-%m-%d %H:%M}；仍有困难的，请先阶段反馈，或与交办人商量改派"
        )
    longest = longest_delay(terms, task)
    if longest <= task.result_due:
        raise ValueError(f"按时限规则（{task.rule}），办结期限不可延长")
    if until > longest:
        raise ValueError(f"按时限规则（{task.rule}），最长可延至 {longest:%Y-%m-%d %H:%M}")


def _until(told: Any, task: Task, asked: Command) -> dt.datetime:
    try:
        day = dt.datetime.fromisoformat(str(told))
    except ValueError:
        raise ValueError("新期限应为日期") from None
    until = day + dt.timedelta(seconds=asked.terms.calendar.evening) if len(str(told)) == 10 else day
    if until <= max(task.result_due, asked.at):
        raise ValueError(f"新期限须在原期限（{task.result_due:%Y-%m-%d %H:%M}）之后")
    return until


def _colleague(connection: Connection, task: Task, told: str, by: Subject) -> str:
    """Return an account of the organisation that has the task: one's own, or that of somebody who holds a role there."""
    if told == by.account:
        return told
    holds = (
        select(accounts.c.account)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .where(
            accounts.c.account == told,
            memberships.c.organisation_id == task.organisation_id,
            memberships.c.until.is_(None),
            accounts.c.disabled_at.is_(None),
        )
    )
    if connection.execute(holds).first() is None:
        raise ValueError(f"本单位没有账号 {told!r}")
    return told


def _target(connection: Connection, task: Task, told: str) -> int:
    target = (
        read_task(connection, int(told), is_locked=True)
        if str(told).isdecimal() and len(str(told)) < 10
        else None
    )
    if target is None or not target.is_open or target.id == task.id:
        raise ValueError("并入的任务应是另一件没有办结的任务")
    return target.id


def _check_children(connection: Connection, task: Task) -> None:
    open_states = [name for name, state in table().states.items() if state.is_open]
    here = (tasks.c.parent_id == task.id) & tasks.c.state.in_(open_states)
    n = connection.execute(select(func.count()).select_from(tasks).where(here)).scalar_one()
    if n:
        raise ValueError(f"还有 {n} 件协办任务没有办结，联办任务须都办结后才能办结")
