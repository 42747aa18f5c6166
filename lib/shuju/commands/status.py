"""``shuju status``: what the library holds, and whether the ledger balances."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.table import Table

from shuju.commands.opening import existing
from shuju.commands.options import Home
from shuju.commands.terminal import out


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(status)


def status(
    home: Home = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """资源库现状：每张表的行数、台账是否相符、隔离区的原因。"""
    from shuju.library.status import status as state_of

    library = existing(home)
    state = state_of(library)
    if as_json:
        out.print_json(json.dumps(state, ensure_ascii=False))
        return
    table = Table(title=f"资源库 {state['home']}")
    for name in ("表", "现行", "读入", "新入库", "修订", "合并", "隔离", "台账", "最新"):
        table.add_column(name, justify="left" if name in ("表", "台账", "最新") else "right", no_wrap=True)
    for t in state["tables"]:
        numbers = (
            t["n_current"],
            t["n_read"],
            t["n_stored"],
            t["n_revised"],
            t["n_merged"],
            t["n_quarantined"],
        )
        balanced = "[green]相符[/]" if t["balanced"] else "[bold red]不符[/]"
        table.add_row(t["title"], *(f"{n:,}" for n in numbers), balanced, (t["newest"] or "—")[:16])
    out.print(table)
    for entry in state["quarantine"]["by_reason"][:20]:
        out.print(f"隔离 {entry['n']:>8,}  {entry['table']}：{entry['reason']}", highlight=False)
    for entry in state["sealing"]:
        for n, how in ((entry["n_plain_rows"], "未加密"), (entry["n_older_rows"], "仍用旧密钥加密")):
            if n:
                out.print(f"{how} {n:>8,} 行  {entry['table']}；请运行 shuju key seal", highlight=False)
    for entry in state["warnings"]:
        how = "暂不入库" if entry["held"] else "请核对"
        for said in entry["said"]:
            out.print(
                f"{how} {entry['source']} {entry['path']}：{said}",
                highlight=False,
                soft_wrap=True,
                markup=False,
            )
    if not state["balanced"]:
        sys.exit(1)
