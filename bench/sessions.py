"""How many visitors a second one server process lets in: what a browser does until the document is there.

``python -m bench.sessions --url NAME=http://127.0.0.1:5006 --route / --route /letters``. With ``--wave``, each of ``--clients`` comes once,
all at the same moment, says as a browser does that the page is shown, and stays; then, where there is a Chromium, a visitor with a real
browser brushes on the time beside them. Several ``--url`` are measured in turn, ``--times`` times. Otherwise each of
``--clients`` gets the page, opens its websocket with the page's token, pulls the document, waits until
the last byte of it came, closes, and begins again, for ``--seconds``; a page without a session ends with its
HTML. Prints one row of Markdown for each route and server: visitors a second, the time that one
waits, and the CPU seconds of the server's process for each (``--url`` must be on this machine).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
from playwright.sync_api import sync_playwright
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from bench.letters import WATCH
from bench.panorama import CHROMIUM, brush, first_content
from bench.signing import cookie_of

PATIENCE_SECONDS = 60
WARM_UP = 2
TOKEN = re.compile(r'"token":\s*"([^"]+)"')
ROUTE = re.compile(r'"route":\s*"([^"]+)"')
WAVE_HEAD = "| route | server | at once | document p50, s | p95, s | CPU s each | brush beside them p50, ms | p95, ms |"
SETTLE_SECONDS, SETTLE_MOST_SECONDS = 2.0, 40.0
READY = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
SHOWN = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": READY}
HEAD = "| route | server | clients | visitors | a second | p50, s | p95, s | CPU s each | kB each |"


@dataclass
class Visits:
    """What the visitors of one page waited for, in seconds, and how many bytes came."""

    waited: list[float] = field(default_factory=list)
    n_bytes: int = 0


def main() -> None:
    asked = arguments()
    if asked.wave:
        return waves(asked)
    print(f"{HEAD}\n|{'---|' * 9}", flush=True)
    for route in asked.route or ["/", "/letters"]:
        for name, _, base in (url.partition("=") for url in asked.url):
            print(
                asyncio.run(measured(name, base.rstrip("/"), route, asked.clients, asked.seconds)), flush=True
            )
    return None


def waves(asked: argparse.Namespace) -> None:
    """Print what a meeting waits for that opens a page at one moment, and what a browser beside it does."""
    print(f"{WAVE_HEAD}\n|{'---|' * 8}", flush=True)
    for route in asked.route or ["/letters"]:
        for _ in range(asked.times):
            for name, _, base in (url.partition("=") for url in asked.url):
                print(
                    asyncio.run(wave(name, base.rstrip("/"), route, asked.clients, asked.brush)), flush=True
                )


async def wave(name: str, base: str, route: str, clients: int, span: tuple[float, float]) -> str:
    """Let ``clients`` in at once and return the row of the table."""
    AsyncHTTPClient.configure(None, max_clients=clients)
    for _ in range(WARM_UP):
        await visit(base + route)
    server = server_of(base)
    before, began, waited, held = cpu_seconds(server), time.perf_counter(), [], []

    async def come() -> None:
        socket, _ = await opened(base + route)
        waited.append(time.perf_counter() - began)
        if socket is not None:
            await say(socket, "PATCH-DOC", {"events": [SHOWN]})
            held.append(asyncio.ensure_future(listen(socket)))

    await asyncio.gather(*(come() for _ in range(clients)))
    used = cpu_seconds(server) - before
    await settled(server)
    brushed = await asyncio.to_thread(brushes, base + route, span)
    for task in held:
        task.cancel()
    p50, p95 = np.percentile(waited, [50, 95])
    return (
        f"| {route} | {name} | {clients} | {p50:.2f} | {p95:.2f} | {used / clients:.3f} "
        f"| {np.percentile(brushed, 50):.0f} | {np.percentile(brushed, 95):.0f} |"
    )


async def settled(server: psutil.Process) -> None:
    """Wait until the first answers of all are sent: the server does next to nothing."""
    end = time.perf_counter() + SETTLE_MOST_SECONDS
    before = cpu_seconds(server)
    while time.perf_counter() < end:
        await asyncio.sleep(SETTLE_SECONDS)
        now = cpu_seconds(server)
        if now - before < 0.1 * SETTLE_SECONDS:
            return
        before = now


def brushes(address: str, span: tuple[float, float]) -> list[float]:
    """Return what a real browser waits from a step of the brush to the new map, in milliseconds."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768}, bypass_csp=True)
        first_content(page, address)
        page.evaluate(WATCH)
        found = brush(page, ["counties"], *span)
        browser.close()
    return found


