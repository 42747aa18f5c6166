"""``shuju train``: models from labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from shuju.commands.terminal import console, out, tell_error

train_app = typer.Typer(help="用已标注的数据训练模型。", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(train_app, name="train")


@train_app.command("topics")
def train_topics(
    labelled: Annotated[
        list[Path],
        typer.Option("--labelled", help="已标注的来信（CSV、XLSX、Parquet），可多次给出，例如加上复核的结果"),
    ],
    to: Annotated[Path, typer.Option("--out", help="模型写到哪里")] = Path("topics.npz"),
) -> None:
    """训练一级主题模型：列为 留言主题、留言详情、一级标签（或 title、body、topic_1），可有 权重（weight）。"""
    import pandas as pd

    from shuju.text.labelled import read_labelled
    from shuju.text.topic_training import train
    from shuju.text.topics import save

    try:
        letters = pd.concat([read_labelled(path) for path in labelled], ignore_index=True)
        with console.status(f"用 {len(letters):,} 封来信训练，五折交叉验证…"):
            model = train(letters["title"], letters["body"], letters["topic_1"], weights=letters["weight"])
        save(model, to)
    except (ValueError, OSError) as error:
        tell_error(error)
    card = model.card
    table = Table(title=f"一级主题模型 {to}")
    table.add_column("项目")
    table.add_column("值", justify="right")
    for name, value in (
        ("来信", f"{int(card['letters']):,} 封"),
        ("主题", "、".join(model.topics)),
        ("宏平均 F1（交叉验证）", f"{card['macro_f1']:.4f}"),
        ("准确率（交叉验证）", f"{card['accuracy']:.4f}"),
        ("校准误差", f"{card['calibration_error']:.4f}"),
        ("低于此置信度即不给主题", f"{card['unsure_below']:.2f}"),
        ("给出主题的来信，其中判对", f"{card['answered']:.0%}，{card['right']:.1%}"),
    ):
        table.add_row(name, value)
    out.print(table)
