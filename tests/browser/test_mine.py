"""One's own page as people use it: pinned from a page, arranged by keyboard and undone, two tabs, built in a minute, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_tasks import person

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def address(letters_address: str) -> str:
    return letters_address


def cards(page: Page) -> list[str]:
    return [card.get_attribute("data-card") or "" for card in page.locator(".board .still").all()]


def saved(page: Page, what: str = "") -> None:
    expect(page.locator("[data-state]")).to_contain_text(f"已保存：{what}")


def test_a_card_is_pinned_from_its_page_with_its_filters_and_taken_back(
    browser: Browser, address: str
) -> None:
    page = person(browser, address, "leader")
    page.goto(f"{address}/letters?topic=交通运输&unit=week")
    menu = page.locator("article[aria-label=来信趋势] details.menu")
    menu.locator("summary").click()
    menu.locator("button[data-pin]").click()
    expect(page.locator(".toast")).to_contain_text("固定到我的首页")
    other = page.context.new_page()
    other.goto(f"{address}/")
    assert re.fullmatch(r"letters\.trend\?(?=.*topic=).*unit=week.*", cards(other)[0])
    expect(other.locator(".board .still").first).to_contain_text("主题：交通运输")
    page.locator(".toast button").click()
    expect(page.locator(".toast")).to_contain_text("已撤销")
    other.reload()
    assert not cards(other)[0].startswith("letters.trend?")
    page.context.close()


def test_arranged_by_keyboard_and_undone(browser: Browser, address: str) -> None:
    page = person(browser, address, "analyst")
    page.goto(f"{address}/?edit=1")
    before = cards(page)
    page.locator(".board .still").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#arranged")).to_contain_text("移到第 1 位")
    saved(page)
    assert cards(page)[:2] == [before[1], before[0]]
    focused = page.evaluate("document.activeElement.dataset.card")
    assert focused == before[1]
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#arranged")).to_contain_text("行")
    page.keyboard.press("Delete")
    expect(page.locator("#arranged")).to_contain_text("移除")
    saved(page, "移除")
    page.reload()
    assert cards(page) == [before[0], *before[2:]]
    page.locator("[data-arrange=undo]").click()
    expect(page.locator(".board .still")).to_have_count(len(before))
    page.locator(".still [data-field=title]").first.fill("改过的标题")
    page.locator(".still [data-field=title]").first.press("Enter")
    saved(page)
    page.goto(f"{address}/")
    expect(page.locator(".board .fold-card").first).to_have_text("改过的标题")
    page.context.close()


def test_dragged_and_sized_by_mouse(browser: Browser, address: str) -> None:
    page = person(browser, address, "leader", viewport={"width": 1366, "height": 900})
    page.goto(f"{address}/?edit=1")
    before, still = cards(page), page.locator(".board .still")
    still.nth(0).locator("header h2").drag_to(still.nth(1).locator("header h2"))
    saved(page, "")
    assert cards(page) == [before[1], before[0], *before[2:]]
    size = "card => [+card.dataset.columns, +card.dataset.rows]"
    columns, rows = still.nth(0).evaluate(size)
    still.nth(0).locator(".handle").scroll_into_view_if_needed()
    corner, width = (
        still.nth(0).locator(".handle").bounding_box(),
        page.evaluate("document.querySelector('.board').clientWidth"),
    )
    x, y = corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2
    wanted = [columns - 1 if columns > 3 else columns + 1, rows + 1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + (wanted[0] - columns) * width / 12, y + 152, steps=8)
    page.mouse.up()
    saved(page, "")
    expect(page.locator("[data-state]")).to_contain_text(f"{wanted[0]} 列 {wanted[1]} 行")
    page.reload()
    assert cards(page) == [before[1], before[0], *before[2:]]
    assert still.nth(0).evaluate(size) == wanted
    page.goto(f"{address}/")
    assert cards(page)[:2] == [before[1], before[0]]
    page.context.close()


def test_of_two_tabs_the_slower_is_asked(browser: Browser, address: str) -> None:
    page = person(browser, address, "operator")
    page.goto(f"{address}/?edit=1")
    other = page.context.new_page()
    other.goto(f"{address}/?edit=1")
    for tab, key in ((page, "ArrowRight"), (other, "Delete")):
        tab.locator(".board .still").first.focus()
        tab.keyboard.press(key)
        expect(tab.locator("[data-state]")).to_contain_text("已保存" if tab is page else "别处改过")
    n = len(cards(page))
    other.locator("[data-arrange=mine]").click()
    saved(other)
    page.reload()
    expect(page.locator(".board .still")).to_have_count(n - 1)
    page.context.close()


def test_a_card_is_built_in_a_minute(browser: Browser, address: str) -> None:
    page = person(browser, address, "leader")
    page.goto(f"{address}/mine/new")
    legends = page.locator(".building legend").all_inner_texts()
    assert [one.split()[1] for one in legends] == ["主题", "指标", "筛选", "图形"]
    page.locator("label", has_text="每万人").click()  # only pictures that can show it are left
    page.wait_for_url("**figure=rate**")
    expect(page.locator("[name=card]:checked")).to_have_value("letters.map")
    expect(page.locator("label", has_text="来信趋势")).to_have_count(0)
    page.locator("label", has_text="来信数").click()
    page.wait_for_url("**figure=n**")
    page.fill("#own-title", "各主题走势")
    page.focus("#pick-motive")
    page.keyboard.press("ArrowDown")  # who chooses by keyboard stays where they are
    page.wait_for_url("**motive=**")
    expect(page.locator("#pick-motive")).to_be_focused()
    page.focus("[name=card]:checked")
    while page.locator("[name=card]:checked").get_attribute("value") != "letters.trend":
        at = page.evaluate("document.activeElement.id")
        page.keyboard.press("ArrowDown")
        page.wait_for_function(
            "at => document.activeElement.id !== at && !document.querySelector('.building[aria-busy]')",
            arg=at,
        )
    page.select_option("#pick-by", "topic")
    page.wait_for_url("**by=topic**")
    expect(page.locator(".preview img.picture")).to_be_visible(
        timeout=120_000
    )  # the first picture loads fonts
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("innerWidth === 390 && document.documentElement.scrollWidth <= innerWidth")
    page.locator(".preview button").click()
    page.wait_for_url(f"{address}/?told=**")
    assert re.fullmatch(r"letters\.trend\?(?=.*by=topic).*motive=.*", cards(page)[0])
    expect(page.locator(".board .fold-card").first).to_have_text("各主题走势")
    page.context.close()


def test_on_a_phone_the_cards_come_and_are_moved_one_by_one(browser: Browser, address: str) -> None:
    page = person(
        browser, address, "department", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    page.goto(f"{address}/?edit=1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    first = cards(page)[0]
    page.locator(".still [data-by='1']").first.tap()
    expect(page.locator("#arranged")).to_contain_text("移到第 2 位")
    saved(page)
    assert cards(page)[0] == first  # the order of wide screens stays
    page.goto(f"{address}/")
    tops = page.evaluate(
        "[...document.querySelectorAll('.board .still')].slice(0, 2).map(card => card.getBoundingClientRect().top)"
    )
    assert tops[0] > tops[1]
    last = page.locator(".board .still").last
    expect(last.locator("[data-slot]")).to_be_hidden()
    last.locator(".fold-card").tap()
    expect(last.locator("[data-slot]:not([data-still])")).to_be_visible()
    expect(last.locator(".skeleton")).to_have_count(0)
    page.context.close()
