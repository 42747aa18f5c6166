"""Plain pages: HTML without a session, for what is read and not filtered."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from tornado.web import RequestHandler

from shuju.library import open_library
from shuju.serve.live import Live
from shuju.serve.pages import PageEntry
from shuju.ui.templates import render

log = logging.getLogger(__name__)


class PlainHandler(RequestHandler):
    """A page of ``apps/``: its content is made in a thread, so that nobody waits for its reading."""

    def initialize(
        self, entry: PageEntry, pages: Sequence[PageEntry], live: Live, shell: Mapping[str, Any]
    ) -> None:
        """Take the page, and all pages."""
        self.entry, self.pages, self.live, self.shell = entry, pages, live, shell

    async def get(self) -> None:
        """Answer with the page; an error becomes a message with a number."""
        query = {name: self.get_argument(name) for name in self.request.arguments}
        shell = {**self.shell, "here": self.entry.route, "heading": self.entry.title}
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
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
