"""``shuju review``: letters whose topic is in doubt, for people to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shuju.commands.opening import existing
from shuju.commands.options import Home
from shuju.commands.terminal import console


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(review)


def review(
    to: Annotated[Path, typer.Option("--out", help="复核清单写到哪里（XLSX）")] = Path("复核.xlsx"),
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多多少封")] = 200,
    home: Home = None,
) -> None:
    """导出主题存疑的来信供人复核（页面上已更正的列在最前）；填好一级标签后交给 shuju train topics。"""
    from shuju.desk.corrections import corrections
    from shuju.desk.store import open_desk
    from shuju.letters.review import review_list, write_review_list

    library = existing(home)
    told = corrections(open_desk(library.home))
    rows = review_list(library, limit, dict(zip(told["letter_id"], told["topic_1"], strict=True)))
    if rows.empty:
        console.print("没有主题存疑或已更正的来信。")
        return
    write_review_list(rows, to)
    console.print(f"已写 {to}：{len(rows):,} 封。填好“一级标签”后：shuju train topics --labelled {to}")
