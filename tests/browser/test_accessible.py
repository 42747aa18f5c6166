"""Every page as axe-core sees it, in three sizes, light and dark: nothing serious, nothing critical (WCAG 2.2 A and AA),
and no level of headings left out."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import serving
from tests.pages.issue_library import issue_library
from tests.spread.spread_library import spread_library

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SIZES = {"phone": (390, 844), "laptop": (1366, 768), "wall": (3840, 2160)}
LOOKS = {"light": tuple(SIZES), "dark": ("laptop",)}  # the dark theme has the same layout
SETTLED = """() => !document.querySelector("#wire") ||
  (document.documentElement.dataset.live && !document.querySelector("[aria-busy=true], [data-busy], [data-loading], .waiting"))"""
FOUND = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
  .filter(one => ["serious", "critical"].includes(one.impact) || one.id === "heading-order")
  .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`)))"""
# Which role opens a page; who may not see it reads why not.
OF_LETTERS = {
    "": "analyst", "letters": "analyst", "issues": "analyst", "issue?id=A": "analyst", "letter?id=a1": "analyst", "letter?id=none": "analyst",
    "?edit=1": "analyst", "mine/new?figure=rate": "leader", "panorama": "analyst", "library": "operator", "usage": "operator",
    "search?q=车库": "analyst", "own_page": "analyst", "account": "department", "accounts": "security", "audit": "auditor",
    "card/letters.trend": "analyst", "card/letters.list": "analyst", "nowhere": "analyst",
    "letters?": "operator", "sign-in": "", "whatif": "leader", "whatif_letters": "analyst",
    "desk": "leader", "supervision": "leader", "fast": "leader", "answer?letter=a1": "department", "rate?to=1-x": "",
    "subscriptions": "analyst", "inbox": "analyst", "playlists": "leader", "devices": "administrator", "screen": "", "tv": "leader",
    "subscribe?card=letters.headline": "analyst", "annotate?card=letters.trend": "analyst", "unsubscribe/1-0": "",
}  # fmt: skip
OF_SPREAD = {
    "": "leader",
    "?edit=1": "leader",
    "spread": "leader",
    "document?id=a": "leader",
    "record?id=a": "leader",
    "panorama": "operator",
    "whatif_spread": "leader",
}


@pytest.fixture(autouse=True)
def analyst() -> None:
    """Who is signed in is said for each page."""


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(issue_library(tmp_path_factory.mktemp("accessible"))) as base:
        yield base


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(spread_library(tmp_path_factory.mktemp("accessible"))) as base:
        yield base


def faults(browser: Browser, base: str, route: str, role: str) -> list[str]:
    """Return what axe finds, by theme and size."""
    found = []
    for theme, sizes in LOOKS.items():
        context = browser.new_context(color_scheme=theme, reduced_motion="reduce", bypass_csp=True)
        page: Page = context.new_page()
        if role:
            page.goto(f"{base}/sign-in")
            page.click(f"button[value={role}]")
            page.wait_for_load_state()
        page.goto(f"{base}/{route}")
        for size in sizes:
            width, height = SIZES[size]
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(400)
            page.wait_for_function(SETTLED, timeout=120_000)
            page.evaluate(AXE)
            found += [f"{theme} {size} {told}" for told in page.evaluate(FOUND)]
        context.close()
    return found


@pytest.mark.parametrize("route", OF_LETTERS)
def test_pages_of_letters_and_of_the_server(browser: Browser, letters: str, route: str) -> None:
    assert faults(browser, letters, route, OF_LETTERS[route]) == []


@pytest.mark.parametrize("route", OF_SPREAD)
def test_pages_of_documents(browser: Browser, spread: str, route: str) -> None:
    assert faults(browser, spread, route, OF_SPREAD[route]) == []


def test_what_is_at_fault_is_found(browser: Browser, letters: str) -> None:
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{letters}/sign-in")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x><button></button><h4>x</h4>')"
    )
    page.evaluate(AXE)
    assert {told.partition(":")[0] for told in page.evaluate(FOUND)} == {
        "image-alt",
        "button-name",
        "heading-order",
    }
    page.close()
