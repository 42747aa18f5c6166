"""``shuju alerts``: subscriptions are looked at."""

from __future__ import annotations

import typer

from shuju.commands.options import Home
from shuju.commands.terminal import Told, console

alerts_app = typer.Typer(help="订阅与提醒。", no_args_is_help=True, cls=Told)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(alerts_app, name="alerts")


@alerts_app.command("run")
def alerts_run(home: Home = None) -> None:
    """看一遍到时的和数据有变化的订阅，按收件人各自的可见范围计算，放入收件箱，发出邮件与推送；服务运行时每 20 秒自动做一次。"""
    import os

    from shuju.clock import now
    from shuju.desk.messages.deliver import deliver, ways_of
    from shuju.desk.store import open_desk
    from shuju.desk.subscriptions.run import run_alerts
    from shuju.desk.terms_reading import terms_of
    from shuju.library.home import find_home
    from shuju.serve.briefings import told_of

    place = find_home(home)
    os.environ["SHUJU_HOME"] = place.uri  # cards look at the default library
    desk = open_desk(place)
    ran = run_alerts(place, desk, told_of, at=now())
    told = deliver(desk, ways_of(), clock=now, calendar=terms_of(place).calendar)
    console.print(
        f"看了 {ran.n_looked} 项订阅，计算 {ran.n_computed} 次（同一图卡、同一可见范围只算一次），新消息 {ran.n_told} 条，"
        f"汇总 {ran.n_digests} 份，未能计算 {ran.n_failed} 项；发出 {told.n_sent} 条，失败待重试 {told.n_failed} 条，"
        f"没有通知地址 {told.n_nobody} 条。"
    )
