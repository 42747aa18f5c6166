"""``/assign``: the form that assigns what a card, a letter or an issue shows; a page by itself, or a part of the page one is on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup
from tornado.web import RequestHandler

from shuju.access import NotAllowedError
from shuju.desk.trail import TrailError
from shuju.library import Library, open_library
from shuju.pages.tasks.assigning import assign_form, receive_order
from shuju.serve.frame import shown_to
from shuju.serve.live import Live
from shuju.ui.templates import render


class AssignHandler(RequestHandler):
    """The form, and what takes it; a script asks for the part alone by the header ``X-Part``."""

    def initialize(self, live: Live, shell: Mapping[str, Any]) -> None:
        """Take what is served, and the frame around pages."""
        self.live, self.shell = live, shell

    async def get(self) -> None:
        """Answer with the form."""
        await self._answer(assign_form, {name: self.get_argument(name) for name in self.request.arguments})

    async def post(self) -> None:
        """Assign, or take an assignment back."""
        await self._answer(
            receive_order, {name: self.get_body_argument(name) for name in self.request.body_arguments}
        )

    async def _answer(
        self, make: Callable[[Library, Mapping[str, str]], str], told: Mapping[str, str]
    ) -> None:
        library = open_library(self.live.library.home.uri)
        try:
            content = await asyncio.to_thread(make, library, told)
        except NotAllowedError as error:
            self._refuse(403, str(error))
            return
        except TrailError as error:
            self._refuse(503, str(error))
            return
        except ValueError as error:
            self._refuse(400, str(error))
            return
        if self.request.headers.get("X-Part"):
            self.finish(content)
            return
        shell = {**shown_to(self.shell, self.request), "here": "desk", "heading": "交办"}
        self.finish(
            render(
                "plain_page.html",
                content=Markup('<article class="card">{}</article>').format(Markup(content)),
                **shell,
            )
        )

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        if self.request.headers.get("X-Part"):
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(message)
            return
        shell = {**shown_to(self.shell, self.request), "here": "desk", "heading": "不能交办"}
        self.finish(render("not_done.html", message=message, back="desk", **shell))
