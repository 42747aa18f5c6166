"""``shuju watch``: sources are followed."""

from __future__ import annotations

from typing import Annotated

import typer

from shuju.commands.opening import opened
from shuju.commands.options import CatalogFile, Home
from shuju.commands.terminal import console


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(watch)


def watch(
    sources: Annotated[
        list[str] | None, typer.Argument(help="来源名；不给时为目录中所有写明位置的来源")
    ] = None,
    home: Home = None,
    catalog: CatalogFile = None,
    poll_seconds: Annotated[
        float, typer.Option("--poll-seconds", min=0.1, help="数据库与网络来源多少秒问一次")
    ] = 60.0,
) -> None:
    """持续汇聚：文件放入即入库，数据库按水位增量入库；按 Ctrl+C 结束。"""
    from shuju.library import LibraryError
    from shuju.library.watch import watch as follow

    library = opened(home, catalog)
    names = sources or [n for n, s in library.catalog.sources.items() if s.location is not None]
    if not names:
        raise LibraryError("目录中没有写明位置（location）的来源；请在命令后给出来源名")
    console.print(f"正在跟随 {'、'.join(names)}；按 Ctrl+C 结束。")

    def tell(name: str, report) -> None:
        for table, t in report.tallies.items():
            console.print(f"{name} → {table}：读入 {t.n_read:,}，新入库 {t.n_stored:,}，修订 {t.n_revised:,}")

    follow(
        library,
        names,
        poll_seconds=poll_seconds,
        on_report=tell,
        on_error=lambda name, error: console.print(f"[red]{name}[/]：{error}", highlight=False),
    )
