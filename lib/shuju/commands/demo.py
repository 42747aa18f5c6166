"""``shuju demo``: a synthetic province, served."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from shuju.commands.build import build
from shuju.commands.opening import compute_on, opened
from shuju.commands.options import Scheduler
from shuju.commands.serve import Port, check_port, serve
from shuju.commands.terminal import console


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(demo)


def demo(
    records: Annotated[
        int, typer.Option("--records", min=1000, help="网页信息条数，可写作 20_700_000")
    ] = 200_000,
    home: Annotated[Path, typer.Option("--home", help="放在哪里")] = Path("home/demo"),
    *,
    seed: Annotated[int, typer.Option("--seed", help="随机种子；相同则逐字节相同")] = 1,
    port: Port = 5006,
    until: Annotated[
        str | None, typer.Option("--until", help="数据止于哪一日，如 2025-12-31；不写则为昨天")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="省级行政区划代码，取随附的数据包")
    ] = None,
    pack: Annotated[Path | None, typer.Option("--pack", help="shuju pack build 制作的数据包文件夹")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="生成数据的进程数")] = 2,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="只生成与入库，不打开页面")] = False,
    scheduler: Scheduler = None,
) -> None:
    """生成一个演示省份（演示数据），按真实系统的原始格式写出、入库，并打开页面。"""
    from shuju.clock import now
    from shuju.demo.desk import fill_desk
    from shuju.demo.run import choose_province, run_demo

    if not no_serve:
        check_port("127.0.0.1", port)
    if province and pack:
        raise typer.BadParameter("--province 与 --pack 只能写一个")
    choose_province(home, province, pack)
    compute_on(scheduler)
    run_demo(home, records=records, seed=seed, until=_day(until), workers=workers, console=console)
    if not no_serve:
        build(home=str(home))
        fill_desk(opened(str(home)), seed=seed, at=now())
        serve(home=str(home), port=port)


def _day(text: str | None) -> date | None:
    """Return the day that ``text`` tells; one that lies ahead is refused."""
    from shuju.clock import today

    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} 不是日期，应如 2025-12-31") from None
    if day and not date(2019, 1, 1) <= day <= today():
        raise typer.BadParameter(f"{text}：只能是 2019-01-01 至今天的某一日")
    return day
