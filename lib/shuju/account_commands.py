"""The commands ``shuju user``, ``role``, ``session``, ``audit``, ``key``: for who runs the server, on its own machine.

Long, since every command is a short function here; what it does lies elsewhere.
"""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine
from typer.core import TyperGroup

from shuju.clock import now

Home = Annotated[
    str | None, typer.Option("--home", help="资源库的位置；默认取环境变量 SHUJU_HOME，再默认 ~/.shuju")
]
Name = Annotated[str, typer.Argument(help="账号")]
RoleName = Annotated[str, typer.Argument(help="角色，如 analyst 或 分析员")]

console = Console(stderr=True)
out = Console(width=None if sys.stdout.isatty() else 160)


class Told(TyperGroup):
    """Commands whose errors a user can mend: each is told in one message, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run one of them."""
        try:
            return super().invoke(ctx)
        except ValueError as error:
            why = str(error)
        except OSError as error:
            if error.filename is None:
                raise
            missing = "没有这个文件或文件夹" if isinstance(error, FileNotFoundError) else "读写失败"
            why = f"{error.filename}：{missing}（{error.strerror}）"
        console.print(f"[bold red]错误[/]：{why}", highlight=False, soft_wrap=True)
        sys.exit(2)


user_app = typer.Typer(help="账号：建立、停用、改密码。", no_args_is_help=True, cls=Told)
role_app = typer.Typer(help="角色：授予、收回；机构下的部门。", no_args_is_help=True, cls=Told)
session_app = typer.Typer(help="会话：谁在线，让谁退出。", no_args_is_help=True, cls=Told)
audit_app = typer.Typer(help="审计日志：核验、查阅、导出。", no_args_is_help=True, cls=Told)
key_app = typer.Typer(help="密钥文件。", no_args_is_help=True, cls=Told)


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``shuju``."""
    for name, group in (
        ("user", user_app),
        ("role", role_app),
        ("session", session_app),
        ("audit", audit_app),
        ("key", key_app),
    ):
        app.add_typer(group, name=name)


@user_app.command("add")
def user_add(
    account: Name,
    name: Annotated[str, typer.Option("--name", help="姓名")],
    role: Annotated[str | None, typer.Option("--role", help="同时授予的角色")] = None,
    region: Annotated[str | None, typer.Option("--region", help="承办部门所在的行政区划代码")] = None,
    department: Annotated[
        str | None, typer.Option("--department", help="承办部门的名称，与来信中一致")
    ] = None,
    elsewhere: Annotated[
        bool,
        typer.Option("--elsewhere", help="不设密码，只经统一身份认证登录（随后用 shuju user link 关联）"),
    ] = False,
    home: Home = None,
) -> None:
    """建立账号；初始密码从键盘或标准输入读入，首次登录须修改。"""
    from shuju.desk import accounts, trail

    desk = _desk(home)
    made = accounts.add_account(desk, account, name, None if elsewhere else _password(), at=now())
    trail.note(desk, "account", made.account, {"made": made.name, "by": _operator()}, account=_operator())
    console.print(f"已建立账号 {made.account}（{made.name}）{'' if elsewhere else '；首次登录须修改密码'}。")
    if role is not None:
        _grant(desk, made.account, role, region, department, None)


@user_app.command("list")
def user_list(home: Home = None) -> None:
    """列出账号及其角色。"""
    from shuju.access.roles import ROLES
    from shuju.desk import accounts, memberships

    desk = _desk(home)
    table = Table("账号", "姓名", "角色", "状态", "动态码")
    for one in accounts.list_accounts(desk):
        held = memberships.memberships_of(desk, one.id, at=now())
        told = "、".join(
            ROLES[m.role].title + (f"（{m.organisation}）" if m.organisation else "") for m in held
        )
        is_locked = one.locked_until is not None and one.locked_until > now()
        state = (
            "停用" if one.disabled_at else "锁定" if is_locked else "须改密码" if one.must_change else "正常"
        )
        table.add_row(one.account, one.name, told, state, "有" if one.has_totp else "")
    out.print(table)


@user_app.command("disable")
def user_disable(account: Name, home: Home = None) -> None:
    """停用账号：不能再登录，已打开的页面十秒内断开。"""
    _set_disabled(home, account, True)
    console.print(f"已停用 {account}。")


@user_app.command("enable")
def user_enable(account: Name, home: Home = None) -> None:
    """恢复账号，并解除锁定。"""
    _set_disabled(home, account, False)
    console.print(f"已恢复 {account}。")


@user_app.command("password")
def user_password(account: Name, home: Home = None) -> None:
    """重设密码；下次登录须修改，已有会话全部结束。"""
    from shuju.desk import accounts, trail

    desk = _desk(home)
    accounts.set_password(desk, account, _password(), at=now(), must_change=True)
    trail.note(desk, "account", account, {"password": "reset"}, account=_operator())
    console.print(f"已重设 {account} 的密码。")


@user_app.command("link")
def user_link(
    account: Name,
    issuer: Annotated[str, typer.Option("--issuer", help="统一身份认证系统，与配置中的 issuer 一致")],
    subject: Annotated[
        str, typer.Option("--subject", help="此人在该系统中的 sub；首次登录被拒时记在审计日志里")
    ],
    home: Home = None,
) -> None:
    """把统一身份与账号关联；角色仍由本系统授予。"""
    from shuju.desk import identities, trail

    desk = _desk(home)
    identities.link(desk, account, issuer, subject, at=now(), by=_operator())
    trail.note(desk, "account", account, {"linked": issuer, "subject": subject}, account=_operator())
    console.print(f"已把 {account} 与 {issuer} 的 {subject} 关联。", highlight=False, soft_wrap=True)


@user_app.command("unlink")
def user_unlink(account: Name, home: Home = None) -> None:
    """取消动态码、通行密钥与统一身份：手机、恢复码丢失，或人已离开时用。"""
    from shuju.desk import accounts, identities, passkeys, trail

    desk = _desk(home)
    accounts.drop_totp(desk, account)
    n_keys, n_identities = passkeys.drop(desk, account), identities.unlink(desk, account)
    told = {"second_factor": False, "passkeys": n_keys, "identities": n_identities}
    trail.note(desk, "account", account, told, account=_operator())
    console.print(f"已取消 {account} 的动态码、{n_keys} 个通行密钥、{n_identities} 个统一身份。")


@role_app.command("grant")
def role_grant(
    account: Name,
    role: RoleName,
    region: Annotated[str | None, typer.Option("--region", help="承办部门所在的行政区划代码")] = None,
    department: Annotated[
        str | None, typer.Option("--department", help="承办部门的名称，与来信中一致")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="任期到哪一天（含），如 2026-12-31")] = None,
    home: Home = None,
) -> None:
    """授予角色；系统管理员、安全管理员、审计员不得由同一人担任。"""
    _grant(_desk(home), account, role, region, department, until)


@role_app.command("revoke")
def role_revoke(account: Name, role: RoleName, home: Home = None) -> None:
    """收回角色；已有会话全部结束。"""
    from shuju.desk import memberships, trail

    desk = _desk(home)
    n = memberships.revoke(desk, account, role, at=now())
    trail.note(desk, "right", account, {"revoked": role, "n": n}, account=_operator())
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

    desk = _desk(home)
    name = role_rules.set_second_factor(desk, role, second_factor)
    trail.note(desk, "right", name, {"needs_second_factor": second_factor}, account=_operator())
    console.print(f"{role}{'须' if second_factor else '不再须'}有第二种验证。")


@role_app.command("list")
def role_list() -> None:
    """列出各角色。"""
    from shuju.access.roles import ROLES

    table = Table("角色", "名称", "说明")
    for role in ROLES.values():
        table.add_row(role.name, role.title, role.about)
    out.print(table)


@session_app.command("list")
def session_list(home: Home = None) -> None:
    """列出在线的会话。"""
    from shuju.desk import sessions

    table = Table("账号", "来自", "开始", "最近")
    for one in sessions.list_sessions(_desk(home), at=now()):
        who = one["account"] or f"演示：{one['demo_role']}"
        table.add_row(
            str(who), str(one["address"]), f"{one['begun_at']:%m-%d %H:%M}", f"{one['seen_at']:%m-%d %H:%M}"
        )
    out.print(table)


@session_app.command("end")
def session_end(account: Name, home: Home = None) -> None:
    """结束一个账号的全部会话，已打开的页面十秒内断开。"""
    from shuju.desk import accounts, sessions, trail

    desk = _desk(home)
    n = sessions.end_all(desk, accounts.find_account(desk, account).id, at=now())
    trail.note(desk, "session", account, {"ended": n}, account=_operator())
    console.print(f"已结束 {account} 的 {n} 个会话。")


@audit_app.command("verify")
def audit_verify(
    home: Home = None,
    heads: Annotated[
        Path | None, typer.Option("--heads", help="系统日志（syslog）的文件，与其中的记载比对")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="只核验一个已结束期间的文件及其签名")] = None,
) -> None:
    """核验审计日志：有无改动、删除、调换、截尾、整体替换。"""
    from shuju.desk import trail

    desk = _desk(home)
    if file is not None:
        found = trail.verify_period(file)
    elif heads is not None:
        with heads.open(encoding="utf-8", errors="replace") as lines:
            found = trail.verify_heads(desk, lines)
    else:
        found = trail.verify(desk)
    told = {"rows": found.n_rows, "fault": found.fault}
    trail.note(desk, "verify", "" if file is None else str(file), told, account=_operator())
    if found.fault:
        console.print(f"[bold red]不符[/]：{found.fault}（此前 {found.n_rows:,} 行相符）", highlight=False)
        sys.exit(1)
    console.print(f"相符：{found.n_rows:,} 行。")


@audit_app.command("close")
def audit_close(
    until: Annotated[
        str, typer.Option("--until", help="结束到哪一天（不含），如 2026-01-01；至少在六个月之前")
    ],
    to: Annotated[Path, typer.Option("--out", help="写到哪里（JSON Lines；签名在同名的 .sig 文件）")],
    home: Home = None,
) -> None:
    """结束一个期间：导出并签名，然后从日志中取出；其后的日志接着它的末行。"""
    from shuju.desk import trail

    n = trail.close_period(_desk(home), _day(until), to, account=_operator(), at=now())
    console.print(f"已写 {to} 及其签名，共 {n:,} 行，已从日志中取出；请妥善保存这两个文件。")


@audit_app.command("list")
def audit_list(
    who: Annotated[str, typer.Option("--who", help="只看这个账号")] = "",
    subject: Annotated[str, typer.Option("--subject", help="只看这个对象，如来信编号")] = "",
    limit: Annotated[int, typer.Option("--limit", help="最多多少行")] = 50,
    home: Home = None,
) -> None:
    """列出审计日志，新的在前。"""
    from shuju.desk import trail

    rows, n = trail.read(_desk(home), who=who, subject=subject, n=limit)
    table = Table("时间", "账号", "角色", "来自", "事项", "对象", "行数", title=f"共 {n:,} 行")
    for row in rows:
        n_rows = "" if row["n_rows"] is None else f"{row['n_rows']:,}"
        told = (row["who"], row["role"], row["address"], trail.EVENTS[row["what"]], row["subject"], n_rows)
        table.add_row(f"{row['at']:%Y-%m-%d %H:%M:%S}", *told)
    out.print(table)


@audit_app.command("export")
def audit_export(
    to: Annotated[Path, typer.Option("--out", help="写到哪里（JSON Lines）")], home: Home = None
) -> None:
    """导出全部审计日志，每行一条 JSON。"""
    from shuju.desk import trail

    desk = _desk(home)
    with to.open("w", encoding="ascii") as file:
        for line in trail.export(desk):
            file.write(line)
    trail.note(desk, "export", "audit", {"to": str(to)}, account=_operator())
    console.print(f"已写 {to}")


@key_app.command("rotate")
def key_rotate() -> None:
    """增加一个密钥，此后新加密的都用它；旧的仍留着，用来解开以前的。"""
    from shuju.keys import key_place, rotate

    console.print(f"{key_place()} 中新增密钥 {rotate()}；请备份这个文件，与资源库分开存放。")
    console.print("已加密的内容仍用旧密钥，照常可读；运行 shuju key seal 改用新密钥。")


@key_app.command("seal")
def key_seal(home: Home = None) -> None:
    """把未加密的、仍用旧密钥加密的个人信息，改用最新的密钥加密；中断后再运行即可接着做。"""
    from shuju.desk import trail
    from shuju.library import open_library
    from shuju.library.sealing import seal_library

    library = open_library(home)
    n = seal_library(library)
    trail.note(_desk(home), "change", "sealed columns", {"rows": n}, n, account=_operator())
    console.print(f"已重新加密 {n:,} 行；此前的数据文件已删除。" if n else "没有要重新加密的行。")


# Behind them


def _desk(home: str | None) -> Engine:
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    return open_desk(find_home(home))


def _day(text: str) -> dt.datetime:
    """Return the beginning of the day that ``text`` tells."""
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time())
    except ValueError:
        raise ValueError(f"{text!r} 不是日期，应如 2026-01-01") from None


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("密码：")
    if password != getpass.getpass("再输一次："):
        raise ValueError("两次输入不一致")
    return password


def _operator() -> str:
    """Return who runs the command, as the trail names them: the machine's user."""
    return f"命令行:{getpass.getuser()}"


def _grant(
    desk: Engine, account: str, role: str, region: str | None, department: str | None, until: str | None
) -> None:
    from shuju.desk import memberships, trail

    place = _organisation(desk, region, department)
    last = _day(until) + dt.timedelta(days=1) if until else None
    made = memberships.grant(desk, account, role, place, last, at=now(), by=_operator())
    told = {"granted": made.role, "organisation": made.organisation, "until": last}
    trail.note(desk, "right", account, told, account=_operator())
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


def _set_disabled(home: str | None, account: str, is_disabled: bool) -> None:
    from shuju.desk import accounts, trail

    desk = _desk(home)
    accounts.set_disabled(desk, account, is_disabled, at=now())
    trail.note(desk, "account", account, {"disabled": is_disabled}, account=_operator())
