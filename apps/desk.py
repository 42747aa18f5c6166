"""``/desk``: tasks that are to be done, watched, an organisation's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.tasks.desk import desk_html, receive_several

TITLE = "在线交办"
WHO = ("leader", "analyst", "department")
WRITERS = ("leader", "analyst", "department")
ABOUT = "我要办的、我在盯的、本单位的"
ORDER = 60


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return desk_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do one thing to several tasks and return the address to go to."""
    return receive_several(library, form)
