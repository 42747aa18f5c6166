"""The server: every page under one frame, with downloads, cards by address, and a health check."""

from __future__ import annotations

import gc
import json
import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import panel as pn
from tornado.web import RequestHandler

from shuju import __version__
from shuju.fulltext.build import follow_search
from shuju.letters import facts as letter_facts
from shuju.library import Library, share
from shuju.pages.home.home import prepare
from shuju.records import facts as record_facts
from shuju.serve.assets import AssetHandler, asset_version
from shuju.serve.cards import CardHandler
from shuju.serve.errors import MissingHandler
from shuju.serve.exports import ExportHandler
from shuju.serve.live import Live, serve_library
from shuju.serve.live_pages import FOLDER, LivePageHandler, Sketches
from shuju.serve.pages import find_pages
from shuju.serve.plain import PlainHandler
from shuju.serve.processes import accept_in_turn
from shuju.serve.saved_views import ViewsHandler
from shuju.serve.scripts import scripts
from shuju.serve.sessions import application, warm
from shuju.serve.sockets import PageSocket, use_turns
from shuju.serve.static_files import compress_first, server_settings

TABLES = (
    "records",
    "sites",
    "letters",
    "hot_issues",
    "issue_letters",
    "issue_records",
    "warnings",
    "reprints",
    "cascades",
)


class HealthHandler(RequestHandler):
    """``/healthz``: 200 and the state of the server as JSON, for whoever watches it."""

    def initialize(self, live: Live) -> None:
        """Take what is served."""
        self.live = live

    def get(self) -> None:
        """Answer."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "application/json")
        facts = record_facts.newest(self.live.library)
        self.write(
            json.dumps({"status": "ok", "version": __version__, "records": facts.n, "facts": facts.version})
        )


def build_facts(library: Library) -> None:
    """Bring up the indexes that are there, then the fact tables that pages count over, and what the first page tells of them."""
    follow_search(library)
    record_facts.newest(library)
    letter_facts.newest(library)
    prepare(library)


def serve(
    home: str | Path | None,
    port: int = 5006,
    address: str = "127.0.0.1",
    *,
    threads: int = 4,
    origins: list[str] | None = None,
    threaded: bool = False,
    follow_library: bool = True,
    notebooks: Sequence[Path] = (),
    sockets: Sequence[socket.socket] = (),
    ready: Callable[[], None] = lambda: None,
) -> pn.io.server.Server | pn.io.server.StoppableThread:
    """Serve all pages; blocks unless ``threaded``.

    ``origins`` are the host names (with port) under which browsers may open sessions, beyond
    localhost; anything else is refused by the server. ``notebooks`` are further folders, each notebook in which is a page.
    ``sockets`` listen already, for several processes; ``ready`` is called before the first visitor is let in.
    """
    if home is not None:
        os.environ["SHUJU_HOME"] = str(home)
    pn.extension(loading_indicator=False)
    pn.config.nthreads = threads
    pn.config.browser_info, pn.config.respect_explicit_sizing = False, True
    live = serve_library(None, TABLES, build_facts)
    live.refresh()
    share(live.library)
    if follow_library:
        live.follow(threading.Event())
    compress_first()
    use_turns()
    pages = find_pages(None, *notebooks)
    shell = {
        "nav": [(page.route, page.title) for page in pages if page.is_listed],
        "assets": asset_version(),
        "scripts": scripts(),
        "up": "",
    }
    live_pages = [page for page in pages if page.notebook is not None]
    for page in live_pages:
        warm(page, {**shell, "token": ""})
    sketches = Sketches(live, shell)
    allowed = [f"localhost:{port}", f"127.0.0.1:{port}", *(origins or [])]
    plain = [
        (
            rf"/{p.route}",
            PlainHandler,
            {"entry": p, "pages": pages, "live": live, "shell": shell, "allowed": allowed},
        )
        for p in pages
        if p.content is not None
    ]
    patterns: list[Any] = [
        *plain,
        *((rf"/{p.route}", LivePageHandler, {"entry": p, "sketches": sketches}) for p in live_pages),
        (r"/healthz", HealthHandler, {"live": live}),
        (r"/views", ViewsHandler, {"live": live, "allowed": allowed}),
        (r"/assets/([a-z.]+)", AssetHandler),
        (r"/export/([a-z-]+)\.(csv|xlsx|parquet|docx)", ExportHandler, {"shell": shell}),
        (r"/card/([a-z_]+\.[a-z_]+?)(\.png|\.svg|\.csv|\.xlsx|\.html|\.py)?", CardHandler, {"shell": shell}),
    ]
    server = pn.serve(
        {f"{FOLDER}/{page.route}": application(page, live) for page in live_pages},
        port=0 if sockets else port,
        address="127.0.0.1" if sockets else address,
        start=threaded,
        websocket_origin=allowed,
        show=False,
        threaded=threaded,
        location=False,
        title={f"{FOLDER}/{page.route}": page.title for page in live_pages},
        extra_patterns=patterns,
        use_index=False,
        check_unused_sessions_milliseconds=10_000,
        unused_session_lifetime_milliseconds=60_000,
        websocket_max_message_size=20 << 20,
        verbose=False,
        default_handler_class=MissingHandler,
        default_handler_args={"shell": shell},
        **server_settings(),
    )
    if not threaded:
        # Panel looks for garbage whenever visitors leave, and holds up the others meanwhile. What is there now stays, and is left out.
        gc.collect()
        gc.freeze()
    ready()
    if not threaded:
        accept_in_turn(server._http, sockets, lambda: PageSocket.n_waiting > 0)
        server.run_until_shutdown()
    return server
