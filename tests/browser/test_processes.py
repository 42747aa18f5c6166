"""Several server processes behind one address, and what a visitor sees when one of them ends."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import serving, watched
from tests.browser.test_letters import library_of_letters, open_page, shows

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    library = library_of_letters(tmp_path_factory.mktemp("processes"))
    with serving(library, "--processes", "2") as base:
        yield base


@pytest.fixture
def desk(browser: Browser, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 1366, 768)


def test_a_page_comes_back_with_its_filters_when_its_process_ends(desk: Page, address: str) -> None:
    open_page(desk, address)
    desk.locator('button.row[data-value="教育文体"]').click()
    shows(desk, 10)
    desk.wait_for_function("location.search.includes('topic=')", timeout=10_000)
    port = int(address.rpartition(":")[2])
    servers = [
        process
        for process in psutil.process_iter()
        if "spawn_main" in " ".join(process.cmdline())
        and any(
            c.laddr.port == port and c.status == psutil.CONN_ESTABLISHED for c in process.net_connections()
        )
    ]
    assert servers
    desk.evaluate("window.isOld = true")
    for server in servers:
        server.kill()
    desk.wait_for_function("!window.isOld && document.documentElement.dataset.live", timeout=120_000)
    shows(desk, 10)
    desk.locator('button[data-do="clear"]').first.click()
    shows(desk, 40)
