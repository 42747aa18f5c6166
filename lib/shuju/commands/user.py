"""``shuju user``: accounts."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer
from rich.table import Table

from shuju.clock import now
from shuju.commands.opening import desk_of, operator
from shuju.commands.options import Account, Home
from shuju.commands.role import grant_role
from shuju.commands.terminal import Told, console, out

user_app = typer.Typer(help="账号：建立、停用、改密码。", no_args_is_help=True, cls=Told)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(user_app, name="user")


@user_app.command("add")
def user_add(
    account: Account,
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

    desk = desk_of(home)
    made = accounts.add_account(desk, account, name, None if elsewhere else _password(), at=now())
    trail.note(desk, "account", made.account, {"made": made.name, "by": operator()}, account=operator())
    console.print(f"已建立账号 {made.account}（{made.name}）{'' if elsewhere else '；首次登录须修改密码'}。")
    if role is not None:
        grant_role(desk, made.account, role, region, department, None)


@user_app.command("list")
def user_list(home: Home = None) -> None:
    """列出账号及其角色。"""
    from shuju.access.roles import ROLES
    from shuju.desk import accounts, memberships

    desk = desk_of(home)
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
def user_disable(account: Account, home: Home = None) -> None:
    """停用账号：不能再登录，已打开的页面十秒内断开。"""
    _set_disabled(home, account, True)
    console.print(f"已停用 {account}。")


@user_app.command("enable")
def user_enable(account: Account, home: Home = None) -> None:
    """恢复账号，并解除锁定。"""
    _set_disabled(home, account, False)
    console.print(f"已恢复 {account}。")


@user_app.command("password")
def user_password(account: Account, home: Home = None) -> None:
    """重设密码；下次登录须修改，已有会话全部结束。"""
    from shuju.desk import accounts, trail

    desk = desk_of(home)
    accounts.set_password(desk, account, _password(), at=now(), must_change=True)
    trail.note(desk, "account", account, {"password": "reset"}, account=operator())
    console.print(f"已重设 {account} 的密码。")


@user_app.command("link")
def user_link(
    account: Account,
    issuer: Annotated[str, typer.Option("--issuer", help="统一身份认证系统，与配置中的 issuer 一致")],
    subject: Annotated[
        str, typer.Option("--subject", help="此人在该系统中的 sub；首次登录被拒时记在审计日志里")
    ],
    home: Home = None,
) -> None:
    """把统一身份与账号关联；角色仍由本系统授予。"""
    from shuju.desk import identities, trail

    desk = desk_of(home)
    identities.link(desk, account, issuer, subject, at=now(), by=operator())
    trail.note(desk, "account", account, {"linked": issuer, "subject": subject}, account=operator())
    console.print(f"已把 {account} 与 {issuer} 的 {subject} 关联。", highlight=False, soft_wrap=True)


@user_app.command("unlink")
def user_unlink(account: Account, home: Home = None) -> None:
    """取消动态码、通行密钥与统一身份：手机、恢复码丢失，或人已离开时用。"""
    from shuju.desk import accounts, identities, passkeys, trail

    desk = desk_of(home)
    accounts.drop_totp(desk, account)
    n_keys, n_identities = passkeys.drop(desk, account), identities.unlink(desk, account)
    told = {"second_factor": False, "passkeys": n_keys, "identities": n_identities}
    trail.note(desk, "account", account, told, account=operator())
    console.print(f"已取消 {account} 的动态码、{n_keys} 个通行密钥、{n_identities} 个统一身份。")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("密码：")
    if password != getpass.getpass("再输一次："):
        raise ValueError("两次输入不一致")
    return password


def _set_disabled(home: str | None, account: str, is_disabled: bool) -> None:
    from shuju.desk import accounts, trail

    desk = desk_of(home)
    accounts.set_disabled(desk, account, is_disabled, at=now())
    trail.note(desk, "account", account, {"disabled": is_disabled}, account=operator())
