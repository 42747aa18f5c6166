"""Spread of documents as people use it: choose, play, compare, come back, share, download."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import rested, unfold
from tests.spread.spread_library import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROWS = ".documents tbody tr"
TITLE = "关于做好留守儿童关爱保护工作的通知"
MODELS = "[...Bokeh.documents[0]._all_models.values()]"


@pytest.fixture
def address(spread_address: str) -> str:
    return spread_address


def open_list(shown: Page, address: str, query: str = "") -> None:
    shown.goto(f"{address}/spread{query}")
    expect(shown.locator(".kpi")).to_have_count(5, timeout=60_000)
    expect(shown.locator("html")).to_have_attribute("data-live", "true", timeout=60_000)


def open_document(shown: Page, address: str, query: str = "?id=a") -> None:
    shown.goto(f"{address}/document{query}")
    expect(shown.locator(".kpi")).to_have_count(6, timeout=60_000)
    expect(shown.locator(".diff")).to_be_visible(timeout=30_000)
    expect(shown.locator("html")).to_have_attribute("data-live", "true", timeout=60_000)


def place_in(shown: Page, figure: str, x: str, y: str) -> list[float]:
    """Return where a place of a figure is on the screen; ``x`` and ``y`` are JavaScript over its columns ``data``."""
    shown.wait_for_function(f"{figure} !== undefined")
    rested(shown)
    return shown.evaluate(
        f"""async () => {{
          const plot = {figure}, view = Bokeh.index.find_one(plot)
          view.el.scrollIntoView({{block: "center"}})
          await new Promise(done => setTimeout(done, 300))
          const data = plot.renderers[plot.renderers.length - 1].data_source.data
          const box = view.el.getBoundingClientRect()
          return [box.x + view.frame.x_scale.compute({x}), box.y + view.frame.y_scale.compute({y})]
        }}"""
    )


def test_choose_a_document_and_come_back(desk: Page, address: str) -> None:
    open_list(desk, address)
    expect(desk.locator(ROWS)).to_have_count(2)
    desk.locator('button.row[data-of="genre"][data-value="policy"]').click()
    expect(desk.locator(ROWS)).to_have_count(1, timeout=15_000)
    desk.get_by_role("link", name=TITLE).click()
    expect(desk.locator("h2").first).to_have_text(TITLE, timeout=30_000)
    expect(desk.locator(".verdict")).to_contain_text("24 小时内到达 1/5（20.0%）")
    expect(desk.locator(".missing tbody tr")).to_have_count(2, timeout=30_000)
    desk.get_by_role("link", name="返回全部文件").click()
    expect(desk.locator(".chip")).to_have_text("类别：政策文件✕", timeout=30_000)


def test_search_by_number_with_the_keyboard_alone(desk: Page, address: str) -> None:
    open_list(desk, address)
    desk.get_by_label("搜索", exact=True).focus()
    desk.keyboard.type("湘政办发〔2024〕13号")
    desk.keyboard.press("Enter")
    expect(desk.locator(ROWS)).to_have_count(1, timeout=15_000)
    expect(desk).to_have_url(re.compile("words=%E6%B9%98"))
    desk.get_by_role("button", name="清除全部", exact=True).click()
    expect(desk.locator(ROWS)).to_have_count(2, timeout=15_000)


def test_play_the_map(desk: Page, address: str) -> None:
    open_document(desk, address)
    told = desk.get_by_text("个县市区有网站转载")
    expect(told).to_have_text("至今：2 个县市区有网站转载", timeout=30_000)
    desk.get_by_role("button", name="播放").click()
    expect(told).to_contain_text("发布后", timeout=15_000)
    begun = told.inner_text()
    expect(told).not_to_have_text(begun, timeout=15_000)  # it goes on by itself
    desk.get_by_role("button", name="暂停").click()
    expect(desk.get_by_role("button", name="播放")).to_be_visible()
    desk.get_by_label("地图时刻").focus()
    desk.keyboard.press("Home")
    for _ in range(3):
        desk.keyboard.press("ArrowRight")
    expect(told).to_have_text("发布后 4 小时：0 个县市区有网站转载", timeout=15_000)
    colours = f"{MODELS}.find(m => m.data?.told?.length > 100).data.fill.filter(c => c != '#ffffff').length"
    desk.wait_for_function(f"{colours} === 0")
    expect(desk).to_have_url(re.compile(r"hours_index=3&"), timeout=15_000)
    for _ in range(6):
        desk.keyboard.press("ArrowRight")
    expect(told).to_contain_text("1 个县市区", timeout=15_000)
    desk.wait_for_function(f"{colours} === 1")
    desk.reload()
    expect(told).to_contain_text("发布后", timeout=30_000)


def test_compare_a_copy(desk: Page, address: str) -> None:
    open_document(desk, address)
    desk.locator(".copy", has_text="编辑转载").click()
    expect(desk.locator(".diff del.cut")).to_have_text(re.compile("各地要健全台账"), timeout=15_000)
    expect(desk).to_have_url(re.compile("copy=a1"))
    desk.locator(".copy", has_text="转发通知").click()
    expect(desk.locator(".diff del.changed").last).to_have_text("七", timeout=15_000)
    expect(desk.locator(".diff")).to_contain_text(HOSTILE)
    assert desk.locator(".diff img").count() == 0


def test_a_node_of_the_tree_opens_its_copy(desk: Page, address: str) -> None:
    open_document(desk, address)
    figure = f"{MODELS}.find(m => Array.isArray(m.renderers) && m.renderers.some(r => r.data_source?.data?.record_id))"
    at = "[...data.record_id].indexOf('a2')"
    desk.mouse.click(*place_in(desk, figure, f"data.x[{at}]", f"data.y[{at}]"))
    expect(desk).to_have_url(re.compile("copy=a2"), timeout=15_000)
    expect(desk.locator('.copy[aria-pressed="true"]')).to_contain_text("转发通知")


def test_a_link_shows_what_its_sender_saw(desk: Page, address: str) -> None:
    open_document(desk, address, "?id=a&copy=a2&kind=forwarded&curve=number&hours_index=99")
    expect(desk.get_by_role("alert")).to_contain_text("地图时刻")
    expect(desk.locator(".copy")).to_have_count(1)
    expect(desk.get_by_role("button", name="转载网站数")).to_have_attribute("aria-pressed", "true")
    open_list(desk, address, "?order=least&within=72&day=2024-07-01_2024-07-02")
    expect(desk.locator(ROWS)).to_have_count(1)
    expect(desk.get_by_role("button", name="到达率低")).to_have_attribute("aria-pressed", "true")


def test_downloads(desk: Page, address: str) -> None:
    open_document(desk, address)
    for place, said in ((".missing", "为何应转"), (".copies", "转载类型")):
        card = desk.locator("article", has=desk.locator(place))
        with desk.expect_download() as download:
            card.get_by_role("link", name="CSV", exact=True).click()
        lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
        assert said in lines[0]
        assert len(lines) > 2
    with desk.expect_download() as download:
        desk.get_by_role("link", name="传播专报").click()
    assert download.value.path().read_bytes()[:2] == b"PK"


def test_record_that_nobody_carried(desk: Page, address: str) -> None:
    desk.goto(f"{address}/document?id=c")
    expect(desk.locator(".verdict")).to_contain_text("没有发现其他网站转载", timeout=60_000)
    expect(desk.locator(".missing tbody tr")).to_have_count(5, timeout=30_000)


def test_document_that_is_not_there_is_told(desk: Page, address: str) -> None:
    desk.goto(f"{address}/document?id=nothing")
    expect(desk.get_by_role("alert")).to_contain_text("没有这份文件", timeout=60_000)
    expect(desk.locator("article.card:visible")).to_have_count(1)  # the frame of the head
    desk.get_by_role("link", name="返回全部文件").click()
    expect(desk.locator(ROWS)).to_have_count(2, timeout=30_000)


@pytest.mark.parametrize("query", ["", "?id=a"])
def test_a_phone_shows_it_in_one_column(phone: Page, address: str, query: str) -> None:
    phone.goto(f"{address}/{'document' if query else 'spread'}{query}")
    expect(phone.locator("html")).to_have_attribute("data-live", "true", timeout=60_000)
    unfold(phone)
    expect(phone.locator(".copy" if query else ROWS).first).to_be_visible(timeout=30_000)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_row_of_the_matrix_opens_its_document(desk: Page, address: str) -> None:
    open_list(desk, address)
    figure = f"{MODELS}.find(m => Array.isArray(m.renderers) && m.renderers.some(r => r.data_source?.data?.prefecture && r.data_source.data.title))"
    desk.mouse.click(*place_in(desk, figure, "3", "1"))
    expect(desk.locator("h2").first).to_have_text(TITLE, timeout=30_000)
    expect(desk).to_have_url(re.compile("document.*id=a"))
    desk.go_back()
    expect(desk.locator(ROWS)).to_have_count(2, timeout=30_000)
