"""The audit trail (审计日志): who did what, when, from where, under which role; appended, never changed.

Each row is chained to the one before by a keyed hash, so whoever has the database and not the key cannot change, take out, swap or
chain rows anew without ``verify`` telling. The number and hash of the newest row are kept in a file outside the database (the anchor):
a trail cut short, or put back as it was earlier, does not reach it any more.

Long, since what is written, what is verified and what is taken out must agree to the byte.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import logging
import os
import queue
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextvars import ContextVar
from json.encoder import encode_basestring_ascii as _json
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, delete, func, insert, select, text

from shuju.access.subject import present
from shuju.clock import now
from shuju.desk import periods
from shuju.desk.anchors import LOCAL, anchor_place, heads_outside, read_anchor, write_anchor
from shuju.desk.periods import Verdict
from shuju.desk.tables.trail import trail
from shuju.keys import TRAIL, first_key
from shuju.library import is_closed_to_strangers

MOST_HEADS = 10_000
log = logging.getLogger(__name__)
GENESIS = "0" * 64
MOST_TOGETHER = 512
CLOSE, KEPT_DAYS = "close", 183  # six months, as the law of networks asks
# What is noted, and what it is called.
EVENTS = {
    "sign-in": "登录", "sign-in-failed": "登录失败", "sign-out": "退出", "refused": "拒绝访问", "read-letter": "查看来信",
    "export": "导出", "search": "检索", "change": "标注与更正", "task": "交办任务", "answer": "答复来信",
    "account": "账号变更", "right": "角色变更", "session": "会话变更", "reveal": "查看联系方式",
    "verify": "核验日志", "close": "结束期间", "backup": "备份", "restore": "恢复备份",
    "subscription": "订阅与注记", "device": "大屏设备",
}  # fmt: skip

# Where the present request comes from; the server says so.
came_from: ContextVar[str] = ContextVar("came_from", default="")
_t = trail.c


class TrailError(ValueError):
    """Something could not be noted: what was to be noted must not happen then."""


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
        "who": _storable(person.account if person is not None else account, 100),
        "role": person.role if person is not None else "",
        "address": came_from.get()[:60],
        "what": what,
        "told": json.dumps(dict(told or {}), ensure_ascii=True, sort_keys=True, default=str),
        "n_rows": n_rows,
    }
    try:
        writer = _writer_of(desk)
        waiting = [writer.put(row | {"subject": _storable(subject, 300)}) for subject in subjects]
        for done in waiting:
            done.result()
    except Exception as error:
        raise TrailError("审计日志写不进去，操作未执行；请与系统管理员联系") from error


def verify(desk: Engine, key: bytes | None = None, *, anchored: tuple[int, str] | None = None) -> Verdict:
    """Go through the whole trail and tell the first row that is not as it was written; some 200,000 rows a second of CPU.

    ``anchored`` is the newest row as somebody outside knows it, if not the anchors of this desk.
    """
    number = 0
    anchors = heads_outside(desk) if anchored is None else {LOCAL: anchored}
    heads: dict[int, list[tuple[str, str]]] = {}
    for where, (at, mac) in anchors.items():
        heads.setdefault(at, []).append((where, mac))
    for at, mac, fault in _checked(desk, key or first_key(TRAIL)):
        if fault:
            return Verdict(number, fault)
        number = at
        for where, anchored_mac in heads.get(at, ()):
            if anchored_mac != mac:
                return Verdict(number, f"第 {number} 行与{where}不符：日志被整体替换过")
    if number and LOCAL not in anchors:
        return Verdict(number, f"没有锚点文件 {anchor_place(desk)}：无从判断末尾是否被截去")
    for where, (last, _) in anchors.items():
        if number < last:
            return Verdict(number, f"日志只到第 {number} 行，{where}是第 {last} 行：末尾被截去")
    return Verdict(number)


def faults(desk: Engine, key: bytes | None = None) -> Iterator[str]:
    """Yield every fault of the rows in Chinese: each is held against the hash of the row before as it stands."""
    return (fault for _, _, fault in _checked(desk, key or first_key(TRAIL)) if fault)


def verify_heads(desk: Engine, lines: Iterable[str]) -> Verdict:
    """Compare the trail with heads that a syslog kept (lines that hold ``shuju-trail NAME NUMBER HASH``), besides verifying it."""
    said = re.compile(rf"shuju-trail {anchor_place(desk).stem} (\d+) ([0-9a-f]{{64}})")
    heads = {int(found[1]): found[2] for line in lines if (found := said.search(line))}
    verdict = verify(desk)
    if verdict.fault:
        return verdict
    with desk.connect() as connection:
        least = connection.execute(select(func.min(_t.number))).scalar() or 0
        rows = connection.execute(select(_t.number, _t.mac).where(_t.number.in_(sorted(heads)[-MOST_HEADS:])))
        known = {row.number: row.mac for row in rows}
    for number in sorted(heads)[-MOST_HEADS:]:
        if number >= least and known.get(number) != heads[number]:
            return Verdict(verdict.n_rows, f"第 {number} 行与系统日志中的记载不符：日志被截去或整体替换过")
    return verdict


def _checked(desk: Engine, key: bytes) -> Iterator[tuple[int, str, str]]:
    """Yield number and hash of the rows in their order, each with what is wrong with it."""
    number = mac = None
    for row in _raw(desk):
        if number is None:
            number, mac = _begin(desk, row[0])
        fault = ""
        if row[0] != number + 1:
            fault = f"第 {number + 1} 行缺失（其后是第 {row[0]} 行）"
        else:
            try:
                is_sound = hmac.compare_digest(row[-1], _mac(key, mac, row[:-1]))
            except TypeError:  # something else than text or a number
                is_sound = False
            if not is_sound:
                fault = f"第 {row[0]} 行与其校验值不符：此行或此前被改动、调换"
        number, mac = row[0], row[-1]
        yield number, mac, fault


def _begin(desk: Engine, first: int) -> tuple[int, str]:
    """Return number and hash of what came before the first row: nothing, or the end of a period that was closed."""
    if first != 1:
        for closing in closings(desk):
            if closing.get("last") == first - 1:
                return first - 1, str(closing.get("mac"))
    return 0, GENESIS


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
    for row in _raw(desk):
        yield json.dumps(dict(zip(_COLUMNS, row, strict=True)), ensure_ascii=True) + "\n"


# Periods that were closed


def closings(desk: Engine) -> list[dict[str, Any]]:
    """Return the periods that were closed and of which the trail still tells, the newest first: ``last``, ``mac``, ``sha256``, ``n``."""
    with desk.connect() as connection:
        rows = connection.execute(select(_t.told).where(_t.what == CLOSE).order_by(_t.number.desc()))
        told = [json.loads(row.told) for row in rows]
    return [one for one in told if "last" in one]


def close_period(desk: Engine, until: dt.datetime, to: Path, *, account: str, at: dt.datetime) -> int:
    """Write the rows before ``until`` to a file, sign it, and take them out of the trail, which goes on from their last; return how many.

    In this order: the file and its signature (``TO.sig``) are on the disk, a row of the trail says so, then the rows go in one
    transaction. What was killed before the last step is done by the next call.

    Raises:
        ValueError: rows that are younger than ``KEPT_DAYS``, none at all, a file that is there, or a trail that is not sound.
    """
    _take_out_closed(desk)
    if until > at - dt.timedelta(days=KEPT_DAYS):
        raise ValueError(
            f"审计日志至少保留 {KEPT_DAYS} 天；只能结束 {at - dt.timedelta(days=KEPT_DAYS):%Y-%m-%d} 之前的期间"
        )
    with desk.connect() as connection:
        # The first row that is to stay: times may have gone back once, numbers never.
        stays = connection.execute(select(func.min(_t.number)).where(_t.at >= until)).scalar()
        first = connection.execute(select(func.min(_t.number))).scalar()
        newest = connection.execute(select(func.max(_t.number))).scalar()
    last = newest if stays is None else stays - 1
    if first is None or last < first:
        raise ValueError("这个期间没有日志")
    verdict = verify(desk)
    if verdict.fault:
        raise ValueError(f"日志与校验值不符，不能结束期间：{verdict.fault}")
    told = periods.write(_raw(desk, last), _COLUMNS, to, _begin(desk, first))
    note(desk, CLOSE, str(to), told, told["n"], account=account)
    _take_out_closed(desk)
    return told["n"]


def verify_period(path: Path) -> Verdict:
    """Check the file of a closed period: its signature, and each row against the one before."""
    return periods.verify(path, lambda before, row: _mac(first_key(TRAIL), before, row))


def _take_out_closed(desk: Engine) -> None:
    """Take out the rows of the newest closed period, if a call that was killed left them."""
    found = closings(desk)
    if found:
        with desk.connect() as connection:
            _begin_alone(connection)
            connection.execute(delete(trail).where(_t.number <= found[0]["last"]))
            connection.commit()


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
        number, mac = _continued(
            connection, (last.number, last.mac) if last is not None else (0, GENESIS), desk
        )
        for row in rows:
            number += 1
            row["number"] = number
            told = (number, _written(row["at"]), *(row[name] for name in _TOLD))
            row["mac"] = mac = _mac(key, mac, told)
        connection.execute(insert(trail), rows)
        connection.commit()
    write_anchor(desk, number, mac)


def _continued(connection: Connection, head: tuple[int, str], desk: Engine) -> tuple[int, str]:
    """Return the head that the next row is chained to: that of the trail, or of the anchor where the trail does not reach it.

    A trail that was cut short or replaced would otherwise grow past the anchor, and nobody could tell any more: this way
    rows are missing, or do not fit, for ever.
    """
    anchored = read_anchor(desk)
    if anchored is None:
        return head
    there = connection.execute(select(_t.mac).where(_t.number == anchored[0])).scalar()
    if there == anchored[1]:
        return head
    log.error(
        "the audit trail does not reach its anchor (%s, %s): it was cut short or replaced",
        head[0],
        anchored[0],
    )
    return max(head[0], anchored[0]), anchored[1]


_TOLD = ("who", "role", "address", "what", "subject", "told", "n_rows")
_COLUMNS = ("number", "at", *_TOLD, "mac")


def _begin_alone(connection: Connection) -> None:
    """Begin a transaction that no other writer shares, and that is on the disk when it ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("LOCK TABLE trail IN EXCLUSIVE MODE"))


