"""Every notebook is a page, and every page opens a session without an error."""

from __future__ import annotations

import gc
import re
import weakref
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import httpx
import nbformat
import panel as pn
import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc

from shuju.library import share, unshare
from shuju.serve import pages as served
from shuju.serve.frame import FOR_NOBODY
from shuju.serve.notebook_pages import NotebookError, read_notebook
from shuju.serve.sessions import PageError, fill, sketch
from tests.pages.conftest import HOSTILE
from tests.signing import signed_in

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[!_]*.ipynb"))
SHELL = {**FOR_NOBODY, "navs": {}, "assets": "x", "scripts": (), "up": ""}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_clean_and_composed(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    read = read_notebook(path)
    assert read.title
    assert read.about["about"]
    cards = [cell for cell in notebook.cells if ".card(" in cell.source or ".view(" in cell.source]
    assert len(cards) >= 5, "a page is composed of cards, a cell each"


@pytest.mark.parametrize("page", [p for p in served.find_pages() if p.notebook], ids=lambda page: page.route)
def test_a_document_has_its_cards_and_no_model_that_needs_eval(
    page: served.PageEntry, home_of_filled: Path, caplog
) -> None:
    doc = Document()
    with set_curdoc(doc):
        shown = fill(doc, page, {})
    assert doc.roots
    assert not [type(m).__name__ for m in doc.models if type(m).__name__.startswith("CustomJS")]
    assert "could not" not in caplog.text
    shown.begin()
    doc.clear()


@pytest.mark.parametrize("page", [p for p in served.find_pages() if p.notebook], ids=lambda page: page.route)
def test_a_session_that_has_ended_is_freed(page: served.PageEntry, home_of_filled: Path) -> None:
    doc = Document()
    with set_curdoc(doc):
        shown = fill(doc, page, {})
    held = weakref.ref(shown), weakref.ref(doc)
    for ended in doc.session_destroyed_callbacks:  # as the server does before it lets a session go
        ended(SimpleNamespace(_document=doc, id="x"))
    doc.clear()
    del shown, doc, ended
    gc.collect()
    assert [ref() for ref in held] == [None, None]


@pytest.mark.parametrize("page", served.find_pages(), ids=lambda page: page.route or "home")
def test_page_answers(address: str, page: served.PageEntry) -> None:
    # A page that crashes may still answer 200: look for what it shows, and for what it says instead.
    role = "analyst" if "analyst" in page.who else min(page.who)
    with closing(signed_in(address, role)) as client:
        answer = client.get(f"/{page.route}", follow_redirects=True)
    assert answer.status_code == 200
    assert "暂时打不开" not in answer.text
    assert 'class="kpi"' in answer.text or 'class="card' in answer.text
    if 'id="status"' in answer.text:
        assert '"roots": ["wire"' in answer.text


def test_the_first_answers_stand_in_the_page_before_any_script(address: str) -> None:
    text = httpx.get(f"{address}/panorama", timeout=60).text
    assert re.search(r'<div class="value ">36<small>条', text)
    assert HOSTILE not in text
    assert "&lt;img src=x" in text


def test_the_address_filters_the_page(address: str) -> None:
    text = httpx.get(f"{address}/panorama?genre=policy&nonsense=1&level=x", timeout=60).text
    assert re.search(r'<div class="value ">5<small>条', text)
    assert "没有“nonsense”这一项" in text
    assert "“层级”没有“x”这个取值" in text


def test_scripts_of_a_page_come_compressed_and_are_kept(address: str) -> None:
    page = httpx.get(f"{address}/letters", headers={"Accept-Encoding": "br, gzip"}, timeout=60)
    assert page.headers["Content-Encoding"] == "gzip"
    scripts = re.findall(r'<script[^>]* src="(static/[^"]+)"', page.text)
    assert len(scripts) == 5
    for script in scripts:
        answer = httpx.get(f"{address}/{script}", headers={"Accept-Encoding": "br, gzip"})
        assert answer.headers["Content-Encoding"] == "br", script
        assert "immutable" in answer.headers["Cache-Control"], script


def test_every_page_that_is_listed_is_in_the_frame_leaders_first_and_the_library_last(address: str) -> None:
    shown = httpx.get(f"{address}/", timeout=60).text
    frame = re.search(r'<nav aria-label="页面">(.*?)</nav>', shown)[1]
    assert re.findall(r">([^<]+)</a>", frame) == [
        "首页", "热点与预警", "社情民意", "重要信息传播", "资源全景", "假设推演", "在线交办", "资源库"
    ]  # fmt: skip


def test_an_address_that_is_none_is_told_in_chinese(address: str) -> None:
    answer = httpx.get(f"{address}/nowhere/at/all")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text
    assert 'href="../../assets/style.css' in answer.text


def test_health(address: str) -> None:
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}


