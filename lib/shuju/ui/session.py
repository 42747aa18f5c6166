"""Which page the present session shows: what a notebook's cells, run by the server, add themselves to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import panel as pn

if TYPE_CHECKING:
    from shuju.ui.page import Page

_pages: WeakKeyDictionary[Any, Page] = WeakKeyDictionary()


def current() -> Page | None:
    """Return the page whose cells run now, None in a notebook or a script; ask only while a page is made.

    Later another session or thread may have made its document the current one: ``Link.page`` says whose a card is.
    """
    doc = pn.state.curdoc
    return _pages.get(doc) if doc is not None else None


def begin(page: Page) -> None:
    """Make ``page`` that of the present session."""
    _pages[pn.state.curdoc] = page
