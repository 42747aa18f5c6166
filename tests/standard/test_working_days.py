"""Working days: those of the packages that tell them, on every day; an installation's own file; refusals."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from shuju.standard.holidays import holidays
from shuju.standard.working_days import SHIPPED, CalendarError, WorkingDays, working_days

BUILD = Path(__file__).parents[2] / "tools" / "build_working_days.py"
HEAD = "day,is_working,name\n"


def is_working(days: WorkingDays, day: str) -> bool:
    return bool(days.is_working[(np.datetime64(day) - days.first).astype(int)])


@pytest.fixture(scope="module")
def build() -> ModuleType:
    pytest.importorskip("chinese_calendar")
    pytest.importorskip("holidays")
    spec = importlib.util.spec_from_file_location("build_working_days", BUILD)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_packages_differ_on_one_day_of_all_they_both_know(build: ModuleType) -> None:
    import chinese_calendar
    import holidays as package

    china = package.country_holidays("CN", years=range(2004, 2027))
    both = list(build.days(dt.date(2004, 1, 1), dt.date(2026, 12, 31)))
    different = {
        day: china.is_working_day(day)
        for day in both
        if china.is_working_day(day) != chinese_calendar.is_workday(day)
    }
    assert len(both) == 8_401
    assert different == build.DIFFERENT == {dt.date(2005, 12, 31): True}
    # The arrangement of 2006 took its day from there: both packages have the Tuesday off.
    tuesday = dt.date(2006, 1, 3)
    assert not china.is_working_day(tuesday)
    assert not chinese_calendar.is_workday(tuesday)


def test_table_is_what_the_packages_say_today(build: ModuleType) -> None:
    """A newer package that knows a further year makes this fail: the table is then built anew."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = [(r["day"], int(r["is_working"]), r["name"], r["told_by"]) for r in csv.DictReader(file)]
    assert rows == list(build.rows())


def test_every_day_equals_the_packages(build: ModuleType) -> None:
    import chinese_calendar
    import holidays as package

    china = package.country_holidays("CN", years=range(2001, 2037))
    told = working_days()
    for number, ours in enumerate(told.is_working.tolist()):
        day = (told.first + number).item()
        known = 2004 <= day.year <= 2026 and day not in build.DIFFERENT
        assert ours == (chinese_calendar.is_workday(day) if known else china.is_working_day(day)), day


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2003-05-05", False),
        ("2005-12-31", True),
        ("2006-01-03", False),
        ("2008-05-02", False),
        ("2015-09-03", False),
        ("2015-09-06", True),
        ("2020-01-31", False),  # prolonged for the epidemic
        ("2020-02-01", False),
        ("2024-02-09", True),  # New Year's Eve was worked in 2024
        ("2025-01-28", False),
        ("2026-02-14", True),
        ("2026-10-10", True),
        ("2026-10-11", False),
        ("2027-02-05", False),
    ],
)
def test_day(day: str, works: bool) -> None:
    assert is_working(working_days(), day) == works


def test_years_that_are_not_announced_are_provisional() -> None:
    told = working_days()
    assert told.provisional == frozenset(range(2027, 2037))
    at = dt.datetime
    assert not told.is_provisional(at(2026, 11, 1), at(2026, 12, 31))
    assert told.is_provisional(at(2026, 12, 31), at(2027, 1, 4))


def test_days_of_the_list_of_holidays_are_off() -> None:
    told = working_days()
    for holiday in holidays():
        if holiday.first_day.astype(object).year not in told.provisional:
            for day in np.arange(holiday.first_day, holiday.last_day + 1):
                assert not is_working(told, str(day)), holiday


def test_an_own_file_announces_a_year() -> None:
    before = working_days()
    own = working_days(HEAD + "2027-01-01,0,元旦\n2027-01-03,1,调休上班\n2026-12-27,1,调休上班\n")
    assert own.provisional == frozenset(range(2028, 2037))
    # The year's own rows alone: what was guessed of its spring is gone. The others are changed day by day.
    days = ("2027-01-01", "2027-01-03", "2027-02-08", "2026-12-27", "2026-10-01", "2028-01-26")
    assert [is_working(own, day) for day in days] == [False, True, True, True, False, False]
    assert own.version != before.version == working_days().version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("日期,上班\n", "第 1 行：表头应有 day、is_working、name 三列"),
        (HEAD + "2027-01-01,0,元旦\n2027年2月5日,0,除夕\n", "第 3 行：日期 '2027年2月5日' 应写作 2027-02-05"),
        (HEAD + "2027-02-30,0,春节\n", "第 2 行：日期 '2027-02-30' 应写作"),
        (HEAD + "2027-02-05,否,春节\n", "第 2 行：is_working 应为 1（上班）或 0（放假），不是 '否'"),
        (HEAD + "2027-02-05\n", "第 2 行：is_working 应为"),
        (HEAD + "2050-01-01,0,元旦\n", "第 2 行：2050-01-01 不在 2001–2036 年之内"),
    ],
)
def test_own_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(CalendarError, match=r"^working_days\.csv 第 \d 行：.") as refused:
        working_days(text)
    assert message in str(refused.value)


def test_counts_are_those_of_every_day_in_between() -> None:
    days, chance = working_days(), np.random.default_rng(1)
    start = days.first - 500 + chance.integers(0, len(days.is_working) + 1000, 3000)
    end = start + chance.integers(0, 400, 3000)
    for one, until, n in zip(start, end, days.count(start, end), strict=True):
        between = np.arange(one, until)
        known = (between >= days.first) & (between <= days.last)
        worked = days.is_working[(between[known] - days.first).astype(int)].sum()
        assert n == worked + np.is_busday(between[~known]).sum(), (one, until)
    assert (days.count(end, start) == -days.count(start, end)).all()


def test_counts_take_moments_and_refuse_what_is_missing() -> None:
    days = working_days()
    evening, morning = (
        np.array([text], "datetime64[us]") for text in ("2024-02-03T23:59:59", "2024-02-05T00:00")
    )
    assert days.count(evening, morning).tolist() == [1]  # the Sunday before the spring festival is worked
    assert days.count(evening, evening).tolist() == [0]
    assert days.count(np.array([], "datetime64[D]"), np.array([], "datetime64[D]")).tolist() == []
    with pytest.raises(ValueError, match="NaT"):
        days.count(np.array(["NaT"], "datetime64[us]"), morning)
