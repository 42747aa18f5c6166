"""Search as people use it: the box in the header, hits, the filtered page; the box of a long facet."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOTAL = ".kpi .value >> nth=0"


@pytest.fixture
def desk(browser: Browser, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 1366, 768)
    assert not errors


@pytest.fixture
def phone(browser: Browser, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 390, 844, is_mobile=True, has_touch=True)
    assert not errors


def test_typed_in_the_header_found_and_taken_to_the_filtered_page(desk: Page, letters_address: str) -> None:
    desk.goto(f"{letters_address}/letters")
    desk.locator("h1").click()
    desk.keyboard.press("/")
    desk.keyboard.type("学位")
    desk.keyboard.press("Enter")
    expect(desk.locator("#letters h2")).to_contain_text("10 封")
    expect(desk.locator("#letters mark").first).to_have_text("学位")
    desk.locator("#letters").get_by_text("按此筛选").click()
    expect(desk.locator(TOTAL)).to_have_text("10封")
    chip = desk.get_by_role("button", name="清除条件 搜索：学位")
    expect(chip).to_be_visible()
    desk.wait_for_function("document.documentElement.dataset.live")
    chip.click()
    expect(desk.locator(TOTAL)).to_have_text("40封")


def test_hostile_titles_do_nothing(desk: Page, letters_address: str) -> None:
    desk.goto(f"{letters_address}/search?q={quote('onerror')}")
    expect(desk.locator("#letters li")).to_have_count(1)
    expect(desk.locator("#letters li")).to_contain_text('<img src=x onerror="alert(1)">')
    assert desk.locator(".found img").count() == 0


def test_on_a_phone_the_icon_leads_to_the_page(phone: Page, letters_address: str) -> None:
    phone.goto(f"{letters_address}/letters")
    phone.get_by_role("link", name="搜索").tap()
    box = phone.get_by_role("searchbox")
    expect(box).to_be_focused()
    box.fill("小区门口")
    box.press("Enter")
    expect(phone.locator("#letters h2")).to_contain_text("30 封")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_label_of_a_long_facet_is_found_as_it_is_typed(desk: Page, letters_address: str) -> None:
    desk.goto(f"{letters_address}/letters")
    desk.wait_for_function("document.documentElement.dataset.live")
    # The small library has no long facet: this one stands in the page as the template makes it.
    desk.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend", `<div class="facet" id="long">
        <input class="finds" type="search" aria-label="查找"><p class="none">没有这一项</p>
        ${["长沙市", "株洲市", "湘潭市"].map(name => `<button class="row"><span class="name">${name}</span></button>`).join("")}</div>`)"""
    )
    box, rows = desk.locator("#long .finds"), desk.locator("#long .row:visible")
    box.fill("株")
    expect(rows).to_have_text(["株洲市"])
    box.fill("没有")
    expect(desk.locator("#long .none")).to_be_visible()
    box.fill("")
    expect(rows).to_have_count(3)
