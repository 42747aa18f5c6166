"""The page of letters as people use it: brush, filter, click a county, drill down and come back, share, export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser, Page, expect

from shuju.charts.counties import county_shapes, extent
from shuju.library.ingest import ingest
from tests.browser.conftest import library_of_letters, rested, serving, unfold, watched
from tests.conftest import write_lines
from tests.letters.conftest import letter
from tests.pages.conftest import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOTAL = ".kpi .value >> nth=0"
HEIGHTS = "all => all.map(at => at.getBoundingClientRect().height)"


@pytest.fixture
def address(letters_address: str) -> str:
    return letters_address


@pytest.fixture
def desk(browser: Browser, address: str, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 1366, 768)
    assert not errors


@pytest.fixture
def phone(browser: Browser, address: str, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 390, 844, is_mobile=True, has_touch=True)
    assert not errors


def open_page(shown: Page, address: str, query: str = "") -> None:
    shown.goto(f"{address}/letters{query}")
    expect(shown.locator(".kpi")).to_have_count(5, timeout=60_000)
    shown.wait_for_function("document.documentElement.dataset.live", timeout=30_000)


def shows(shown: Page, count: int) -> None:
    expect(shown.locator(TOTAL)).to_have_text(f"{count}封", timeout=45_000)


def click_county(shown: Page, code: str) -> None:
    plot = shown.locator('[id^="card-letters.map"] .bk-Figure')
    plot.scroll_into_view_if_needed()
    rested(shown)
    box = plot.bounding_box()
    x0, y0, x1, y1 = extent()
    point = county_shapes()[code].representative_point()
    plot.click(
        position={
            "x": box["width"] * (point.x - x0) / (x1 - x0),
            "y": box["height"] * (y1 - point.y) / (y1 - y0),
        }
    )


def test_opens_with_numbers_map_and_words(desk: Page, address: str) -> None:
    open_page(desk, address)
    shows(desk, 40)
    expect(desk.locator(".records tbody tr")).to_have_count(20)
    expect(desk.locator(".words button.row").first).to_be_visible(timeout=30_000)
    expect(desk.locator(".band").first).to_be_visible()
    expect(desk).to_have_url(
        re.compile(
            r"/letters\?library=&region=&.*&day=&word=&q=&measure=n&unit=auto&by=&against=&sort=&columns=title,.*&rows=20&page=1$"
        )
    )


def test_filter_by_bar_chip_and_clear(desk: Page, address: str) -> None:
    open_page(desk, address)
    schools = desk.locator('button.row[data-of="topic"][data-value="教育文体"]')
    schools.click()
    shows(desk, 10)
    expect(schools).to_have_attribute("aria-pressed", "true")
    expect(desk.locator(".chip")).to_have_text("主题：教育文体✕")
    desk.locator('button.row[data-of="motive"][data-value="complaint"]').click()
    shows(desk, 0)
    for name in ("来信趋势", "来信列表"):
        empty = desk.get_by_role("article", name=name).locator(".empty")
        expect(empty).to_contain_text("没有符合条件的来信", timeout=15_000)
    desk.locator(".chip", has_text="主题").click()
    shows(desk, 30)
    desk.get_by_role("button", name="清除全部", exact=True).click()
    shows(desk, 40)


def test_brush_over_time_filters_all_views(desk: Page, address: str) -> None:
    open_page(desk, address)
    rested(desk)
    box = desk.locator('[id^="card-letters.trend"] .bk-Figure').bounding_box()
    y = box["y"] + box["height"] / 2
    desk.mouse.move(box["x"] + 0.535 * box["width"], y)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 0.99 * box["width"], y, steps=5)
    desk.mouse.up()
    shows(desk, 30)
    expect(desk.locator(".chip")).to_contain_text("来信日期：2024-0")
    expect(desk.locator('button.row[data-of="topic"][data-value="教育文体"] .n')).to_have_text("0")
    expect(desk).to_have_url(re.compile(r"day=2024-0\d-\d\d_2024-07-28"))


def test_click_on_the_map_and_on_a_band_filter_by_county(desk: Page, address: str) -> None:
    open_page(desk, address)
    click_county(desk, "431181")
    shows(desk, 10)
    expect(desk.locator(".chip")).to_have_text("地区：祁阳市✕")
    desk.wait_for_timeout(600)  # a second click at once is a double click, which the map does not take
    click_county(desk, "431181")
    shows(desk, 40)
    desk.locator('button[data-of="region"][data-value="430104"]').first.click()
    shows(desk, 30)


def test_keyboard_alone_filters_and_chooses_the_measure(desk: Page, address: str) -> None:
    open_page(desk, address)
    desk.locator('button.row[data-of="topic"][data-value="教育文体"]').focus()
    desk.keyboard.press("Enter")
    shows(desk, 10)
    desk.locator('button[data-of="measure"][data-value="rate"]').focus()
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("measure=rate"))
    expect(desk.locator(".bands").first).to_contain_text("封/万人")


def test_drill_down_to_a_letter_and_back(desk: Page, address: str) -> None:
    open_page(desk, address, "?region=431181")
    shows(desk, 10)
    first = desk.locator(".records a").first
    expect(first).to_contain_text(HOSTILE)  # shown as text, not run
    first.click()
    expect(desk.locator(".record h1")).to_contain_text("<img src=x", timeout=30_000)
    expect(desk.locator(".record")).to_contain_text("尚未答复")
    desk.go_back()
    shows(desk, 10)
    expect(desk.locator(".chip")).to_have_text("地区：祁阳市✕")


def test_letter_that_is_not_there_is_told(desk: Page, address: str) -> None:
    desk.goto(f"{address}/letter?id=nothing")
    expect(desk.get_by_role("alert")).to_contain_text("没有这封来信", timeout=30_000)


def test_shared_link_shows_the_same(desk: Page, address: str) -> None:
    open_page(desk, address, "?topic=教育文体&day=2024-06-01_2024-06-05&measure=dots")
    shows(desk, 5)
    expect(desk).to_have_url(re.compile("measure=dots.*page=1$"))
    link = desk.url
    desk.goto("about:blank")
    desk.goto(link)
    shows(desk, 5)
    expect(desk.locator(".chip")).to_have_text(["主题：教育文体✕", "来信日期：2024-06-01 至 2024-06-05✕"])


def test_wrong_link_is_refused_with_a_message(desk: Page, address: str) -> None:
    open_page(desk, address, "?topic=八卦&measure=league&region=431181")
    expect(desk.get_by_role("alert").first).to_contain_text("“主题”没有“八卦”这个取值")
    shows(desk, 10)


def test_briefing_is_downloaded_with_the_filters(desk: Page, address: str) -> None:
    open_page(desk, address, "?region=431181")
    shows(desk, 10)
    with desk.expect_download(timeout=60_000) as download:
        desk.get_by_role("link", name="专报（Word）").click()
    assert re.fullmatch(r"社情民意专报-\d{8}-\d{4}-.+\.docx", download.value.suggested_filename)
    text = "\n".join(p.text for p in Document(download.value.path()).paragraphs)
    assert "筛选条件：地区：祁阳市" in text
    assert "共收到来信10封" in text
    expect(desk.locator('a[href^="export/letters.csv"]')).to_have_attribute(
        "href", re.compile("region=431181")
    )


def test_briefing_refuses_a_wrong_filter(desk: Page, address: str) -> None:
    open_page(desk, address)
    answer = desk.request.get(f"{address}/export/letters-briefing.docx?topic=八卦")
    assert answer.status == 400
    sent = desk.request.get(f"{address}/export/letters-briefing.docx")
    assert Document(BytesIO(sent.body())).paragraphs


def test_new_letters_arrive_without_reload(desk: Page, tmp_path: Path) -> None:
    library = library_of_letters(tmp_path)
    with serving(library) as address:
        open_page(desk, address, "?topic=教育文体")
        shows(desk, 10)
        more = [letter(900 + i, topic="教育文体", time="2024-07-28 20:00") for i in range(3)]
        write_lines(tmp_path / "home" / "catalog" / "letters" / "b.jsonl", more)
        ingest(library, "test_letters")
        shows(desk, 13)
        expect(desk.locator(".fresh")).to_contain_text("有新数据：+3 封")
        desk.goto("about:blank")


def test_phone_has_one_column_and_large_targets(phone: Page, address: str) -> None:
    open_page(phone, address)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    unfold(phone)
    phone.locator(".filters-open").tap()
    rested(phone)
    buttons = phone.locator("button.row, .tag, input[type=date]").locator("visible=true")
    assert min(buttons.evaluate_all(HEIGHTS)) >= 44
    phone.locator('button.row[data-of="topic"][data-value="教育文体"]').tap()
    shows(phone, 10)
