"""``/inbox``: what subscriptions told the person who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.subscriptions.lists import inbox_html, receive_read

TITLE = "收件箱"
WHO = ("leader", "analyst", "department", "operator")
WRITERS = ("leader", "analyst", "department", "operator")
IS_LISTED = False  # it stands in the frame


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return inbox_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Note what was read and return the address to go to."""
    return receive_read(library, form)
