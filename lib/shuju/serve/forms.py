"""Forms that a card, a letter or a chart opens (交办, 订阅, 注记): a page by itself, or a part of the page one is on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from tornado.web import RequestHandler

from shuju.access import NotAllowedError
from shuju.desk.trail import TrailError
from shuju.library import Library, open_library
from shuju.serve.frame import shown_to
from shuju.serve.live import Live
from shuju.serve.refusals import note_refused
from shuju.ui.templates import render


@dataclass(frozen=True)
class Form:
    """A form: what it is called, on which page of the menu, what makes it and what takes it; both give HTML.

    One that ``is_page`` stands on a page of its own in its own cards: it tells once what must be in no address.
    """

    title: str
    here: str
    make: Callable[[Library, Mapping[str, str]], str]
    receive: Callable[[Library, Mapping[str, str]], str]
    is_page: bool = False


class FormHandler(RequestHandler):
    """The form, and what takes it; a script asks for the part alone by the header ``X-Part``."""

    def initialize(self, form: Form, live: Live, shell: Mapping[str, Any]) -> None:
        """Take the form, what is served, and the frame around pages."""
        self.form, self.live, self.shell = form, live, shell

    async def get(self) -> None:
        """Answer with the form."""
        asked = {name: self.get_argument(name) for name in self.request.arguments}
        await self._answer(self.form.make, asked)

    async def post(self) -> None:
        """Do what it says."""
        given = {name: ",".join(self.get_body_arguments(name)) for name in self.request.body_arguments}
        await self._answer(self.form.receive, given)

    async def _answer(
        self, make: Callable[[Library, Mapping[str, str]], str], told: Mapping[str, str]
    ) -> None:
        library = open_library(self.live.library.home.uri)
        try:
            content = await asyncio.to_thread(make, library, told)
        except NotAllowedError as error:
            await note_refused(self.request, str(error))
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
        shell = {**shown_to(self.shell, self.request), "here": self.form.here, "heading": self.form.title}
        card = Markup("{}" if self.form.is_page else '<article class="card">{}</article>')
        self.finish(render("plain_page.html", content=card.format(Markup(content)), **shell))

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        if self.request.headers.get("X-Part"):
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(message)
            return
        shell = {
            **shown_to(self.shell, self.request),
            "here": self.form.here,
            "heading": f"不能{self.form.title}",
        }
        self.finish(render("not_done.html", message=message, back=self.form.here, **shell))
