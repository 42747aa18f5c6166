"""``/playlists``: playlists for the big screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.tv.lists import playlists_html, receive_playlist

TITLE = "大屏"
WHO = ("leader", "analyst", "department", "operator")
WRITERS = ("leader", "analyst", "department", "operator")
IS_LISTED = False  # the menu of saved views leads here


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return playlists_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Save or take away one and return the address to go to."""
    return receive_playlist(library, form)
