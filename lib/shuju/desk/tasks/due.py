"""When a task is due: the terms of its kind, counted in working days from when it was assigned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np

from shuju.standard.holidays import holidays

NEVER = dt.datetime(9999, 1, 1)  # no term runs: sorts after all that do
KINDS = {
    "letter": "来信", "issue": "热点诉求", "warning": "预警", "card": "图卡", "region": "地区", "site": "网站", "document": "文件",
    "suggestion": "微建议", "fast_channel": "快速通道",
}  # fmt: skip
URGENCIES = {"normal": "普通", "urgent": "加急", "extra_urgent": "特急"}
# Working days until signed in, first answered, finished, by urgency.
TERMS = {"normal": (1, 5, 15), "urgent": (1, 2, 7), "extra_urgent": (1, 1, 5)}
YELLOW = {"sign": 0, "reply": 1, "result": 3}  # so many working days before
CALENDAR = "holidays-1"


@dataclass(frozen=True)
class Dues:
    """When a task is to be signed in, answered first, and finished; by which rule and calendar."""

    sign: dt.datetime
    reply: dt.datetime
    result: dt.datetime
    rule: str
    calendar: str


def dues(kind: str, channel: str, urgency: str, start: dt.datetime) -> Dues:  # noqa: ARG001
    """Return when a task that is assigned at ``start`` is due."""
    return Dues(*(_after(start, n) for n in TERMS[urgency]), f"{URGENCIES[urgency]}事项", CALENDAR)


def resumed(due: dt.datetime, paused_at: dt.datetime, at: dt.datetime) -> dt.datetime:
    """Return a term whose clock stood still: later by the working days that this took, at least by its time."""
    n = int(np.busday_count(paused_at.date(), at.date(), holidays=_off()))
    return _after(due, n) if n else due + (at - paused_at)


def yellow_since(rule: str, step: str, due: dt.datetime) -> dt.datetime:  # noqa: ARG001
    """Return since when a term is near."""
    return _after(due, -YELLOW[step]) if YELLOW[step] else due - dt.timedelta(hours=2)


def _after(start: dt.datetime, days: int) -> dt.datetime:
    """Return the same time so many working days later; a start on a day off counts from the last working day."""
    day = np.busday_offset(np.datetime64(start.date(), "D"), days, roll="backward", holidays=_off())
    return dt.datetime.combine(day.astype(dt.date), start.time())


@cache
def _off() -> np.ndarray:
    spans = [np.arange(h.first_day, h.last_day + np.timedelta64(1, "D")) for h in holidays()]
    return np.concatenate(spans) if spans else np.array([], "datetime64[D]")
