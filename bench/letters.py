"""The page of letters in a real Chromium: first content, brush to all linked views, click on a bar.

``python -m bench.letters [home or number of letters]`` (1,000,000 if nothing is given). A home is measured as
it is; for a number, a library with so many random facts behind a few real letters is made in a temporary
folder. A step's time runs from the pointer's event in the browser to the animation frame after the last
linked view has its new data, one step after the other. Server and browser share the machine.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.letter_library import make_library
from bench.panorama import CHROMIUM, OPENINGS, STEPS, brush, first_content, report, serving, timed

# Counts every change of data in the document, by view, and remembers when the last event came.
WATCH = """() => {
  const seen = window.seen = {at: 0, counties: 0, painted: 0}
  for (const name of ["pointermove", "click"])
    window.addEventListener(name, () => { seen.at = performance.now() }, {capture: true, passive: true})
  const mark = name => () => { seen[name] += 1; requestAnimationFrame(() => { seen.painted = performance.now() }) }
  for (const model of Bokeh.documents[0]._all_models.values()) {
    if (model.type !== "ColumnDataSource") continue
    if (model.name === "counties") model.patching.connect(mark("counties"))
  }
}"""
FACETS = ("topic", "channel", "motive", "reply_days")


def main(home: Path) -> None:
    with serving(home, "letters") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
        opened = [first_content(page, address) for _ in range(OPENINGS + 1)][1:]
        print(page.locator(".kpi .note").first.inner_text(), flush=True)
        report("first content", opened)
        page.evaluate(WATCH)
        report("brush on time → counts, bars, map", brush(page, ["counties"]))
        report("click on a bar → counts, bars, map", click_bars(page))
        browser.close()


def click_bars(page: Page) -> list[float]:
    times = []
    for step in range(STEPS):
        rows = page.locator(f'button.row[data-of="{FACETS[step // 5 % len(FACETS)]}"]')
        row = rows.nth(step % min(rows.count(), 5))
        row.hover()
        page.wait_for_timeout(400)
        times.append(timed(page, row.click, ["counties"]))
    return times


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "1_000_000"
    if what.replace("_", "").isdecimal():
        with tempfile.TemporaryDirectory() as temporary:
            make_library(Path(temporary), int(what))
            main(Path(temporary))
    else:
        main(Path(what))
