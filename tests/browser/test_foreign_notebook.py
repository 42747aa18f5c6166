"""A notebook of somebody else, dropped into a folder: it uses the contract alone, and brushes with the rest."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from shuju.charts.counties import county_shapes, extent
from tests.browser.conftest import library_of_letters, rested, serving, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CELLS = (
    "# 我的分析\n\n一张图，一个自己的函数。",
    'import shuju\n\nletters = shuju.select("letters")',
    'letters.card("map")',
    "def by_motive(selection):\n    import holoviews as hv\n\n    rows = selection.facet('motive')\n"
    "    return hv.Bars(rows, 'name', 'n').opts(responsive=True, height=240)\n\n\nletters.view(by_motive, title='来信目的')",
    "def told(selection):\n    return f'所选共 {selection.total} 封'\n\n\nletters.view(told, title='一句话')",
    'shuju.grid(["map", ["by_motive", "told"]])',
)
# The highest bar of each chart that the page has: a redrawn chart may stand beside what it replaced for a moment.
HIGHEST_BARS = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter(m => m.type === "ColumnDataSource" && m.data.n && m.data.name).map(m => Math.max(...m.data.n))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the small library of letters with one further folder of notebooks."""
    folder = tmp_path_factory.mktemp("foreign")
    library = library_of_letters(folder)
    make = nbformat.v4
    cells = [make.new_markdown_cell(CELLS[0]), *(make.new_code_cell(text) for text in CELLS[1:])]
    (folder / "theirs").mkdir()
    nbformat.write(make.new_notebook(cells=cells), folder / "theirs" / "mine.ipynb")
    for n in range(5):
        more = make.new_notebook(cells=[make.new_markdown_cell(f"# 又一页分析{n}")])
        nbformat.write(more, folder / "theirs" / f"more-{n}.ipynb")
    with serving(library, "--notebooks", str(folder / "theirs")) as base:
        yield base


@pytest.fixture
def desk(browser: Browser, address: str, errors: list[str]) -> Iterator[Page]:
    yield from watched(browser, errors, 1366, 900)
    assert not errors


def test_a_tap_on_the_built_in_map_moves_a_chart_of_ones_own(desk: Page, address: str) -> None:
    desk.goto(f"{address}/mine")
    desk.wait_for_function("document.documentElement.dataset.live", timeout=60_000)
    expect(desk.get_by_text("所选共 40 封")).to_be_visible(timeout=20_000)
    desk.wait_for_function(f"new Set(({HIGHEST_BARS})()).size === 1 && ({HIGHEST_BARS})()[0] === 30")
    plot = desk.locator('[id^="card-letters.map"] .bk-Figure')
    plot.scroll_into_view_if_needed()
    rested(desk)
    box = plot.bounding_box()
    x0, y0, x1, y1 = extent()
    point = county_shapes()["431181"].representative_point()
    place = {"x": box["width"] * (point.x - x0) / (x1 - x0), "y": box["height"] * (y1 - point.y) / (y1 - y0)}
    plot.click(position=place)
    expect(desk.get_by_text("所选共 10 封")).to_be_visible(timeout=20_000)
    desk.wait_for_function(f"({HIGHEST_BARS})().includes(10)", timeout=10_000)
    desk.wait_for_url("**region=431181**", timeout=10_000)


def test_the_page_is_in_the_navigation(desk: Page, address: str) -> None:
    desk.goto(f"{address}/")
    desk.locator("header nav").first.get_by_text("我的分析").click()
    expect(desk.locator("h1")).to_have_text("我的分析")


def test_more_pages_than_a_line_holds_do_not_widen_the_page(desk: Page, address: str) -> None:
    for width in (1280, 1366, 1920):
        desk.set_viewport_size({"width": width, "height": 800})
        desk.goto(f"{address}/more-0")
        expect(desk.locator("header > nav").get_by_text("又一页分析4")).to_be_in_viewport()
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
