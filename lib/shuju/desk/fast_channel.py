"""The fast channel (快速通道): letters and suggestions that go straight to the leader, what was decided, and the answer to the sender.

A matter is what its events made of it, as a task is. Its clock is that of the kind ``fast_channel``: until the first word, until the answer.
It ends with the leader's answer, with that of the department that handles the letter, or with what the source itself has answered.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from shuju.access.roles import ASSIGN
from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.answers.senders import MATTER_SENDER, sealed_contact
from shuju.desk.fast_matter import Matter, MatterEvent
from shuju.desk.store import writing
from shuju.desk.tables.fast_channel import matter_events, matters
from shuju.desk.tables.messages import outbox
from shuju.desk.tasks.commands import Order, order_fields
from shuju.desk.tasks.journal import LONGEST_ID, StaleTaskError, TaskError, begin, command
from shuju.desk.tasks.record import read_task
from shuju.desk.terms import Terms

WHAT = ("fast_channel", "", "normal")
STATES = {"waiting": "待批示", "taken_up": "采纳", "refused": "不采纳", "answered": "已答复"}
# Action: its name, in which states, the state after it, whether words are needed.
ACTIONS: Mapping[str, tuple[str, tuple[str, ...], str, bool]] = {
    "say": ("批示", ("waiting", "taken_up", "refused"), "", True),
    "take_up": ("采纳", ("waiting", "refused"), "taken_up", False),
    "refuse": ("不采纳", ("waiting", "taken_up"), "refused", True),
    "assign": ("交办", ("waiting", "taken_up"), "taken_up", False),
    "answer": ("答复", ("taken_up", "refused"), "answered", True),
}
# What ends a matter elsewhere: an answer to the letter that a department sent, one that came with the source's own data.
ANSWERED_BY_DEPARTMENT, REPLIED = "department_answered", "replied"
TITLES = {name: told[0] for name, told in ACTIONS.items()} | {
    ANSWERED_BY_DEPARTMENT: "承办部门已答复来信人", REPLIED: "来源系统已有答复",
}  # fmt: skip
LONGEST_TEXT = 10_000
m, e = matters.c, matter_events.c


def decide(
    desk: Engine,
    matter_id: int,
    action: str,
    text: str = "",
    *,
    by: Subject,
    command_id: str,
    seq: int,
    at: dt.datetime,
    terms: Terms,
    order: Order | None = None,
    contact: str = "",
    is_published: bool = False,
) -> Matter:
    """Do one of ``ACTIONS`` to a matter and return it; the same command id again gives what it is now and does nothing.
    Given for anything else it is refused.

    ``order`` is what is assigned with ``assign``, its task begun in the same transaction; ``contact`` is the e-mail address at which the
    sender is told of an answer, kept sealed.

    Raises:
        TaskError: there is no such matter or action, it cannot be done now, or words are missing.
        StaleTaskError: somebody else was faster.
        NotAllowedError: the role may not.
    """
    if not by.may(ASSIGN):
        raise NotAllowedError("当前角色不能处理快速通道")
    text = text.replace("\0", "").strip()
    if not 8 <= len(command_id) <= LONGEST_ID or action not in ACTIONS or len(text) > LONGEST_TEXT:
        raise TaskError("操作编号、操作或说明不对")
    title, states, to, needs_text = ACTIONS[action]
    if needs_text and not text:
        raise TaskError(f"{title}须写明内容")
    if (action == "assign") != (order is not None):
        raise TaskError("请说明交办给哪个单位")
    asked = command(
        f"{command_id[: LONGEST_ID - 5]}-task",
        (f"fast {action}", matter_id, {"text": text}),
        by=by,
        at=at,
        terms=terms,
    )
    fields = order_fields(desk, order, asked) if order is not None else {}

    def do(connection: Connection) -> None:
        matter = _read(connection, matter_id, is_locked=True)
        known = connection.execute(select(matter_events).where(e.command_id == command_id)).first()
        if known is not None:
            if (known.matter_id, known.action, json.loads(known.told).get("text")) != (
                matter_id,
                action,
                text,
            ):
                raise TaskError("这个操作编号已用于另一操作，请刷新后再操作")
            return
        if matter.seq != seq:
            raise StaleTaskError(_changed(connection, matter))
        if matter.state not in states:
            raise TaskError(f"“{STATES[matter.state]}”的事项不能{title}")
        values: dict[str, Any] = {"seq": seq + 1, "state": to or matter.state}
        if matter.decided_at is None:
            values["decided_at"] = at
        if order is not None:
            _check_not_assigned(connection, matter)
            values["task_id"] = begin(connection, asked, fields, proof=order.evidence).id
        if action == "answer":
            values |= {
                "number": _next_number(connection, at.year),
                "answer": text,
                "answered_at": at,
                "is_published": is_published,
            }
            values["contact"] = sealed_contact(contact, matter_id, MATTER_SENDER) if contact else ""
            _tell_sender(connection, matter_id, seq + 1, at)
        connection.execute(update(matters).where(m.id == matter_id).values(values))
        told = {"text": text, "task": values.get("task_id"), "published": is_published}
        keep_event(connection, (matter_id, seq + 1, command_id), action, told, (by.account, by.name), at)

    return _done(desk, matter_id, do)


def get_matter(desk: Engine, matter_id: int) -> tuple[Matter, list[MatterEvent]]:
    """Return a matter with its thread, the first word first.

    Raises:
        TaskError: there is none.
    """
    with desk.connect() as connection:
        rows = connection.execute(select(matter_events).where(e.matter_id == matter_id).order_by(e.seq))
        events = [MatterEvent(r.seq, r.action, r.at, r.who, r.who_name, json.loads(r.told)) for r in rows]
        return _read(connection, matter_id), events


def list_matters(desk: Engine, state: str = "", *, n: int = 50, first: int = 0) -> list[Matter]:
    """Return ``n`` matters of a state (all) from the ``first``-th on, the soonest due first, those answered last and the newest of them first."""
    where = (m.state == state) if state else (m.id > 0)
    runs = case((m.decided_at.is_(None), m.reply_due), else_=m.result_due)
    order = (m.answered_at.is_not(None), m.answered_at.desc(), runs, m.id)
    with desk.connect() as connection:
        rows = connection.execute(select(matters).where(where).order_by(*order).offset(first).limit(n))
        return [Matter(**row._mapping) for row in rows]


def waiting(desk: Engine) -> tuple[int, int]:
    """Return how many matters wait for a word of the leader, and the id of the newest (0: none waits)."""
    with desk.connect() as connection:
        n, newest = connection.execute(select(func.count(), func.max(m.id)).where(m.state == "waiting")).one()
    return n, newest or 0


def sender_told(desk: Engine, matter: Matter) -> tuple[dt.datetime | None, str]:
    """Return when the sender was told of the leader's answer, None if not yet, and why it could not be."""
    o = outbox.c
    wanted = select(o.sent_at, o.failure).where(o.message_id == f"matter-{matter.id}-answer")
    with desk.connect() as connection:
        row = connection.execute(wanted).first()
    return (None, "") if row is None else (row.sent_at, row.failure or "")


