"""The front door: its numbers are those of the library, hostile names are shown as text."""

from __future__ import annotations

from pathlib import Path

from shuju.library import Library
from shuju.library.ingest import ingest
from shuju.views.home import Home, home_data, home_html
from shuju.views.live import Live, snapshot
from tests.conftest import page, write_lines


def data_of(library: Library):
    from shuju.clock import now

    shown = snapshot(library)
    return home_data(library, shown.facts, now())


def test_numbers_are_those_of_the_library(library: Library, raw: Path) -> None:
    write_lines(raw / "pages" / "a.jsonl", [*[page(i) for i in range(7)], page(8, site="4311810001"), "{"])
    ingest(library, "test_pages")
    data = data_of(library)
    assert {name: n for name, n, _ in data.by_library if n} == {"长沙市": 7, "永州市": 1}
    assert str({name: day for name, _, day in data.by_library}["长沙市"]) == "2024-07-07"
    assert data.n_counties == 1
    assert not data.is_synthetic
    html = home_html(data, [("/x", "某页", "做什么")])
    for text in ("共 11 条", "1<small>/ 122", "相符", "隔离区待处理 1 条", "某页", "JSON 格式有误"):
        assert text in html, text
    assert "演示数据" not in html


def test_empty_library_is_shown_as_such(open_test_library) -> None:
    html = home_html(data_of(open_test_library()), [])
    assert "尚无数据" in html
    assert "没有待处理的数据" in html


def test_hostile_text_is_text(library: Library, raw: Path) -> None:
    html = home_html(data_of(library), [("/x", "<script>alert(1)</script>", "<b>")])
    assert "<script>" not in html


def test_page_moves_when_something_arrives(library: Library, raw: Path) -> None:
    shared = Live(snapshot(library))
    home = Home([], shared)
    before = home._pane.object
    write_lines(raw / "pages" / "a.jsonl", [page(1)])
    ingest(library, "test_pages")
    shared.refresh()
    home._look()
    assert home._pane.object != before
    assert "共 4 条" in home._pane.object
