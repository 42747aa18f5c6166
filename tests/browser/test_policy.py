"""The content security policy in a real browser: every page with what is done on it, and not one violation; then each role's pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import SETTLED, sign_in, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIVE = "html[data-live]"
PAGES = (
    "",
    "letters",
    "panorama",
    "issues",
    "issue?id=A",
    "spread",
    "document",
    "own_page",
    "library",
    "search?q=车库",
    "letter?id=a1",
)


@pytest.fixture
def served(issues_address: str) -> str:
    return issues_address


@pytest.fixture
def strict(browser: Browser, errors: list[str]) -> Iterator[Page]:
    """A page under the policy; whatever the browser refuses is an error on its console."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, bypass_csp=False)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda r: (
            None if "127.0.0.1" in r.url or r.url.startswith(("data:", "blob:")) else errors.append(r.url)
        ),
    )
    yield page
    context.close()


def test_no_page_breaks_the_policy_whatever_is_done_on_it(
    served: str, strict: Page, errors: list[str]
) -> None:
    for route in PAGES:
        answer = strict.goto(f"{served}/{route}")
        assert answer is not None
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        if strict.locator("#wire").count():
            strict.locator(LIVE).wait_for(state="attached", timeout=120_000)
            for button in strict.locator("main button[data-do]:visible").all()[:6]:
                button.click()
            for figure in strict.locator(".figure:visible").all()[:4]:
                figure.hover()
            strict.wait_for_timeout(200)  # a page says that it is busy when an answer takes longer than this
            until(strict, lambda: strict.evaluate(SETTLED), 120)
        strict.locator("[data-theme-turn]").click()
        assert errors == [], route


def test_the_policy_would_have_been_told_of(served: str, strict: Page, errors: list[str]) -> None:
    strict.goto(f"{served}/letters")
    strict.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    )
    until(strict, lambda: any("Content Security Policy" in error for error in errors))
    assert strict.evaluate("window.ran") is None


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        ("department", "社情民意", "资源库"),
        ("operator", "资源库", "社情民意"),
        ("auditor", "审计日志", "首页"),
    ],
)
def test_each_role_has_its_own_menu(
    served: str, strict: Page, errors: list[str], role: str, shown: str, hidden: str, tmp_path: Path
) -> None:
    strict.goto(f"{served}/sign-in")
    sign_in(strict, role)
    menu = strict.locator("header nav").first
    assert shown in menu.inner_text()
    assert hidden not in menu.inner_text().split()
    strict.screenshot(path=tmp_path / "role.png")
    assert [e for e in errors if "403" not in e] == []
