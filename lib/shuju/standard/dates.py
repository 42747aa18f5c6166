"""Dates in the forms that real sites use, read over whole columns at once."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# 2024年7月29日 16时38分 · 2024-07-29 16:38 · 2012/9/19 16:36:22 · 2024.7.29 · 2024-07-29T16:38:00.123+08:00
# 2024年7月5号 · 2024年7月5日(星期五) 09:05
_CALENDAR = (
    r"^(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?"
    r"\s*(?:[(\[]?\s*(?:星期|礼拜|周)[一二三四五六日天]\s*[)\]]?)?"
    r"(?:[\sT,，]*(?P<half>上午|下午|晚上|凌晨|中午|AM|PM|am|pm)?\s*"
    r"(?P<h>\d{1,2})\s*[:：时点]\s*(?P<mi>\d{1,2})?\s*[:：分]?\s*(?P<s>\d{1,2})?(?:[.,]\d+)?\s*秒?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
# 20240729 · 202407291638 · 20240729163822
_COMPACT = (
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"
    r"(?:(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?(?P<half>x)?(?P<zone>x)?$"
)
_EPOCH = r"^\d{10}$|^\d{13}$"
# Fri, 05 Jul 2024 09:00:00 +0800, as feeds and mail write it (RFC 822); CST is the time of China here.
_MAIL = (
    r"^(?:[A-Za-z]{3,9},?\s+)?(?P<d>\d{1,2})\s+(?P<month>[A-Za-z]{3})[a-z]*\.?\s+(?P<y>\d{4})"
    r"(?:\s+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2}))?)?\s*(?P<zone>Z|UTC|UT|GMT|CST|[+-]\d{4})?$"
)
_MONTHS = dict(
    zip(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        range(1, 13),
        strict=True,
    )
)
# 二〇一七年三月二十四日
_HAN_DATE = r"^[〇零○Ｏ0一二三四五六七八九]{4}\s*年\s*[一二三四五六七八九十]{1,2}\s*月\s*[一二三四五六七八九十]{1,3}\s*[日号]"
_HAN_YEAR = str.maketrans("〇零○Ｏ一二三四五六七八九", "0000123456789")
_HAN_NUMBER = re.compile(r"[一二三四五六七八九十]{1,3}(?=\s*[月日号])")
# 45383: the days since 1899-12-30 that spreadsheets count, 1954 to 2064.
_SERIAL = r"^[2-5]\d{4}(?:\.\d+)?$"

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
    for forms, pattern in (
        (None, _CALENDAR),
        (None, _COMPACT),
        (_from_mail, _CALENDAR),
        (_from_han, _CALENDAR),
    ):
        if todo.any():
            rows = np.flatnonzero(todo)
            found = texts.take(pa.array(rows))
            _read_pattern(forms(found) if forms else found, rows, pattern, times, faults)
            todo &= faults == UNREADABLE
    for read in (_read_epochs, _read_serials):
        if todo.any():
            rows = np.flatnonzero(todo)
            read(texts.take(pa.array(rows)), rows, times, faults)
            todo &= faults == UNREADABLE
    return times, faults


def _from_mail(texts: pa.Array) -> pa.Array:
    """Return dates of mail as ISO 8601 has them, null for all else."""
    parts = pc.extract_regex(texts, _MAIL)
    if parts.null_count == len(parts):
        return pa.nulls(len(texts), pa.string())
    return pa.array([None if part is None else _iso(part) for part in parts.to_pylist()], pa.string())


def _iso(part: dict[str, str]) -> str | None:
    month = _MONTHS.get(part["month"].lower())
    if month is None:
        return None
    zone = {"UT": "UTC", "CST": "+0800"}.get(part["zone"], part["zone"])
    clock = f" {part['h']}:{part['mi']}:{part['s'] or '00'}" if part["h"] else ""
    return f"{part['y']}-{month}-{part['d']}{clock} {zone}".strip()


def _from_han(texts: pa.Array) -> pa.Array:
    """Return dates in Chinese numerals in digits, null for all else."""
    hit = pc.fill_null(pc.match_substring_regex(texts, _HAN_DATE), False)
    if not pc.any(hit).as_py():
        return pa.nulls(len(texts), pa.string())
    return pa.array(
        [_in_digits(text) if is_han else None for text, is_han in zip(texts.to_pylist(), hit.to_pylist())],
        pa.string(),
    )


def _in_digits(text: str) -> str:
    year, _, rest = text.partition("年")
    return f"{year.translate(_HAN_YEAR)}年{_HAN_NUMBER.sub(lambda m: str(_han_number(m[0])), rest)}"


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    digits = " 一二三四五六七八九"
    return (10 * (digits.index(tens) if tens else 1) if ten else 0) + (digits.index(ones) if ones else 0)


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


def _read_serials(texts: pa.Array, rows: np.ndarray, times: np.ndarray, faults: np.ndarray) -> None:
    hit = np.asarray(pc.match_substring_regex(texts, _SERIAL))
    if not hit.any():
        return
    days = np.asarray(texts.filter(pa.array(hit)).cast(pa.float64()))
    seconds = np.round(days * 86_400).astype("timedelta64[s]")
    times[rows[hit]] = np.datetime64("1899-12-30", "us") + seconds
    faults[rows[hit]] = 0
