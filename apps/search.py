"""Search: ``/search?q=…``, where the box in the header of each page leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.search.search import search_html

TITLE = "搜索"
WHO = ("leader", "analyst", "department", "operator")
IS_LISTED = False


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows: what the address asks for."""
    return search_html(library, query.get("q", ""), query.get("kind", ""), query.get("page", ""))
