"""When subscriptions tell: schedules, quiet hours, hysteresis, as tables of cases."""

from __future__ import annotations

import datetime as dt

import pytest

from shuju.desk.subscriptions.hysteresis import step
from shuju.desk.subscriptions.plan import (
    Plan,
    SubscriptionError,
    may_leave,
    minute_of,
    next_time,
    packed,
    unpacked,
)

DAILY, WEEKLY, MONTHLY = Plan("daily"), Plan("weekly", minute=9 * 60, weekday=4), Plan("monthly", day=31)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("plan", "after", "wanted"),
    [
        (DAILY, "2024-07-29 08:00", "2024-07-29 08:30"),
        (DAILY, "2024-07-29 08:30", "2024-07-30 08:30"),  # the moment itself has been
        (DAILY, "2024-12-31 23:59", "2025-01-01 08:30"),
        (DAILY, "2024-02-28 09:00", "2024-02-29 08:30"),
        # Days on which clocks are turned elsewhere; never in Shanghai since 1991.
        (DAILY, "2024-03-31 01:59", "2024-03-31 08:30"),
        (DAILY, "2024-10-27 08:30", "2024-10-28 08:30"),
        (WEEKLY, "2024-07-29 08:00", "2024-08-02 09:00"),  # Monday to Friday
        (WEEKLY, "2024-08-02 08:59", "2024-08-02 09:00"),
        (WEEKLY, "2024-08-02 09:00", "2024-08-09 09:00"),
        (WEEKLY, "2024-08-03 00:00", "2024-08-09 09:00"),
        (MONTHLY, "2024-01-31 08:00", "2024-01-31 08:30"),
        (MONTHLY, "2024-01-31 08:30", "2024-02-29 08:30"),  # the last day where there is no such day
        (MONTHLY, "2024-03-01 00:00", "2024-03-31 08:30"),
        (Plan("monthly"), "2024-12-01 08:30", "2025-01-01 08:30"),
        (Plan("change"), "2024-07-29 08:00", None),
    ],
)
def test_the_next_time(plan: Plan, after: str, wanted: str | None) -> None:
    assert next_time(plan, at(after)) == (at(wanted) if wanted else None)


NIGHT, LUNCH = (22 * 60, 7 * 60), (12 * 60, 14 * 60)


@pytest.mark.parametrize(
    ("quiet", "moment", "wanted"),
    [
        (NIGHT, "2024-07-29 21:59", "2024-07-29 21:59"),
        (NIGHT, "2024-07-29 22:00", "2024-07-30 07:00"),
        (NIGHT, "2024-07-30 00:00", "2024-07-30 07:00"),
        (NIGHT, "2024-07-30 06:59", "2024-07-30 07:00"),
        (NIGHT, "2024-07-30 07:00", "2024-07-30 07:00"),
        (LUNCH, "2024-07-30 11:59", "2024-07-30 11:59"),
        (LUNCH, "2024-07-30 13:00", "2024-07-30 14:00"),
        (LUNCH, "2024-07-30 14:00", "2024-07-30 14:00"),
        ((0, 0), "2024-07-30 03:00", "2024-07-30 03:00"),
    ],
)
def test_nothing_leaves_in_quiet_hours(quiet: tuple[int, int], moment: str, wanted: str) -> None:
    assert may_leave(Plan("daily", quiet_from=quiet[0], quiet_to=quiet[1]), at(moment)) == at(wanted)


@pytest.mark.parametrize(
    ("plan", "values", "told"),
    [
        (Plan("above", level=100), [99, 100, 101, 150, 101], [101]),
        (Plan("above", level=100), [101, 100, 101], [101, 101]),  # it came back to the level
        (Plan("above", level=100, reset=90), [101, 99, 101, 91, 102], [101]),  # trembling about the level
        (Plan("above", level=100, reset=90), [101, 90, 101], [101, 101]),
        (Plan("above", level=100), [150], [150]),  # at the first look
        (Plan("below", level=10), [11, 10, 9, 5, 9], [9]),
        (Plan("below", level=10, reset=12), [9, 11, 9], [9]),
        (Plan("below", level=10, reset=12), [9, 12, 9], [9, 9]),
        (Plan("below", level=0), [0, 5], []),
        (Plan("above", level=0), [0, 1], [1]),
    ],
)
def test_one_message_for_one_matter(plan: Plan, values: list[float], told: list[float]) -> None:
    is_raised, found = False, []
    for value in values:
        is_raised, is_told = step(plan, is_raised, value)
        found += [value] * is_told
    assert found == told


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("hourly", {}, "什么时候"),
        ("above", {}, "请填写"),
        ("above", {"level": float("nan")}, "请填写"),
        ("above", {"level": 10, "reset": 11}, "不能高于"),
        ("below", {"level": 10, "reset": 9}, "不能低于"),
        ("daily", {"minute": 1440}, "时刻"),
        ("weekly", {"weekday": 7}, "星期"),
        ("monthly", {"day": 0}, "1 至 31"),
        ("monthly", {"day": 32}, "1 至 31"),
        ("daily", {"channels": ("pigeon",)}, "通知方式"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(kind: str, more: dict[str, object], why: str) -> None:
    with pytest.raises(SubscriptionError, match=why):
        Plan(kind, **more)


def test_a_plan_is_kept_and_told() -> None:
    plan = Plan("above", measure="n", level=1000, reset=900, channels=("email",), is_digest=True)
    assert unpacked(packed(plan)) == plan
    assert plan.told == "高于 1,000 时（回到 900 算恢复）"
    assert WEEKLY.told == "每周五 09:00"
    assert MONTHLY.told == "每月 31 日 08:30"
    assert minute_of("08:30") == 510
    with pytest.raises(SubscriptionError):
        minute_of("半夜")
