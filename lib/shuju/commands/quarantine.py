"""``shuju quarantine``: what could not be stored, and why."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from shuju.commands.opening import existing
from shuju.commands.options import CatalogFile, Home
from shuju.commands.terminal import console, out

quarantine_app = typer.Typer(help="隔离区：未能入库的数据及其原因。", no_args_is_help=True)

Source = Annotated[str | None, typer.Option("--source", help="只看一个来源")]
Reason = Annotated[str | None, typer.Option("--reason", help="原因中含有的文字")]


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(quarantine_app, name="quarantine")


@quarantine_app.command("list")
def quarantine_list(
    home: Home = None,
    source: Source = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多列出多少条")] = 50,
) -> None:
    """列出待处理的数据。"""
    from shuju.library.quarantine import waiting

    rows = waiting(existing(home), source, reason)
    table = Table(title=f"隔离区待处理 {len(rows):,} 条")
    for name in ("编号", "来源", "文件", "行", "表", "原因"):
        table.add_column(name, overflow="fold")
    for row in rows.head(limit).itertuples():
        table.add_row(
            row.quarantine_id, row.source, row.path, f"{row.row_number:,}", row.table_name, row.reason
        )
    out.print(table)
    if len(rows) > limit:
        console.print(f"只列出前 {limit:,} 条；用 --limit 看更多。")


@quarantine_app.command("show")
def quarantine_show(number: Annotated[str, typer.Argument(help="隔离编号")], home: Home = None) -> None:
    """显示一条数据的原因与原始内容（已脱敏）。"""
    from shuju.library import LibraryError
    from shuju.library.quarantine import shown

    library = existing(home)
    row = library.get("quarantine", number)
    if row is None:
        raise LibraryError(f"隔离区没有编号 {number!r}；用 shuju quarantine list 查看编号")
    row["raw"] = shown(library, row)
    for name in ("source", "path", "row_number", "table_name", "reason", "state", "quarantined_at", "raw"):
        out.print(f"{name:>15}  {row[name]}", highlight=False, markup=False, soft_wrap=True)


@quarantine_app.command("retry")
def quarantine_retry(
    home: Home = None,
    source: Source = None,
    reason: Reason = None,
    location: Annotated[
        str | None, typer.Option("--location", help="来源文件所在的文件夹；目录中没有写明时用，对照表在其中")
    ] = None,
    catalog: CatalogFile = None,
) -> None:
    """按现在的目录再次入库；通过的从隔离区移出。"""
    from shuju.library.quarantine import retry, waiting

    library = existing(home, catalog)
    for name, t in retry(library, source, reason, location).items():
        console.print(f"{name}：新入库 {t.n_stored:,}，修订 {t.n_revised:,}，合并 {t.n_merged:,}")
    console.print(f"隔离区还有 {len(waiting(library, source, reason)):,} 条待处理。")
