"""``shuju prepare``: kernels are compiled once, after installation."""

from __future__ import annotations

from pathlib import Path

import typer

from shuju.commands.build import build
from shuju.commands.terminal import console

PREPARED_WITH = 2_000  # records: enough to need every kernel of ingest and build


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(prepare)


def prepare() -> None:
    """安装之后编译一次计算内核，以后各命令不必再等；在临时文件夹中建一个很小的演示省份来编译。"""
    from tempfile import TemporaryDirectory

    from shuju.demo.run import run_demo

    with TemporaryDirectory() as folder:
        run_demo(Path(folder) / "home", records=PREPARED_WITH, seed=1, workers=1, console=console)
        build(home=str(Path(folder) / "home"))
    console.print("计算内核已编译。")
