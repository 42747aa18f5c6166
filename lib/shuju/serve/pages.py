"""Which pages there are: every notebook in notebooks/, and the plain pages of apps/; each told once, in itself."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shuju.access.roles import ANALYST, LEADER, READERS, RoleError, role_of
from shuju.serve.notebook_pages import ROUTE, Notebook, NotebookError, read_notebook

log = logging.getLogger(__name__)
# What the server itself answers: no notebook can be a page there.
HOUSE = {
    "account", "annotate", "assign", "attach", "devices", "healthz", "metrics", "rate", "reveal", "screen", "sign-in", "sign-out",
    "subscribe", "tv", "views",
}  # fmt: skip


@dataclass(frozen=True)
class PageEntry:
    """One page: where it is, what it is called, one line on it, whether and where it is listed.

    A page is a ``notebook``, which a session runs, or plain HTML that ``content(library, query, pages)`` gives; what is
    posted to such a page ``receive(library, form)`` takes, and returns the address to go to. ``who`` are the roles that may
    open it, ``writers`` those that may post; a notebook that names none is for leaders and analysts.
    ``fault`` says why a notebook can be no page: at its address that is told.
    """

    route: str
    title: str
    about: str = ""
    order: int = 50
    is_listed: bool = True
    notebook: Notebook | None = None
    content: Callable[[Any, Mapping[str, str], Sequence[Any]], str] | None = None
    receive: Callable[[Any, Mapping[str, str]], str] | None = None
    who: tuple[str, ...] = (LEADER, ANALYST)
    writers: tuple[str, ...] = ()
    fault: str = ""


def find_pages(root: Path | None = None, *more: Path) -> list[PageEntry]:
    """Return the pages of a checkout (or of the installed package) and of further folders of notebooks, in their order.

    A notebook that can be no page is there with its ``fault``, the others are none the worse for it. It is left out where it has no
    address of its own: a name that is none, or one that another page has. The log tells of each.

    Raises:
        NotebookError: a folder that is not there.
    """
    root = root or page_root()
    apps = [_app(path) for path in sorted((root / "apps").glob("[!_]*.py"))]
    for folder in more:
        if not folder.is_dir():
            raise NotebookError(f"没有这个笔记本文件夹：{folder}")
    paths = [path for folder in (root / "notebooks", *more) for path in sorted(folder.glob("[!_]*.ipynb"))]
    found = {page.route: page for page in apps}
    for path in paths:
        page = _notebook(path)
        is_taken = path.stem in found or path.stem in HOUSE
        if is_taken:
            page = _faulty(path, f"{path}：地址 /{path.stem} 已有别的用处；请改文件名")
        if page.fault:
            log.error("a notebook is no page: %s", page.fault)
        if page.route and not is_taken:
            found[page.route] = page
    return sorted(found.values(), key=lambda page: (page.order, page.title))


def page_root() -> Path:
    """Return where notebooks/ and apps/ are: inside the package when installed, else the checkout."""
    packaged = Path(__file__).parents[1]
    return packaged if (packaged / "notebooks").exists() else Path(__file__).parents[3]


def _notebook(path: Path) -> PageEntry:
    try:
        notebook = read_notebook(path)
        told = notebook.about
        return PageEntry(
            notebook.route,
            notebook.title,
            told.get("about", ""),
            told.get("order", 50),
            told.get("listed", True),
            notebook,
            who=_roles(told.get("who", (LEADER, ANALYST))),
        )
    except NotebookError as error:
        return _faulty(path, str(error))
    except RoleError as error:
        return _faulty(path, f"{path.name}：{error}")


def _faulty(path: Path, why: str) -> PageEntry:
    route = path.stem if ROUTE.fullmatch(path.stem) else ""
    return PageEntry(route, path.stem, is_listed=False, who=READERS, fault=why)


def _app(path: Path) -> PageEntry:
    """An app is a module with ``TITLE``, ``WHO`` may open it, and ``content``; ``home`` is the page ``/``, ``ROUTE`` one below another."""
    spec = importlib.util.spec_from_file_location(f"shuju_app_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "WHO"):
        raise ValueError(
            f"{path.name} 没有写明谁可以打开（WHO）；例如 WHO = ('leader', 'analyst')，角色见 shuju role list"
        )
    route = getattr(module, "ROUTE", "" if path.stem == "home" else path.stem)
    return PageEntry(
        route, module.TITLE, getattr(module, "ABOUT", ""), getattr(module, "ORDER", 50), getattr(module, "IS_LISTED", True),
        content=module.content, receive=getattr(module, "receive", None), who=_roles(module.WHO),
        writers=_roles(getattr(module, "WRITERS", ())),
    )  # fmt: skip


def _roles(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(role_of(name).name for name in names)
