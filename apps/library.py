"""``/library``: the library itself, for those who run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.library.library import library_html

TITLE = "资源库"
WHO = ("leader", "analyst", "operator")
ABOUT = "各资源库与各类资源的数量、入库台账、未能入库的数据"
ORDER = 90


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return library_html(library)
