"""Plain pages: HTML without a session, for what is read and not filtered."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from bokeh.server.util import check_allowlist
from markupsafe import Markup
from tornado.web import RequestHandler

from shuju.library import open_library
from shuju.serve.live import Live
from shuju.serve.pages import PageEntry
from shuju.ui.templates import render

log = logging.getLogger(__name__)


def is_own(origin: str, allowed: Sequence[str]) -> bool:
    """Whether a request comes from a page of this server: browsers say so in its header ``Origin``."""
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and check_allowlist(parts.netloc, list(allowed))


class PlainHandler(RequestHandler):
    """A page of ``apps/``: its content is made in a thread, so that nobody waits for its reading."""

    def initialize(
        self,
        entry: PageEntry,
        pages: Sequence[PageEntry],
        live: Live,
        shell: Mapping[str, Any],
        allowed: Sequence[str],
    ) -> None:
        """Take the page, all pages, and the host names under which browsers may write, as they may open sessions."""
        self.entry, self.pages, self.live, self.shell, self.allowed = entry, pages, live, shell, allowed

    async def get(self) -> None:
        """Answer with the page; an error becomes a message with a number."""
        query = {name: self.get_argument(name) for name in self.request.arguments}
        shell = {**self.shell, "here": self.entry.route, "heading": self.entry.title}
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "frame-ancestors 'self'")
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
        """Take what a form of this page sends, then show the page that follows from it.

        Browsers say from which site a form was sent (``Origin``); anything but this server's own pages is refused.
        """
        if not is_own(self.request.headers.get("Origin", ""), self.allowed):
            self._refuse(403, "只接受从本系统页面提交的内容。")
            return
        if self.entry.receive is None:
            self._refuse(405, "这个页面不接受提交。")
            return
        form = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        library = open_library(self.live.library.home.uri)
        try:
            address = await asyncio.to_thread(self.entry.receive, library, form)
        except ValueError as error:
            self._refuse(400, str(error))
            return
        self.redirect(address, status=303)

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(message)
