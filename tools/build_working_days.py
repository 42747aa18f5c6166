"""Build the table of days that are not what their weekday says, from chinesecalendar and holidays.

    python tools/build_working_days.py lib/shuju/standard/working_days.csv

From 2004 to the last year that chinesecalendar knows, both packages tell a day. For 2001 to 2003 holidays alone does.
For the years after that, no arrangement is known: the days that the law names are off (holidays computes the lunar
ones), and as many working days after them as fell on a weekend.

The packages differ in one day, Saturday 2005-12-31. It was a working day: the arrangement of 2006 gave Tuesday
3 January for it, and both packages have that Tuesday off.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays

FIRST, LAST = date(2001, 1, 1), date(2036, 12, 31)
# Days on which the packages differ, and whether they were worked: what holidays says of each.
DIFFERENT = {date(2005, 12, 31): True}
WORKED = "调休上班"
WEEKEND = "调休放假"


def days(first: date, last: date) -> Iterator[date]:
    """Yield each day from ``first`` to ``last``."""
    for number in range((last - first).days + 1):
        yield first + timedelta(number)


def rows(first: date = FIRST, last: date = LAST) -> Iterator[tuple[str, int, str, str]]:
    """Yield (day, whether it is worked, its name, who tells it) for each day that is not what its weekday says.

    Each 1 January has a row too, so that every year says who tells it. Raises ``ValueError`` where the packages
    differ on a day that ``DIFFERENT`` does not name.
    """
    china = holidays.country_holidays("CN", years=range(first.year, last.year + 1), language="zh_CN")
    known = range(2004, max(day.year for day in chinese_calendar.holidays) + 1)
    for day in days(first, last):
        is_working = china.is_working_day(day)
        if day.year in known and is_working != chinese_calendar.is_workday(day):
            if day not in DIFFERENT:
                raise ValueError(f"{day}: the packages differ")
            is_working = DIFFERENT[day]
        by = "both" if day.year in known else "holidays" if day.year < known[0] else "law"
        by = "holidays" if day in DIFFERENT else by
        if is_working != (day.weekday() < 5) or (day.month, day.day) == (1, 1):
            yield str(day), int(is_working), _name(china, day, is_working), by


def _name(china: holidays.HolidayBase, day: date, is_working: bool) -> str:
    if is_working:
        return WORKED
    names = china.get(day) or WEEKEND
    return WEEKEND if "调休" in names else names.replace("; ", "、")


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("day", "is_working", "name", "told_by"))
        writer.writerows(rows())
