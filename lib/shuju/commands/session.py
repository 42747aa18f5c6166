"""``shuju session``: who is signed in."""

from __future__ import annotations

import typer
from rich.table import Table

from shuju.clock import now
from shuju.commands.opening import desk_of, operator
from shuju.commands.options import Account, Home
from shuju.commands.terminal import Told, console, out

session_app = typer.Typer(help="会话：谁在线，让谁退出。", no_args_is_help=True, cls=Told)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(session_app, name="session")


@session_app.command("list")
def session_list(home: Home = None) -> None:
    """列出在线的会话。"""
    from shuju.desk import sessions

    table = Table("账号", "来自", "开始", "最近")
    for one in sessions.list_sessions(desk_of(home), at=now()):
        who = one["account"] or f"演示：{one['demo_role']}"
        table.add_row(
            str(who), str(one["address"]), f"{one['begun_at']:%m-%d %H:%M}", f"{one['seen_at']:%m-%d %H:%M}"
        )
    out.print(table)


@session_app.command("end")
def session_end(account: Account, home: Home = None) -> None:
    """结束一个账号的全部会话，已打开的页面十秒内断开。"""
    from shuju.desk import accounts, sessions, trail

    desk = desk_of(home)
    n = sessions.end_all(desk, accounts.find_account(desk, account).id, at=now())
    trail.note(desk, "session", account, {"ended": n}, account=operator())
    console.print(f"已结束 {account} 的 {n} 个会话。")
