"""Which page the present session shows: what a notebook's cells, run by the server, add themselves to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import panel as pn

if TYPE_CHECKING:
    from shuju.ui.page import Page

# The page is kept on its document, which it refers to: in a table of its own here, neither would ever be freed.
_PAGE = "shuju_page"


def current() -> Page | None:
    """Return the page whose cells run now, None in a notebook or a script; ask only while a page is made.

    Later another session or thread may have made its document the current one: ``Link.page`` says whose a card is.
    """
    return getattr(pn.state.curdoc, _PAGE, None)


def begin(page: Page) -> None:
    """Make ``page`` that of the present session."""
    setattr(pn.state.curdoc, _PAGE, page)
