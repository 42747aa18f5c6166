"""The audit trail (审计日志): who did what, when, from where, under which role; appended, never changed.

Each row is chained to the one before by a keyed hash, so whoever has the database and not the key cannot change, take out, swap or
chain rows anew without ``verify`` telling. The number and hash of the newest row are kept in a file outside the database (the anchor):
a trail cut short, or put back as it was earlier, does not reach it any more.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import hmac
import json
import os
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, insert, select, text

from shuju.access.subject import present
from shuju.clock import now
from shuju.desk.store import trail
from shuju.keys import TRAIL, first_key, key_place
from shuju.library import is_closed_to_strangers

VARIABLE = "SHUJU_ANCHORS"
GENESIS = "0" * 64
MOST_TOGETHER = 512
# What is noted, and what it is called.
EVENTS = {
    "sign-in": "登录", "sign-in-failed": "登录失败", "sign-out": "退出", "refused": "拒绝访问", "read-letter": "查看来信",
    "export": "导出", "search": "检索", "change": "标注与更正", "account": "账号变更", "right": "角色变更", "session": "会话变更",
    "reveal": "查看联系方式", "verify": "核验日志",
}  # fmt: skip

# Where the present request comes from; the server says so.
came_from: ContextVar[str] = ContextVar("came_from", default="")
_t = trail.c


class TrailError(ValueError):
    """Something could not be noted: what was to be noted must not happen then."""


@dataclass(frozen=True)
class Verdict:
    """What a verification found: how many rows are sound, and what is wrong, in Chinese; nothing if ``fault`` is empty."""

    n_rows: int
    fault: str = ""


def note(
    desk: Engine,
    what: str,
    subject: str = "",
    told: Mapping[str, Any] | None = None,
    n_rows: int | None = None,
    *,
    account: str = "",
) -> None:
    """Append a row, and return when it is on the disk.

    ``account`` is who tried where nobody is signed in. What a script or a notebook does on the server's own machine is not noted.
    Rows that come meanwhile are written together.

    Raises:
        TrailError: it could not be written, or a server does not know who asks.
    """
    note_each(desk, what, [subject], told, n_rows, account=account)


def note_each(
    desk: Engine,
    what: str,
    subjects: Sequence[str],
    told: Mapping[str, Any] | None = None,
    n_rows: int | None = 1,
    *,
    account: str = "",
) -> None:
    """Append a row for each of several things of which the same is to be said; otherwise as ``note``."""
    assert what in EVENTS
    person = present()
    if person is None and not account:
        if is_closed_to_strangers():
            raise TrailError("不知道是谁在操作，请重新登录")
        return
    row = {
        "at": now(),
        "who": (person.account if person is not None else account)[:100],
        "role": person.role if person is not None else "",
        "address": came_from.get()[:60],
        "what": what,
        "told": json.dumps(dict(told or {}), ensure_ascii=True, sort_keys=True, default=str),
        "n_rows": n_rows,
    }
    try:
        writer = _writer_of(desk)
        waiting = [writer.put(row | {"subject": subject[:300]}) for subject in subjects]
        for done in waiting:
            done.result()
    except Exception as error:
        raise TrailError("审计日志写不进去，操作未执行；请与系统管理员联系") from error


def verify(desk: Engine, key: bytes | None = None) -> Verdict:
    """Go through the whole trail and tell the first row that is not as it was written; some 90,000 rows a second."""
    key = key or first_key(TRAIL)
    anchored = read_anchor(desk)
    mac, number = GENESIS, 0
    for row in _raw(desk):
        if row[0] != number + 1:
            return Verdict(number, f"第 {number + 1} 行缺失（其后是第 {row[0]} 行）")
        if not hmac.compare_digest(row[-1], _mac(key, mac, row[:-1])):
            return Verdict(number, f"第 {row[0]} 行与其校验值不符：此行或此前被改动、调换")
        number, mac = row[0], row[-1]
        if anchored is not None and anchored[0] == number and anchored[1] != mac:
            return Verdict(number, f"第 {number} 行与锚点不符：日志被整体替换过")
    if anchored is None and number:
        return Verdict(number, f"没有锚点文件 {anchor_place(desk)}：无从判断末尾是否被截去")
    if anchored is not None and number < anchored[0]:
        return Verdict(number, f"日志只到第 {number} 行，锚点是第 {anchored[0]} 行：末尾被截去")
    return Verdict(number)


def read(
    desk: Engine,
    *,
    who: str = "",
    subject: str = "",
    what: str = "",
    since: dt.datetime | None = None,
    n: int = 50,
    first: int = 0,
) -> tuple[list[dict[str, Any]], int]:
    """Return ``n`` rows from the ``first``-th on, the newest first, and how many there are of these."""
    wanted = []
    wanted += [_t.who == who] if who else []
    wanted += [_t.subject == subject] if subject else []
    wanted += [_t.what == what] if what else []
    wanted += [_t.at >= since] if since else []
    with desk.connect() as connection:
        total = connection.execute(select(func.count()).select_from(trail).where(*wanted)).scalar_one()
        rows = connection.execute(
            select(trail).where(*wanted).order_by(_t.number.desc()).offset(first).limit(n)
        )
        return [dict(row._mapping) | {"told": json.loads(row.told)} for row in rows], total


def export(desk: Engine) -> Iterator[str]:
    """Yield the whole trail as lines of JSON, the oldest first; no row can hold the end of a line."""
    names = [column.name for column in trail.columns]
    for row in _raw(desk):
        yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=True) + "\n"


# The anchor


def anchor_place(desk: Engine) -> Path:
    """Return the file that holds the newest row's number and hash: under ``SHUJU_ANCHORS``, else beside the keys."""
    folder = Path(os.environ.get(VARIABLE) or key_place().parent / "anchors").expanduser()
    name = hashlib.sha256(desk.url.render_as_string(hide_password=True).encode()).hexdigest()[:16]
    return folder / f"{name}.anchor"


