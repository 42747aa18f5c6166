"""One session of a notebook's page: its cells are run, its document filled; an error becomes a message with a number."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.util.token import get_token_payload
from panel.io.state import set_curdoc

from shuju.access.roles import ANALYST
from shuju.access.subject import Subject, entered, present
from shuju.library import open_library
from shuju.serve.frame import view_of
from shuju.serve.live import Live
from shuju.serve.notebook_pages import run
from shuju.serve.pages import PageEntry
from shuju.serve.sockets import first_documents, own
from shuju.ui import session as sessions
from shuju.ui.page import Page
from shuju.ui.reads import gathered

log = logging.getLogger(__name__)
LOOK_MILLISECONDS = 1000


class PageError(RuntimeError):
    """A page that could not be made; the message is the number under which the log tells why."""


def application(entry: PageEntry, live: Live) -> Callable[[], None]:
    """Return what the server calls for each session of a page: it fills the session's document."""

    def session() -> None:
        doc = pn.state.curdoc
        subject, number, query = present(), live.number, _query(doc)
        assert subject is not None  # the gate lets nobody else in
        own(doc, visitor_of(doc), subject)
        page = fill(doc, entry, query)
        # In the document's turn: Panel would call it in a thread, where its first question could be asked after that of a click.
        pn.state.onload(partial(doc.add_next_tick_callback, page.begin))
        doc.add_periodic_callback(partial(_look, page, live, {"number": number}), LOOK_MILLISECONDS)
        first_documents.add(doc, (live, entry.route, tuple(query.items()), view_of(subject)), number)

    return session


def sketch(entry: PageEntry, shell: Mapping[str, Any], query: Mapping[str, str]) -> str:
    """Return the HTML of a page for the address ``query``, all first answers in it.

    Raises:
        PageError: the page could not be made.
    """
    doc = Document()
    with set_curdoc(doc):
        return _made(entry, query, lambda page: page.html({**shell, "here": entry.route}), is_sketch=True)


def fill(doc: Document, entry: PageEntry, query: Mapping[str, str]) -> Page:
    """Make ``doc`` the session of a page for the address ``query``.

    Raises:
        PageError: the page could not be made.
    """

    def filled(page: Page) -> Page:
        page.fill(doc)
        return page

    return _made(entry, query, filled, is_sketch=False)


def _made(entry: PageEntry, query: Mapping[str, str], use: Callable[[Page], Any], *, is_sketch: bool) -> Any:
    page = Page(entry.title, query, is_sketch)
    sessions.begin(page)
    try:
        run(entry.notebook, page)
        return use(page)
    except Exception:
        number = uuid.uuid4().hex[:8]
        log.exception("page /%s failed, error number %s", entry.route, number)
        raise PageError(number) from None


def warm(entry: PageEntry, shell: Mapping[str, Any]) -> None:
    """Make a page once, so that the first visitor does not wait for imports, compiled code and first answers."""
    doc = Document()
    try:
        with entered(Subject("", "", ANALYST)), gathered():  # nobody reads what is made
            sketch(entry, shell, {})
            with set_curdoc(doc):
                fill(doc, entry, {})
    except PageError:
        log.warning("page /%s is served, but could not be made beforehand", entry.route)
    doc.clear()


def visitor_of(doc: Any) -> str:
    """Return the handle of the session whose websocket began a document: the gate knows whose, the token said the same."""
    return get_token_payload(doc.session_context._token)["visitor"]


def _query(doc: Any) -> dict[str, str]:
    arguments = doc.session_context.request.arguments
    return {name: values[-1].decode("utf-8", "replace") for name, values in arguments.items()}


def _look(page: Page, live: Live, seen: dict[str, int]) -> None:
    """Go over to what is new: a comparison of two numbers while nothing is."""
    if live.number == seen["number"]:
        return
    seen["number"] = live.number
    library = open_library(live.library.home.uri)  # what may be seen may have changed, too
    for link in page.links:
        newer = type(link.selection)(library, link.selection.row_set)
        if newer.identity != link.selection.identity:
            link.renew(newer)
        else:
            link.look_with(library)
            link.ask()  # cards may depend on more than their rows: on marks that others made
