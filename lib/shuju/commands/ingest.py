"""``shuju ingest``: a source is brought into the library."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from shuju.commands.opening import compute_on, opened
from shuju.commands.options import CatalogFile, Home, Scheduler
from shuju.commands.terminal import console


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(ingest)


def ingest(
    source: Annotated[str, typer.Argument(help="目录中的来源名")],
    location: Annotated[
        str | None, typer.Argument(help="来源所在的文件夹或文件；不给时用目录中的 location")
    ] = None,
    home: Home = None,
    catalog: CatalogFile = None,
    scheduler: Scheduler = None,
    release: Annotated[
        bool, typer.Option("--release", help="与以往不同而暂不入库的文件（目录中写有 hold），这次也入库")
    ] = False,
) -> None:
    """把一个来源汇聚入库；已入库且未改变的文件不再读取。"""
    from shuju.library.ingest import ingest as run
    from shuju.progress import ingest_progress

    compute_on(scheduler)
    library = opened(home, catalog)
    with ingest_progress(console) as progress:
        report = run(library, source, location, progress=progress, release=release)
    _print_report(report)
    if not report.n_files + report.n_unchanged:
        patterns = "、".join(dict.fromkeys(entry.files or "*" for entry in library.source(source).inputs))
        place = location or library.location_of(source)
        console.print(
            f"[yellow]没有找到文件[/]：{place} 中没有符合 {patterns} 的文件。"
            f"请核对文件夹，或目录中来源 {source} 的 files。",
            highlight=False,
            soft_wrap=True,
        )
    if report.failures:
        for failure in report.failures:
            console.print(f"[red]未能读取[/]：{escape(failure)}", highlight=False, soft_wrap=True)
        sys.exit(1)


def _print_report(report) -> None:
    table = Table(title=f"入库批次 {report.run_id}")
    for name in ("表", "读入", "新入库", "修订", "合并", "隔离"):
        table.add_column(name, justify="left" if name == "表" else "right")
    for name, t in report.tallies.items():
        numbers = (t.n_read, t.n_stored, t.n_revised, t.n_merged, t.n_quarantined)
        table.add_row(name, *(f"{n:,}" for n in numbers))
    console.print(table)
    console.print(f"读取文件 {report.n_files:,} 个，未改变而跳过 {report.n_unchanged:,} 个。")
    for said in report.warnings:
        console.print(f"[yellow]请核对[/]：{escape(said)}", highlight=False, soft_wrap=True)
    for said in report.held:
        console.print(f"[yellow]暂不入库[/]：{escape(said)}", highlight=False, soft_wrap=True)
    if report.held:
        console.print("核对无误后，用 shuju ingest … --release 入库。")
