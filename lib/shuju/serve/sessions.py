"""One session of a notebook's page: its cells are run, its document filled; an error becomes a message with a number."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import panel as pn
from bokeh.document import Document
from panel.io.state import set_curdoc

from shuju.serve.live import Live
from shuju.serve.notebook_pages import run
from shuju.serve.pages import PageEntry
from shuju.ui import session as sessions
from shuju.ui.page import Page
from shuju.ui.templates import environment

log = logging.getLogger(__name__)
LOOK_MILLISECONDS = 1000


def application(entry: PageEntry, live: Live, shell: Mapping[str, Any]) -> Callable[[], None]:
    """Return what the server calls for each session of a page: it fills the session's document."""

    def session() -> None:
        doc = pn.state.curdoc
        number = live.number
        page = fill(doc, entry, shell, _query(doc))
        if page is not None:
            pn.state.onload(page.begin)
            doc.add_periodic_callback(partial(_look, page, live, {"number": number}), LOOK_MILLISECONDS)

    return session


def fill(doc: Any, entry: PageEntry, shell: Mapping[str, Any], query: Mapping[str, str]) -> Page | None:
    """Make ``doc`` a page for the address ``query``; where it fails, a message with a number, and return None."""
    page = Page(entry.title, query)
    sessions.begin(page)
    shown = {**shell, "here": entry.route}
    try:
        run(entry.notebook, page)
        page.fill(doc, shown)
    except Exception:
        number = uuid.uuid4().hex[:8]
        log.exception("page /%s failed, error number %s", entry.route, number)
        doc.clear()
        doc.template = environment().get_template("failed.html")
        doc.template_variables.update(heading=entry.title, number=number, **shown)
        return None
    return page


def warm(entry: PageEntry, shell: Mapping[str, Any]) -> None:
    """Make a page once, so that the first visitor does not wait for imports, compiled code and first answers."""
    doc = Document()
    with set_curdoc(doc):
        fill(doc, entry, shell, {})
    doc.clear()


def _query(doc: Any) -> dict[str, str]:
    arguments = doc.session_context.request.arguments
    return {name: values[-1].decode("utf-8", "replace") for name, values in arguments.items()}


def _look(page: Page, live: Live, seen: dict[str, int]) -> None:
    """Go over to what is new: a comparison of two numbers while nothing is."""
    if live.number == seen["number"]:
        return
    seen["number"] = live.number
    for link in page.links:
        newer = type(link.selection)(link.selection.resources, link.selection.row_set)
        if newer.identity != link.selection.identity:
            link.renew(newer)
        else:
            link.ask()  # cards may depend on more than their rows: on marks that others made
