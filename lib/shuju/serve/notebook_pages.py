"""Notebooks as pages: the same cells that an analyst runs, without those tagged ``explore``.

The first heading is the title. Markdown cells are prose on the page; the last expression of a code
cell is shown, as in Jupyter.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import nbformat
import panel as pn

SKIPPED_TAG = "explore"


class NotebookError(ValueError):
    """A notebook that cannot be a page; the message says which cell and why."""


@dataclass(frozen=True)
class Cell:
    """One cell: prose, or compiled code and its last expression."""

    markdown: str | None = None
    body: CodeType | None = None
    value: CodeType | None = None


@dataclass(frozen=True)
class NotebookPage:
    """A notebook read and compiled once; ``route`` is its file's stem."""

    route: str
    title: str
    cells: tuple[Cell, ...]


def read_notebook(path: Path) -> NotebookPage:
    """Read and compile a notebook.

    Raises:
        NotebookError: no heading to be the title, or code that does not compile.
    """
    notebook = nbformat.read(path, as_version=4)
    cells: list[Cell] = []
    title = None
    for number, cell in enumerate(notebook.cells, 1):
        if SKIPPED_TAG in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            text = cell.source.strip()
            if title is None and text.startswith("# "):
                heading, _, text = text.partition("\n")
                title = heading.removeprefix("# ").strip()
            if text.strip():
                cells.append(Cell(markdown=text.strip()))
        elif cell.cell_type == "code" and cell.source.strip():
            cells.append(_compiled(cell.source, f"{path.name}[{number}]"))
    if title is None:
        raise NotebookError(f"{path.name}：没有一级标题（# …），不能成为页面")
    return NotebookPage(path.stem, title, tuple(cells))


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


def run(page: NotebookPage) -> list[Any]:
    """Run the cells in a namespace of their own and return what the page shows, in order."""
    namespace: dict[str, Any] = {"__name__": f"notebook_{page.route}"}
    shown: list[Any] = []
    for cell in page.cells:
        if cell.markdown is not None:
            shown.append(pn.pane.Markdown(cell.markdown, sizing_mode="stretch_width", margin=(0, 4)))
            continue
        if cell.body is not None:
            exec(cell.body, namespace)  # noqa: S102 - the project's own notebooks
        if cell.value is not None:
            value = eval(cell.value, namespace)  # noqa: S307 - likewise
            if value is not None:
                shown.append(pn.panel(value))
    return shown
