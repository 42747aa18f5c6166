"""``/``: one's own page (我的首页)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.mine.my_page import my_page, receive_dismissal

TITLE = "首页"
WHO = ("leader", "analyst", "department", "operator")
WRITERS = ("leader", "analyst", "department", "operator")
ORDER = 0


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return my_page(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Dismiss a change or take that back, and return the address to go to."""
    return receive_dismissal(library, form)
