"""What a message says, and to which addresses it goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from shuju.access.roles import ANALYST, LEADER
from shuju.desk.answers.senders import (
    MATTER_SENDER,
    SENDER,
    contact_of,
    letter_to_sender,
    matter_to_sender,
)
from shuju.desk.messages.addresses import EMAIL, Address
from shuju.desk.messages.matter_reminders import reminder_of_matter
from shuju.desk.messages.message import Message
from shuju.desk.messages.reminders import KINDS
from shuju.desk.subscriptions.inboxes import letters_of, text_of
from shuju.desk.subscriptions.record import unsubscribe_name
from shuju.desk.tables.accounts import accounts, memberships, organisations
from shuju.desk.tables.messages import message_addresses
from shuju.desk.tables.tasks import task_events, tasks
from shuju.desk.tasks.counted import open_states
from shuju.desk.tasks.record import Task, event_of, read_task, task_of
from shuju.desk.tasks.transitions import title_of

MOST_IN_DIGEST = 30
ALERTS = ("alert", "alerts")  # what subscriptions tell: one, or those of a day together
ROLES_TOLD = {"supervisor": ANALYST, "leader": LEADER}
a, c = message_addresses.c, tasks.c


def addresses_of(connection: Connection, row: Row) -> list[Address]:
    """Return where a message of the outbox goes."""
    kind, _, name = row.told_to.partition(":")
    if kind in (SENDER, MATTER_SENDER):
        address = contact_of(connection, int(name), kind)
        return [Address(0, "", None, EMAIL, address)] if address else []
    if row.kind in ALERTS:
        wanted = {channel for letter in letters_of(connection, row) for channel in letter.channels.split(",")}
        return [one for one in _of_accounts(connection, [name]) if one.channel in wanted]
    task = read_task(connection, row.task_id) if row.task_id is not None else None
    if task is None or row.kind in KINDS:
        return _told(connection, row, task)
    # An organisation that replied by e-mail is not mailed its own words; nor is who wrote them, if others of theirs are.
    e = task_events.c
    author = connection.execute(select(e.who).where(e.task_id == task.id, e.seq == row.seq)).scalar()
    return [
        one
        for one in _told(connection, row, task)
        if author not in (one.account or None, one.address.lower())
    ]


def _told(connection: Connection, row: Row, task: Task | None) -> list[Address]:
    kind, _, name = row.told_to.partition(":")
    match kind:
        case "account":
            return _of_accounts(connection, [name])
        case "organisation":
            return _of_organisation(connection, int(name))
        case "assigner" if task is not None:
            return _of_accounts(connection, [task.assigner])
        case "handler" if task is not None:
            own = _of_accounts(connection, [task.handler]) if task.handler else []
            return own or _of_organisation(connection, task.organisation_id)
        case "above" if task is not None:
            above = select(organisations.c.parent_id).where(organisations.c.id == task.organisation_id)
            parent = connection.execute(above).scalar()
            return _of_organisation(connection, parent) if parent is not None else []
    return _of_accounts(connection, _holders(connection, ROLES_TOLD[kind], row.made_at))


def written(connection: Connection, row: Row, base: str, at: dt.datetime) -> Message:
    """Return what a message of the outbox says; ``base`` is the address of the server, for links."""
    kind, _, name = row.told_to.partition(":")
    if kind == SENDER:
        return Message(row.message_id, *letter_to_sender(connection, int(name), base), {"event": row.kind})
    if kind == MATTER_SENDER:
        return Message(row.message_id, *matter_to_sender(connection, int(name)), {"event": row.kind})
    if row.kind in ALERTS:
        return _alert(connection, row, base)
    if row.matter_id is not None:
        return reminder_of_matter(connection, row, base)
    if row.task_id is None:
        return _digest(connection, row, base, at)
    task = read_task(connection, row.task_id)
    assert task is not None  # tasks are never deleted
    e = task_events.c
    found = connection.execute(select(task_events).where(e.task_id == task.id, e.seq == row.seq)).first()
    lines = [task.title, f"单位：{task.organisation}", f"状态：{task.state_title}"]
    if row.kind in KINDS:
        what = KINDS[row.kind]
    else:
        event = event_of(found)
        what = title_of(row.kind)
        lines.insert(0, f"{event.who_name} 于 {event.at:%Y-%m-%d %H:%M} {what}")
        if event.given.get("text"):
            lines.append(f"说明：{event.given['text']}")
    if task.due is not None:
        lines.append(f"期限：{task.due:%Y-%m-%d %H:%M}")
    if task.is_synthetic:
        lines.append("（演示数据）")
    data = {"task": task.id, "number": task.number, "event": row.kind, "seq": row.seq, "state": task.state}
    lines.append(f"{base}task?id={task.id}")
    return Message(row.message_id, f"[数聚] {what}：{task.title[:60]}", "\n".join(lines) + "\n", data)


def _alert(connection: Connection, row: Row, base: str) -> Message:
    """Return what subscriptions tell: one of them, or those of a day together."""
    letters = letters_of(connection, row)
    told = {"event": row.kind, "subscriptions": [one.subscription_id for one in letters]}
    if row.kind == "alerts":
        return Message(row.message_id, f"[数聚] 订阅汇总：{len(letters)} 条", text_of(letters, base), told)
    if not letters:  # it is not wanted any more: there is no address to send it to
        return Message(row.message_id, "", "", told)
    (one,) = letters
    subject, text = f"[数聚] {one.title[:80]}", text_of(letters, base)
    name = f"{base}unsubscribe/{unsubscribe_name(one.subscription_id)}" if base else ""
    return Message(row.message_id, subject, text, told, one.picture, one.file, one.file_name, name)


def _digest(connection: Connection, row: Row, base: str, at: dt.datetime) -> Message:
    """Return what somebody has to do this morning, the most delayed first."""
    kind, _, name = row.told_to.partition(":")
    mine = (c.handler == name) | (c.assigner == name) if kind == "account" else c.organisation_id == int(name)
    wanted = select(tasks).where(mine, c.state.in_(open_states())).order_by(c.next_due, c.id)
    found = [task_of(one) for one in connection.execute(wanted)]
    late = [task for task in found if task.light(at) == "red"]
    lines = [f"未办结 {len(found)} 件，其中已超期 {len(late)} 件。", ""]
    lines += [_line(task, at, base) for task in found[:MOST_IN_DIGEST]]
    if len(found) > MOST_IN_DIGEST:
        lines.append(f"另有 {len(found) - MOST_IN_DIGEST} 件：{base}desk")
    data = {"event": "digest", "open": len(found), "late": len(late), "tasks": [task.id for task in found]}
    return Message(
        row.message_id,
        f"[数聚] 每日待办：{len(found)} 件，超期 {len(late)} 件",
        "\n".join(lines) + "\n",
        data,
    )


def _line(task: Task, at: dt.datetime, base: str) -> str:
    lights = {"red": "【超期】", "yellow": "【临近】", "green": "", "": ""}
    due = f"，期限 {task.due:%m-%d %H:%M}" if task.due is not None else ""
    return f"{lights[task.light(at)]}{task.title[:60]}（{task.organisation}，{task.state_title}{due}） {base}task?id={task.id}"


def _of_accounts(connection: Connection, names: Sequence[str]) -> list[Address]:
    return _read(connection, a.account.in_([name for name in names if name]))


def _of_organisation(connection: Connection, number: int) -> list[Address]:
    return _read(connection, a.organisation_id == number)


def _read(connection: Connection, where: Any) -> list[Address]:
    wanted = select(a.id, a.account, a.organisation_id, a.channel, a.address).where(
        where, a.ended_at.is_(None)
    )
    return [Address(*row) for row in connection.execute(wanted.order_by(a.id))]


def _holders(connection: Connection, role: str, at: dt.datetime) -> list[str]:
    m = memberships.c
    wanted = (
        select(accounts.c.account)
        .join(memberships, m.account_id == accounts.c.id)
        .where(
            m.role == role,
            m.since <= at,
            m.until.is_(None) | (m.until > at),
            accounts.c.disabled_at.is_(None),
        )
    )
    return sorted(set(connection.execute(wanted).scalars()))
