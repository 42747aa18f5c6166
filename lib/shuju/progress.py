"""Progress bars in the terminal, for work that takes more than a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from rich.console import Console

    from shuju.library.ingest import Progress as IngestProgress


@contextmanager
def ingest_progress(console: Console) -> Iterator[Callable[[IngestProgress], None]]:
    """Show an ingest as it goes: the table, the rows so far, the share of bytes."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, int] = {}

        def show(state: IngestProgress) -> None:
            if state.table not in tasks:
                tasks[state.table] = bars.add_task(
                    f"入库 {state.table}", total=max(state.total_bytes, 1), rows=""
                )
            bars.update(tasks[state.table], completed=state.n_bytes, rows=f"{state.n_rows:,} 行")

        yield show


@contextmanager
def count_progress(console: Console, title: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """Show how many of a known number are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(title, total=total)
        yield lambda done, total: bars.update(task, completed=done, total=total)
