"""Every page as axe-core sees it, in three sizes, light and dark: nothing serious, nothing critical (WCAG 2.2 A and AA),
and no level of headings left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import PATIENCE, settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PHONE, LAPTOP, WALL = (390, 844), (1366, 768), (3840, 2160)
LOOKS = (
    ("light", PHONE),
    ("light", LAPTOP),
    ("dark", LAPTOP),
    ("light", WALL),
)  # the dark theme has the same layout
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
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
def as_role(browser: Browser) -> Iterator[Callable[[str, str], Page]]:
    """Return what opens a window of somebody in a role at a server, who signs in once for all pages; of a stranger for none."""
    known: dict[tuple[str, str], BrowserContext] = {}

    def window(base: str, role: str) -> Page:
        if (base, role) not in known:
            known[base, role] = browser.new_context(reduced_motion="reduce", bypass_csp=True)
            known[base, role].set_default_timeout(PATIENCE)
            if role:
                page = known[base, role].new_page()
                page.goto(f"{base}/sign-in")
                sign_in(page, role)
                page.close()
        return known[base, role].new_page()

    yield window
    for context in known.values():
        context.close()


def faults(page: Page, address: str) -> list[str]:
    """Return what axe finds, by theme and size."""
    found = []
    page.goto(address)
    page.evaluate(AXE)
    for theme, (width, height) in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        settled(page)
        found += [f"{theme} {width} {told}" for told in page.evaluate(FOUND)]
    page.close()
    return found


@pytest.mark.parametrize("route", OF_LETTERS)
def test_pages_of_letters_and_of_the_server(
    as_role: Callable[[str, str], Page], issues_address: str, route: str
) -> None:
    assert faults(as_role(issues_address, OF_LETTERS[route]), f"{issues_address}/{route}") == []


@pytest.mark.parametrize("route", OF_SPREAD)
def test_pages_of_documents(as_role: Callable[[str, str], Page], spread_address: str, route: str) -> None:
    assert faults(as_role(spread_address, OF_SPREAD[route]), f"{spread_address}/{route}") == []


def test_what_is_at_fault_is_found(browser: Browser, issues_address: str) -> None:
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{issues_address}/sign-in")
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
