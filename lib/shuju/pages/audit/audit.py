"""The audit trail as the auditor sees it: who saw this, what did this person look at, what is unusual, is it whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, case, func, select

from shuju.access import require
from shuju.access.roles import AUDIT, ROLES
from shuju.clock import now
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.desk.tables.trail import trail as rows_of_trail
from shuju.library import Library
from shuju.ui.templates import render

ROWS = 50
USUAL_DAYS = 30  # the days before today that tell what is usual of a person
TIMES_USUAL, LEAST_READS, MANY_REFUSALS = 10, 20, 20
NIGHT = (22, 6)  # from ten at night until six
# What the rows tell, and what it is called; a name that is not here is shown as it is.
TOLD = {
    "method": "方式", "path": "地址", "why": "原因", "demo": "演示", "role": "角色", "way": "所在卡片", "filters": "条件", "rows": "行数",
    "bytes": "字节", "sha256": "校验值", "second_factor": "第二种验证", "purpose": "用途", "topic": "主题", "made": "姓名", "by": "操作人",
    "disabled": "停用", "granted": "授予", "revoked": "收回", "organisation": "机构", "until": "至", "passkeys": "通行密钥", "passkey": "通行密钥",
    "identities": "统一身份", "linked": "关联统一身份", "subject": "对方编号", "needs_second_factor": "须第二种验证", "fault": "不符", "to": "存放处",
    "from": "来自", "lost": "丢失行数", "everywhere": "全部设备", "mark": "判断", "ended": "结束会话", "password": "重设密码", "format": "格式",
    "last": "末行", "mac": "末行校验值", "n": "行数",
}  # fmt: skip
_t = rows_of_trail.c


@dataclass(frozen=True)
class Unusual:
    """Something that an auditor may want to look at: of whom, and why, in Chinese."""

    who: str
    why: str


def audit_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML; with ``verify`` the whole trail is gone through."""
    require(AUDIT)
    desk = open_desk(library.home)
    text = query.get("page", "")
    page = max(int(text), 1) if text.isdecimal() and len(text) < 9 else 1
    asked = {name: query.get(name, "").strip()[:300] for name in ("who", "subject", "what")}
    rows, n = trail.read(desk, **asked, n=ROWS, first=ROWS * (page - 1))
    verdict = trail.verify(desk) if query.get("verify") else None
    if verdict is not None:
        trail.note(desk, "verify", "", {"rows": verdict.n_rows, "fault": verdict.fault})
    return render(
        "audit/audit.html", rows=rows, n=n, page=page, size=ROWS, asked=asked, events=trail.EVENTS, verdict=verdict, names=TOLD,
        titles={role.name: role.title for role in ROLES.values()},
        unusual=unusual(desk, now()),
    )  # fmt: skip


def unusual(desk: Engine, at: dt.datetime) -> list[Unusual]:
    """Return who read ten times as much as usual today, who read at night, who was refused often. O(rows of 31 days)."""
    today = dt.datetime.combine(at.date(), dt.time())
    is_today = _t.at >= today
    reads = _t.what.in_(("read-letter", "export", "reveal"))
    counted = (
        select(
            _t.who,
            func.sum(case((reads & is_today, 1), else_=0)),
            func.sum(case((reads & ~is_today, 1), else_=0)),
            func.sum(case(((_t.what == "refused") & is_today, 1), else_=0)),
        )
        .where(_t.at >= today - dt.timedelta(days=USUAL_DAYS), _t.at < at, _t.who != "")
        .group_by(_t.who)
        .order_by(_t.who)
    )
    with desk.connect() as connection:
        found = [
            one for who, *counts in connection.execute(counted) for one in _judged(who, *map(int, counts))
        ]
        late = connection.execute(
            select(_t.who, _t.at).where(reads, is_today, _t.at < at, _t.who != "").order_by(_t.who)
        ).all()
    at_night: dict[str, int] = {}
    for who, moment in late:
        if moment.hour >= NIGHT[0] or moment.hour < NIGHT[1]:
            at_night[who] = at_night.get(who, 0) + 1
    return [
        *found,
        *(Unusual(who, f"今天夜间（22 时至 6 时）查看或导出 {n} 次") for who, n in at_night.items()),
    ]


def _judged(who: str, n_today: int, n_before: int, n_refused: int) -> list[Unusual]:
    usual = n_before / USUAL_DAYS
    found = []
    if n_today >= LEAST_READS and n_today > TIMES_USUAL * usual:
        found.append(
            Unusual(who, f"今天查看或导出 {n_today} 次，此前 {USUAL_DAYS} 天平均每天 {usual:.1f} 次")
        )
    if n_refused >= MANY_REFUSALS:
        found.append(Unusual(who, f"今天被拒绝 {n_refused} 次"))
    return found
