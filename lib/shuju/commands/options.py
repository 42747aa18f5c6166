"""Options that several commands have, and how a day is read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    str | None, typer.Option("--home", help="资源库的位置；默认取环境变量 SHUJU_HOME，再默认 ~/.shuju")
]
CatalogFile = Annotated[
    list[Path] | None, typer.Option("--catalog", help="另加的目录文件（YAML），可多次给出")
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        envvar="SHUJU_SCHEDULER",
        help="在这个 Dask 集群上计算，如 tcp://host:8786；不给时在本机",
    ),
]
Account = Annotated[str, typer.Argument(help="账号")]


def day_of(text: str) -> dt.datetime:
    """Return the beginning of the day that ``text`` tells."""
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time())
    except ValueError:
        raise ValueError(f"{text!r} 不是日期，应如 2026-01-01") from None
