"""``shuju desk``: messages, reminders, addresses and tokens; for who runs the server, on its own machine."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from shuju.commands.options import Home
from shuju.commands.terminal import Told, console

desk_app = typer.Typer(help="在线交办：通知、提醒、期限。", no_args_is_help=True, cls=Told)
address_app = typer.Typer(help="通知地址：邮件、接口推送。", no_args_is_help=True, cls=Told)
token_app = typer.Typer(
    help="接口令牌：别的系统以某账号的身份交办、签收、反馈。", no_args_is_help=True, cls=Told
)
desk_app.add_typer(address_app, name="address")
desk_app.add_typer(token_app, name="token")


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(desk_app, name="desk")


@desk_app.command("deliver")
def desk_deliver(home: Home = None) -> None:
    """把新到的直达来信收入快速通道，到时的提醒放入待发，发出全部待发通知；服务运行时每 20 秒自动做一次。"""
    from shuju.clock import now
    from shuju.desk.fast_arrivals import take_in_new
    from shuju.desk.messages.deliver import deliver, ways_of
    from shuju.desk.messages.reminders import remind
    from shuju.desk.store import open_desk
    from shuju.desk.tasks.recount import recount
    from shuju.desk.terms_reading import terms_of
    from shuju.library import open_library
    from shuju.library.home import find_home

    place = find_home(home)
    desk, terms = open_desk(place), terms_of(place)
    take_in_new(open_library(place.uri), desk, terms, at=now())
    n_recounted, n_reminders = recount(desk, terms, at=now()), remind(desk, terms, at=now())
    told = deliver(desk, ways_of(), clock=now, calendar=terms.calendar)
    console.print(
        f"重算期限 {n_recounted} 件，新提醒 {n_reminders} 条；发出 {told.n_sent} 条，失败待重试 {told.n_failed} 条，"
        f"没有通知地址 {told.n_nobody} 条。"
    )


@desk_app.command("listen")
def desk_listen(
    host: Annotated[
        str, typer.Option("--host", help="监听地址；前面应有本单位的邮件服务器转来")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="端口")] = 2525,
    home: Home = None,
) -> None:
    """接收对通知邮件的回复（SMTP），记入任务；只收任务的回复地址，不转发。"""
    import signal
    import threading

    from shuju.clock import now
    from shuju.desk.messages.listening import listener
    from shuju.desk.store import open_desk
    from shuju.desk.terms_reading import terms_of
    from shuju.library.home import find_home

    place = find_home(home)
    server, ended = (
        listener(open_desk(place), lambda: terms_of(place), now, host=host, port=port),
        threading.Event(),
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server.start()
    console.print(f"正在 {host}:{port} 接收邮件回复；Ctrl+C 结束")
    ended.wait()
    server.stop()


@address_app.command("add")
def address_add(
    address: Annotated[str, typer.Argument(help="邮件地址或 https:// 网址")],
    account: Annotated[str, typer.Option("--account", help="账号")] = "",
    organisation: Annotated[str, typer.Option("--organisation", help="机构全称，如 长沙市人民政府")] = "",
    home: Home = None,
) -> None:
    """登记一个通知地址；网址另给出核对签名用的密钥。"""
    from shuju.clock import now
    from shuju.desk.accounts import find_account
    from shuju.desk.messages.addresses import EMAIL, WEBHOOK, add_address
    from shuju.desk.organisations import find_organisation, plant_regions
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    desk = open_desk(find_home(home))
    plant_regions(desk)
    number = find_organisation(desk, organisation).id if organisation else None
    name = find_account(desk, account).account if account else ""
    channel = WEBHOOK if "://" in address else EMAIL
    made = add_address(desk, channel, address, account=name, organisation_id=number, at=now())
    console.print(f"已登记 {made.id} 号地址")
    if channel == WEBHOOK:
        console.print(f"签名密钥：{made.secret}", soft_wrap=True, highlight=False)


@address_app.command("list")
def address_list(home: Home = None) -> None:
    """列出在用的通知地址。"""
    from shuju.desk.messages.addresses import CHANNELS, list_addresses
    from shuju.desk.organisations import all_organisations, full_name
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    desk = open_desk(find_home(home))
    names = {o.id: full_name(o) for o in all_organisations(desk)}
    table = Table("编号", "谁", "方式", "地址")
    for one in list_addresses(desk):
        table.add_row(
            str(one.id), one.account or names.get(one.organisation_id, ""), CHANNELS[one.channel], one.address
        )
    console.print(table)


@address_app.command("end")
def address_end(number: Annotated[int, typer.Argument(help="编号")], home: Home = None) -> None:
    """停用一个通知地址。"""
    from shuju.clock import now
    from shuju.desk.messages.addresses import end_address
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    if not end_address(open_desk(find_home(home)), number, at=now()):
        raise ValueError(f"没有在用的 {number} 号地址")
    console.print(f"已停用 {number} 号地址")


@token_app.command("add")
def token_add(
    account: Annotated[str, typer.Argument(help="账号")],
    role: Annotated[str, typer.Option("--role", help="角色，如 analyst 或 department")],
    name: Annotated[str, typer.Option("--name", help="给哪个系统用")],
    home: Home = None,
) -> None:
    """给出一个令牌；只显示这一次。"""
    from shuju.clock import now
    from shuju.desk.api_tokens import make_token
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    secret = make_token(open_desk(find_home(home)), account, role, name, at=now())
    console.print(secret, soft_wrap=True, highlight=False)


@token_app.command("list")
def token_list(home: Home = None) -> None:
    """列出有效的令牌。"""
    from shuju.desk.api_tokens import list_tokens
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    table = Table("编号", "用途", "账号", "给出", "最近使用")
    for one in list_tokens(open_desk(find_home(home))):
        used = f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else ""
        table.add_row(str(one.id), one.name, one.account, f"{one.made_at:%Y-%m-%d %H:%M}", used)
    console.print(table)


@token_app.command("end")
def token_end(number: Annotated[int, typer.Argument(help="编号")], home: Home = None) -> None:
    """收回一个令牌。"""
    from shuju.clock import now
    from shuju.desk.api_tokens import end_token
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    if not end_token(open_desk(find_home(home)), number, at=now()):
        raise ValueError(f"没有有效的 {number} 号令牌")
    console.print(f"已收回 {number} 号令牌")
