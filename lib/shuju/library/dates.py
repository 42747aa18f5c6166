"""Dates in the forms that real sites use, read over whole columns at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# 2024年7月29日 16时38分 · 2024-07-29 16:38 · 2012/9/19 16:36:22 · 2024.7.29 · 2024-07-29T16:38:00.123+08:00
_CALENDAR = (
    r"^(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[\sT,，]*(?:星期.|周.)?[\sT]*(?P<half>上午|下午|晚上|凌晨|中午|AM|PM|am|pm)?\s*"
    r"(?P<h>\d{1,2})\s*[:：时点]\s*(?P<mi>\d{1,2})?\s*[:：分]?\s*(?P<s>\d{1,2})?(?:[.,]\d+)?\s*秒?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
# 20240729 · 202407291638 · 20240729163822
_COMPACT = (
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"
    r"(?:(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?(?P<half>x)?(?P<zone>x)?$"
)
_EPOCH = r"^\d{10}$|^\d{13}$"

UNREADABLE = 1
IMPOSSIBLE = 2


def parse_datetimes(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the times of strings as datetime64[us] in Asia/Shanghai wall time, and what is wrong with each.

    A time with a zone, and a Unix epoch of 10 (seconds) or 13 (milliseconds) digits, is brought to
    Asia/Shanghai (UTC+8, no summer time since 1992); one without is taken as it stands. Null and ""
    give NaT without a fault. Faults (uint8): 0, ``UNREADABLE`` or ``IMPOSSIBLE`` (30 February). O(n).
    """
    texts = pc.utf8_trim_whitespace(pc.utf8_normalize(texts, "NFKC")) if len(texts) else texts
    n = len(texts)
    times = np.full(n, np.datetime64("NaT"), "datetime64[us]")
    empty = np.asarray(pc.fill_null(pc.equal(texts, ""), True)) if n else np.zeros(0, bool)
    faults = np.where(empty, 0, UNREADABLE).astype(np.uint8)
    todo = ~empty
    for pattern in (_CALENDAR, _COMPACT):
        if todo.any():
            rows = np.flatnonzero(todo)
            _read_pattern(texts.take(pa.array(rows)), rows, pattern, times, faults)
            todo &= faults == UNREADABLE
    if todo.any():
        rows = np.flatnonzero(todo)
        _read_epochs(texts.take(pa.array(rows)), rows, times, faults)
    return times, faults


def _read_pattern(
    texts: pa.Array, rows: np.ndarray, pattern: str, times: np.ndarray, faults: np.ndarray
) -> None:
    parts = pc.extract_regex(texts, pattern)
    hit = np.asarray(parts.is_valid())
    if not hit.any():
        return
    rows = rows[hit]
    parts = parts.filter(pa.array(hit))

    def number(name: str) -> np.ndarray:
        texts = parts.field(name)
        return np.asarray(pc.if_else(pc.equal(texts, ""), "0", texts).cast(pa.int32()))

    year, month, day = number("y"), number("m"), number("d")
    hour, minute, second = number("h"), number("mi"), number("s")
    half = parts.field("half")
    if pc.any(pc.not_equal(half, "")).as_py():
        afternoon = np.asarray(pc.is_in(half, pa.array(["下午", "晚上", "中午", "PM", "pm"])))
        midnight = np.asarray(pc.is_in(half, pa.array(["凌晨", "上午", "AM", "am"]))) & (hour == 12)
        hour = np.where(afternoon & (hour < 12) & (hour > 0), hour + 12, np.where(midnight, 0, hour))
    possible = (month >= 1) & (month <= 12) & (day >= 1) & (hour <= 24) & (minute < 60) & (second < 61)
    possible &= (hour < 24) | ((minute == 0) & (second == 0))
    month = np.clip(month, 1, 12)
    first = ((year - 1970) * 12 + (month - 1)).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int)
    possible &= day <= length
    seconds = ((day - 1).astype(np.int64) * 24 + hour) * 3600 + minute * 60 + second
    moments = first.astype("datetime64[us]") + (seconds * 1_000_000).astype("timedelta64[us]")
    moments -= _zone_shift(parts.field("zone"))
    times[rows[possible]] = moments[possible]
    faults[rows] = np.where(possible, 0, IMPOSSIBLE)


def _zone_shift(zones: pa.Array) -> np.ndarray:
    """Return by how much a time of each zone lies ahead of Asia/Shanghai; nothing where none is given."""
    shift = np.zeros(len(zones), np.int64)
    for zone in pc.unique(zones).to_pylist():
        if not zone:
            continue
        if zone in ("Z", "UTC", "GMT"):
            minutes = 0
        else:
            digits = zone[1:].replace(":", "")
            minutes = int(zone[0] + "1") * (int(digits[:2]) * 60 + int(digits[2:]))
        shift[np.asarray(pc.equal(zones, zone))] = minutes - 480
    return (shift * 60_000_000).astype("timedelta64[us]")


def _read_epochs(texts: pa.Array, rows: np.ndarray, times: np.ndarray, faults: np.ndarray) -> None:
    hit = np.asarray(pc.match_substring_regex(texts, _EPOCH))
    if not hit.any():
        return
    numbers = np.asarray(texts.filter(pa.array(hit)).cast(pa.int64()))
    micros = np.where(numbers >= 10**12, numbers * 1000, numbers * 1_000_000) + 8 * 3600 * 1_000_000
    times[rows[hit]] = micros.astype("datetime64[us]")
    faults[rows[hit]] = 0
