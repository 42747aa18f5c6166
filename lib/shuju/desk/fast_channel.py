"""The fast channel (快速通道): letters and suggestions that go straight to the leader, what was decided, and the answer to the sender.

A matter is what its events made of it, as a task is. Its clock is that of the kind ``fast_channel``: until the first word, until the answer.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from shuju.access.roles import ASSIGN
from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.store import writing
from shuju.desk.tables.fast_channel import matter_events, matters
from shuju.desk.tasks.due import dues
from shuju.desk.tasks.journal import LONGEST_ID, StaleTaskError, TaskError
from shuju.desk.terms import Terms
from shuju.text.personal import mask

PLACE = Path(__file__).with_suffix(".yaml")
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
LONGEST_TEXT = 10_000
m, e = matters.c, matter_events.c


@dataclass(frozen=True)
class Class:
    """Letters or suggestions that go to the leader: of which table and channels, how many days back."""

    name: str
    table: str
    channels: tuple[str, ...]
    days: int


@dataclass(frozen=True)
class Matter:
    """One letter or suggestion on the leader's page; ``number`` is that of its answer within the year."""

    id: int
    seq: int
    kind: str
    source_id: str
    class_name: str
    title: str
    sender: str
    region_code: str
    topic: str
    written_at: dt.datetime
    came_at: dt.datetime
    reply_due: dt.datetime
    result_due: dt.datetime
    state: str
    decided_at: dt.datetime | None
    task_id: int | None
    number: int | None
    answer: str
    answered_at: dt.datetime | None
    is_published: bool
    is_synthetic: bool

    @property
    def due(self) -> dt.datetime | None:
        """The term that runs: until the first word, then until the answer."""
        return None if self.state == "answered" else self.result_due if self.decided_at else self.reply_due

    @property
    def answer_number(self) -> str:
        """What the answer is called: 快答〔2026〕12号."""
        return f"快答〔{self.answered_at.year}〕{self.number}号" if self.answered_at is not None else ""

    @property
    def published(self) -> str:
        """The answer as it may be published: personal data masked; empty where it may not."""
        return (mask([self.answer])[0] or "") if self.is_published else ""


@dataclass(frozen=True)
class MatterEvent:
    """Something that was said or decided of a matter."""

    seq: int
    action: str
    at: dt.datetime
    who: str
    who_name: str
    told: Mapping[str, Any]


@cache
def classes() -> tuple[Class, ...]:
    """Return which letters and suggestions go to the leader, as ``fast_channel.yaml`` says."""
    told = YAML(typ="safe").load(PLACE.read_text(encoding="utf-8"))["classes"]
    return tuple(
        Class(row["name"], row["table"], tuple(row.get("channels", ())), int(row["days"])) for row in told
    )


def take_in(desk: Engine, rows: list[dict[str, Any]], terms: Terms, *, at: dt.datetime) -> int:
    """Put letters and suggestions on the leader's page that are not there yet; return how many. O(rows)."""
    if not rows:
        return 0
    due, n = dues(terms, WHAT, at), 0
    with writing(desk) as connection:
        known = {tuple(row) for row in connection.execute(select(m.kind, m.source_id))}
        for row in rows:
            if (row["kind"], row["source_id"]) in known:
                continue
            begun = {"seq": 0, "state": "waiting", "answer": "", "is_published": False, "came_at": at}
            clock = {"reply_due": due.reply, "result_due": due.result}
            connection.execute(insert(matters).values(**row, **begun, **clock))
            n += 1
    return n


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
    task_id: int | None = None,
    is_published: bool = False,
) -> Matter:
    """Do one of ``ACTIONS`` to a matter and return it; the same command id again gives what it is now and does nothing.

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

    def do(connection: Connection) -> None:
        matter = _read(connection, matter_id, is_locked=True)
        if connection.execute(select(e.id).where(e.command_id == command_id)).first() is not None:
            return
        if matter.seq != seq:
            raise StaleTaskError(_changed(connection, matter))
        if matter.state not in states:
            raise TaskError(f"“{STATES[matter.state]}”的事项不能{title}")
        values: dict[str, Any] = {"seq": seq + 1, "state": to or matter.state}
        if matter.decided_at is None:
            values["decided_at"] = at
        if task_id is not None:
            values["task_id"] = task_id
        if action == "answer":
            year = dt.datetime(at.year, 1, 1)
            newest = connection.execute(select(func.max(m.number)).where(m.answered_at >= year)).scalar() or 0
            values |= {"number": newest + 1, "answer": text, "answered_at": at, "is_published": is_published}
        connection.execute(update(matters).where(m.id == matter_id).values(values))
        told = json.dumps({"text": text, "task": task_id, "published": is_published}, ensure_ascii=False)
        row = {
            "matter_id": matter_id,
            "seq": seq + 1,
            "command_id": command_id,
            "action": action,
            "at": at,
            "told": told,
        }
        connection.execute(insert(matter_events).values(**row, who=by.account, who_name=by.name))

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
    """Return matters of a state (all), the soonest due first, those answered last."""
    where = (m.state == state) if state else (m.id > 0)
    order = (m.answered_at.is_not(None), m.result_due, m.id)
    with desk.connect() as connection:
        rows = connection.execute(select(matters).where(where).order_by(*order).offset(first).limit(n))
        return [Matter(**row._mapping) for row in rows]


def waiting(desk: Engine) -> tuple[int, int]:
    """Return how many matters wait for a word of the leader, and the id of the newest (0: none waits)."""
    with desk.connect() as connection:
        n, newest = connection.execute(select(func.count(), func.max(m.id)).where(m.state == "waiting")).one()
    return n, newest or 0


def counted(desk: Engine) -> dict[str, int]:
    """Return how many came, in each state, assigned, decided in time, and refused by reason (``refused: …``)."""
    with desk.connect() as connection:
        rows = connection.execute(select(m.state, m.task_id, m.decided_at, m.reply_due)).all()
        reasons = connection.execute(select(e.told).where(e.action == "refuse")).scalars().all()
    found = Counter(row.state for row in rows)
    found["came"] = len(rows)
    found["assigned"] = sum(row.task_id is not None for row in rows)
    found["decided"] = sum(row.decided_at is not None for row in rows)
    found["in_time"] = sum(row.decided_at is not None and row.decided_at <= row.reply_due for row in rows)
    found.update(f"refused: {json.loads(told)['text'][:40]}" for told in reasons)
    return dict(found)


def _done(desk: Engine, matter_id: int, do: Callable[[Connection], None]) -> Matter:
    try:
        with writing(desk) as connection:
            do(connection)
    except IntegrityError:  # two answered at the same time, or the same was asked twice
        raise StaleTaskError("此事项刚被他人处理，请刷新后再操作") from None
    return get_matter(desk, matter_id)[0]


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
    return f"{row.who_name}（{row.who}）已于 {row.at:%Y-%m-%d %H:%M:%S} {ACTIONS[row.action][0]}；您的操作没有执行，请看过现状后再定"
