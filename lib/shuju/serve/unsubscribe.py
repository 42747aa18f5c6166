"""``/unsubscribe/…``: ends one subscription for whoever has the address from its mail; nobody needs to be signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tornado.web import RequestHandler

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.store import open_desk
from shuju.desk.subscriptions.record import ENDED, number_named, set_state, title_of
from shuju.serve.frame import shown_to
from shuju.serve.live import Live
from shuju.ui.templates import render

BY_LINK = "（退订链接）"  # who that was nobody knows


class UnsubscribeHandler(RequestHandler):
    """A page with one button. What only looks, as programs that scan mail do, ends nothing; a mail program posts (RFC 8058)."""

    def initialize(self, live: Live, shell: Mapping[str, Any]) -> None:
        """Take what is served, and the frame around pages."""
        self.desk, self.shell = open_desk(live.library.home), shell

    async def get(self, name: str) -> None:
        """Ask."""
        number = number_named(name)
        title = await asyncio.to_thread(title_of, self.desk, number) if number is not None else ""
        self._show(404 if not title else 200, title=title, is_done=False)

    async def post(self, name: str) -> None:
        """End it; twice is as once."""
        number = number_named(name)
        if number is None:
            self._show(404, title="", is_done=False)
            return
        told = {"do": "unsubscribe"}
        await asyncio.to_thread(
            trail.note, self.desk, "subscription", f"subscription:{number}", told, account=BY_LINK
        )
        await asyncio.to_thread(set_state, self.desk, None, number, ENDED, at=now())
        self._show(200, title="", is_done=True)

    def _show(self, status: int, **values: Any) -> None:
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        shell = {**shown_to(self.shell, self.request), "here": None, "heading": "退订", "up": "../"}
        self.finish(render("subscriptions/unsubscribe.html", **values, **shell))
