"""``/fast``: letters and suggestions that go straight to the leader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.tasks.fast import fast_html, receive_decision

TITLE = "快速通道"
WHO = ("leader", "analyst")
WRITERS = ("leader", "analyst")
ABOUT = "省长信箱与微建议：批示、采纳、答复"
ORDER = 62


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return fast_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says and return the matter's address."""
    return receive_decision(library, form)
