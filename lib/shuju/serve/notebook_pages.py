"""Notebooks as pages: the same cells that an analyst runs, without those tagged ``explore``.

The first heading is the title, a line of the notebook's metadata says more of the page. Markdown cells are prose
on the page; the last expression of a code cell is shown, as in Jupyter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

import markdown_it
import nbformat
import panel as pn

from shuju.catalog import did_you_mean
from shuju.library import LibraryError
from shuju.ui.cards.live import LiveCard
from shuju.ui.page import Page, Place

SKIPPED_TAG = "explore"
ROUTE = re.compile(r"[A-Za-z0-9_-]+")
# What the metadata of a notebook may say of its page.
ABOUT = {
    "about": (str, "一句话"),
    "order": (int, "整数，小的在前"),
    "listed": (bool, " true 或 false：是否列在菜单里"),
    "who": (list, '角色的列表，如 ["leader", "analyst"]'),
}


class NotebookError(LibraryError, ValueError):
    """A notebook that cannot be a page; the message says which file, which cell and why."""


@dataclass(frozen=True)
class Cell:
    """One cell: prose as HTML, or compiled code and its last expression."""

    prose: str = ""
    body: CodeType | None = None
    value: CodeType | None = None


@dataclass(frozen=True)
class Notebook:
    """A notebook read and compiled once; ``route`` is its file's stem, ``lead`` what stands below the title (HTML).

    ``about`` is what its metadata says of the page.
    """

    route: str
    title: str
    lead: str
    cells: tuple[Cell, ...]
    about: dict[str, Any] = field(default_factory=dict)


def read_notebook(path: Path) -> Notebook:
    """Read and compile a notebook.

    Raises:
        NotebookError: a name that is no address, no notebook, no heading to be the title, or code that does not compile.
    """
    if not ROUTE.fullmatch(path.stem):
        raise NotebookError(
            f"{path.name}：文件名就是网页地址，只能用字母、数字、- 和 _（如 my-page.ipynb）；页面的中文标题写在第一个一级标题里"
        )
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError) as error:
        raise NotebookError(
            f"{path}：不是能读的笔记本文件（{type(error).__name__}）；请在 Jupyter 中另存"
        ) from error
    prose = markdown_it.MarkdownIt("commonmark", {"html": False})
    cells: list[Cell] = []
    title, lead = None, ""
    for number, cell in enumerate(notebook.cells, 1):
        if SKIPPED_TAG in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            text = cell.source.strip()
            if title is None and text.startswith("# "):
                heading, _, text = text.partition("\n")
                title, lead = heading.removeprefix("# ").strip(), prose.render(text)
            elif text:
                cells.append(Cell(prose=prose.render(text)))
        elif cell.cell_type == "code" and cell.source.strip():
            cells.append(_compiled(cell.source, f"{path.name}[{number}]"))
    if title is None:
        raise NotebookError(f"{path.name}：没有一级标题（# …），不能成为页面")
    return Notebook(path.stem, title, lead, tuple(cells), _about(path, notebook.metadata.get("shuju", {})))


def _about(path: Path, told: Any) -> dict[str, Any]:
    """Return what a notebook's metadata says of its page."""
    if not isinstance(told, Mapping):
        raise NotebookError(
            f'{path.name}：元数据 shuju 应如 {{"about": "一句话", "order": 50}}，不能是 {told!r}'
        )
    for name, value in told.items():
        if name not in ABOUT:
            raise NotebookError(f"{path.name}：元数据 shuju 中" + did_you_mean("项", name, ABOUT))
        kind, meant = ABOUT[name]
        if type(value) is not kind:
            raise NotebookError(f"{path.name}：元数据 shuju 的 {name} 应是{meant}，不能是 {value!r}")
    return dict(told)


def _compiled(source: str, name: str) -> Cell:
    try:
        tree = ast.parse(source, name)
    except SyntaxError as error:
        raise NotebookError(
            f"{name} 第 {error.lineno} 行不是 Python：{error.msg}（魔法命令只能写在 explore 单元）"
        ) from None
    value = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        value = compile(ast.Expression(tree.body.pop().value), name, "eval")  # type: ignore[attr-defined]
    return Cell(body=compile(tree, name, "exec"), value=value)


def run(notebook: Notebook, page: Page) -> None:
    """Run the cells in a namespace of their own and put what they show on ``page``, in order."""
    page.lead = notebook.lead
    namespace: dict[str, Any] = {"__name__": f"notebook_{notebook.route}"}
    for number, cell in enumerate(notebook.cells):
        if cell.prose:
            page.places.append(Place(f"prose{number}", prose=cell.prose))
            continue
        if cell.body is not None:
            exec(cell.body, namespace)  # noqa: S102 - the project's own notebooks
        value = eval(cell.value, namespace) if cell.value is not None else None  # noqa: S307 - likewise
        if isinstance(value, LiveCard):
            page.places.append(Place(value.card.name, card=value))
        elif value is not None:
            page.places.append(Place(f"output{number}", root=pn.panel(value, sizing_mode="stretch_width")))
