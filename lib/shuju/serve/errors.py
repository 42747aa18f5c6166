"""What a visitor reads where there is no page, or an answer failed: in Chinese, with ways on."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote

from tornado.web import RequestHandler

from shuju.serve.frame import shown_to
from shuju.serve.metrics import route_of
from shuju.ui.templates import render

log = logging.getLogger(__name__)


class ReadableErrors(RequestHandler):
    """A handler whose errors are pages in Chinese; an unforeseen one has a number, under which the log tells why."""

    shell: Mapping[str, Any]

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with the page of the error."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        frame = shown_to(self.shell, self.request)
        shown = {**frame, "here": None, "up": "../" * self.request.path.strip("/").count("/")}
        if status_code == 404:
            self.finish(missing_page(self.request.path, shown))
            return
        if status_code < 500:  # whoever asked so is told; nothing failed here
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("此地址没有这种操作" if status_code == 405 else "请求写得不对，无法处理")
            return
        number = uuid.uuid4().hex[:8]
        log.error(
            "/%s failed, error number %s", route_of(self.request), number, exc_info=kwargs.get("exc_info")
        )
        self.finish(render("failed.html", number=number, heading="此页暂时打不开", **shown))


class MissingHandler(ReadableErrors):
    """Every address that nothing else answers."""

    def initialize(self, shell: Mapping[str, Any]) -> None:
        """Take the frame around pages."""
        self.shell = shell

    def prepare(self) -> None:
        """Answer any method with 404."""
        self.send_error(404)


def missing_page(path: str, shell: Mapping[str, Any]) -> str:
    """Return the page that says that there is none at ``path``, and which one may have been meant."""
    asked = unquote(path.strip("/"))
    routes = {route: name for route, name in shell["nav"] if route}
    near = get_close_matches(asked.lower(), routes, n=1, cutoff=0.5)
    meant = (near[0], routes[near[0]]) if near else None
    return render("missing.html", asked=asked, meant=meant, heading="没有这个页面", **shell)
