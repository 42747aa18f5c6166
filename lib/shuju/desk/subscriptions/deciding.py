"""Whether a subscription has something to tell of what its card shows now, and what is known of it afterwards."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shuju.desk.subscriptions.hysteresis import step
from shuju.desk.subscriptions.plan import ABOVE, BELOW, BY_CLOCK, CHANGE, ISSUE, WARNING, Plan, next_time
from shuju.desk.subscriptions.record import BRIEFING, Subscription
from shuju.desk.subscriptions.shown import Measured, Shown

MOST_KNOWN = 20_000


RETRY = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Decision:
    """``why`` is what is told, empty for nothing; ``state`` what is kept."""

    why: str
    state: Mapping[str, Any]


def refusal(plan: Plan, shown: Shown) -> str:
    """Return why a plan does not suit what a card shows, empty if it does."""
    title = shown.title
    if shown.card == BRIEFING:
        if plan.kind not in BY_CLOCK:
            return "专报只能每天、每周或每月发送"
        return "专报各自单独发送，不能与别的订阅汇总成一条" if plan.is_digest else ""
    if plan.kind in (ABOVE, BELOW) and plan.measure not in shown.measures:
        if not shown.measures:
            return f"图卡“{title}”没有单一数值，不能设高于或低于某值的提醒；可改为每天、每周或数字有变化时"
        return f"图卡“{title}”没有这个数值，可选：" + "、".join(one.title for one in shown.measures.values())
    if plan.kind in (ISSUE, WARNING) and shown.table != "hot_issues":
        return f"图卡“{title}”不是热点与预警的图卡，不能按新热点或新预警通知"
    return ""


def decide(subscription: Subscription, shown: Shown, version: str, at: dt.datetime) -> Decision:
    """Return whether to tell, and the state afterwards; what was never looked at takes its figures for known."""
    plan = subscription.plan
    state: dict[str, Any] = {
        "version": version, "looked_at": at, "failure": refusal(plan, shown)[:300], "fingerprint": shown.fingerprint,
        "next_at": next_time(plan, at), "is_raised": subscription.is_raised, "value": subscription.value, "known": subscription.known,
    }  # fmt: skip
    why = ""
    if state["failure"]:
        return Decision("", state)
    if plan.kind in BY_CLOCK:
        why = plan.told
    elif plan.kind == CHANGE:
        why = "数字有变化" if subscription.fingerprint not in ("", shown.fingerprint) else ""
    elif plan.kind in (ABOVE, BELOW):
        one = shown.measures[plan.measure]
        state["is_raised"], is_told = step(plan, subscription.is_raised, one.value)
        state["value"] = one.value
        why = _beyond(plan, one) if is_told else ""
    else:
        ids = shown.issues if plan.kind == ISSUE else shown.warnings
        known = set(json.loads(subscription.known or "[]"))
        new = [one for one in ids if one not in known]
        # What is gone and comes again is no news.
        state["known"] = json.dumps(sorted(known.union(ids))[-MOST_KNOWN:])
        why = (
            f"新{'热点' if plan.kind == ISSUE else '预警'} {len(new)} 条"
            if new and subscription.known
            else ""
        )
    return Decision(why, state)


def undecided(
    subscription: Subscription, why: str, version: str, at: dt.datetime, *, is_passing: bool
) -> Decision:
    """Return that nothing is told of what could not be computed; what was known stays known.

    Where the reason ``is_passing`` what the clock decides is tried again after ``RETRY``, else at its next time; what figures decide
    waits for newer ones.
    """
    is_tried_again = is_passing and subscription.plan.kind in BY_CLOCK
    state = {
        "version": version, "looked_at": at, "failure": why[:300], "fingerprint": subscription.fingerprint,
        "next_at": at + RETRY if is_tried_again else next_time(subscription.plan, at), "is_raised": subscription.is_raised,
        "value": subscription.value, "known": subscription.known,
    }  # fmt: skip
    return Decision("", state)


def _beyond(plan: Plan, one: Measured) -> str:
    assert plan.level is not None  # of such a kind
    way = "高于" if plan.kind == ABOVE else "低于"
    level = Measured(one.title, plan.level, one.unit).told
    return f"{one.title} {one.told}，{way}所设的 {level}"
