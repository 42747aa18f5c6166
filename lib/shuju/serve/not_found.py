"""What stands where no page is: a page in Chinese under the same frame, with the way to the pages that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tornado.web import RequestHandler

from shuju.ui.templates import render


class NotFoundHandler(RequestHandler):
    """Answers any address that nothing else answers, with 404."""

    def initialize(self, shell: Mapping[str, Any]) -> None:
        """Take what the frame around a page shows."""
        self.shell = shell

    def get(self) -> None:
        """Answer."""
        self.set_status(404)
        self.set_header("X-Content-Type-Options", "nosniff")
        up = "../" * self.request.path.strip("/").count("/")
        pages = self.shell["nav"]
        self.finish(
            render(
                "not_found.html",
                pages=pages,
                **{**self.shell, "up": up, "here": None, "heading": "没有这个页面"},
            )
        )
