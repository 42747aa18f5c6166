"""Every page over an invented province: its regions on them, and nothing of the one that ships."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import rested, running, watched
from tests.invented_province import COUNTIES, invented_pack
from tests.pages.conftest import free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(1500),
]  # a demo made, taken in and built
COMMAND = [sys.executable, "-c", "from shuju.cli import main; main()"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "SHUJU_PROVINCE"}
NAMES = ("岚江", "岚州", "棠溪", "鹭原", *COUNTIES.values())
NOT_OURS = ("湖南", "长沙", "岳麓", "湘西", "430100", "430000")
PAGES = (
    "",
    "overview",
    "tv",
    "library",
    "letters",
    "panorama",
    "issues",
    "spread",
    "search?q=%E7%89%A9%E4%B8%9A",
    "mine/new",
)
# Which name no place by themselves: no other province stands on them.
WITHOUT_PLACES = (
    "whatif",
    "whatif_letters",
    "whatif_spread",
    "whatif_warnings",
    "whatif_issues",
    "desk",
    "supervision",
    "fast",
    "answer",
    "mine/boards",
    "subscriptions",
    "inbox",
    "playlists",
    "account",
)
# From which page the first link leads to a page of one thing.
LINKED = (
    ("letters", "letter?"),
    ("letters", "assign?"),
    ("issues", "issue?"),
    ("spread", "document?"),
    ("search?q=%E9%80%9A%E7%9F%A5", "record?"),
)


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over a demo of the invented province."""
    folder = tmp_path_factory.mktemp("invented")
    home = folder / "home"
    demo = ["demo", "--records", "2000", "--until", "2025-12-31", "--no-serve", "--home", str(home)]
    for arguments in ([*demo, "--pack", str(invented_pack(folder))], ["build", "--home", str(home)]):
        subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, env=ENVIRONMENT)
    assert (home / "pack" / "regions.csv").exists()
    base = f"http://127.0.0.1:{(port := free_port())}"
    with running(
        [*COMMAND, "serve", "--home", str(home), "--port", str(port)], f"{base}/healthz", env=ENVIRONMENT
    ):
        yield base


@pytest.fixture
def page(browser: Browser, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 1366, 900)
    assert not errors


def shows_the_province(page: Page, address: str) -> str:
    """Open an address and return its words, which name the invented province and no other."""
    answer = page.goto(address, wait_until="load")
    assert answer is not None
    assert answer.status == 200
    rested(page)
    words = page.inner_text("body")
    assert not [name for name in NOT_OURS if name in words]
    return words


@pytest.mark.parametrize("route", PAGES)
def test_every_page_shows_the_invented_province(invented: str, page: Page, route: str) -> None:
    words = shows_the_province(page, f"{invented}/{route}")
    assert any(name in words for name in NAMES), route


@pytest.mark.parametrize("route", WITHOUT_PLACES)
def test_pages_without_places_show_no_other(invented: str, page: Page, route: str) -> None:
    assert shows_the_province(page, f"{invented}/{route}")


@pytest.mark.parametrize(("route", "link"), LINKED)
def test_pages_of_one_thing_show_it_too(invented: str, page: Page, route: str, link: str) -> None:
    shows_the_province(page, f"{invented}/{route}")
    found = page.locator(f'a[href*="{link}"]')
    assert found.count(), f"no {link} on {route}"
    shows_the_province(page, found.first.evaluate("a => a.href"))
