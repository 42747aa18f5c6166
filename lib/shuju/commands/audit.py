"""``shuju audit``: the audit trail."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from shuju.clock import now
from shuju.commands.opening import desk_of, operator
from shuju.commands.options import Home, day_of
from shuju.commands.terminal import Told, console, out

audit_app = typer.Typer(help="审计日志：核验、查阅、导出。", no_args_is_help=True, cls=Told)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(audit_app, name="audit")


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

    desk = desk_of(home)
    if file is not None:
        found = trail.verify_period(file)
    elif heads is not None:
        with heads.open(encoding="utf-8", errors="replace") as lines:
            found = trail.verify_heads(desk, lines)
    else:
        found = trail.verify(desk)
    told = {"rows": found.n_rows, "fault": found.fault}
    trail.note(desk, "verify", "" if file is None else str(file), told, account=operator())
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

    n = trail.close_period(desk_of(home), day_of(until), to, account=operator(), at=now())
    console.print(f"已写 {to} 及其签名，共 {n:,} 行，已从日志中取出；请妥善保存这两个文件。")


@audit_app.command("list")
def audit_list(
    who: Annotated[str, typer.Option("--who", help="只看这个账号")] = "",
    subject: Annotated[str, typer.Option("--subject", help="只看这个对象，如来信编号")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多多少行")] = 50,
    home: Home = None,
) -> None:
    """列出审计日志，新的在前。"""
    from shuju.desk import trail

    rows, n = trail.read(desk_of(home), who=who, subject=subject, n=limit)
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

    desk = desk_of(home)
    with to.open("w", encoding="ascii") as file:
        for line in trail.export(desk):
            file.write(line)
    trail.note(desk, "export", "audit", {"to": str(to)}, account=operator())
    console.print(f"已写 {to}")
