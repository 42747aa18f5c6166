"""The big screen in a real browser: read from afar, by itself, through a server that goes and comes; and the phone without a line."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shuju.library import Library
from tests.browser.conftest import rested, running, small_library, until
from tests.pages.conftest import free_port
from tests.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WALL = {"width": 1920, "height": 1080}
# The smallest words of a screen, in hundredths of its height.
SMALLEST = """() => Math.min(...[...document.querySelectorAll("body *")].filter(one => one.offsetParent
  && [...one.childNodes].some(part => part.nodeType === 3 && part.data.trim())).map(one => parseFloat(getComputedStyle(one).fontSize)))
  / innerHeight * 100"""
KEPT = "caches.match('/shuju-last-figures', {cacheName: 'shuju-offline'}).then(found => Boolean(found))"
CUT = """() => [...document.querySelectorAll(".tv-cockpit section, .tv-lines")].filter(one => one.scrollHeight > one.clientHeight + 1).length"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return small_library(tmp_path)


def screen(browser: Browser, base: str, path: str = "tv") -> Page:
    page = browser.new_context(viewport=WALL).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{base}/{path}")
    page.wait_for_selector(".slide")
    return page


def test_the_cockpit_is_read_from_eight_metres(browser: Browser, address: str, tmp_path: Path) -> None:
    page = screen(browser, address)
    expect(page.locator(".tv-cockpit")).to_contain_text("近 7 天发布")
    rested(page)
    assert page.evaluate(SMALLEST) >= 2.59
    assert page.evaluate(CUT) == 0
    assert page.evaluate("document.documentElement.scrollHeight") <= WALL["height"]
    assert page.locator("form, button, a, input").count() == 0  # nothing to press, nothing to write
    page.screenshot(path=tmp_path / "tv.png")
    page.close()


def test_a_link_with_a_code_pairs_once_and_leaves_no_code_behind(browser: Browser, address: str) -> None:
    with closing(signed_in(address, "administrator")) as keeper:
        told = keeper.post("/devices", data={"do": "make", "name": "东墙", "role": "leader"}).text
    code = re.search(r'class="secret">([0-9A-Z-]{14})<', told)[1]
    page = browser.new_context(viewport=WALL).new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.partition("#")[0] + str(request.headers)))
    page.goto(f"{address}/screen#{code}")
    page.wait_for_url(f"{address}/tv")
    expect(page.locator(".tv-cockpit")).to_contain_text("近 7 天发布", timeout=60_000)
    assert not [one for one in sent if code in one]
    page.go_back()
    page.wait_for_load_state()
    assert code not in page.url  # nor in the history
    page.context.close()
    other = browser.new_context().new_page()
    other.goto(f"{address}/screen#{code}")
    expect(other.locator("[role=alert]")).to_contain_text("已用过")
    other.fill("[name=code]", "abcd")
    other.keyboard.press("Enter")
    expect(other.locator("[role=alert]")).to_contain_text("配对码不对")
    other.context.close()


def test_a_playlist_goes_on_by_itself_and_by_keys(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=WALL)
    page.goto(f"{address}/playlists")
    page.fill("[name=name]", "早会")
    page.fill("[name=items]", "cockpit\ncard/records.trend\ncard/records.headline?genre=news")
    page.fill("[name=seconds]", "5")
    page.click("form.fields .main")
    page.goto(f"{address}/{page.locator('a[href^=tv]').nth(1).get_attribute('href')}")
    number = lambda: page.evaluate("Number(document.getElementById('stage').dataset.number)")  # noqa: E731
    page.wait_for_function("document.getElementById('stage').dataset.number === '1'", timeout=60_000)
    page.keyboard.press(" ")
    expect(page.locator("#line")).to_have_text("已暂停")
    at = number()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        f"Number(document.getElementById('stage').dataset.number) === {(at + 1) % 3}", timeout=60_000
    )
    page.close()


def test_the_last_figures_stay_while_the_server_is_away(browser: Browser, library: Library) -> None:
    base = f"http://127.0.0.1:{(port := free_port())}"

    def server() -> AbstractContextManager[None]:
        command = [
            sys.executable,
            "-c",
            "from shuju.cli import main; main()",
            "serve",
            "--home",
            library.home.uri,
            "--port",
            str(port),
        ]
        return running(command, f"{base}/healthz")

    with server():
        page = screen(browser, base)
        expect(page.locator("#line")).to_have_text("已连接")
        phone = page.context.new_page()
        phone.goto(f"{base}/")
        phone.wait_for_function("navigator.serviceWorker.controller", timeout=60_000)
        until(phone, lambda: phone.evaluate(KEPT), 60)
        shown = phone.locator(".kpi .value").first.inner_text()
    expect(page.locator("#line")).to_contain_text("连接中断，以下为", timeout=60_000)
    expect(page.locator(".tv-cockpit")).to_contain_text("近 7 天发布")
    phone.reload()
    expect(phone.locator("h1")).to_have_text("连不上服务器")
    expect(phone.locator("ul")).to_contain_text(shown.split("\n")[0])
    with server():
        expect(page.locator("#line")).to_have_text("已连接", timeout=90_000)
        phone.goto(f"{base}/account")
        phone.click("form[action=sign-out] button")
        phone.wait_for_url("**/sign-in")
        until(phone, lambda: not phone.evaluate(KEPT))
        expect(page.locator("#line")).to_have_text("已停用", timeout=60_000)  # nobody is signed in any more
        expect(page.locator(".tv-cockpit")).to_have_count(0)
        page.context.close()
