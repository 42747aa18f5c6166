"""From a number on a page to a task that is closed, as people do it: two clicks, by hand, on a phone, by keyboard."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def address(letters_address: str) -> str:
    return letters_address


def person(browser: Browser, address: str, role: str, **how: object) -> Page:
    """Return the page of somebody in a role of the demo."""
    page = browser.new_context(**how).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/sign-in")
    sign_in(page, role)
    return page


def test_a_thread_from_a_card_to_the_end(browser: Browser, address: str, tmp_path: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    leader, department = person(browser, address, "leader", **phone), person(browser, address, "department")
    leader.goto(f"{address}/letters?region=430104")
    begun = time.monotonic()
    leader.click(".card.open > header a[data-assign]")
    expect(leader.locator(".figure-told")).to_contain_text("来信 30 封")
    leader.fill("dialog [name=organisation]", "长沙市人民政府")
    leader.click("dialog footer .main")
    expect(leader.locator(".toast")).to_contain_text("已交办")
    assert time.monotonic() - begun < 30  # of a busy machine; three seconds of one that is not
    assert leader.evaluate("document.documentElement.scrollWidth") <= 390

    department.goto(f"{address}/desk")
    department.keyboard.press("j")
    department.keyboard.press("Enter")
    department.wait_for_url(re.compile(r"task\?id="))
    department.click("button:text-is('签收')")
    expect(department.locator(".lead-card .state")).to_have_text("办理中")
    photo = tmp_path / "现场.png"
    photo.write_bytes(PHOTO)
    department.set_input_files(".attach input[type=file]", photo)
    expect(department.locator(".files li")).to_contain_text("现场.png")
    department.click("summary:text-is('报结')")
    department.fill(".act[open] textarea", "已修好，已回访。")
    department.click(".act[open] button")
    expect(department.locator(".lead-card .state")).to_have_text("待审核")

    leader.goto(f"{address}/desk")
    leader.click(".task-list a")
    leader.click("summary:text-is('审核办结')")
    leader.click(".act[open] button")
    expect(leader.locator(".lead-card .state")).to_have_text("办结")
    expect(leader.locator(".evidence")).to_contain_text("30 封")
    leader.click(".undo-bar button")  # pressed too early
    expect(leader.locator(".lead-card .state")).to_have_text("待审核")


def test_taken_back_within_half_a_minute(browser: Browser, address: str) -> None:
    leader, department = person(browser, address, "leader"), person(browser, address, "department")
    leader.goto(f"{address}/letters")
    bar = leader.locator(".row[data-do=toggle][data-of=topic]").first
    expect(leader.locator("html")).to_have_attribute("data-live", re.compile(".*"))
    bar.click(button="right")
    expect(leader.locator(".figure-told")).to_contain_text("主题：")
    leader.fill("dialog [name=title]", "按错了")
    leader.fill("dialog [name=organisation]", "长沙市人民政府")
    leader.click("dialog footer .main")
    leader.click(".toast button")
    expect(leader.locator(".toast")).to_contain_text("已撤销")
    department.goto(f"{address}/desk?view=all")
    expect(department.locator("main")).not_to_contain_text("按错了")


def test_who_may_not_assign_sees_no_button(browser: Browser, address: str) -> None:
    department = person(browser, address, "department")
    department.goto(f"{address}/letters")
    settled(department)
    assert department.locator("a[data-assign]").count() > 0
    assert department.locator("a[data-assign]:visible").count() == 0


def rests(page: Page, x: float, y: float) -> None:
    """Lay a finger on a place until the browser takes it for a long press, and lift it."""
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    page.wait_for_timeout(900)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def place_of(page: Page, at: Locator, across: float, down: float) -> tuple[float, float]:
    at.scroll_into_view_if_needed()
    box = at.bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


# Where on the letters' page (岳麓区 and 祁阳市): what is pressed, where in it, what the form tells.
MARKS = {
    "bar": (".row[data-do=toggle][data-of=topic]", 0.3, 0.5, "主题："),
    "word": (".row[data-do=word]", 0.3, 0.5, "关键词："),
    "county": (
        "[data-card='letters.map'] .figure, .card:has([href*='letters.map']) .figure",
        0.5,
        0.5,
        "地区：",
    ),
    "trend": (".card:has([href*='letters.trend']) .figure", 0.9, 0.5, "来信日期："),
}


def test_whatever_is_drawn_is_assigned_by_the_right_button_a_finger_or_the_keyboard(
    browser: Browser, address: str
) -> None:
    desk = person(browser, address, "leader", viewport={"width": 1366, "height": 900})
    tablet = person(browser, address, "leader", viewport={"width": 1366, "height": 900}, has_touch=True)
    for page, press in ((desk, lambda page, x, y: page.mouse.click(x, y, button="right")), (tablet, rests)):
        page.goto(f"{address}/letters")
        expect(page.locator("html")).to_have_attribute("data-live", re.compile(".*"))
        settled(page)
        expect(page.locator(".figure canvas").nth(1)).to_be_visible()
        for name, (marks, across, down, told) in MARKS.items():
            mark = page.locator(marks).first
            press(page, *place_of(page, mark, across, down))
            expect(page.locator(".figure-told"), name).to_contain_text(told)
            expect(page.locator("dialog.assigning")).to_have_count(1)
            page.click("dialog.assigning [data-close]")
        assert not re.search(
            r"[?&](topic|word|region|day)=[^&]", page.url
        )  # what opened a form chose nothing
    desk.locator(MARKS["bar"][0]).first.focus()
    desk.keyboard.press("Shift+F10")
    expect(desk.locator(".figure-told")).to_contain_text("主题：")


def test_what_is_assigned_already_is_told_and_merged(browser: Browser, address: str) -> None:
    leader = person(browser, address, "leader")
    for k in range(2):
        leader.goto(f"{address}/letters?region=431181")
        leader.click(".card.open > header a[data-assign]")
        expect(leader.locator(".figure-told")).to_be_visible()
        assert leader.locator(".same-matter").count() == k
        if k == 0:
            leader.fill("dialog [name=organisation]", "祁阳市人民政府")
            leader.click("dialog footer .main")
            expect(leader.locator(".toast")).to_contain_text("已交办")
    expect(leader.locator(".same-matter")).to_contain_text("祁阳市人民政府")
    expect(leader.locator("dialog footer .main")).to_have_text("仍然交办")
    leader.click("button:text-is('并入所选任务')")
    expect(leader.locator(".toast")).to_contain_text("已并入")
