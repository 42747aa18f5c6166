"""``/mine/boards``: one's boards, their versions, and who else sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.mine.boards import boards_html, receive_board

TITLE = "我的首页：版本与共享"
ROUTE = "mine/boards"
WHO = ("leader", "analyst", "department", "operator")
WRITERS = ("leader", "analyst", "department", "operator")
IS_LISTED = False  # one's own page leads here


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return boards_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says and return the address to go to."""
    return receive_board(library, form)
