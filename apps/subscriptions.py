"""``/subscriptions``: one's own subscriptions; all of them for the keeper of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.subscriptions.lists import receive_change, subscriptions_html

TITLE = "订阅"
WHO = ("leader", "analyst", "department", "operator", "administrator")
WRITERS = ("leader", "analyst", "department", "operator", "administrator")
IS_LISTED = False  # the inbox in the frame leads here


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return subscriptions_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Pause, resume or end one and return the address to go to."""
    return receive_change(library, form)
