"""Which pages there are: every notebook in notebooks/ and every app in apps/."""

from __future__ import annotations

import importlib.util
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import panel as pn

from shuju.serve import shell
from shuju.serve.notebook_pages import read_notebook, run

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    """One page: where it is, what it is called, and what makes its content for a session."""

    route: str
    title: str
    content: Callable[[], list[Any]]
    is_listed: bool = True


def find_pages(root: Path | None = None) -> list[Page]:
    """Return the pages of a checkout (or of the installed package), home first, then by title.

    Raises:
        ValueError: two pages want the same route.
    """
    root = root or page_root()
    apps = [_app_page(path) for path in sorted((root / "apps").glob("[!_]*.py"))]
    notebooks = [_notebook_page(path) for path in sorted((root / "notebooks").glob("[!_]*.ipynb"))]
    pages = sorted([*apps, *notebooks], key=lambda page: (page.route != "", page.title))
    routes = [page.route for page in pages]
    double = sorted({route for route in routes if routes.count(route) > 1})
    if double:
        raise ValueError(f"两个页面同用一个地址：/{'、/'.join(double)}；请改其中一个的文件名")
    return pages


def page_root() -> Path:
    """Return where notebooks/ and apps/ are: inside the package when installed, else the checkout."""
    packaged = Path(__file__).parents[1]
    return packaged if (packaged / "notebooks").exists() else Path(__file__).parents[3]


def _notebook_page(path: Path) -> Page:
    notebook = read_notebook(path)
    return Page(notebook.route, notebook.title, lambda: run(notebook))


def _app_page(path: Path) -> Page:
    """An app is a module with ``TITLE`` and ``content()``; ``home`` is the page ``/``."""
    spec = importlib.util.spec_from_file_location(f"shuju_app_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    route = "" if path.stem == "home" else path.stem
    return Page(route, module.TITLE, module.content, getattr(module, "IS_LISTED", True))


def application(page: Page, pages: list[Page]) -> Callable[[], pn.viewable.Viewable]:
    """Return what the server calls for each session of a page; an error becomes a message with a number."""

    def session() -> pn.viewable.Viewable:
        try:
            content = page.content()
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("page /%s failed, error number %s", page.route, number)
            content = [shell.failure(number)]
        links = [("/" + other.route, other.title) for other in pages if other.is_listed]
        return shell.page(page.title, content, links, here="/" + page.route)

    return session
