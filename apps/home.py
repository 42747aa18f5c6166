"""``/``: the first page (首页)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.home.home import home_html

TITLE = "首页"
WHO = ("leader", "analyst", "department", "operator")
ORDER = 0


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return home_html(library)
