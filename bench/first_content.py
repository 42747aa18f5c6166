"""How long a cold phone waits for a page of running servers: first paint, and the first figure on the screen.

``python -m bench.first_content --url NAME=http://127.0.0.1:5006 --route / --route /letters``; several
``--url`` are measured in turn, so that old and new code share the machine's moods. Each opening is a
new browser context (nothing cached) of 390 × 844 at 10 Mbit/s and 40 ms, its CPU not slowed down;
prints one row of Markdown for each route and server. Chromium's emulation holds back each request by the
latency and shares the bandwidth among requests and websockets, by what they weigh on the wire; bytes
of websockets are counted as the page reads them, before compression.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.signing import sign_in

CHROMIUM = "/usr/bin/chromium"
BYTES_A_SECOND = 10_000_000 / 8
LATENCY_MILLISECONDS = 40
FIGURE = ".kpi .value"
PAINT = "performance.getEntriesByName('first-contentful-paint')"
PATIENCE_MILLISECONDS = 60_000
HEAD = "| route | server | n | first paint, s | first figure, s | worst | requests | kB of files | kB of websocket |"


@dataclass
class Traffic:
    """What came through the wire so far; ``files`` and ``socket`` in bytes, headers and encoding included."""

    requests: int = 0
    files: int = 0
    socket: int = 0


@dataclass(frozen=True)
class Opening:
    """One opening of a page: seconds from navigation, and the traffic until the figure was seen."""

    paint: float
    figure: float
    traffic: Traffic = field(default_factory=Traffic)


def main() -> None:
    asked = arguments()
    servers = [url.partition("=") for url in asked.url]
    print(f"{HEAD}\n|{'---|' * 9}", flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for route in asked.route or ["/", "/letters"]:
            openings: dict[str, list[Opening]] = {name: [] for name, _, _ in servers}
            for _ in range(asked.times):
                for name, _, base in servers:
                    openings[name].append(opened(browser, base.rstrip("/") + route, asked.figure))
            for name, times in openings.items():
                print(row(route, name, times), flush=True)
        browser.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--url", action="append", required=True, help="NAME=http://host:port of a running server"
    )
    parser.add_argument("--route", action="append", help="a page; / and /letters if none is given")
    parser.add_argument("--times", type=int, default=5, help="openings of each page")
    parser.add_argument("--figure", default=FIGURE, help="CSS of the first figure, in any shadow root")
    return parser.parse_args()


def opened(browser: Browser, address: str, figure: str = FIGURE) -> Opening:
    """Open a page on a cold phone and return when its first content was seen."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    traffic = counted(slowed(context.new_cdp_session(page)))
    sign_in(page, "{0.scheme}://{0.netloc}".format(urlsplit(address)))
    page.goto(address, wait_until="commit", timeout=PATIENCE_MILLISECONDS)
    page.locator(figure).first.wait_for(timeout=PATIENCE_MILLISECONDS)
    seen = page.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))")
    until = Traffic(traffic.requests, traffic.files, traffic.socket)
    page.wait_for_function(f"{PAINT}.length", timeout=PATIENCE_MILLISECONDS)
    paint = page.evaluate(f"{PAINT}[0].startTime")
    context.close()
    return Opening(paint / 1000, seen / 1000, until)


def slowed(session: CDPSession) -> CDPSession:
    """Give the page the network of a phone."""
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MILLISECONDS,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
    return session


def counted(session: CDPSession) -> Traffic:
    """Return the page's traffic, which grows while the page loads."""
    traffic = Traffic()

    def asked(_: object) -> None:
        traffic.requests += 1

    def came(event: dict) -> None:
        traffic.files += event["encodedDataLength"]

    def said(event: dict) -> None:
        payload = event["response"]["payloadData"]
        is_text = event["response"]["opcode"] == 1
        traffic.socket += len(payload.encode()) if is_text else len(payload) * 3 // 4

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", came)
    session.on("Network.webSocketFrameReceived", said)
    return traffic


def row(route: str, name: str, times: list[Opening]) -> str:
    """Return medians of one page on one server as a row of Markdown."""

    def median(values: Iterator[float]) -> float:
        return statistics.median(values)

    return (
        f"| {route} | {name} | {len(times)} | {median(t.paint for t in times):.2f} "
        f"| {median(t.figure for t in times):.2f} | {max(t.figure for t in times):.2f} "
        f"| {median(t.traffic.requests for t in times):.0f} "
        f"| {median(t.traffic.files for t in times) / 1000:,.0f} "
        f"| {median(t.traffic.socket for t in times) / 1000:,.0f} |"
    )


if __name__ == "__main__":
    main()
