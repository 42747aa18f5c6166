"""Hot issues and warnings as people use them: mark, undo, filter, open one, come back, share, download."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import unfold

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROWS = ".issues tbody tr:not(.group)"


@pytest.fixture
def address(issues_address: str) -> str:
    return issues_address


def open_page(shown: Page, address: str, path: str = "issues") -> None:
    shown.goto(f"{address}/{path}")
    expect(shown.locator(".kpi")).to_have_count(5, timeout=60_000)
    wait_live(shown)


def wait_live(shown: Page) -> None:
    """Wait until buttons are heard; the page is shown before."""
    expect(shown.locator("html[data-live]")).to_be_attached(timeout=60_000)


def test_mark_and_undo(desk: Page, address: str) -> None:
    open_page(desk, address)
    first = desk.locator(".warning").first
    right = first.get_by_role("button", name="属实", exact=True)
    right.click()
    expect(right).to_have_attribute("aria-pressed", "true", timeout=15_000)
    expect(desk.locator(".kpi").last).to_contain_text("100%")
    desk.reload()
    wait_live(desk)
    expect(desk.locator(".kpi").last).to_contain_text("已判断 1 条，属实 1 条", timeout=30_000)
    first.get_by_role("button", name="撤销").click()
    expect(desk.locator(".kpi").last).to_contain_text("已判断 0 条", timeout=15_000)


def test_mute_folds_the_warning(desk: Page, address: str) -> None:
    open_page(desk, address)
    expect(desk.locator(".warning")).to_have_count(3)
    road = desk.locator(".warning.widespread")
    road.get_by_role("button", name="静音30天").click()
    expect(desk.locator(".warning")).to_have_count(2, timeout=15_000)
    desk.get_by_role("button", name="静音的 1 条").click()
    road.get_by_role("button", name="静音30天").click()
    expect(desk.get_by_role("button", name=re.compile("静音的"))).to_have_count(0, timeout=15_000)


def test_filter_open_one_and_come_back(desk: Page, address: str) -> None:
    open_page(desk, address)
    expect(desk.locator(ROWS)).to_have_count(1)
    desk.get_by_role("button", name="已平息 1 件").click()
    expect(desk.locator(ROWS)).to_have_count(2, timeout=15_000)
    desk.locator('button.row[data-of="topic"][data-value="城乡建设"]').click()
    expect(desk.locator(ROWS)).to_have_count(1, timeout=15_000)
    desk.get_by_role("link", name="地下车库漏水没人管").click()
    expect(desk.get_by_role("heading", name="地下车库漏水没人管")).to_be_visible(timeout=30_000)
    wait_live(desk)
    expect(desk.locator(".letter")).to_have_count(5, timeout=30_000)
    expect(desk.locator(".reaction")).to_have_count(1)
    expect(desk.locator(".pair")).to_have_count(1)
    desk.wait_for_function(
        "[...Bokeh.documents[0]._all_models.values()].some(m => m.data?.fill?.length > 100)"
    )
    total = desk.get_by_role("button", name="累计")
    total.click()
    expect(total).to_have_attribute("aria-pressed", "true", timeout=15_000)
    desk.get_by_role("link", name="返回热点与预警").click()
    expect(desk.locator(".chip")).to_have_text("主题：城乡建设✕", timeout=30_000)
    expect(desk.locator(ROWS)).to_have_count(1)


def test_keyboard_alone_searches(desk: Page, address: str) -> None:
    open_page(desk, address)
    desk.get_by_label("搜索", exact=True).focus()
    desk.keyboard.type("漏水 没有这个词")
    desk.keyboard.press("Enter")
    expect(desk.locator(".chip")).to_have_count(2, timeout=15_000)
    expect(desk.locator(".empty")).to_contain_text("没有符合条件的热点")
    expect(desk).to_have_url(re.compile("words=%E6%BC%8F"))
    desk.get_by_role("button", name="清除全部", exact=True).click()
    expect(desk.locator(ROWS)).to_have_count(1, timeout=15_000)


def test_a_link_shows_what_its_sender_saw(desk: Page, address: str) -> None:
    open_page(desk, address, "issues?stage=source&day=2024-02-01_2024-03-01&colour=red")
    expect(desk.locator(".chip")).to_have_count(2)
    expect(desk.get_by_role("alert")).to_contain_text("colour")
    expect(desk.locator(ROWS)).to_have_count(1)
    expect(desk.locator(".warning")).to_have_count(1)


def test_download_holds_what_is_filtered(desk: Page, address: str) -> None:
    open_page(desk, address, "issues?topic=城乡建设")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("诉求编号,一句话概括,")
    assert len(lines) == 2
    assert '"城乡建设"' in lines[1]


def test_a_mark_is_seen_by_others(desk: Page, browser: Browser, address: str) -> None:
    open_page(desk, address)
    other = browser.new_page()
    open_page(other, address)
    other.locator(".warning").first.get_by_role("button", name="误报").click()
    mine = desk.locator(".warning").first
    expect(mine.get_by_role("button", name="误报")).to_have_attribute("aria-pressed", "true", timeout=15_000)
    mine.get_by_role("button", name="撤销").click()
    expect(desk.locator(".kpi").last).to_contain_text("已判断 0 条", timeout=15_000)
    other.close()


def test_an_unknown_issue_leaves_the_rest_away(desk: Page, address: str) -> None:
    desk.goto(f"{address}/issue?id=no-such")
    expect(desk.get_by_role("alert")).to_contain_text("没有这件热点", timeout=60_000)
    expect(desk.locator("#main .card:visible")).to_have_count(2)  # the message and what holds it
    desk.get_by_role("link", name="返回热点与预警").click()
    expect(desk.locator(ROWS)).to_have_count(1, timeout=60_000)


@pytest.mark.parametrize(("path", "row"), [("issues", ROWS), ("issue?id=A", ".letter")])
def test_a_phone_shows_it_in_one_column(phone: Page, address: str, path: str, row: str) -> None:
    open_page(phone, address, path)
    unfold(phone)
    expect(phone.locator(row).first).to_be_visible(timeout=30_000)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
