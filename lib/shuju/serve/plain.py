"""Plain pages: HTML without a session, for what is read and not filtered."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from tornado.web import RequestHandler

from shuju.access import NotAllowedError
from shuju.library import open_library
from shuju.serve.frame import shown_to
from shuju.serve.live import Live
from shuju.serve.pages import PageEntry
from shuju.serve.refusals import note_refused
from shuju.ui.templates import render

log = logging.getLogger(__name__)


class PlainHandler(RequestHandler):
    """A page of ``apps/``: its content is made in a thread, so that nobody waits for its reading."""

    def initialize(
        self,
        entry: PageEntry,
        pages: Sequence[PageEntry],
        live: Live,
        shell: Mapping[str, Any],
    ) -> None:
        """Take the page, and all pages."""
        self.entry, self.pages, self.live, self.shell = entry, pages, live, shell

    async def get(self) -> None:
        """Answer with the page; an error becomes a message with a number."""
        query = {name: self.get_argument(name) for name in self.request.arguments}
        frame = shown_to(self.shell, self.request)
        up = "../" * self.entry.route.count("/")
        shell = {**frame, "here": self.entry.route, "heading": self.entry.title, "up": up}
        try:
            library = open_library(self.live.library.home.uri)
            content = await asyncio.to_thread(self.entry.content, library, query, self.pages)
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("page /%s failed, error number %s", self.entry.route, number)
            self.set_status(500)
            self.finish(render("failed.html", number=number, **shell))
            return
        self.finish(render("plain_page.html", content=Markup(content), **shell))

    async def post(self) -> None:
        """Take what a form of this page sends, then show the page that follows from it; the gate has looked at the form."""
        assert self.entry.receive is not None  # the gate lets nobody write where a page takes nothing
        form = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        library = open_library(self.live.library.home.uri)
        try:
            address = await asyncio.to_thread(self.entry.receive, library, form)
        except NotAllowedError as error:
            await note_refused(self.request, str(error))
            self._refuse(403, str(error))
            return
        except ValueError as error:
            self._refuse(400, str(error))
            return
        self.redirect(address, status=303)

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        if "text/html" in self.request.headers.get("Accept", ""):
            back = self.request.headers.get("Referer", "") or self.entry.route
            shell = {
                **shown_to(self.shell, self.request),
                "here": self.entry.route,
                "heading": self.entry.title,
            }
            self.finish(render("not_done.html", message=message, back=back, **shell))
            return
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(message)
