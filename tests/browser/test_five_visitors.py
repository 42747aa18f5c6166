"""Five visitors on each page at once: each sees what they would see alone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from shuju.library import Library
from tests.browser.conftest import LIVE, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
SIZES = ((1920, 1080), (1366, 768), (1366, 768), (1366, 768), (390, 844))
TEXT = "() => document.querySelector('main').innerText"
CLICK = """n => {
  const rows = [...document.querySelectorAll('button.row[data-do="toggle"]:not([aria-pressed="true"])')]
  rows[n % rows.length].click()
}"""
# The address follows what the page shows a moment later.
ADDRESSED = """() => {
  const chips = [...document.querySelectorAll('.chip[data-do="remove"]')]
  return chips.length && chips.every(chip => new URLSearchParams(location.search).get(chip.dataset.of))
}"""
# What each of five reads: each something else where the page shows one thing of many.
READ = {
    "": [""] * 5,
    "library": ["library"] * 5,
    "search": [f"search?q={quote(word)}" for word in ("通知", "物业", "补贴", "道路", "学校")],
    "issue": [f"issue?id={quote(key, safe='')}" for key in ("A", "B/ü?", "A", "B/ü?", "none")],
    "desk": ["desk", "desk", "supervision", "answer", "desk"],
    "overview": ["overview", "overview", "whatif", "mine/new", "mine/boards"],
    "subscriptions": ["subscriptions", "subscriptions", "inbox", "playlists", "playlists"],
    "document": [f"document?id={key}" for key in ("a", "b", "c", "a", "none")],
}


@pytest.fixture(scope="module")
def address_of(province: Library, issues_address: str, spread_address: str) -> Iterator[dict[str, str]]:
    """The address of a server for each page: over a synthetic province, or over what only a small library shows."""
    with serving(province) as demo:
        yield {
            **dict.fromkeys(
                ("", "library", "search", "letters", "panorama", "desk", "overview", "subscriptions"), demo
            ),
            **dict.fromkeys(("issues", "issue"), issues_address),
            **dict.fromkeys(("spread", "document"), spread_address),
        }


@pytest.fixture
def visitors(browser: Browser, errors: list[str]) -> Iterator[list[Page]]:
    contexts = [browser.new_context(viewport={"width": w, "height": h}) for w, h in SIZES]
    yield [_watched(context, errors) for context in contexts]
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    """A sixth, who opens what one of the five has chosen."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def _watched(context: BrowserContext, errors: list[str]) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "response", lambda r: errors.append(r.url) if r.status >= 400 and "id=none" not in r.url else None
    )
    # Which answer failed the line above says; the console calls even a page that is rightly not there an error.
    page.on(
        "console",
        lambda message: (
            errors.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    return page


def say_the_same(one: Page, other: Page) -> None:
    """Wait until two pages say the same; with five who ask at once that takes a while."""
    for page in (one, other):
        page.wait_for_function(LIVE, timeout=60_000)
    for _ in range(120):
        if one.evaluate(TEXT) == other.evaluate(TEXT):
            return
        one.wait_for_timeout(500)
    assert one.evaluate(TEXT).splitlines() == other.evaluate(TEXT).splitlines()


@pytest.mark.parametrize("route", ["letters", "panorama", "issues", "spread"])
def test_each_filters_for_oneself(
    address_of: dict[str, str], visitors: list[Page], alone: Page, route: str
) -> None:
    for page in visitors:
        page.goto(f"{address_of[route]}/{route}", wait_until="commit")
    for page in visitors:
        page.wait_for_function(LIVE, timeout=60_000)
    for number, page in enumerate(visitors):
        page.evaluate(CLICK, number)
    for page in visitors:
        page.locator(".chip").first.wait_for(state="attached", timeout=60_000)
        page.wait_for_function(ADDRESSED, timeout=60_000)
    assert len({page.url for page in visitors}) > 1
    for page in visitors:
        alone.set_viewport_size(page.viewport_size)
        alone.goto("about:blank")
        alone.goto(page.url)
        say_the_same(page, alone)


@pytest.mark.parametrize("route", READ, ids=lambda route: route or "home")
def test_each_reads_for_oneself(
    address_of: dict[str, str], visitors: list[Page], alone: Page, route: str
) -> None:
    for page, path in zip(visitors, READ[route], strict=True):
        page.goto(f"{address_of[route]}/{path}", wait_until="commit")
    shown = None
    for page, path in zip(visitors, READ[route], strict=True):
        if shown != (page.viewport_size, path):
            shown = (page.viewport_size, path)
            alone.set_viewport_size(page.viewport_size)
            alone.goto("about:blank")
            alone.goto(f"{address_of[route]}/{path}")
        say_the_same(page, alone)
