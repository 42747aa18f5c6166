"""``shuju check``: whether a catalog is right, and what it makes of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from shuju.commands.options import CatalogFile
from shuju.commands.terminal import console, out


def add_to(app: typer.Typer) -> None:
    """Add it to ``shuju``."""
    app.command()(check)


def check(
    catalog: CatalogFile = None,
    write_docs: Annotated[
        bool,
        typer.Option(
            "--write-docs", help="重新生成 docs/data-dictionary.md 与 docs/methods/tasks.md 中的状态图"
        ),
    ] = False,
    sample: Annotated[
        Path | None, typer.Option("--sample", help="读这个文件的前 1,000 行，列出每个字段会成为什么；不入库")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="用哪个来源读 --sample 的文件")] = None,
) -> None:
    """检查目录文件（来源与表）；有误时逐条给出文件、行号与列号。"""
    from shuju import catalog as catalogs
    from shuju.data_dictionary import dictionary_path, render
    from shuju.desk.tasks.transitions import docs_path, in_docs

    found = catalogs.read(*(catalog or ()))
    if write_docs:
        dictionary_path().write_text(render(catalogs.read()), encoding="utf-8")
        docs_path().write_text(in_docs(docs_path().read_text(encoding="utf-8")), encoding="utf-8")
        console.print(f"已写 {dictionary_path()}、{docs_path()}")
    console.print(f"目录正确：{len(found.tables)} 张表，{len(found.sources)} 个来源。")
    if sample is not None:
        own = [name for path in catalog or () for name in catalogs.source_names(path)]
        print_samples(found, [source] if source else own or list(found.sources), sample, source is not None)


def print_samples(found, sources: list[str], path: Path, is_told: bool) -> None:
    """Print what each source makes of a file; one that was named must take it."""
    from shuju.library import LibraryError
    from shuju.library.sampling import sample_file

    samples = []
    for name in sources:
        try:
            samples += sample_file(found, name, path)
        except LibraryError:
            if is_told or not path.is_file():
                raise
    if not samples:
        raise LibraryError(
            f"{path.name}：没有来源收这样的文件；请用 --source 写明来源，或用 shuju source new 起草一个"
        )
    for sample in samples:
        if sample.failure:
            console.print(f"[red]{sample.source}[/]：{sample.failure}", highlight=False, soft_wrap=True)
            continue
        table = Table(title=f"{sample.source} → {sample.table}：前 {sample.n_rows:,} 行")
        for title in ("字段", "中文名", "取自", "有值", "留空标记", "例"):
            table.add_column(
                title, justify="right" if title in ("有值", "留空标记") else "left", overflow="fold"
            )
        for row in sample.fields:
            examples = "｜".join(row.examples).replace("[", r"\[")
            table.add_row(row.field, row.title, row.raw, f"{row.n_filled:,}", f"{row.n_flagged:,}", examples)
        out.print(table)
        for reason, n in sorted(sample.rejected.items(), key=lambda one: -one[1]):
            out.print(f"将隔离 {n:,} 行：{reason}", highlight=False, soft_wrap=True)
        for note in sample.notes:
            out.print("请核对：" + note, highlight=False, soft_wrap=True, markup=False)
    if all(sample.failure for sample in samples):
        sys.exit(1)