def _storable(text: str, most: int) -> str:
    """Return the beginning of a text as every database takes it: some take no zero, none takes half a pair."""
    return text[:most].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _written(at: dt.datetime) -> str:
    return at.isoformat(" ", "microseconds")


def _mac(key: bytes, before: str, row: tuple[Any, ...]) -> str:
    """Return the keyed hash of a row and of the hash before it, as JSON; a TypeError where a value is of another kind."""
    number, at, who, role, address, what, subject, told, n_rows = row
    n = "null" if n_rows is None else int.__repr__(n_rows)
    said = (
        f"[{_json(before)},{int.__repr__(number)},{_json(at)},{_json(who)},{_json(role)},{_json(address)},{_json(what)},"
        f"{_json(subject)},{_json(told)},{n}]"
    )
    return hmac.digest(key, said.encode(), "sha256").hex()


def _raw(desk: Engine, last: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield the rows in their order, up to the ``last``, times as text: as they were chained."""
    names = ", ".join(_COLUMNS)
    asked = (
        f"SELECT {names} FROM trail{'' if last is None else f' WHERE number <= {int(last)}'} ORDER BY number"
    )
    with desk.connect() as connection:
        if connection.dialect.name == "sqlite":  # a layer less: three times as fast
            yield from connection.connection.cursor().execute(asked)
            return
        found = connection.execution_options(stream_results=True, yield_per=10_000)
        with found.exec_driver_sql(asked) as rows:
            for row in rows:
                yield (row[0], row[1] if isinstance(row[1], str) else _written(row[1]), *row[2:])