def read_anchor(desk: Engine) -> tuple[int, str] | None:
    """Return number and hash of the newest row as the anchor has them, None where there is no anchor."""
    place = anchor_place(desk)
    if not place.exists():
        return None
    number, _, mac = place.read_text(encoding="ascii").strip().partition(" ")
    return int(number), mac


def _anchor(desk: Engine, number: int, mac: str) -> None:
    place = anchor_place(desk)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read_anchor(desk)
        if known is not None and known[0] >= number:  # another process was here with more
            return
        new = place.with_suffix(".new")
        with new.open("w", encoding="ascii") as file:
            file.write(f"{number} {mac}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(place)


# Writing


class _Writer:
    """A thread that appends what waits in one transaction, so that a flush to the disk serves all."""

    def __init__(self, desk: Engine):
        self._desk = desk
        self._waiting: queue.SimpleQueue[tuple[dict[str, Any], Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._write, name="shuju-trail", daemon=True).start()

    def put(self, row: dict[str, Any]) -> Future[None]:
        done: Future[None] = Future()
        self._waiting.put((row, done))
        return done

    def _write(self) -> None:
        while True:
            together = [self._waiting.get()]
            while len(together) < MOST_TOGETHER and not self._waiting.empty():
                together.append(self._waiting.get())
            try:
                _append(self._desk, [row for row, _ in together])
            except Exception as error:  # noqa: BLE001 - whoever waits is told
                for _, done in together:
                    done.set_exception(error)
            else:
                for _, done in together:
                    done.set_result(None)


_writers: WeakKeyDictionary[Engine, tuple[int, _Writer]] = WeakKeyDictionary()
_lock = threading.Lock()


def _writer_of(desk: Engine) -> _Writer:
    with _lock:
        known = _writers.get(desk)
        if known is None or known[0] != os.getpid():  # threads do not survive a fork
            _writers[desk] = known = (os.getpid(), _Writer(desk))
        return known[1]


def _append(desk: Engine, rows: list[dict[str, Any]]) -> None:
    key = first_key(TRAIL)
    with desk.connect() as connection:
        _begin_alone(connection)
        last = connection.execute(select(_t.number, _t.mac).order_by(_t.number.desc()).limit(1)).first()
        number, mac = (last.number, last.mac) if last is not None else (0, GENESIS)
        for row in rows:
            number += 1
            row["number"] = number
            told = (number, _written(row["at"]), *(row[name] for name in _TOLD))
            row["mac"] = mac = _mac(key, mac, told)
        connection.execute(insert(trail), rows)
        connection.commit()
    _anchor(desk, number, mac)


_TOLD = ("who", "role", "address", "what", "subject", "told", "n_rows")


def _begin_alone(connection: Connection) -> None:
    """Begin a transaction that no other writer shares, and that is on the disk when it ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("LOCK TABLE trail IN EXCLUSIVE MODE"))


def _written(at: dt.datetime) -> str:
    return at.isoformat(" ", "microseconds")


def _mac(key: bytes, before: str, row: tuple[Any, ...]) -> str:
    said = json.dumps((before, *row), ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def _raw(desk: Engine) -> Iterator[tuple[Any, ...]]:
    """Yield the rows in their order, times as text: as they were chained."""
    names = ", ".join(["number", "at", *_TOLD, "mac"])
    with desk.connect() as connection:
        found = connection.execution_options(stream_results=True, yield_per=10_000)
        for row in found.exec_driver_sql(f"SELECT {names} FROM trail ORDER BY number"):
            at = row[1] if isinstance(row[1], str) else _written(row[1])
            yield (row[0], at, *row[2:])
