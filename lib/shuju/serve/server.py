"""The server: every page under one theme and one navigation, with downloads and a health check."""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path

import panel as pn
from tornado.web import RequestHandler

from shuju import __version__
from shuju.serve.briefings import BriefingHandler
from shuju.serve.exports import ExportHandler
from shuju.serve.issue_exports import IssueExportHandler
from shuju.serve.pages import Page, application, find_pages
from shuju.serve.spread_exports import SpreadBriefingHandler, SpreadExportHandler
from shuju.serve.static_files import compress_first, server_settings
from shuju.views.live import follow, live

log = logging.getLogger(__name__)


class HealthHandler(RequestHandler):
    """``/healthz``: 200 and the state of the library as JSON, for whoever watches the server."""

    def get(self) -> None:
        """Answer."""
        shared = live()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "application/json")
        facts = shared.records
        self.write(
            json.dumps({"status": "ok", "version": __version__, "records": facts.n, "facts": facts.version})
        )


def warm(pages: list[Page]) -> None:
    """Make every page once, so that the first visitor does not wait for imports and compiled code."""
    for page in pages:
        try:
            page.content()
        except Exception:  # a page that fails says so to its visitors; the others are served
            log.exception("page /%s failed while warming up", page.route)


def serve(
    home: str | Path | None,
    port: int = 5006,
    address: str = "127.0.0.1",
    *,
    threads: int = 4,
    origins: list[str] | None = None,
    threaded: bool = False,
    follow_library: bool = True,
) -> pn.io.server.Server | pn.io.server.StoppableThread:
    """Serve all pages; blocks unless ``threaded``.

    ``origins`` are the host names (with port) under which browsers may open sessions, beyond
    localhost; anything else is refused by the server.
    """
    if home is not None:
        os.environ["SHUJU_HOME"] = str(home)
    pn.extension(
        throttled=True,
        loading_indicator=False,
        notifications=True,
        disconnect_notification="连接已断开，正在重连…",
    )
    pn.config.nthreads = threads
    shared = live()
    if follow_library:
        follow(shared, threading.Event())
    compress_first()
    pages = find_pages()
    warm(pages)
    applications = {page.route or "/": application(page, pages) for page in pages}
    allowed = [f"localhost:{port}", f"127.0.0.1:{port}", *(origins or [])]
    return pn.serve(
        applications,
        port=port,
        address=address,
        websocket_origin=allowed,
        show=False,
        threaded=threaded,
        title={page.route or "/": f"数聚 · {page.title}" for page in pages},
        extra_patterns=[
            (r"/healthz", HealthHandler),
            (r"/export/letters-briefing\.docx", BriefingHandler),
            (r"/export/(records|letters)\.(csv|xlsx|parquet)", ExportHandler),
            (r"/export/issues\.(csv|xlsx|parquet)", IssueExportHandler),
            (r"/export/spread-briefing\.docx", SpreadBriefingHandler),
            (r"/export/(spread|spread-copies|spread-missing)\.(csv|xlsx|parquet)", SpreadExportHandler),
        ],
        check_unused_sessions_milliseconds=10_000,
        unused_session_lifetime_milliseconds=60_000,
        websocket_max_message_size=20 << 20,
        verbose=not threaded,
        **server_settings(),
    )
