"""What-if as a leader uses it: move a lever, keep a scenario, share the address, ask for a goal."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import rested, serving
from tests.letters.conftest import Letters, letter

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOLD, BANDS = "[data-slot^='answering.told']", "[data-slot^='answering.bands']"
SIZES = ((1920, 1080), (1366, 768), (1366, 768), (1366, 768), (390, 844))
LEAD = "[data-slot^='answering.told'] .finding-lead"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    start = pd.Timestamp("2023-03-06 09:00")
    rows = [
        letter(n, time=str(start + pd.Timedelta(days=n)), reply="已办结。" if n % 3 else None,
               replied=str(start + pd.Timedelta(days=n + 10)) if n % 3 else None)
        for n in range(300)
    ]  # fmt: skip
    with serving(Letters(tmp_path_factory.mktemp("whatif")).add(*rows)) as base:
        yield base


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def move(page: Page, name: str, value: int) -> None:
    """Move a lever as a hand does: the change is told when it is let go."""
    page.locator(f"input[data-of={name}]").evaluate(
        "(at, value) => { at.value = value; at.dispatchEvent(new Event('change', {bubbles: true})) }",
        str(value),
    )


def test_a_lever_a_scenario_a_link(desk: Page, address: str) -> None:
    desk.goto(f"{address}/whatif")
    desk.get_by_role("link", name="期限缩短到 10 个工作日，会有多少逾期？").click()
    expect(desk.locator("html[data-live]")).to_be_attached(timeout=60_000)
    expect(desk.locator(LEAD)).to_contain_text("不变", timeout=60_000)
    move(desk, "other_days", 5)
    expect(desk.locator(LEAD)).to_contain_text("逾期占比由", timeout=30_000)
    rested(desk)
    sentence = desk.locator(LEAD).inner_text()
    desk.get_by_role("button", name="留下这个情景").click()
    expect(desk.locator(".kept")).to_contain_text("其他期限 5 个工作日", timeout=30_000)
    move(desk, "faster", 50)
    expect(desk.locator(".scenarios thead")).to_contain_text("情景一", timeout=30_000)
    expect(desk.locator(".lever.is-set")).to_have_count(2, timeout=30_000)
    desk.get_by_role("button", name="情景一", exact=True).click()
    expect(desk.locator(LEAD)).to_have_text(sentence, timeout=30_000)
    desk.wait_for_function("location.search.includes('kept=other_days')", timeout=10_000)

    link = desk.url  # opened anew, it shows the same
    desk.goto("about:blank")
    desk.goto(link)
    expect(desk.locator(LEAD)).to_have_text(sentence, timeout=60_000)
    expect(desk.locator("html[data-live]")).to_be_attached(timeout=60_000)
    desk.get_by_role("button", name="回到现状").click()
    expect(desk.locator(LEAD)).to_contain_text("拖动条件", timeout=30_000)


def test_five_who_ask_at_once_each_get_their_own_answer(
    browser: Browser, alone: Page, address: str, errors: list[str]
) -> None:
    """Five visitors move levers of one investigation at once; what each is told is what somebody alone is told at that address."""
    contexts = [browser.new_context(viewport={"width": w, "height": h}) for w, h in SIZES]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{address}/whatif_letters", wait_until="commit", timeout=120_000)
    for page in pages:
        expect(page.locator("html[data-live]")).to_be_attached(timeout=120_000)
    for value in (30, 0):  # each moves twice, before the first answer may have come
        for number, page in enumerate(pages):
            move(page, "other_days", value or 1 + number)
    for number, page in enumerate(pages):
        expect(page.locator(".scenarios .differs")).to_contain_text(f"{1 + number} 个工作日", timeout=60_000)
        expect(page.locator(BANDS)).to_contain_text("重取", timeout=120_000)
        page.wait_for_function(f"location.search.includes('other_days={1 + number}')", timeout=30_000)
    told = []
    for page in pages:
        rested(page)
        told.append(page.locator(TOLD).inner_text())
        alone.set_viewport_size(page.viewport_size)
        alone.goto(page.url, timeout=120_000)
        expect(alone.locator(TOLD)).to_have_text(told[-1], timeout=120_000, use_inner_text=True)
    assert len(set(told)) == 5
    for context in contexts:
        context.close()
    assert not errors


def test_a_band_comes_after_the_line_and_is_told(desk: Page, address: str) -> None:
    desk.goto(f"{address}/whatif_letters?faster=30", timeout=120_000)
    expect(desk.locator("html[data-live]")).to_be_attached(timeout=120_000)
    expect(desk.locator(BANDS)).to_contain_text("次数加倍后", timeout=120_000)
    expect(desk.locator(BANDS)).to_contain_text("“现在”比现状高")
    areas = "() => Bokeh.documents.flatMap(d => [...d._all_models.values()]).filter(m => ['Patch', 'VArea'].includes(m.type)).length"
    desk.wait_for_function(f"({areas})() >= 2")


def test_a_goal(desk: Page, address: str) -> None:
    desk.goto(f"{address}/whatif_letters?swept=other_days&goal=40")
    goal = desk.locator("[data-slot^='answering.goal']")
    expect(goal.locator(".finding-lead")).to_contain_text("达到目标", timeout=60_000)
    expect(desk.locator("html[data-live]")).to_be_attached(timeout=60_000)
    field = goal.get_by_label("目标")
    field.fill("很少")
    field.press("Enter")
    expect(goal).to_contain_text("目标须是数，不能是“很少”", timeout=30_000)
