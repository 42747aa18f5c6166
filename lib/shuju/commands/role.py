"""``shuju role``: who may what."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from shuju.clock import now
from shuju.commands.opening import desk_of, operator
from shuju.commands.options import Account, Home, day_of
from shuju.commands.terminal import Told, console, out

if TYPE_CHECKING:
    from sqlalchemy import Engine

role_app = typer.Typer(help="角色：授予、收回；机构下的部门。", no_args_is_help=True, cls=Told)
RoleName = Annotated[str, typer.Argument(help="角色，如 analyst 或 分析员")]


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(role_app, name="role")


@role_app.command("grant")
def role_grant(
    account: Account,
    role: RoleName,
    region: Annotated[str | None, typer.Option("--region", help="承办部门所在的行政区划代码")] = None,
    department: Annotated[
        str | None, typer.Option("--department", help="承办部门的名称，与来信中一致")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="任期到哪一天（含），如 2026-12-31")] = None,
    home: Home = None,
) -> None:
    """授予角色；系统管理员、安全管理员、审计员不得由同一人担任。"""
    grant_role(desk_of(home), account, role, region, department, until)


@role_app.command("revoke")
def role_revoke(account: Account, role: RoleName, home: Home = None) -> None:
    """收回角色；已有会话全部结束。"""
    from shuju.desk import memberships, trail

    desk = desk_of(home)
    n = memberships.revoke(desk, account, role, at=now())
    trail.note(desk, "right", account, {"revoked": role, "n": n}, account=operator())
    console.print(f"已收回 {account} 的{role}（{n} 项）。")


@role_app.command("require")
def role_require(
    role: RoleName,
    second_factor: Annotated[
        bool, typer.Option("--second-factor/--no-second-factor", help="是否须有第二种验证")
    ] = True,
    home: Home = None,
) -> None:
    """规定一个角色须有第二种验证（动态码或通行密钥）；没有的人登录后只能先去启用。"""
    from shuju.desk import role_rules, trail

    desk = desk_of(home)
    name = role_rules.set_second_factor(desk, role, second_factor)
    trail.note(desk, "right", name, {"needs_second_factor": second_factor}, account=operator())
    console.print(f"{role}{'须' if second_factor else '不再须'}有第二种验证。")


@role_app.command("list")
def role_list() -> None:
    """列出各角色。"""
    from shuju.access.roles import ROLES

    table = Table("角色", "名称", "说明")
    for role in ROLES.values():
        table.add_row(role.name, role.title, role.about)
    out.print(table)


def grant_role(
    desk: Engine, account: str, role: str, region: str | None, department: str | None, until: str | None
) -> None:
    """Grant a role in an organisation until a day, and tell."""
    from shuju.desk import memberships, trail

    place = _organisation(desk, region, department)
    last = day_of(until) + dt.timedelta(days=1) if until else None
    made = memberships.grant(desk, account, role, place, last, at=now(), by=operator())
    told = {"granted": made.role, "organisation": made.organisation, "until": last}
    trail.note(desk, "right", account, told, account=operator())
    within = f"（{made.organisation}）" if made.organisation else ""
    console.print(f"已授予 {account} {role}{within}。")


def _organisation(desk: Engine, region: str | None, department: str | None) -> int | None:
    """Return the organisation that is named, its department added where it is new."""
    from shuju.desk.organisations import add_department, all_organisations, of_region

    if region is None:
        return None
    place = of_region(desk, region)
    if department is None:
        return place.id
    same = [
        o for o in all_organisations(desk) if (o.region_code, o.department) == (place.region_code, department)
    ]
    return same[0].id if same else add_department(desk, place.region_code, department).id
