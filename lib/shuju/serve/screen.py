"""``/tv``: the big screen. A page without a session that asks for plain HTML again and again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

from tornado.web import HTTPError, RequestHandler

from shuju.access import Subject, present
from shuju.desk import devices
from shuju.desk.playlists import Playlist, find_playlist, playlist_numbered
from shuju.desk.store import open_desk
from shuju.library import open_library
from shuju.pages.tv.slides import COCKPIT, expanded, slide_of
from shuju.serve.assets import asset_version
from shuju.serve.frame import watermark
from shuju.serve.live import Live
from shuju.ui.templates import render

PRESET = Playlist(0, "", "一张图", (COCKPIT,), 30)


class ScreenHandler(RequestHandler):
    """The frame of the screen, the same as long as its playlist is; ``list`` names one of the visitor's own."""

    def initialize(self, shell: Mapping[str, Any]) -> None:
        """Take the frame around pages, of which the screen shows nothing but the version."""
        self.assets = shell["assets"]

    def get(self) -> None:
        """Answer."""
        subject, visitor = _who(), self.request.visitor  # type: ignore[attr-defined]
        shown = playlist_of(subject, self.get_argument("list", ""), is_device=visitor.is_device)
        self.finish(
            render(
                "tv/tv.html", title=shown.name, number=shown.id, seconds=shown.seconds, n_slides=len(expanded(shown.items)), assets=self.assets,
                mark="" if visitor.is_device else watermark(subject),
            )
        )  # fmt: skip


class SlideHandler(RequestHandler):
    """One slide as HTML, or nothing (204) where the screen has it already (``have``)."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.live = live

    async def get(self) -> None:
        """Answer."""
        subject, visitor = _who(), self.request.visitor  # type: ignore[attr-defined]
        shown = await asyncio.to_thread(
            playlist_of, subject, self.get_argument("list", ""), is_device=visitor.is_device
        )
        slides, text = expanded(shown.items), self.get_argument("slide", "0")
        number = int(text) % len(slides) if text.isdecimal() and len(text) < 6 else 0
        library = open_library(self.live.library.home.uri)
        made = await asyncio.to_thread(slide_of, library, slides[number])
        name = hashlib.sha256(made.html.encode()).hexdigest()[:20]
        self.set_header("X-Slide", name)
        self.set_header("X-Slides", f"{len(slides)} {shown.seconds}")
        self.set_header("X-Assets", asset_version())
        if self.get_argument("have", "") == name:
            self.set_status(204)
            self.finish()
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(made.html)


def playlist_of(subject: Subject, asked: str, *, is_device: bool) -> Playlist:
    """Return the playlist that a screen shows: a device's own, else the one of the visitor that is asked for; the preset where none is."""
    desk = open_desk(open_library().home)
    if is_device:
        device = devices.device_of(desk, subject.account)
        known = device is not None and device.playlist_id is not None
        return (playlist_numbered(desk, device.playlist_id) if known else None) or PRESET  # type: ignore[union-attr,arg-type]
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    return (find_playlist(desk, subject.account, number) if number else None) or PRESET


def _who() -> Subject:
    subject = present()
    if subject is None:  # the gate lets nobody in of whom it does not know
        raise HTTPError(401)
    return subject
