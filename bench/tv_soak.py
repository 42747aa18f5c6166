"""The big screen over a long time: does the memory of its browser or of its server grow?

    python -m bench.tv_soak [--minutes 10 | --hours 24] [--rate 12]

Serves a small library of letters, opens ``/tv`` in Chromium at 1920 × 1080, and takes letters in: a province of our size gets one in some two
minutes by day, ``--rate`` times as many come here. A playlist of the cockpit and three cards turns every ten seconds. Each half minute
the heap of the page, after its garbage was collected, and the resident set of the server are noted. Printed are the slopes after the first
third, with their 95 % intervals (over means of five samples, for neighbours are alike), in MB an hour; it fails where an interval lies
above ``WORST`` MB an hour.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import psutil
from playwright.sync_api import CDPSession, Page, sync_playwright
from scipy import stats

from bench.panorama import CHROMIUM
from bench.subscriptions import library_of
from shuju.clock import now
from shuju.library import Library
from shuju.library.ingest import ingest

USUAL_SECONDS = 120.0  # between two letters of a province of 20 million records
SAMPLE_SECONDS, BLOCK = 30.0, 5
WORST = 2.0
ITEMS = "cockpit\ncard/letters.trend\ncard/letters.map\ncard/letters.headline"


def main() -> int:
    asked = arguments()
    seconds = 3600 * asked.hours if asked.hours else 60 * asked.minutes
    with tempfile.TemporaryDirectory() as folder:
        library = library_of(Path(folder) / "home", 5_000)
        base = f"http://127.0.0.1:{asked.port}"
        command = [
            sys.executable,
            "-c",
            "from shuju.cli import main; main()",
            "serve",
            "--home",
            library.home.uri,
            "--port",
            str(asked.port),
        ]
        with subprocess.Popen(command) as process, sync_playwright() as playwright:
            try:
                wait_for(base, process)
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox", "--js-flags=--expose-gc"]
                )
                page = screen(browser.new_page(viewport={"width": 1920, "height": 1080}), base)
                samples, n_letters = soak(
                    page, library, psutil.Process(process.pid), seconds, USUAL_SECONDS / asked.rate
                )
                browser.close()
            finally:
                process.terminate()
    return told(samples, n_letters, seconds, asked.rate)


def wait_for(base: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    while process.poll() is None:
        try:
            urlopen(f"{base}/healthz").close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError("the server ended before it answered")


def screen(page: Page, base: str) -> Page:
    """Sign in as the leader of the demo, make the playlist, and open it."""
    page.set_default_timeout(120_000)
    page.goto(f"{base}/sign-in")
    page.click("button[value=leader]")
    page.wait_for_load_state()
    page.goto(f"{base}/playlists")
    page.fill("[name=name]", "soak")
    page.fill("[name=items]", ITEMS)
    page.fill("[name=seconds]", "10")
    page.click("form.fields .main")
    page.wait_for_load_state()
    page.goto(f"{base}/tv?list=1")
    page.wait_for_selector(".slide")
    return page


def soak(
    page: Page, library: Library, server: psutil.Process, seconds: float, pause: float
) -> tuple[np.ndarray, int]:
    """Return samples (hours, MB of the heap, MB of the server, documents of the page) and how many letters came meanwhile."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.enable")
    samples, n, begun = [], 0, time.monotonic()
    next_letter = next_sample = begun
    while (at := time.monotonic()) < begun + seconds:
        if at >= next_letter:
            add_letter(library, n)
            n += 1
            next_letter += pause
        if at >= next_sample:
            samples.append(((at - begun) / 3600, *measured(devtools, page, server)))
            next_sample += SAMPLE_SECONDS
        page.wait_for_timeout(1000)
    return np.array(samples), n


def add_letter(library: Library, number: int) -> None:
    """Take one more letter in, as the watcher of a folder would."""
    row = {
        "id": f"s{number}", "title": f"新到第{number}封", "body": "请尽快办理。", "time": f"{now():%Y-%m-%d %H:%M}", "place": "430104",
        "topic": "交通运输", "motive": "complaint", "department": "住建局", "channel": "hotline",
    }  # fmt: skip
    folder = Path(library.home.root) / "raw" / "letters"
    (folder / f"s{number:06d}.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    ingest(library, "bench_letters")


def measured(devtools: CDPSession, page: Page, server: psutil.Process) -> tuple[float, float, float]:
    """Return megabytes of the page's heap without garbage, of the server, and how many nodes the page has."""
    devtools.send("HeapProfiler.collectGarbage")
    heap = devtools.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    nodes = page.locator("body *").count()
    return heap, server.memory_info().rss / 1e6, float(nodes)


def slope(hours: np.ndarray, values: np.ndarray) -> tuple[float, float, float]:
    """Return a slope and its 95 % interval, over means of blocks."""
    n = len(values) // BLOCK
    if n < 3:
        return float("nan"), float("-inf"), float("inf")
    x, y = (part[: n * BLOCK].reshape(n, BLOCK).mean(1) for part in (hours, values))
    fit = stats.linregress(x, y)
    half = float(stats.t.ppf(0.975, n - 2) * fit.stderr)
    return float(fit.slope), float(fit.slope) - half, float(fit.slope) + half


def told(samples: np.ndarray, n_letters: int, seconds: float, rate: float) -> int:
    """Print what was measured; return 1 where memory grows."""
    late = samples[len(samples) // 3 :]
    print(
        f"{seconds / 60:.0f} minutes at {rate:g} times the usual rate, {n_letters:,} letters, {len(samples)} samples\n"
    )
    print("| what | at first, MB | at last, MB | slope, MB an hour | 95 % interval |\n|---|---|---|---|---|")
    is_growing = False
    for column, name in ((1, "heap of the page"), (2, "server, resident")):
        found, low, high = slope(late[:, 0], late[:, column])
        is_growing |= low > WORST
        print(
            f"| {name} | {samples[0, column]:.1f} | {samples[-1, column]:.1f} | {found:+.1f} | {low:+.1f} … {high:+.1f} |"
        )
    print(f"\nnodes of the page: {samples[:, 3].min():.0f} to {samples[:, 3].max():.0f}")
    return int(is_growing)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--hours", type=float, default=0)
    parser.add_argument("--rate", type=float, default=12)
    parser.add_argument("--port", type=int, default=5098)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
