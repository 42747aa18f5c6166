"""A server in a process of its own over a small library, and a real Chromium."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partialmethod
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich.console import Console

from shuju.demo.run import run_demo
from shuju.fulltext.build import build_search
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from tests.conftest import PAGES_CATALOG, SITES, write_lines
from tests.letters.conftest import LETTERS_CATALOG
from tests.pages.conftest import free_port, raw_letters, write_pages
from tests.pages.issue_library import issue_library
from tests.spread.spread_library import spread_library

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 60_000  # milliseconds that a machine which others use may take for what takes a fraction of a second otherwise
START_SECONDS = 300  # the first server of a fresh checkout compiles its kernels
# A page that has arrived, and whose buttons are heard.
LIVE = """() => document.readyState === "complete"
  && Boolean(!document.querySelector("#wire") || document.documentElement.dataset.live)"""
# And nothing on it is still being made.
SETTLED = f"""() => ({LIVE})() && !document.querySelector("[aria-busy=true], [data-busy], [data-loading], .waiting")"""
# Half a second in which nothing of a page moves, is written anew or gets another address: layout, transitions, and
# ``writeAddress`` of wire.js follow what is done a moment later.
RESTED = """() => new Promise((done, failed) => {
  const begun = performance.now()
  let last = "", since = begun
  const look = () => {
    const places = [...document.querySelectorAll("main, main .card, main .figure, main .still")].map(at => at.getBoundingClientRect())
    const now = JSON.stringify([location.href, document.querySelector("main")?.innerText, places])
    if (now !== last) { last = now; since = performance.now() }
    if (performance.now() - since > 500) done()
    else if (performance.now() - begun > 60_000) failed(new Error("the page never comes to rest"))
    else setTimeout(look, 50)
  }
  look()
})"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.keywords and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        shown = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield shown
        shown.close()


