"""Every page at the widths of a phone, a laptop, a desk and a wall: nothing overflows, nothing is too small to read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from shuju.serve.pages import find_pages
from tests.browser.conftest import rested

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = {"phone": (390, 844), "laptop": (1366, 768), "desk": (1920, 1080), "wall": (3840, 2160)}
ROUTES = [page.route for page in find_pages() if page.route not in ("letter", "record", "own_page")]
SMALL = """() => [...document.querySelectorAll("main *, header *")]
  .filter(at => [...at.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(at => at.offsetParent && parseFloat(getComputedStyle(at).fontSize) < 12)
  .map(at => at.outerHTML.slice(0, 120))"""
# What a finger taps, where it can be seen; words within a line are as large as the line.
NARROW = """() => [...document.querySelectorAll("main button, main summary, main .tag, header summary")]
  .filter(at => at.offsetParent && !at.closest(".prose"))
  .map(at => [at.getBoundingClientRect().height, at.outerHTML.slice(0, 100)])
  .filter(([height]) => height < 43.5)"""


def opened(browser: Browser, address: str, route: str, size: tuple[int, int], **how: bool) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **how)
    page.goto(f"{address}/{route}")
    rested(page)
    return page


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route or "home")
def test_nothing_overflows_and_no_text_is_small(browser: Browser, address: str, route: str) -> None:
    page = opened(browser, address, route, SIZES["phone"])
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        rested(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.evaluate(SMALL) == [], name
    page.close()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route or "home")
def test_a_phone_folds_sections_and_has_targets_for_fingers(
    browser: Browser, address: str, route: str
) -> None:
    page = opened(browser, address, route, SIZES["phone"], is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollHeight") <= 3_200
    assert page.evaluate(NARROW) == []
    folded = page.locator(".card.folds:not(.open):visible").first
    if folded.count():
        expect(folded.locator("[data-slot]")).to_be_hidden()
        folded.locator(".fold-card").click()
        expect(page.locator(".card.folds.open:visible")).to_have_count(2)
    page.close()


def test_a_finger_that_moves_down_over_a_chart_scrolls_the_page(browser: Browser, address: str) -> None:
    page = opened(browser, address, "panorama", SIZES["phone"], is_mobile=True, has_touch=True)
    canvas = page.locator("[id*='.map-'] .bk-events").first
    canvas.wait_for(timeout=20_000)
    rested(page)
    assert canvas.evaluate("at => getComputedStyle(at).touchAction") == "pan-y pinch-zoom"
    box, touch = canvas.bounding_box(), page.context.new_cdp_session(page)
    assert box is not None
    at = {"x": box["x"] + 60, "y": min(box["y"] + 60, 700)}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    for step in range(1, 16):
        finger = {"x": at["x"], "y": at["y"] - 10 * step}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [finger]})
        page.wait_for_timeout(16)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("scrollY > 80")
    page.close()


def test_filters_of_a_phone_stand_behind_one_button(browser: Browser, address: str) -> None:
    page = opened(
        browser,
        address,
        "panorama?genre=policy&level=province",
        SIZES["phone"],
        is_mobile=True,
        has_touch=True,
    )
    button = page.locator(".filters-open")
    expect(button).to_contain_text("筛选（2）")
    expect(page.locator("input[type=date]").first).to_be_hidden()
    button.click()
    expect(page.locator("input[type=date]").first).to_be_visible()
    page.close()


def test_the_reader_turns_light_to_dark_and_it_stays(browser: Browser, address: str) -> None:
    page = opened(browser, address, "library", SIZES["laptop"])
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("[data-theme-turn]").click()
    page.wait_for_function(f"light => {ground} !== light", arg=light)
    rested(page)
    dark = page.evaluate(ground)
    page.goto(f"{address}/")
    assert page.evaluate(ground) == dark
    page.close()


def test_the_fold_of_a_laptop_shows_the_finding_the_figures_and_the_first_chart(
    browser: Browser, address: str
) -> None:
    page = opened(browser, address, "panorama", SIZES["laptop"])
    for selector in (".finding-lead", ".kpis", ".filters", ".card.folds"):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["y"] < 600, selector
    page.close()
