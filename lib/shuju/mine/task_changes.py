"""What of the tasks needs somebody: overdue, soon due, returned, waiting for a word; the fast channel."""

from __future__ import annotations

import datetime as dt
from zlib import crc32

from sqlalchemy import Engine

from shuju.access.roles import ASSIGN, HANDLE
from shuju.access.subject import Subject
from shuju.desk.fast_channel import waiting
from shuju.desk.tasks.listing import MOST, Wanted, list_tasks
from shuju.desk.tasks.record import Task
from shuju.mine.change import Change

# View, light or state, what is said of them, how much it presses.
PRESSING = (
    ("mine", "red", "要我办的交办已超期 ", 1.0),
    ("mine", "yellow", "要我办的交办即将到期 ", 0.9),
    ("watched", "red", "我交办的任务已超期 ", 0.8),
)
IN_REVIEW, RETURNED, FAST = 0.7, 0.9, 0.75
MOST_RETURNED = 2


def task_changes(desk: Engine, by: Subject, *, at: dt.datetime) -> list[Change]:
    """Return what of the tasks that somebody sees needs them. O(open tasks of theirs)."""
    if not (by.may(ASSIGN) or by.may(HANDLE)):
        return []
    found = []
    for view, light, lead, presses in PRESSING:
        rows, n = list_tasks(desk, by, Wanted(view, light=light), at=at, n=MOST)
        if n:
            found.append(
                _of_tasks(rows, n, f"desk?view={view}&light={light}", lead, _longest(rows[0], at), presses)
            )
    if by.may(ASSIGN):
        rows, n = list_tasks(desk, by, Wanted("mine", state="in_review"), at=at, n=MOST)
        if n:
            found.append(_of_tasks(rows, n, "desk?view=mine&state=in_review", "报结待我审核 ", "", IN_REVIEW))
        n, newest = waiting(desk)
        if n:
            found.append(
                Change(f"fast:{newest}", "fast", "快速通道待批示 ", n, " 件", "fast?state=waiting", FAST, n)
            )
    return [*found, *_returned(desk, by, at)]


def _of_tasks(rows: list[Task], n: int, link: str, lead: str, rest: str, presses: float) -> Change:
    ids = ",".join(str(task.id) for task in rows)
    return Change(f"task:{link}:{crc32(ids.encode()):08x}", "task", lead, n, f" 件{rest}", link, presses, 100)


def _longest(task: Task, at: dt.datetime) -> str:
    """Return of the task that is due first how long it is over, or still has."""
    hours = abs((at - task.next_due).total_seconds()) / 3600
    told = f"{hours / 24:.0f} 天" if hours >= 48 else f"{max(hours, 1):.0f} 小时"
    return f"，最久的已超期 {told}" if at > task.next_due else f"，最近的还有 {told}"


def _returned(desk: Engine, by: Subject, at: dt.datetime) -> list[Change]:
    """Return the tasks that came back to who handles them (退回重办)."""
    if not by.may(HANDLE):
        return []
    rows, _ = list_tasks(desk, by, Wanted("mine", state="working"), at=at, n=MOST)
    back = [task for task in rows if task.n_returned][:MOST_RETURNED]
    return [
        Change(f"task:{task.id}:returned:{task.n_returned}", "task", f"“{task.title[:30]}”被退回重办，第 ", task.n_returned, " 次",
               f"task?id={task.id}", RETURNED, 100, topic=task.topic, region=task.region_code)
        for task in back
    ]  # fmt: skip