@pytest.fixture(autouse=True)
def analyst(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every page that is opened, and asks who one is, be told that one is the analyst of the demo.

    Playwright waits for what a page says by ``eval``, which the server's policy forbids: pages are opened without it, but
    where a test is about the policy (``test_policy.py``).
    """
    go = Page.goto
    for name in ("new_page", "new_context"):
        made = getattr(Browser, name)
        monkeypatch.setattr(Browser, name, partialmethod(_without_policy, made))

    def goto(page: Page, url: str, **how: Any) -> Any:
        answer = go(page, url, **how)
        if "/sign-in" in page.url:
            sign_in(page, "analyst")
            answer = go(page, url, **how)
        return answer

    monkeypatch.setattr(Page, "goto", goto)


def sign_in(page: Page, role: str) -> None:
    """Choose a role of the demo on the page of signing in, and wait until one is led on."""
    page.click(f"button[value={role}]")
    page.wait_for_url(lambda url: "/sign-in" not in url, timeout=120_000)


def _without_policy(browser: Browser, made: Callable[..., Any], **how: Any) -> Any:
    opened = made(browser, **{"bypass_csp": True, **how})
    opened.set_default_timeout(PATIENCE)
    return opened


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that all tests share: none of them changes its library."""
    with serving(small_library(tmp_path_factory.mktemp("browser"))) as base:
        yield base


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The library of a small synthetic province, with cases, sites and policies: none of the tests changes it."""
    return run_demo(
        tmp_path_factory.mktemp("province") / "demo",
        records=2_000,
        seed=1,
        workers=1,
        console=Console(quiet=True),
        until=date(2025, 12, 31),
    )


@pytest.fixture(scope="session")
def letters_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the forty letters and 36 pages, with search, for all modules that need no other.

    What people keep there (tasks, boards, views) stays: a test asks for its own by name, and ends what others would see.
    """
    library = library_of_letters(tmp_path_factory.mktemp("letters"))
    build_search(library)
    with serving(library) as base:
        yield base


@pytest.fixture(scope="session")
def issues_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the small library of issues; each test leaves marks and decisions as it found them."""
    with serving(issue_library(tmp_path_factory.mktemp("issues"))) as base:
        yield base


@pytest.fixture(scope="session")
def spread_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the library of three documents: none of the tests changes it."""
    with serving(spread_library(tmp_path_factory.mktemp("spread"))) as base:
        yield base


def library_of_letters(folder: Path) -> Library:
    """Return a library of the forty letters and the 36 web pages of the pages' tests."""
    home = folder / "home"
    kept = home / "catalog"
    for name in ("sites", "pages", "letters"):
        (kept / name).mkdir(parents=True)
    letters = LETTERS_CATALOG.partition("sources:\n")[2]
    (kept / "catalog.yaml").write_text(PAGES_CATALOG + letters, encoding="utf-8")
    (kept / "sites" / "sites.csv").write_text(SITES, encoding="utf-8")
    write_pages(kept / "pages")
    write_lines(kept / "letters" / "a.jsonl", raw_letters())
    library = open_library(home)
    for source in ("test_sites", "test_pages", "test_letters"):
        ingest(library, source)
    return library


def small_library(folder: Path) -> Library:
    """Return a library of the 36 records of the views' tests; its catalog is kept in its home."""
    kept, home = folder / "home" / "catalog", folder / "home"
    for path in (kept / "sites", kept / "pages"):
        path.mkdir(parents=True)
    (kept / "catalog.yaml").write_text(PAGES_CATALOG, encoding="utf-8")
    (kept / "sites" / "sites.csv").write_text(SITES, encoding="utf-8")
    write_pages(kept / "pages")
    library = open_library(home)
    ingest(library, "test_sites")
    ingest(library, "test_pages")
    return library


@contextlib.contextmanager
def running(command: Sequence[str], ready: str, **how: Any) -> Iterator[None]:
    """Run ``command`` in a process of its own while the block lasts, which begins when the address ``ready`` answers."""
    process = subprocess.Popen(command, **how)
    try:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                urlopen(ready).close()
                break
            except OSError as error:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(
                        f"{ready} never answered; the process returned {process.poll()}"
                    ) from error
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def serving(library: Library, *arguments: str) -> Iterator[str]:
    """Serve ``library`` as the command ``shuju serve`` does, on a port that the system chooses."""
    base = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        sys.executable,
        "-c",
        "from shuju.cli import main; main()",
        "serve",
        "--home",
        library.home.uri,
    ]
    with running([*command, "--port", str(port), *arguments], f"{base}/healthz"):
        yield base


@pytest.fixture
def errors() -> list[str]:
    """What the browser's console called an error while the test ran."""
    return []


@pytest.fixture
def desk(browser: Browser, address: str, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 1366, 768)
    assert not errors


@pytest.fixture
def phone(browser: Browser, address: str, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 390, 844, is_mobile=True, has_touch=True)
    assert not errors


def settled(page: Page) -> None:
    """Wait until a page is alive and nothing on it is still being made."""
    page.wait_for_function(SETTLED, timeout=120_000)


def rested(page: Page) -> None:
    """Wait until nothing moves on a page: what is clicked by its place must stay there meanwhile."""
    settled(page)
    page.evaluate(RESTED)


def until(page: Page, is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so that no script of the page can wait for: figures in shadow trees, promises, rows of the desk."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "never"
        page.wait_for_timeout(100)


def unfold(page: Page) -> None:
    """Open every section that a phone folds."""
    for button in page.locator(".card.folds:not(.open) .fold-card:visible").all()[::-1]:
        button.tap()


def watched(browser: Browser, errors: list[str], width: int, height: int, **more: bool) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": width, "height": height}, **more)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda r: (
            None if "127.0.0.1" in r.url or r.url.startswith(("data:", "blob:")) else errors.append(r.url)
        ),
    )
    yield page
    page.close()
