"""When a subscription tells, and how: kinds, times of day, quiet hours; all in Asia/Shanghai, which has no summer time."""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from shuju.desk.messages.addresses import CHANNELS

DAILY, WEEKLY, MONTHLY, CHANGE, ABOVE, BELOW, WARNING, ISSUE = (
    "daily", "weekly", "monthly", "change", "above", "below", "warning", "issue",
)  # fmt: skip
KINDS: Mapping[str, str] = {
    DAILY: "每天", WEEKLY: "每周", MONTHLY: "每月", CHANGE: "数字有变化时", ABOVE: "高于某值时", BELOW: "低于某值时", ISSUE: "有新热点时",
    WARNING: "有新预警时",
}  # fmt: skip
BY_CLOCK = frozenset({DAILY, WEEKLY, MONTHLY})
WEEKDAYS = "一二三四五六日"
DAY_MINUTES = 24 * 60


class SubscriptionError(ValueError):
    """A subscription cannot be so; the message is Chinese and says what to change."""


@dataclass(frozen=True)
class Plan:
    """When and how: ``minute`` of the day, ``weekday`` (0 is Monday) and ``day`` of the month of what goes by the clock; ``measure`` and
    ``level`` of alerts. A month without that day has its last one.

    An alert that was told is told again only after the value came back to ``reset``. ``channels`` are those beside the inbox;
    ``is_digest`` puts what goes through them into one message a day. Nothing leaves from ``quiet_from`` to ``quiet_to`` (minutes
    of the day, over midnight if the second is the smaller; equal ones are none).
    """

    kind: str
    minute: int = 8 * 60 + 30
    weekday: int = 0
    day: int = 1
    measure: str = ""
    level: float | None = None
    reset: float | None = None
    channels: tuple[str, ...] = ()
    is_digest: bool = False
    quiet_from: int = 22 * 60
    quiet_to: int = 7 * 60

    def __post_init__(self) -> None:
        """Check that it can be done."""
        if self.kind not in KINDS:
            raise SubscriptionError("请选择什么时候通知")
        if unknown := set(self.channels) - set(CHANNELS):
            raise SubscriptionError(f"没有这种通知方式：{'、'.join(sorted(unknown))}")
        if not all(0 <= value < DAY_MINUTES for value in (self.minute, self.quiet_from, self.quiet_to)):
            raise SubscriptionError("时刻应在 00:00 至 23:59 之间")
        if not 0 <= self.weekday < 7:
            raise SubscriptionError("请选择星期几")
        if not 1 <= self.day <= 31:
            raise SubscriptionError("日期应为 1 至 31 日")
        if self.kind in (ABOVE, BELOW):
            if self.level is None or not abs(self.level) < 1e15:
                raise SubscriptionError("请填写高于或低于多少时提醒")
            if self.reset is not None and (
                self.reset > self.level if self.kind == ABOVE else self.reset < self.level
            ):
                raise SubscriptionError(
                    "“回到多少算恢复”不能高于提醒值"
                    if self.kind == ABOVE
                    else "“回到多少算恢复”不能低于提醒值"
                )

    @property
    def told(self) -> str:
        """The plan in words: 每周一 08:30, 高于 1,000 时（回到 900 算恢复）."""
        match self.kind:
            case "daily":
                return f"每天 {clock_told(self.minute)}"
            case "weekly":
                return f"每周{WEEKDAYS[self.weekday]} {clock_told(self.minute)}"
            case "monthly":
                return f"每月 {self.day} 日 {clock_told(self.minute)}"
            case "above" | "below":
                way = "高于" if self.kind == ABOVE else "低于"
                back = "" if self.reset is None else f"（回到 {self.reset:,g} 算恢复）"
                return f"{way} {self.level:,g} 时{back}"
        return KINDS[self.kind]


def clock_told(minute: int) -> str:
    """Return a minute of the day as ``08:30``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(text: str) -> int:
    """Return the minute of the day of ``08:30``.

    Raises:
        SubscriptionError: it is no time of day.
    """
    try:
        at = dt.time.fromisoformat(text)
    except ValueError:
        raise SubscriptionError(f"时刻应写成 08:30，实为 {text!r}") from None
    return at.hour * 60 + at.minute


def next_time(plan: Plan, after: dt.datetime) -> dt.datetime | None:
    """Return the first moment after ``after`` at which the clock has something told; None where figures decide."""
    if plan.kind not in BY_CLOCK:
        return None
    if plan.kind == MONTHLY:
        found = _in_month(plan, after.date())
        return (
            found if found > after else _in_month(plan, after.date().replace(day=28) + dt.timedelta(days=4))
        )
    day = dt.datetime.combine(after.date(), dt.time()) + dt.timedelta(minutes=plan.minute)
    if plan.kind == WEEKLY:
        day += dt.timedelta(days=(plan.weekday - day.weekday()) % 7)
    step = dt.timedelta(days=1 if plan.kind == DAILY else 7)
    return day if day > after else day + step


def _in_month(plan: Plan, day: dt.date) -> dt.datetime:
    """Return when a monthly plan tells in the month of a day."""
    last = calendar.monthrange(day.year, day.month)[1]
    return dt.datetime.combine(day.replace(day=min(plan.day, last)), dt.time()) + dt.timedelta(
        minutes=plan.minute
    )


def may_leave(plan: Plan, at: dt.datetime) -> dt.datetime:
    """Return when a message of ``at`` may leave: at once, or when the quiet hours end."""
    if plan.quiet_from == plan.quiet_to:
        return at
    minute = at.hour * 60 + at.minute
    is_over_midnight = plan.quiet_to < plan.quiet_from
    is_late, is_early = minute >= plan.quiet_from, minute < plan.quiet_to
    if not (is_late or is_early if is_over_midnight else is_late and is_early):
        return at
    end = dt.datetime.combine(at.date(), dt.time()) + dt.timedelta(minutes=plan.quiet_to)
    return end if end > at else end + dt.timedelta(days=1)


def packed(plan: Plan) -> str:
    """Return a plan as it is kept."""
    return json.dumps(asdict(plan), ensure_ascii=False)


def unpacked(text: str) -> Plan:
    """Return a plan from what was kept; what a newer version added has its default."""
    kept = json.loads(text)
    known = {field.name: kept[field.name] for field in fields(Plan) if field.name in kept}
    return Plan(**known | {"channels": tuple(known["channels"])})
