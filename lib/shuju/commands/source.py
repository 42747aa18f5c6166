"""``shuju source``: a catalog entry for files that were never seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from shuju.commands.check import print_samples
from shuju.commands.terminal import console, out

source_app = typer.Typer(help="数据来源。", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add them to ``shuju``."""
    app.add_typer(source_app, name="source")


@source_app.command("new")
def source_new(
    files: Annotated[list[Path], typer.Argument(help="一个来源的文件或文件夹")],
    name: Annotated[str, typer.Option("--name", help="来源名：小写字母、数字、下划线")] = "new_source",
    to: Annotated[Path | None, typer.Option("--out", help="写到哪个目录文件；不给时显示出来")] = None,
) -> None:
    """为没见过的文件起草目录条目：读法、列名行、各字段取自哪里；由人核对后使用。"""
    from shuju import catalog as catalogs
    from shuju.library import LibraryError
    from shuju.library.draft_yaml import as_yaml
    from shuju.library.drafting import draft_source

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise LibraryError(f"来源名 {name!r} 应由小写字母、数字、下划线组成，以字母开头")
    if to is not None and to.exists():
        raise LibraryError(f"{to} 已存在；请换一个文件名")
    draft = draft_source(catalogs.read(), name, files)
    place = files[0] if files[0].is_dir() else files[0].parent
    text = as_yaml(draft, place.resolve())
    if to is None:
        out.print(text, highlight=False, markup=False, soft_wrap=True, end="")
        return
    to.write_text(text, encoding="utf-8")
    found = catalogs.read(to)
    console.print(
        f"已写 {to}：{draft.table} 表，映射 {len(draft.fields)} 个字段，{len(draft.unused)} 个没有用到。"
    )
    for note in draft.notes:
        console.print(f"· {note}", highlight=False, markup=False, soft_wrap=True)
    if files[0].is_file():
        print_samples(found, [name], files[0], True)
