"""The address of a notebook that can be no page: it is said there, and to who can mend it, why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tornado.web import RequestHandler

from shuju.access.roles import ANALYST, OPERATOR
from shuju.access.subject import present
from shuju.serve.frame import shown_to
from shuju.serve.pages import PageEntry
from shuju.ui.templates import render

TOLD = (ANALYST, OPERATOR)  # who writes notebooks, and who runs the server


class FaultyPageHandler(RequestHandler):
    """Answers with what is wrong; the other pages are served as ever."""

    def initialize(self, entry: PageEntry, shell: Mapping[str, Any]) -> None:
        """Take the page, and the frame around it."""
        self.entry, self.shell = entry, shell

    def get(self) -> None:
        """Answer."""
        subject = present()
        why = self.entry.fault if subject is not None and subject.role in TOLD else ""
        self.set_status(500)
        frame = shown_to(self.shell, self.request)
        self.finish(
            render("faulty_page.html", why=why, here=None, heading=f"/{self.entry.route} 暂时打不开", **frame)
        )
