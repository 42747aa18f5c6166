"""Several server processes behind one address, and what a visitor sees when one of them ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import library_of_letters, serving, watched
from tests.browser.test_letters import open_page, shows

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    library = library_of_letters(tmp_path_factory.mktemp("processes"))
    with serving(library, "--processes", "2") as base:
        yield base


@pytest.fixture
def desk(browser: Browser, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 1366, 768)


def serving_now(port: int) -> list[psutil.Process]:
    """Return the server processes that hold a connection; others begin and end meanwhile."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            ours = [c for c in process.net_connections() if c.laddr and c.laddr.port == port]
            is_open = any(c.status == psutil.CONN_ESTABLISHED for c in ours)
            if is_open and "spawn_main" in " ".join(process.cmdline()):
                found.append(process)
    return found


def test_a_page_comes_back_with_its_filters_when_its_process_ends(desk: Page, address: str) -> None:
    open_page(desk, address)
    desk.locator('button.row[data-value="教育文体"]').click()
    shows(desk, 10)
    desk.wait_for_function("location.search.includes('topic=')", timeout=10_000)
    servers = serving_now(int(address.rpartition(":")[2]))
    assert servers
    desk.evaluate("window.isOld = true")
    for server in servers:
        server.kill()
    desk.wait_for_function("!window.isOld && document.documentElement.dataset.live", timeout=120_000)
    shows(desk, 10)
    desk.locator('button[data-do="clear"]').first.click()
    shows(desk, 40)