async def listen(socket: WebSocketClientConnection) -> None:
    """Read what the server sends until the meeting ends."""
    while await socket.read_message() is not None:
        pass


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--url", action="append", required=True, help="NAME=http://host:port of a running server"
    )
    parser.add_argument("--route", action="append", help="a page; / and /letters if none is given")
    parser.add_argument("--clients", type=int, default=8, help="visitors at once")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--wave", action="store_true", help="all at once, and a browser beside them")
    parser.add_argument(
        "--brush",
        type=float,
        nargs=2,
        default=(0.3, 0.96),
        help="from where to where, as shares of the trend's width",
    )
    parser.add_argument("--times", type=int, default=3, help="waves for each page and server")
    return parser.parse_args()


async def measured(name: str, base: str, route: str, clients: int, seconds: float) -> str:
    """Let visitors in for ``seconds`` and return the row of the table."""
    AsyncHTTPClient.configure(None, max_clients=clients)
    for _ in range(WARM_UP):
        await visit(base + route)
    server = server_of(base)
    visits, before, began = Visits(), cpu_seconds(server), time.perf_counter()
    await asyncio.gather(*(come_again(base + route, began + seconds, visits) for _ in range(clients)))
    elapsed, used = time.perf_counter() - began, cpu_seconds(server) - before
    n = len(visits.waited)
    p50, p95 = np.percentile(visits.waited, [50, 95])
    return (
        f"| {route} | {name} | {clients} | {n} | {n / elapsed:.2f} | {p50:.2f} | {p95:.2f} "
        f"| {used / n:.3f} | {visits.n_bytes / n / 1000:,.0f} |"
    )


async def come_again(address: str, end: float, visits: Visits) -> None:
    """Visit one page after the other until ``end``; a visit that began before is waited for."""
    while (began := time.perf_counter()) < end:
        n_bytes = await visit(address)
        visits.n_bytes += n_bytes
        visits.waited.append(time.perf_counter() - began)


async def visit(address: str) -> int:
    """Get a page and its whole document; return how many bytes came."""
    socket, n_bytes = await opened(address)
    if socket is not None:
        socket.close()
    return n_bytes


async def opened(address: str) -> tuple[WebSocketClientConnection | None, int]:
    """Get a page and its whole document; return its websocket (None: a page without a session) and how many bytes came."""
    place = urlsplit(address)
    cookie = {"Cookie": await asyncio.to_thread(cookie_of, f"http://{place.netloc}")}
    request = HTTPRequest(address, headers=cookie, request_timeout=PATIENCE_SECONDS, decompress_response=True)
    page = await AsyncHTTPClient().fetch(request)
    token = TOKEN.search(page.body.decode())
    if token is None:
        return None, len(page.body)
    route = ROUTE.search(page.body.decode())  # where the websocket is; of older versions, below the page
    path = f"/{route[1]}" if route is not None else place.path.rstrip("/")
    socket = await websocket_connect(
        HTTPRequest(f"ws://{place.netloc}{path}/ws", headers={**cookie, "Origin": f"http://{place.netloc}"}),
        subprotocols=["bokeh", token[1]],
        max_message_size=64 << 20,
        compression_options={},
    )
    await message(socket, "ACK")
    await say(socket, "PULL-DOC-REQ", {})
    n = await message(socket, "PULL-DOC-REPLY")
    return socket, len(page.body) + n


async def say(socket: WebSocketClientConnection, kind: str, content: dict[str, Any]) -> None:
    """Send a message: a header, its metadata and its content."""
    for part in ({"msgid": kind, "msgtype": kind}, {}, content):
        await socket.write_message(json.dumps(part))


async def message(socket: WebSocketClientConnection, kind: str) -> int:
    """Read messages until one of ``kind`` is complete; return its bytes.

    A message is a header, its metadata and its content, and two frames for each buffer.
    """
    while True:
        header = json.loads(await frame(socket))
        frames = [await frame(socket) for _ in range(2 + 2 * header.get("num_buffers", 0))]
        if header["msgtype"] == kind:
            return sum(map(len, frames))


async def frame(socket: WebSocketClientConnection) -> str | bytes:
    content = await asyncio.wait_for(socket.read_message(), PATIENCE_SECONDS)
    if content is None:
        raise ConnectionError("the server closed the websocket")
    return content


def server_of(base: str) -> psutil.Process:
    """Return the process that listens at an address of this machine."""
    port = urlsplit(base).port
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return psutil.Process(connection.pid)
    raise SystemExit(f"nothing listens at {base} on this machine")


def cpu_seconds(server: psutil.Process) -> float:
    """Return what a server has used, with the processes that it began."""
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(time.user + time.system for time in times)


if __name__ == "__main__":
    main()
