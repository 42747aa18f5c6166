"""The page of spread in a real Chromium: first content, one document's whole answer.

``python -m bench.spread HOME``: a library that ``shuju build`` has made. A document's answer runs from the navigation that a click on
its title starts to the frame in which its verdict, its figures and its first copies are on the screen. Server and
browser share the machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.panorama import CHROMIUM, OPENINGS, first_content, report, serving

DOCUMENTS = 12
NOW = "new Promise(done => requestAnimationFrame(() => done(performance.now())))"


def main(home: Path) -> None:
    with serving(home, "spread") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
        opened = [first_content(page, f"{address}?order=wide") for _ in range(OPENINGS + 1)][1:]
        print(" ".join(page.locator(".kpi").all_inner_texts()).replace("\n", " "), flush=True)
        report("first content", opened)
        report("a document's whole answer", [answer(page, k) for k in range(DOCUMENTS + 1)][1:])
        browser.close()


def answer(page: Page, k: int) -> float:
    """Open the ``k``-th document of the list, and come back; return the milliseconds from navigation until it was answered."""
    titles = page.locator(".documents tbody tr a")
    titles.nth(k % titles.count()).click()
    page.locator(".verdict").wait_for()
    page.locator(".copies .copy").first.wait_for()
    taken = page.evaluate(NOW)
    page.wait_for_timeout(1_500)
    page.get_by_role("link", name="返回全部文件").click()
    page.locator(".documents tbody tr a").first.wait_for()
    page.wait_for_timeout(1_000)
    return taken


if __name__ == "__main__":
    main(Path(sys.argv[1]))
