"""Pages with a session: their HTML comes at once, the same for all; the session begins when the browser asks for it.

A meeting that opens one address makes its HTML once, and reads while the sessions are made one after the other. A
session begins with its websocket, whichever process of the server that reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bokeh.util.token import generate_jwt_token, generate_session_id
from tornado.web import RequestHandler

from shuju.access.subject import present
from shuju.desk.sessions import demo_account
from shuju.kept import Kept
from shuju.serve.frame import personal, shown_to, shown_to_all, view_of
from shuju.serve.live import Live
from shuju.serve.pages import PageEntry
from shuju.serve.sessions import PageError, sketch
from shuju.ui.reads import Reads, gathered, note_reads
from shuju.ui.templates import render

KEPT = 128
FOLDER = "live"  # /live/letters/ws is the websocket of /letters
_PLACE = "the-token-of-this-visitor"


class Sketches:
    """The HTML of pages by their address, who sees what, and what there was to be seen: the last ``KEPT``."""

    def __init__(self, live: Live, shell: Mapping[str, Any]):
        """Take what is served, and what the frame around a page shows."""
        self.live, self.shell = live, shell
        self._kept: Kept[tuple[str, Reads]] = Kept(KEPT)

    def html(self, entry: PageEntry, address: str, query: Mapping[str, str]) -> str:
        """Return a page's HTML for whoever asks, with places for what is their own; raises ``PageError``."""
        subject = present()
        assert subject is not None  # the gate lets nobody else in
        question, state = (entry.route, address, view_of(subject)), self.live.number
        known = self._kept.get(question, state)
        if known is None:
            is_demo = subject.account == demo_account(subject.role)
            frame = shown_to_all(self.shell, subject, is_demo=is_demo)
            with gathered() as reads:
                known = sketch(entry, {**frame, "token": _PLACE}, query), reads
            self._kept.put(question, state, known)
        html, reads = known
        for what, where, rows in reads:
            note_reads(self.live.library, where, rows, what)
        return html


class LivePageHandler(RequestHandler):
    """Answers with a page's HTML, and the token with which its browser opens the session."""

    def initialize(self, entry: PageEntry, sketches: Sketches) -> None:
        """Take the page."""
        self.entry, self.sketches = entry, sketches

    def get(self) -> None:
        """Answer; an error becomes a message with a number."""
        arguments = self.request.arguments
        query = {name: values[-1].decode("utf-8", "replace") for name, values in arguments.items()}
        try:
            html = self.sketches.html(self.entry, self.request.query, query)
        except PageError as error:
            self.set_status(500)
            frame = shown_to(self.sketches.shell, self.request)
            shown = {**frame, "here": self.entry.route, "heading": self.entry.title}
            self.finish(render("failed.html", number=str(error), **shown))
            return
        self.finish(personal(html, self.request).replace(_PLACE, self._token()))

    def _token(self) -> str:
        server = self.application
        session = generate_session_id(secret_key=server.secret_key, signed=server.sign_sessions)
        return generate_jwt_token(
            session,
            secret_key=server.secret_key,
            signed=server.sign_sessions,
            extra_payload={
                "headers": {},
                "cookies": {},
                "visitor": self.request.visitor.handle,  # type: ignore[attr-defined] # whose websocket may use it
                "arguments": self.request.arguments,
                "app_path": f"/{self.entry.route}",  # what addresses in the document are relative to
            },
            expiration=server.session_token_expiration,
        )
