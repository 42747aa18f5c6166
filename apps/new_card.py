"""``/mine/new``: a card for one's own page, built in a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.mine.new_card import new_card_html, receive_new

TITLE = "加图卡"
ROUTE = "mine/new"
WHO = ("leader", "analyst", "department", "operator")
WRITERS = ("leader", "analyst", "department", "operator")
IS_LISTED = False  # one's own page leads here


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return new_card_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says and return the address to go to."""
    return receive_new(library, form)
