"""``/overview``: what matters in the whole province today (要情)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.home.home import home_html

TITLE = "要情"
WHO = ("leader", "analyst", "department", "operator")
IS_LISTED = False  # the first page leads here


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return home_html(library)
