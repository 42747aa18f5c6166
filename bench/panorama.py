"""The panorama in a real Chromium: first content, brush to all linked views, zoom to a new raster.

``python -m bench.panorama [rows] [folder]`` (20,700,000 if not given). The fact table is written
once into the folder (a temporary one if not given). A step's time runs from the pointer's event in
the browser to the animation frame after the last linked view has its new data, one step after the
other. Server and browser share the machine.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Page, sync_playwright

from bench.panorama_library import make_library
from bench.signing import sign_in

CHROMIUM = "/usr/bin/chromium"
STEPS = 40
OPENINGS = 10
# Counts every change of data in the document, by view, and remembers when the last event came.
WATCH = """() => {
  const seen = window.seen = {at: 0, dots: 0, grid: 0, counties: 0, painted: 0}
  for (const name of ["pointermove", "click", "wheel"])
    window.addEventListener(name, () => { seen.at = performance.now() }, {capture: true, passive: true})
  const mark = name => () => { seen[name] += 1; requestAnimationFrame(() => { seen.painted = performance.now() }) }
  for (const model of Bokeh.documents[0]._all_models.values()) {
    if (model.type !== "ColumnDataSource") continue
    if (["grid", "dots"].includes(model.name)) model.properties.data.change.connect(mark(model.name))
    else if (model.name === "counties") model.patching.connect(mark("counties"))
  }
}"""


def main(rows: int, folder: Path) -> None:
    make_library(folder, rows)
    with serving(folder, "panorama") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
        opened = [first_content(page, address) for _ in range(OPENINGS + 1)][1:]
        report("first content", opened)
        page.evaluate(WATCH)
        report("brush on time → counts, bars, map", brush(page, ["counties", "dots"]))
        report("click on a bar → counts, bars, map, raster", click_bars(page))
        page.locator("button", has_text="清除全部").click()
        page.wait_for_timeout(1000)
        report("zoom → new raster", zoom(page, "grid"))
        report("zoom → new dots on the map", zoom(page, "dots"))
        browser.close()


def first_content(page: Page, address: str) -> float:
    """Return milliseconds from navigation to the headline figures on the screen."""
    sign_in(page, "{0.scheme}://{0.netloc}".format(urlsplit(address)))
    page.goto(address, wait_until="commit")
    page.locator(".kpi .value").first.wait_for()
    shown = page.evaluate("new Promise(done => requestAnimationFrame(() => done(performance.now())))")
    page.wait_for_function("document.documentElement.dataset.live && Bokeh.documents[0].is_idle")
    page.wait_for_timeout(1500)
    return shown


def brush(page: Page, views: list[str], start: float = 0.3, stop: float = 0.96) -> list[float]:
    """Drag over the trend, one step at a time, until all ``views`` have followed; ``start`` and ``stop`` are shares of its width."""
    box = figure(page, "trend")
    y, first = box["y"] + box["height"] / 2, start + (stop - start) / 11
    page.mouse.move(box["x"] + start * box["width"], y)
    page.wait_for_timeout(300)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + (stop - start) / 13) * box["width"], y, steps=3)
    page.wait_for_timeout(800)
    times = []
    for step in range(STEPS):
        x = box["x"] + (first + (stop - first) * step / STEPS) * box["width"]
        times.append(timed(page, lambda x=x: page.mouse.move(x, y), views))
    page.mouse.up()
    return times


def click_bars(page: Page) -> list[float]:
    times = []
    for step in range(STEPS):
        facet = ("genre", "topic", "level", "library")[step // 5 % 4]
        rows = page.locator(f'button.row[data-of="{facet}"]')
        row = rows.nth(step % min(rows.count(), 5))
        row.hover()
        page.wait_for_timeout(400)
        times.append(timed(page, row.click, ["dots", "grid"]))
    return times


def zoom(page: Page, what: str) -> list[float]:
    box = figure(page, {"grid": "raster", "dots": "map"}[what])
    page.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 0.5 * box["height"])
    page.keyboard.down("Control")
    steps = [-100] * 8 + [100] * 8
    times = [timed(page, lambda d=steps[k % 16]: page.mouse.wheel(0, d), [what]) for k in range(STEPS)]
    page.keyboard.up("Control")
    return times


def timed(page: Page, act: Callable[[], None], views: list[str]) -> float:
    """Return milliseconds from the event to the frame in which all ``views`` have their new data."""
    page.wait_for_timeout(120)
    before = page.evaluate("({...seen})")
    act()
    changed = " && ".join(f"seen.{view} > {before[view]}" for view in views)
    page.wait_for_function(f"{changed} && seen.painted > seen.at", timeout=10_000)
    page.wait_for_timeout(30)
    return page.evaluate("seen.painted - seen.at")


def figure(page: Page, css: str) -> dict[str, float]:
    plot = page.locator(f'[id*=".{css}-"] .bk-Figure')
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    return plot.bounding_box()


@contextlib.contextmanager
def serving(folder: Path, route: str) -> Iterator[str]:
    """Serve the library in a process of its own; yield the address of the page ``route``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"from shuju.serve.server import serve; serve({str(folder)!r}, {port})"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ, stdout=subprocess.DEVNULL)
    try:
        for _ in range(240):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz"):
                break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/{route}"
    finally:
        process.terminate()
        process.wait()


def report(what: str, ms: list[float]) -> None:
    p50, p95 = np.percentile(ms, [50, 95])
    print(
        f"{what:<46} n {len(ms):>3}   p50 {p50:7.0f} ms   p95 {p95:7.0f} ms   max {max(ms):7.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    n = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 20_700_000
    if len(sys.argv) > 2:
        main(n, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(n, Path(temporary))
