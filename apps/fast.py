"""``/fast``: letters and suggestions that go straight to the leader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.tasks.fast import fast_html, receive_decision

TITLE = "快速通道"
WHO = ("leader", "analyst")
WRITERS = ("leader", "analyst")
IS_LISTED = False  # the desk leads here


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return fast_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says and return the matter's address."""
    return receive_decision(library, form)
