"""Reminders (提醒) of matters of the fast channel: what the leader has not decided, or nobody answered, near its term or over it.

Who watches over tasks hears of it first, and the leaders, whose word is missing; over it the leaders again after one, three and five
working days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from shuju.desk.fast_channel import WHAT
from shuju.desk.fast_matter import Matter
from shuju.desk.messages.message import Message
from shuju.desk.tables.fast_channel import matters
from shuju.desk.tasks.due import yellow_since
from shuju.desk.terms import Terms
from shuju.desk.working_time import working_days_between

ESCALATION = ((1, "escalate_1"), (3, "escalate_2"), (5, "escalate_3"))
TITLES = {"near": "临近到期", "late": "已超期", **dict.fromkeys((kind for _, kind in ESCALATION), "超期上报")}
BOTH = ("supervisor", "leader")
m = matters.c


def reminders_of_matters(desk: Engine, terms: Terms, *, at: dt.datetime) -> list[dict[str, Any]]:
    """Return what is to be put into the outbox of matters whose term is near or over. O(matters that are not answered)."""
    with desk.connect() as connection:
        rows = connection.execute(select(matters).where(m.state != "answered"))
        found = [Matter(**row._mapping) for row in rows]
    return [row for one in found for row in _reminders(one, terms, at)]


def reminder_of_matter(connection: Connection, row: Row, base: str) -> Message:
    """Return what a reminder of a matter says."""
    found = connection.execute(select(matters).where(m.id == row.matter_id)).one()
    matter = Matter(**found._mapping)
    waits = "待批示" if matter.decided_at is None else "待答复"
    title = " ".join(matter.title.split())
    lines = [title, f"快速通道（{matter.class_name}），{waits}", f"收到：{matter.came_at:%Y-%m-%d %H:%M}"]
    if matter.due is not None:
        lines.append(f"期限：{matter.due:%Y-%m-%d %H:%M}")
    if matter.is_synthetic:
        lines.append("（演示数据）")
    lines.append(f"{base}fast?id={matter.id}")
    data = {"matter": matter.id, "event": row.kind, "seq": row.seq, "state": matter.state}
    subject = f"[数聚] 快速通道{TITLES[row.kind]}：{title[:60]}"
    return Message(row.message_id, subject, "\n".join(lines) + "\n", data)


def _reminders(matter: Matter, terms: Terms, at: dt.datetime) -> Iterator[dict[str, Any]]:
    due = matter.due
    assert due is not None  # it is not answered
    step = "reply" if matter.decided_at is None else "result"
    name = f"matter-{matter.id}-{step}-{due:%Y%m%d%H%M}"
    told_to = BOTH if matter.decided_at is None else BOTH[:1]
    if at <= due:
        if at >= yellow_since(terms, terms.rule(*WHAT).name, step, due):
            yield from (_row(f"{name}-near-{part}", matter, "near", part, at) for part in told_to)
        return
    yield from (_row(f"{name}-late-{part}", matter, "late", part, at) for part in told_to)
    days = working_days_between(due, at, terms.calendar)
    yield from (
        _row(f"{name}-{kind}", matter, kind, "leader", at) for least, kind in ESCALATION if days >= least
    )


def _row(message_id: str, matter: Matter, kind: str, told_to: str, at: dt.datetime) -> dict[str, Any]:
    return {
        "message_id": message_id, "task_id": None, "matter_id": matter.id, "seq": matter.seq, "kind": kind, "told_to": told_to,
        "made_at": at, "not_before": at, "n_tries": 0,
    }  # fmt: skip
