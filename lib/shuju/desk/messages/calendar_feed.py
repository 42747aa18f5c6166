"""The terms of somebody's tasks as a calendar (iCalendar, RFC 5545), which programs on phones and desks ask for by a secret address."""

from __future__ import annotations

import datetime as dt
import hmac
import re

from sqlalchemy import Engine

from shuju.access.subject import Subject
from shuju.desk.accounts import find_account, has_accounts
from shuju.desk.subjects import subject_named
from shuju.desk.tasks.listing import Wanted, list_tasks
from shuju.desk.tasks.record import Task
from shuju.keys import FEEDS, first_key

SHANGHAI_HOURS = 8
LONG = dt.timedelta(minutes=30)
MOST = 200


def feed_name(desk: Engine, by: Subject) -> str:
    """Return the secret name of somebody's calendar in their present role."""
    made = find_account(desk, by.account).made_at.isoformat() if has_accounts(desk) else "demo"
    told = f"{by.account} {by.role} {by.organisation_id} {made}"
    proof = hmac.digest(first_key(FEEDS), told.encode(), "sha256").hex()[:40]
    return f"{by.account.encode().hex()}-{by.role}-{by.organisation_id or 0}-{proof}"


def reader_of(desk: Engine, name: str, *, at: dt.datetime) -> Subject | None:
    """Return whose calendar a secret name opens, None if nobody's: the account is gone, disabled, or no longer has the role."""
    found = re.fullmatch(r"((?:[0-9a-f]{2})+)-([a-z]+)-(\d+)-[0-9a-f]{40}", name)
    if found is None:
        return None
    try:
        account = bytes.fromhex(found[1]).decode()
        subject = subject_named(desk, account, found[2], int(found[3]) or None, at=at)
    except ValueError:
        return None
    if subject is None or not hmac.compare_digest(feed_name(desk, subject).encode(), name.encode()):
        return None
    return subject


def calendar_of(desk: Engine, by: Subject, base: str, *, at: dt.datetime) -> str:
    """Return the terms that run of what waits for somebody and of what they assigned, the soonest first, at most ``MOST`` of each."""
    found: dict[int, Task] = {}
    for view in ("mine", "watched"):
        rows, _ = list_tasks(desk, by, Wanted(view), at=at, n=MOST)
        found |= {task.id: task for task in rows if task.due is not None}
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//shuju//desk//ZH",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:数聚 交办期限",
    ]
    for task in found.values():
        lines += _event(task, base, at)
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(task: Task, base: str, at: dt.datetime) -> list[str]:
    assert task.due is not None  # only such are shown
    what = {"to_sign": "签收", "working": "办理", "delay_asked": "办理"}[task.state]
    words = f"{task.organisation}\n{task.number}\n{base}task?id={task.id}"
    return [
        "BEGIN:VEVENT", f"UID:task-{task.id}@shuju", f"SEQUENCE:{task.seq}", f"DTSTAMP:{_utc(at)}",
        f"DTSTART:{_utc(task.due - LONG)}", f"DTEND:{_utc(task.due)}", f"SUMMARY:{_escaped(f'{what}到期：{task.title}')}",
        f"DESCRIPTION:{_escaped(words)}", "END:VEVENT",
    ]  # fmt: skip


def _utc(at: dt.datetime) -> str:
    return f"{at - dt.timedelta(hours=SHANGHAI_HOURS):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign, told in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(sign, told)
    return text


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 bytes, between characters, as the standard wants them."""
    pieces, piece = [], ""
    for sign in line:
        if len((piece + sign).encode()) > (75 if not pieces else 74):
            pieces.append(piece)
            piece = ""
        piece += sign
    return "\r\n ".join([*pieces, piece])
