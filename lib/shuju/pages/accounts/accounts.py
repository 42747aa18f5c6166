"""Accounts and roles as their two keepers see them: one makes and disables accounts, the other grants and takes roles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Engine

from shuju.access import ROLES, present, require, who
from shuju.access.roles import GRANT, KEEP_ACCOUNTS
from shuju.clock import now
from shuju.desk import accounts, memberships, sessions, trail
from shuju.desk.organisations import add_department, all_organisations, of_region
from shuju.desk.store import open_desk
from shuju.library import Library
from shuju.standard import regions
from shuju.ui.templates import render

DID = {
    "add": "已建立账号，首次登录须修改密码", "disable": "已停用，页面十秒内断开", "enable": "已恢复", "password": "已重设密码，下次登录须修改",
    "drop-totp": "已取消动态码", "grant": "已授予", "revoke": "已收回", "end": "已结束会话",
}  # fmt: skip


def accounts_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML."""
    desk, at, subject = open_desk(library.home), now(), present()
    rows = [
        {
            "account": one,
            "held": memberships.memberships_of(desk, one.id, at=at),
            "is_locked": one.locked_until is not None and one.locked_until > at,
        }
        for one in accounts.list_accounts(desk)
    ]
    return render(
        "accounts/accounts.html", rows=rows, roles=ROLES, told=DID.get(query.get("did", ""), ""), sessions=sessions.list_sessions(desk, at=at),
        keeps=subject is not None and subject.may(KEEP_ACCOUNTS), grants=subject is not None and subject.may(GRANT),
        regions=regions(),
    )  # fmt: skip


def receive_account(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form of the page says, and put it on the trail first; return the address to go to.

    Raises:
        ValueError: it cannot be done; the message says why.
        NotAllowedError: it is the other keeper's to do.
    """
    desk, do, account = open_desk(library.home), form.get("do", ""), form.get("account", "").strip().lower()
    match do:
        case "add" | "disable" | "enable" | "password" | "drop-totp" | "end":
            require(KEEP_ACCOUNTS)
            if do == "disable" and account == who():
                raise ValueError("不能停用自己的账号")
            trail.note(
                desk,
                "session" if do == "end" else "account",
                account,
                {"do": do, "name": form.get("name", "")},
            )
            _keep(desk, do, account, form)
        case "grant" | "revoke":
            require(GRANT)
            told = {name: form.get(name, "") for name in ("do", "role", "region", "department", "until")}
            trail.note(desk, "right", account, told)
            _grant(desk, do, account, form)
        case _:
            raise ValueError("没有这项操作")
    return f"accounts?did={do}"


def _keep(desk: Engine, do: str, account: str, form: Mapping[str, str]) -> None:
    at = now()
    match do:
        case "add":
            accounts.add_account(desk, account, form.get("name", ""), form.get("password", ""), at=at)
        case "password":
            accounts.set_password(desk, account, form.get("password", ""), at=at, must_change=True)
        case "drop-totp":
            accounts.drop_totp(desk, account)
        case "end":
            sessions.end_all(desk, accounts.find_account(desk, account).id, at=at)
        case _:
            accounts.set_disabled(desk, account, do == "disable", at=at)


def _grant(desk: Engine, do: str, account: str, form: Mapping[str, str]) -> None:
    role = form.get("role", "")
    if do == "revoke":
        memberships.revoke(desk, account, role, at=now())
        return
    until = form.get("until", "")
    last = dt.datetime.fromisoformat(until) + dt.timedelta(days=1) if until else None
    place = None
    if role in ROLES and ROLES[role].is_of_organisation:
        place = _organisation(desk, form.get("region", ""), form.get("department", "").strip())
    memberships.grant(desk, account, role, place, last, at=now(), by=who())


def _organisation(desk: Engine, region: str, department: str) -> int:
    place = of_region(desk, region)
    if not department:
        return place.id
    key = (place.region_code, department)
    known = next((o for o in all_organisations(desk) if (o.region_code, o.department) == key), None)
    return known.id if known is not None else add_department(desk, region, department).id
