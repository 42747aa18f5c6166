"""From the menu of a card to a subscription and to an annotation, as people do it: on a phone, on a desk, beside one another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def address(letters_address: str) -> str:
    return letters_address


def person(browser: Browser, address: str, path: str, **how: object) -> Page:
    page = browser.new_context(**how).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/{path}")
    return page


def test_a_card_is_subscribed_on_a_phone(browser: Browser, address: str) -> None:
    page = person(browser, address, "letters?region=430104", **PHONE)
    page.click(".card.open > header details.menu summary")
    page.click(".card.open > header a[href^=subscribe]")
    expect(page.locator("form.subscribe .figure-told")).to_contain_text("来信：30 封")
    expect(page.locator("[name=level]")).to_be_hidden()
    page.click("label:has([value=above])")
    page.fill("[name=level]", "很多")
    page.click("form.subscribe .main")
    expect(page.locator(".refusal")).to_contain_text("应填数字")
    page.fill("[name=level]", "20")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("form.subscribe .main")
    expect(page.locator(".toast")).to_contain_text("已订阅：高于 20 时")
    page.click(".toast a")
    expect(page.locator(".subscriptions li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("button:text-is('暂停')")
    expect(page.locator(".subscriptions li")).to_contain_text("已暂停")
    page.click("button:text-is('退订')")
    expect(page.locator(".empty")).to_be_visible()
    page.context.close()


def test_an_annotation_comes_to_open_pages_that_may_show_it(browser: Browser, address: str) -> None:
    page, other = (person(browser, address, "letters") for _ in range(2))
    trend = "article.card:has(h2:has-text('来信趋势'))"
    for one in (page, other):
        one.wait_for_function("document.documentElement.dataset.live")
    page.click(f"{trend} details.menu summary")
    page.click(f"{trend} a[href^=annotate]")
    page.fill("form.annotate [name=text]", "道路改造开工")
    page.fill("form.annotate [name=first]", "2024-07-10")
    page.fill("form.annotate [name=last]", "2024-07-12")
    page.click("form.annotate .main")
    for one in (page, other):  # one person at two screens
        expect(one.locator(f"{trend} .notes")).to_contain_text("道路改造开工", timeout=60_000)
    marks = """() => Bokeh.documents[0].roots().flatMap(root => [...root.references()])
      .filter(model => model.type === "ColumnDataSource").flatMap(model => [...(model.data.label ?? model.data.get?.("label") ?? [])])"""
    page.wait_for_function(f"({marks})().includes('道路改造开工')", timeout=60_000)
    assert (
        "道路改造开工" not in page.context.request.get(f"{address}/letters").text()
    )  # all of a role get that
    page.click(f"{trend} details.menu summary")  # taken back, it goes from both
    page.click(f"{trend} a[href^=annotate]")
    page.click("form.annotate .notes a")
    page.click("form.annotate button[value=end]")
    for one in (page, other):
        expect(one.locator(f"{trend} .notes")).to_have_count(0, timeout=60_000)
        one.context.close()