def matter_of_task(desk: Engine, task_id: int) -> Matter | None:
    """Return the matter that a task was assigned for, None if for none."""
    return _one(desk, m.task_id == task_id)


def matter_of_letter(desk: Engine, letter_id: str) -> Matter | None:
    """Return the matter that a letter is, None if it is none."""
    return _one(desk, (m.kind == "letters") & (m.source_id == letter_id))


def keep_event(
    connection: Connection, what: tuple[int, int, str], action: str, told: Mapping[str, Any], who: tuple[str, str], at: dt.datetime
) -> None:  # fmt: skip
    """Write what became of a matter, in the transaction that is open: ``what`` is its id, the number of the event, the command's id."""
    matter_id, seq, command_id = what
    row = {"matter_id": matter_id, "seq": seq, "command_id": command_id, "action": action, "at": at}
    row |= {"told": json.dumps(dict(told), ensure_ascii=False), "who": who[0], "who_name": who[1]}
    connection.execute(insert(matter_events).values(**row))


def _done(desk: Engine, matter_id: int, do: Callable[[Connection], None]) -> Matter:
    try:
        with writing(desk) as connection:
            do(connection)
    except IntegrityError:  # two answered at the same time, or the same was asked twice
        raise StaleTaskError("此事项刚被他人处理，请刷新后再操作") from None
    return get_matter(desk, matter_id)[0]


def _next_number(connection: Connection, year: int) -> int:
    """Return the number of the next answer of a year; in PostgreSQL whoever answers another matter meanwhile waits."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE matters IN SHARE ROW EXCLUSIVE MODE")
    here = (m.answered_at >= dt.datetime(year, 1, 1)) & (m.answered_at < dt.datetime(year + 1, 1, 1))
    return (connection.execute(select(func.max(m.number)).where(here)).scalar() or 0) + 1


def _tell_sender(connection: Connection, matter_id: int, seq: int, at: dt.datetime) -> None:
    row = {
        "message_id": f"matter-{matter_id}-answer",
        "matter_id": matter_id,
        "seq": seq,
        "kind": "answer",
        "n_tries": 0,
    }
    row |= {"told_to": f"{MATTER_SENDER}:{matter_id}", "made_at": at, "not_before": at}
    connection.execute(insert(outbox).values(**row))


def _check_not_assigned(connection: Connection, matter: Matter) -> None:
    """Check that no task of the matter is open: it would be done twice."""
    task = read_task(connection, matter.task_id) if matter.task_id is not None else None
    if task is not None and task.is_open:
        raise TaskError(f"此事项已交办（{task.number}，{task.organisation}），如需换单位请在任务中改派")


def _one(desk: Engine, where: Any) -> Matter | None:
    with desk.connect() as connection:
        row = connection.execute(select(matters).where(where).limit(1)).first()
    return None if row is None else Matter(**row._mapping)


def _read(connection: Connection, matter_id: int, *, is_locked: bool = False) -> Matter:
    wanted = select(matters).where(m.id == matter_id)
    row = (
        connection.execute(wanted.with_for_update() if is_locked else wanted).first()
        if matter_id < 2**31
        else None
    )
    if row is None:
        raise TaskError("没有这件事项")
    return Matter(**row._mapping)


def _changed(connection: Connection, matter: Matter) -> str:
    newest = select(matter_events).where(e.matter_id == matter.id).order_by(e.seq.desc()).limit(1)
    row = connection.execute(newest).first()
    if row is None:
        return "页面与事项的现状不符，请刷新后再操作"
    return f"{row.who_name}（{row.who}）已于 {row.at:%Y-%m-%d %H:%M:%S} {TITLES[row.action]}；您的操作没有执行，请看过现状后再定"
