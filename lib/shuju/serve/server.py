"""The server: every page under one frame, with downloads, cards by address, and a health check."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import panel as pn

from shuju.access.roles import ANALYST, LEADER, OPERATOR, ROLES
from shuju.access.sight import scope_of
from shuju.access.subject import Subject
from shuju.desk.store import open_desk
from shuju.engine.threads import CarryingPool
from shuju.fulltext.build import follow_search
from shuju.letters import facts as letter_facts
from shuju.letters import routing
from shuju.library import Library, LibraryError, close_to_strangers, share
from shuju.pages.home.home import prepare
from shuju.pages.mine.my_page import prepare_boards
from shuju.records import facts as record_facts
from shuju.serve import logs
from shuju.serve.assets import asset_version
from shuju.serve.errors import MissingHandler
from shuju.serve.frame import FOR_NOBODY, pages_of
from shuju.serve.gate import Gate, SecurityHeaders, use_gate
from shuju.serve.live import serve_library
from shuju.serve.live_pages import FOLDER
from shuju.serve.messages import keep_telling
from shuju.serve.oidc import find_provider
from shuju.serve.pages import find_pages
from shuju.serve.processes import accept_in_turn
from shuju.serve.routes import all_routes
from shuju.serve.scripts import scripts
from shuju.serve.sessions import application, warm
from shuju.serve.sockets import PageSocket, use_turns
from shuju.serve.static_files import compress_first, server_settings
from shuju.serve.visitors import Visitors
from shuju.serve.writes import write_all
from shuju.ui.cards.still import TABLES


def build_facts(library: Library) -> None:
    """Bring up the indexes that are there, then the fact tables that pages count over, and what the first page tells of them."""
    follow_search(library)
    record_facts.newest(library)
    letter_facts.newest(library)
    if library.version_of("letters") >= 0:  # so that nobody who assigns waits for it
        routing.newest(library)
    prepare(library.limited_to(scope_of(Subject("", "", ANALYST), library)))  # as most visitors see it


def prepare_pages() -> None:
    """Make what the pages of those who see everything of their kind show at first, as it can be seen now."""
    prepare_boards([Subject("", "", role) for role in (LEADER, ANALYST, OPERATOR)])


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
    behind_proxy: bool = False,
    log: str = "",
    sockets: Sequence[socket.socket] = (),
    ready: Callable[[], None] = lambda: None,
) -> pn.io.server.Server | pn.io.server.StoppableThread:
    """Serve all pages; blocks unless ``threaded``.

    ``origins`` are the host names (with port) under which browsers may open sessions, beyond
    localhost; anything else is refused by the server. ``notebooks`` are further folders, each notebook in which is a page.
    ``behind_proxy``: all come through a proxy on this machine, which says from where and whether by TLS.
    ``log`` has the process write its log, ``plain`` or as ``json`` lines. ``sockets`` listen
    already, for several processes; ``ready`` is called before the first visitor is let in.

    Raises:
        LibraryError: others than this machine can reach it, and there are no accounts yet, or they can go around the proxy.
    """
    if home is not None:
        os.environ["SHUJU_HOME"] = str(home)
    pn.extension(loading_indicator=False)
    pn.config.nthreads = threads
    pn.state._thread_pool = CarryingPool(threads)  # who asks goes along into Panel's own threads
    pn.config.browser_info, pn.config.respect_explicit_sizing = False, True
    live = serve_library(None, TABLES, build_facts)
    visitors = Visitors(open_desk(live.library.home))
    if (behind_proxy or not is_loopback(address)) and visitors.is_demo():
        raise LibraryError(
            "还没有账号，只能在本机演示（--address 127.0.0.1）；请先用 shuju user add 建立账号"
        )
    if behind_proxy and not is_loopback(address):
        raise LibraryError(
            f"--behind-proxy 时只能监听本机（--address 127.0.0.1），不能是 {address}：否则别人可绕过代理，自称来自任何地址"
        )
    if log:
        logs.set_up(log, is_scrubbed=lambda: not visitors.is_demo())
    live.refresh()
    share(live.library)
    close_to_strangers()
    if follow_library:
        live.follow(threading.Event(), prepare_pages)
        keep_telling(live.library.home)
    compress_first()
    use_turns()
    write_all()
    use_gate()
    pages = find_pages(None, *notebooks)
    shell = {
        "navs": {role: pages_of(pages, role) for role in ROLES},
        "assets": asset_version(),
        "scripts": scripts(),
        "up": "",
    }
    live_pages = [page for page in pages if page.notebook is not None]
    for page in live_pages:
        warm(page, {**shell, **FOR_NOBODY})
    routes = all_routes(pages, live, visitors, shell, find_provider())
    allowed = [f"localhost:{port}", f"127.0.0.1:{port}", *(origins or [])]
    gate = Gate(visitors, {route.pattern: route.rule for route in routes}, allowed, shell)
    settings = server_settings()
    settings["transforms"] = [*settings["transforms"], SecurityHeaders]
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
        extra_patterns=[route.handled for route in routes if route.handler is not None],
        gate=gate,
        log_function=logs.log_request,
        use_xheaders=behind_proxy,
        use_index=False,
        check_unused_sessions_milliseconds=10_000,
        unused_session_lifetime_milliseconds=60_000,
        websocket_max_message_size=20 << 20,
        verbose=False,
        default_handler_class=MissingHandler,
        default_handler_args={"shell": shell},
        **settings,
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


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
