"""The panorama as people use it: open, brush, filter, drill down, share, and see new data arrive."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shuju.charts.counties import county_shapes, extent
from shuju.library.ingest import ingest
from tests.browser.conftest import rested, serving, small_library, unfold
from tests.conftest import page, write_lines

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOTAL = ".kpi .value >> nth=0"
HEIGHTS = "all => all.map(at => at.getBoundingClientRect().height)"
IMAGES = """() => Object.fromEntries([...Bokeh.documents[0]._all_models.values()]
  .filter(m => m.type === "ColumnDataSource" && m.data.image?.length)
  .map(m => [m.data.dw[0] > 1e9 ? "raster" : "dots", Array.from(m.data.image[0]).filter(v => v > 0).length]))"""


def open_page(shown: Page, address: str, query: str = "") -> None:
    shown.goto(f"{address}/panorama{query}")
    expect(shown.locator(".kpi")).to_have_count(5, timeout=60_000)
    shown.wait_for_function("document.documentElement.dataset.live", timeout=30_000)


def shows(shown: Page, count: int) -> None:
    expect(shown.locator(TOTAL)).to_have_text(f"{count}条", timeout=45_000)


def test_opens_with_numbers_map_and_raster(desk: Page, address: str) -> None:
    open_page(desk, address)
    shows(desk, 36)
    desk.wait_for_function(f"(({IMAGES})().dots > 0) && (({IMAGES})().raster > 0)", timeout=15_000)
    expect(desk.locator(".records tbody tr")).to_have_count(20)
    expect(desk).to_have_url(
        re.compile(
            r"\?library=&region=&.*&day=&q=&measure=dots&unit=auto&by=&against=&sort=&columns=.*&rows=20&page=1$"
        )
    )


def test_filter_by_bar_chip_and_clear(desk: Page, address: str) -> None:
    open_page(desk, address)
    news = desk.locator('button.row[data-of="genre"][data-value="news"]')
    news.click()
    shows(desk, 20)
    expect(news).to_have_attribute("aria-pressed", "true")
    expect(desk.locator(".chip")).to_have_text("信息类别：要闻动态✕")
    desk.locator('button.row[data-of="library"][data-value="431100"]').click()
    shows(desk, 0)
    expect(desk.locator(".empty")).to_contain_text("没有符合条件的信息")
    desk.locator(".chip", has_text="资源库").click()
    shows(desk, 20)
    desk.get_by_role("button", name="清除全部", exact=True).click()
    shows(desk, 36)
    expect(desk.locator(".chip")).to_have_count(0)


def test_keyboard_alone_filters(desk: Page, address: str) -> None:
    open_page(desk, address)
    desk.locator('button.row[data-of="genre"][data-value="policy"]').focus()
    desk.keyboard.press("Enter")
    shows(desk, 5)
    desk.keyboard.press("Enter")  # the focus has stayed where it was
    shows(desk, 36)
    start = desk.get_by_label("开始日期")
    start.fill("2024-07-01")
    start.blur()
    shows(desk, 31)


def test_brush_over_time_filters_all_views(desk: Page, address: str) -> None:
    open_page(desk, address)
    rested(desk)
    box = desk.locator('[id^="card-records.trend"] .bk-Figure').bounding_box()
    y = box["y"] + box["height"] / 2
    desk.mouse.move(box["x"] + 0.75 * box["width"], y)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 0.99 * box["width"], y, steps=5)
    desk.mouse.up()
    shows(desk, 31)
    expect(desk.locator(".chip")).to_contain_text("发布日期：2024-0")
    expect(desk.locator('button.row[data-of="genre"][data-value="policy"] .n')).to_have_text("0")
    expect(desk).to_have_url(re.compile(r"day=2024-0\d-\d\d_2024-07-30"))


def test_zoom_renders_the_raster_anew(desk: Page, address: str) -> None:
    open_page(desk, address)
    desk.wait_for_function(f"({IMAGES})().raster > 0")
    plot = desk.locator('[id^="card-records.raster"] .bk-Figure')
    plot.scroll_into_view_if_needed()
    rested(desk)
    first = "[...Bokeh.documents[0]._all_models.values()].find(m => m.data?.image?.length && m.data.dw[0] > 1e9).data.x[0]"
    before = desk.evaluate(first)
    box = plot.bounding_box()
    desk.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    desk.keyboard.down("Control")
    for _ in range(5):
        desk.mouse.wheel(0, -200)
    desk.keyboard.up("Control")
    desk.wait_for_function(f"{first} > {before}", timeout=10_000)


def test_click_on_the_map_filters_by_county(desk: Page, address: str) -> None:
    open_page(desk, address)
    plot = desk.locator('[id^="card-records.map"] .bk-Figure')
    plot.scroll_into_view_if_needed()
    rested(desk)
    box = plot.bounding_box()
    x0, y0, x1, y1 = extent()
    point = county_shapes()["431181"].representative_point()
    place = {"x": box["width"] * (point.x - x0) / (x1 - x0), "y": box["height"] * (y1 - point.y) / (y1 - y0)}
    plot.click(position=place)
    shows(desk, 11)
    expect(desk.locator(".chip")).to_have_text("地区：祁阳市✕")
    desk.wait_for_timeout(600)  # a second click at once is a double click, which the map does not take
    plot.click(position=place)
    shows(desk, 36)


def test_click_on_the_raster_shows_the_site_on_that_day(desk: Page, address: str) -> None:
    open_page(desk, address, "?site=4301000001")
    desk.wait_for_function(f"({IMAGES})().raster > 0", timeout=15_000)
    plot = desk.locator('[id^="card-records.raster"] .bk-Figure')
    plot.scroll_into_view_if_needed()
    rested(desk)
    place = desk.evaluate("""() => {
      const plot = [...Bokeh.documents[0]._all_models.values()].find(m => m.type === "Figure" && m.height === 440)
      const {x_scale, y_scale} = Bokeh.index.find_one(plot).frame
      return {x: x_scale.compute(Date.UTC(2024, 6, 3, 12)), y: y_scale.compute(1.5)}
    }""")
    plot.click(position=place)
    expect(desk.locator(".chip", has_text="发布日期")).to_contain_text("2024-07-0", timeout=15_000)
    expect(desk.locator(".records a").first).to_be_visible()


def test_drill_down_to_a_record_and_back(desk: Page, address: str) -> None:
    open_page(desk, address, "?library=431100")
    first = desk.locator(".records a").first
    expect(first).to_contain_text('<img src=x onerror="alert(1)">')  # shown as text, not run
    first.click()
    expect(desk.locator(".record h1")).to_contain_text("<img src=x", timeout=30_000)
    expect(desk.locator(".record")).to_contain_text("a.jsonl")
    expect(desk.locator(".record")).to_contain_text("台账")
    desk.go_back()
    shows(desk, 11)


def test_record_that_is_not_there_is_told(desk: Page, address: str) -> None:
    desk.goto(f"{address}/record?id=nothing")
    expect(desk.get_by_role("alert")).to_contain_text("没有这条信息", timeout=30_000)


def test_shared_link_shows_the_same(desk: Page, address: str) -> None:
    open_page(desk, address, "?genre=news&day=2024-07-01_2024-07-10")
    shows(desk, 10)
    expect(desk).to_have_url(re.compile("genre=news&.*&day=2024-07-01_2024-07-10&.*page=1$"))
    link = desk.url
    desk.goto("about:blank")
    desk.goto(link)
    shows(desk, 10)
    expect(desk.locator(".chip")).to_have_text(["信息类别：要闻动态✕", "发布日期：2024-07-01 至 2024-07-10✕"])


def test_wrong_link_is_refused_with_a_message(desk: Page, address: str) -> None:
    open_page(desk, address, "?genre=八卦&page=x&library=430100")
    expect(desk.get_by_role("alert").first).to_contain_text("“信息类别”没有“八卦”这个取值")
    shows(desk, 20)
    desk.get_by_role("button", name="知道了").first.click()
    expect(desk.get_by_role("alert")).to_have_count(0)


def test_new_data_arrives_without_reload(desk: Page, tmp_path: Path) -> None:
    library = small_library(tmp_path)
    with serving(library) as address:
        open_page(desk, address, "?genre=news")
        shows(desk, 20)
        more = [page(1000 + number, time="2024-08-01 10:00") for number in range(3)]
        write_lines(tmp_path / "home" / "catalog" / "pages" / "b.jsonl", more)
        ingest(library, "test_pages")
        shows(desk, 23)
        expect(desk.get_by_role("status")).to_contain_text("有新数据：+3 条")
        expect(desk.locator(".chip")).to_have_text("信息类别：要闻动态✕")
        desk.goto("about:blank")


def test_phone_has_one_column_and_large_targets(phone: Page, address: str) -> None:
    open_page(phone, address)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    unfold(phone)
    phone.locator(".filters-open").tap()
    rested(phone)
    buttons = phone.locator("button.row, .tag, input[type=date]").locator("visible=true")
    assert min(buttons.evaluate_all(HEIGHTS)) >= 44
    cards = [
        phone.locator(f'[id^="card-records.{name}"]').bounding_box() for name in ("map", "trend", "raster")
    ]
    assert [card["y"] for card in cards] == sorted(card["y"] for card in cards)
    assert all(card["x"] >= 0 and card["x"] + card["width"] <= 390 for card in cards)
    phone.locator('button.row[data-of="genre"][data-value="news"]').tap()
    shows(phone, 20)