OWN = """import shuju

records = shuju.select("records")"""
OWN_VIEW = """def days(selection):
    import holoviews as hv

    return hv.Curve(selection.series("day"))


records.view(days, title="每日")"""


def write_notebook(folder: Path, *cells: nbformat.NotebookNode, name: str = "x") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


def test_a_foreign_notebook_is_a_page(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [
        text("# 别人的页"),
        code(OWN),
        code('records.card("facets")'),
        code(OWN_VIEW),
        text("## 说明\n\n*好*"),
    ]
    write_notebook(tmp_path / "own", *cells, name="theirs")
    address = request.getfixturevalue("address")
    answer = httpx.get(f"{address}/theirs", timeout=60).text
    assert re.search("<h2>.*每日.*</h2>", answer)
    assert "<em>好</em>" in answer
    assert '"roots": ["wire", "root1"]' in answer


def test_notebook_without_a_title_is_no_page(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, nbformat.v4.new_code_cell("1"))
    with pytest.raises(NotebookError, match="没有一级标题"):
        read_notebook(path)


def test_magic_outside_explore_cells_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path, nbformat.v4.new_markdown_cell("# 题"), nbformat.v4.new_code_cell("a = 1\n%time b")
    )
    with pytest.raises(NotebookError, match=r"x\.ipynb\[2\] 第 2 行"):
        read_notebook(path)


def entry_of(path: Path) -> served.PageEntry:
    return served.PageEntry("x", "题", notebook=read_notebook(path))


def test_explore_cells_are_skipped_and_prose_is_safe_when_served(tmp_path: Path) -> None:
    explore = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["explore"]})
    prose = nbformat.v4.new_markdown_cell("## 说明\n\n<script>alert(1)</script>")
    title = nbformat.v4.new_markdown_cell("# 题\n\n一句")
    path = write_notebook(tmp_path, title, explore, prose, nbformat.v4.new_code_cell("'x'"))
    doc = Document()
    with set_curdoc(doc):
        page = fill(doc, entry_of(path), {})
    assert page.lead == "<p>一句</p>\n"
    assert [place.name for place in page.places] == ["prose0", "output1"]
    assert "<script" not in page.places[0].prose
    doc.clear()


def test_failing_page_says_so_with_a_number(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_notebook(tmp_path, nbformat.v4.new_markdown_cell("# 题"), nbformat.v4.new_code_cell("1 / 0"))
    with pytest.raises(PageError) as error:
        sketch(entry_of(path), SHELL, {})
    assert f"page /x failed, error number {error.value}" in caplog.text


APP = "TITLE = '甲'\ndef content():\n    return ''\n"


def test_an_app_that_does_not_say_who_may_open_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "x.py").write_text(APP, encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.py 没有写明谁可以打开（WHO）"):
        served.find_pages(tmp_path)


def test_of_two_pages_of_one_address_the_app_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "x.py").write_text(f"{APP}WHO = ['leader']\n", encoding="utf-8")
    write_notebook(tmp_path / "notebooks", nbformat.v4.new_markdown_cell("# 乙"))
    assert [page.title for page in served.find_pages(tmp_path)] == ["甲"]
    assert "x.ipynb：地址 /x 已有别的用处" in caplog.text


def test_new_rows_reach_an_open_page(home_of_filled: Path, filled, arrive) -> None:
    from types import SimpleNamespace

    from shuju.serve.live import Live
    from shuju.serve.server import TABLES, build_facts
    from shuju.serve.sessions import _look

    live = Live(None, TABLES, build_facts)
    assert live.refresh()
    assert not live.refresh()
    share(live.library)
    try:
        page_entry = next(p for p in served.find_pages() if p.route == "panorama")
        doc = Document()
        with set_curdoc(doc):
            page = fill(doc, page_entry, {})
            link = page.links[0]
            assert link.selection.n_all == 36
            seen = {"number": live.number}
            arrive(3)
            assert live.refresh()
            _look(page, live, seen)
            assert link.selection.n_all == 39
            assert link.news == 3
            _look(page, SimpleNamespace(number=live.number), seen)
        doc.clear()
    finally:
        unshare(live.library)
        pn.state.reset()
