"""A page's HTML, which is the same for all, and the session that its browser opens."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import httpx
import nbformat
import pytest
from bokeh.util.token import get_session_id

from shuju.access import Subject, entered
from shuju.serve.live_pages import Sketches
from shuju.serve.notebook_pages import read_notebook
from shuju.serve.pages import PageEntry
from tests.pages.test_pages import SHELL, write_notebook


def token(html: str) -> str:
    return html.partition('"token": "')[2].partition('"')[0]


def test_a_page_is_made_once_for_an_address_until_there_is_something_new(tmp_path: Path) -> None:
    code = nbformat.v4.new_code_cell("import time\nimport panel as pn\npn.pane.HTML('x')")
    entry = PageEntry(
        "x",
        "题",
        notebook=read_notebook(write_notebook(tmp_path, nbformat.v4.new_markdown_cell("# 题"), code)),
    )
    live = SimpleNamespace(number=1)
    sketches = Sketches(live, SHELL)
    with entered(Subject("a", "甲", "analyst")):
        first = sketches.html(entry, "a=1", {"a": "1"})
        assert '"roots": ["wire", "root0"]' in first
        assert sketches.html(entry, "a=1", {"a": "1"}) is first
        assert sketches.html(entry, "a=2", {"a": "2"}) is not first
    with entered(Subject("b", "乙", "analyst")):
        assert sketches.html(entry, "a=1", {"a": "1"}) is first
    with entered(Subject("b", "乙", "leader")):
        assert sketches.html(entry, "a=1", {"a": "1"}) is not first
    live.number = 2
    with entered(Subject("a", "甲", "analyst")):
        assert sketches.html(entry, "a=1", {"a": "1"}) is not first


def test_each_visitor_gets_a_token_of_their_own_and_no_session_yet(address: str) -> None:
    pages = [httpx.get(f"{address}/panorama", timeout=60).text for _ in range(2)]
    assert get_session_id(token(pages[0])) != get_session_id(token(pages[1]))
    own = [re.sub(r'nonce="[^"]*"|"nonce": "[^"]*"', "", page.replace(token(page), "")) for page in pages]
    assert own[0] == own[1]


def test_a_page_that_fails_says_so_with_a_number(
    tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    bad = (nbformat.v4.new_markdown_cell("# 题"), nbformat.v4.new_code_cell("1 / 0"))
    write_notebook(tmp_path / "own", *bad, name="bad")
    address = request.getfixturevalue("address")
    answer = httpx.get(f"{address}/bad", timeout=60)
    assert answer.status_code == 500
    assert "此页暂时打不开" in answer.text
    number = answer.text.partition("错误编号 <b>")[2][:8]
    assert f"page /bad failed, error number {number}" in caplog.text
    caplog.clear()
