"""Charts as tools and the states of a page, as people use them: full screen, groups, comparison, sorting, Back, saved views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import rested, unfold, until, watched
from tests.browser.test_letters import open_page, shows

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE_NAME = '<img src=x onerror="document.title=1">"&'


@pytest.fixture
def address(letters_address: str) -> str:
    return letters_address


def card(page: Page, name: str) -> Locator:
    return page.locator(f'[id^="card-letters.{name}"]')


def fills(page: Page, name: str) -> None:
    """Wait until a card and its figure fill the window."""
    size = page.viewport_size
    expect(card(page, name)).to_have_class(re.compile("full"))
    size_of = lambda box: (round(box["width"]), round(box["height"]))  # noqa: E731 - a short name
    until(page, lambda: size_of(card(page, name).bounding_box()) == (size["width"], size["height"]))
    figure = card(page, name).locator(".bk-Figure")
    until(page, lambda: size["height"] * 0.4 < figure.bounding_box()["height"] < size["height"])


def test_a_card_fills_the_window_and_comes_back(desk: Page, address: str) -> None:
    open_page(desk, address)
    figure = card(desk, "trend").locator(".bk-Figure")
    expect(figure).to_be_visible()
    rested(desk)
    before = figure.bounding_box()["height"]
    card(desk, "trend").locator("details.menu summary").click()
    card(desk, "trend").get_by_role("button", name="全屏").click()
    fills(desk, "trend")
    desk.keyboard.press("Escape")
    expect(card(desk, "trend")).not_to_have_class(re.compile("full"))
    until(desk, lambda: abs(figure.bounding_box()["height"] - before) < 2)
    card(desk, "map").locator("details.menu summary").focus()
    desk.keyboard.press("f")
    fills(desk, "map")
    desk.keyboard.press("f")
    expect(card(desk, "map")).not_to_have_class(re.compile("full"))


def test_a_card_fills_a_phone(phone: Page, address: str) -> None:
    open_page(phone, address)
    unfold(phone)
    card(phone, "trend").locator("details.menu summary").tap()
    card(phone, "trend").get_by_role("button", name="全屏").tap()
    fills(phone, "trend")
    phone.get_by_role("button", name="退出全屏").tap()
    expect(card(phone, "trend")).not_to_have_class(re.compile("full"))


def test_the_trend_in_groups_beside_an_earlier_time_has_an_address(desk: Page, address: str) -> None:
    open_page(desk, address, "?day=2024-07-08_2024-07-14")
    trend = card(desk, "trend")
    trend.get_by_label("分组").select_option("topic")
    expect(trend).to_contain_text("相加等于合计 40 封")
    trend.get_by_label("对比").select_option("before")
    expect(trend.locator(".compared")).to_contain_text("上一期（2024-07-01 至 2024-07-07）")
    trend.get_by_label("粒度").select_option("week")
    expect(trend).to_contain_text("封／周")
    desk.wait_for_url(re.compile("unit=week.*by=topic.*against=before"))
    # Told for those who do not see the figure: shown to nobody, so that it has text alone.
    expect(trend.locator("table tbody tr td:nth-child(2)")).to_have_text(["30", "10"])
    rested(desk)
    shared = desk.url
    desk.goto("about:blank")
    desk.goto(shared)
    expect(card(desk, "trend")).to_contain_text("相加等于合计 40 封")
    expect(card(desk, "trend").get_by_label("对比")).to_have_value("before")
    code = desk.request.get(shared.replace("/letters?", "/card/letters.trend.py?")).text()
    assert "unit='week', by='topic', against='before'" in code
    for kind in ("png", "svg", "csv", "xlsx"):
        answer = desk.request.get(shared.replace("/letters?", f"/card/letters.trend.{kind}?"))
        assert answer.ok, kind


def test_a_year_that_is_not_there_is_said_not_to_be(desk: Page, address: str) -> None:
    open_page(desk, address, "?against=year")
    expect(card(desk, "trend").locator(".compared")).to_contain_text("没有上年同期可比")


def test_a_list_is_sorted_by_its_heads_over_all_pages(desk: Page, address: str) -> None:
    open_page(desk, address)
    head = card(desk, "list").get_by_role("columnheader", name="主题")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    first = card(desk, "list").locator("tbody tr").first
    expect(first.locator("td.topic")).to_contain_text("交通运输")
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(first.locator("td.topic")).to_contain_text("教育文体")
    desk.wait_for_url(re.compile("sort=-topic"))
    card(desk, "list").locator(".columns summary").click()
    card(desk, "list").get_by_role("button", name="渠道").click()
    expect(card(desk, "list").get_by_role("columnheader", name="渠道")).to_be_visible()
    card(desk, "list").get_by_label("每页").select_option("50")
    expect(card(desk, "list").locator("tbody tr")).to_have_count(40)
    desk.wait_for_url(re.compile("columns=[a-z_,]*channel.*rows=50"))


def test_back_and_forward_undo_and_redo_filters_and_places(desk: Page, address: str) -> None:
    open_page(desk, address)
    shows(desk, 40)
    desk.locator('button.row[data-of="topic"][data-value="教育文体"]').click()
    shows(desk, 10)
    desk.wait_for_url(re.compile("topic=[^&]"))
    plot = card(desk, "trend").locator(".bk-Figure")
    plot.scroll_into_view_if_needed()
    rested(desk)
    box = plot.bounding_box()
    desk.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    desk.mouse.down()
    for step in range(8):
        desk.mouse.move(box["x"] + box["width"] * (0.3 + 0.02 * step), box["y"] + 60)
        desk.wait_for_timeout(50)
    desk.mouse.up()
    desk.wait_for_url(re.compile(r"day=\d"))
    rested(desk)  # the address may be of a moment of the brush, still
    brushed = re.search(r"day=([^&]+)", desk.url)[1]
    desk.go_back()
    desk.wait_for_url(re.compile("day=&"))  # the whole brush was one step
    shows(desk, 10)
    desk.go_back()
    shows(desk, 40)
    desk.go_forward()
    shows(desk, 10)
    desk.go_forward()
    desk.wait_for_url(re.compile(f"day={brushed}"))


def test_back_from_a_letter_returns_to_the_same_rows_and_place(desk: Page, address: str) -> None:
    open_page(desk, address, "?page=2")
    desk.evaluate("window.scrollTo(0, 700)")
    desk.wait_for_function("history.state?.scroll === 700")
    desk.locator("td.title a").last.scroll_into_view_if_needed()
    desk.wait_for_function("history.state?.scroll === window.scrollY")
    place = desk.evaluate("window.scrollY")
    desk.locator("td.title a").last.click()
    expect(desk.get_by_label("位置")).to_contain_text("首页›社情民意")
    desk.go_back()
    desk.wait_for_function("place => Math.abs(window.scrollY - place) < 3", arg=place)
    expect(card(desk, "list")).to_contain_text("第 2 页")


def test_a_page_that_does_not_exist_is_mended_in_the_address(desk: Page, address: str) -> None:
    open_page(desk, address, "?page=999999")
    desk.wait_for_url(re.compile("page=2$"))
    expect(card(desk, "list")).to_contain_text("第 2 页，共 2 页")


def test_a_way_on_where_there_is_no_page(desk: Page, address: str, errors: list[str]) -> None:
    answer = desk.goto(f"{address}/leters")
    assert answer.status == 404
    desk.get_by_role("alert").get_by_role("link", name="社情民意").first.click()
    desk.wait_for_url(re.compile("/letters"))
    errors.clear()  # the browser calls the 404 an error


def test_a_view_is_saved_opened_renamed_deleted_and_had_back(desk: Page, address: str) -> None:
    open_page(desk, address, "?topic=教育文体")
    shows(desk, 10)
    views = desk.locator("details.views")
    views.locator("summary").click()
    views.get_by_label("视图的名字").fill(HOSTILE_NAME)
    views.get_by_role("button", name="保存").click()
    saved = views.get_by_role("link", name=HOSTILE_NAME)
    expect(saved).to_be_visible()
    desk.goto(f"{address}/issues")
    desk.locator("details.views summary").click()
    desk.on("dialog", lambda dialog: dialog.accept("教育"))
    desk.get_by_role("button", name="改名").click()
    expect(desk.get_by_role("link", name="教育", exact=True)).to_be_visible()
    desk.get_by_role("button", name="删除").click()
    expect(desk.locator("details.views")).to_contain_text("已删除")
    desk.get_by_role("button", name="撤销").last.click()
    desk.get_by_role("link", name="教育", exact=True).click()
    desk.wait_for_url(re.compile("/letters"))
    shows(desk, 10)
    assert desk.title() != "1"


def test_two_browsers_do_not_disturb_each_other(browser: Browser, address: str, errors: list[str]) -> None:
    one, two = (next(watched(browser, errors, 1366, 768)) for _ in range(2))
    for page in (one, two):
        open_page(page, address)
    one.locator('button.row[data-of="topic"][data-value="教育文体"]').click()
    card(two, "trend").get_by_label("分组").select_option("topic")
    shows(one, 10)
    shows(two, 40)
    expect(card(one, "trend").get_by_label("分组")).to_have_value("")
    one.wait_for_url(re.compile(r"topic=[^&]"))
    one.go_back()
    shows(one, 40)
    expect(card(two, "trend")).to_contain_text("相加等于合计 40 封")
    one.close()
    two.close()
    assert not errors


@pytest.mark.parametrize("route", ["letters", "panorama", "issues", "spread"])
def test_a_page_prints_with_its_filters_and_its_address(
    desk: Page, address: str, route: str, tmp_path: Path
) -> None:
    desk.goto(f"{address}/{route}")
    desk.wait_for_function("document.documentElement.dataset.live", timeout=30_000)
    desk.emulate_media(media="print")
    desk.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(desk.locator(".shell")).to_be_hidden()
    assert not any(menu.is_visible() for menu in desk.locator("details.menu").all())
    expect(desk.locator(".print-only").first).to_contain_text("筛选：")
    rules = desk.evaluate("[...document.head.querySelectorAll('style')].map(s => s.textContent).join()")
    assert f"/{route}" in rules
    assert desk.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_cards_of_ones_own_page_break_across_sheets(desk: Page, address: str) -> None:
    desk.goto(f"{address}/")
    expect(desk.locator(".board .still").first).to_be_visible()
    desk.emulate_media(media="print")
    # A grid lays the cards of two sheets over each other.
    styles = desk.evaluate(
        "[...document.querySelectorAll('.board, .board .still')].map(e => getComputedStyle(e).display)"
    )
    assert set(styles) == {"block"}
