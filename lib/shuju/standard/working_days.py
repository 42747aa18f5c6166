"""Working days (工作日): which days offices work, with the weekends that are worked for a holiday (调休), since 2001.

``working_days.csv`` has the days that are not what their weekday says. ``told_by``: ``both`` (chinesecalendar and
holidays say the same), ``holidays`` (that package alone: 2001 to 2003, and 2005-12-31), ``law`` (no arrangement was
known: the days that the law names, and the working days after them that make up for a weekend). A year told by the
law is provisional (暂定). An installation gives the arrangement of a year when it is announced, in a file of its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

SHIPPED = Path(__file__).with_name("working_days.csv")
OWN_NAME = "working_days.csv"
BY_LAW = "law"


class CalendarError(ValueError):
    """A table of working days cannot be read, or a day lies outside it; the message says where."""


@dataclass(frozen=True, eq=False)
class WorkingDays:
    """The days from ``first`` on: ``is_working`` (bool by day); which years are ``provisional``; a ``version``.

    ``names`` has what a day that is not as its weekday says is called (国庆节, 调休上班). Two with the same version
    have the same days.
    """

    first: np.datetime64
    is_working: np.ndarray
    names: dict[np.datetime64, str]
    provisional: frozenset[int]
    version: str

    @property
    def last(self) -> np.datetime64:
        """The last day that is known."""
        return self.first + len(self.is_working) - 1

    @cached_property
    def _before(self) -> np.ndarray:
        """How many working days lie before each day; one entry more than there are days."""
        return np.concatenate([[0], np.cumsum(self.is_working)])

    def count(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return how many working days there are from each day of ``start`` on, before that of ``end`` (datetime64); negative where it is earlier.

        Days outside the years that are known are as their weekday says. O(days).

        Raises:
            ValueError: a day is missing (NaT).
        """
        return self._passed(end) - self._passed(start)

    def _passed(self, moments: np.ndarray) -> np.ndarray:
        """Return the working days from ``first`` until each day."""
        days = np.asarray(moments).astype("datetime64[D]")
        if np.isnat(days).any():
            raise ValueError("working days cannot be counted where a day is missing (NaT)")
        inside = np.clip(days, self.first, self.last + 1)
        found = self._before[(inside - self.first).astype(np.int64)]
        outside = days != inside
        if outside.any():
            early, late = np.minimum(days, inside)[outside], np.maximum(days, inside)[outside]
            beyond = np.busday_count(early, late)
            found[outside] += np.where(days[outside] < inside[outside], -beyond, beyond)
        return found

    def is_provisional(self, first: dt.datetime, last: dt.datetime) -> bool:
        """Whether a day from ``first`` to ``last`` lies in a year that is not announced."""
        return not self.provisional.isdisjoint(range(first.year, last.year + 1))


def working_days(own: str = "") -> WorkingDays:
    """Return the working days that come with the package, changed by the text of an installation's own file.

    The text is CSV with the columns day, is_working (1 or 0) and name: a year that was provisional is announced by
    the first row that names one of its days, and has these rows alone. Of other years single days are changed.

    Raises:
        CalendarError: a row cannot be read, or its day is outside the years of the package.
    """
    return _working_days(own)


@lru_cache(maxsize=8)
def _working_days(own: str) -> WorkingDays:
    shipped, changed = _rows(SHIPPED.read_text(encoding="utf-8"), SHIPPED.name), _rows(own, OWN_NAME)
    years = {day.year for day, _, _, _ in shipped}
    for number, (day, *_) in enumerate(changed, start=2):
        if day.year not in years:
            raise CalendarError(f"{OWN_NAME} 第 {number} 行：{day} 不在 {min(years)}–{max(years)} 年之内")
    announced = {day.year for day, *_ in changed}
    by_law = {day.year for day, _, _, by in shipped if by == BY_LAW}
    kept = [row for row in shipped if not (row[3] == BY_LAW and row[0].year in announced)]
    first = np.datetime64(f"{min(years)}-01-01", "D")
    all_days = np.arange(first, np.datetime64(f"{max(years) + 1}-01-01", "D"))
    is_working = np.is_busday(all_days)
    names: dict[np.datetime64, str] = {}
    for day, works, name, _ in (*kept, *changed):
        at = np.datetime64(day, "D")
        is_working[(at - first).astype(int)] = works
        names[at] = name
    is_working.flags.writeable = False
    provisional = frozenset(by_law - announced)
    told = np.packbits(is_working).tobytes() + repr(sorted(provisional)).encode()
    return WorkingDays(first, is_working, names, provisional, hashlib.sha256(told).hexdigest()[:12])


def _rows(text: str, name: str) -> list[tuple[dt.date, bool, str, str]]:
    """Return (day, whether it is worked, its name, who tells it) of each row."""
    reader = csv.DictReader(io.StringIO(text))
    if text and not {"day", "is_working", "name"} <= {*(reader.fieldnames or ())}:
        raise CalendarError(f"{name} 第 1 行：表头应有 day、is_working、name 三列")
    found = []
    for number, row in enumerate(reader, start=2):
        try:
            day = dt.date.fromisoformat((row["day"] or "").strip())
        except ValueError:
            raise CalendarError(f"{name} 第 {number} 行：日期 {row['day']!r} 应写作 2027-02-05") from None
        if (works := (row["is_working"] or "").strip()) not in ("0", "1"):
            raise CalendarError(
                f"{name} 第 {number} 行：is_working 应为 1（上班）或 0（放假），不是 {works!r}"
            )
        found.append((day, works == "1", (row["name"] or "").strip(), row.get("told_by") or ""))
    return found
