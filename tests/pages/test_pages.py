"""Every notebook runs from top to bottom, and every page opens a session without an error."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import nbclient
import nbformat
import panel as pn
import pytest

from shuju.library import Library
from shuju.serve import pages as served
from shuju.serve.notebook_pages import NotebookError, read_notebook
from shuju.serve.server import serve
from shuju.views import live as lives

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[!_]*.ipynb"))


@pytest.fixture
def home_of_filled(filled: Library, raw: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a small library, whose catalog is where the environment says."""
    monkeypatch.setenv("SHUJU_CATALOG", str(raw / "catalog.yaml"))
    monkeypatch.setenv("SHUJU_HOME", filled.home.uri)
    return Path(filled.home.uri)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_from_top_to_bottom(path: Path, home_of_filled: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3").execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert read_notebook(path).title


@pytest.fixture
def address(home_of_filled: Path, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """A server in this process; at its end, nothing may have been logged as an error."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve(home_of_filled, port, threaded=True, follow_library=False)
    base = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            if httpx.get(f"{base}/healthz").status_code == 200:
                break
        except httpx.TransportError:
            continue
    yield base
    pn.state.reset()
    lives._lives.clear()
    errors = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert not errors


def all_pages() -> list[str]:
    return [page.route for page in served.find_pages()]


@pytest.mark.parametrize("route", all_pages(), ids=lambda route: route or "home")
def test_page_opens_a_session(address: str, route: str) -> None:
    # A page that crashes still answers 200: look for its roots, and for what it says instead.
    answer = httpx.get(f"{address}/{route}", timeout=60)
    assert answer.status_code == 200
    assert re.search(r'"roots":\s*\{\s*"p?\w', answer.text)


def test_scripts_of_a_page_come_compressed_and_are_kept(address: str) -> None:
    page = httpx.get(f"{address}/letters", headers={"Accept-Encoding": "br, gzip"}, timeout=60)
    assert page.headers["Content-Encoding"] == "gzip"
    scripts = re.findall(r'<script[^>]* src="(static/js/[^"]+)"', page.text)
    assert scripts
    for script in scripts:
        answer = httpx.get(f"{address}/{script}", headers={"Accept-Encoding": "br, gzip"})
        assert answer.headers["Content-Encoding"] == "br", script
        assert "immutable" in answer.headers["Cache-Control"], script


def test_the_front_door_leads_to_every_page_that_is_listed(address: str) -> None:
    home, *others = served.find_pages()
    shown = home.content()[0]._pane.object
    for page in others:
        assert (f'href="/{page.route}"><b>{page.title}</b>' in shown) == page.is_listed, page.route


def test_health(address: str) -> None:
    assert httpx.get(f"{address}/healthz").json()["records"] == 36


def write_notebook(folder: Path, *cells: nbformat.NotebookNode) -> Path:
    path = folder / "x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


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


def test_explore_cells_are_skipped_when_served(tmp_path: Path) -> None:
    explore = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["explore"]})
    path = write_notebook(
        tmp_path, nbformat.v4.new_markdown_cell("# 题\n\n说明"), explore, nbformat.v4.new_code_cell("'x'")
    )
    page = read_notebook(path)
    assert (page.title, len(page.cells)) == ("题", 2)
    assert len(served.run(page)) == 2


def test_failing_page_says_so_with_a_number(caplog: pytest.LogCaptureFixture) -> None:
    page = served.Page("x", "题", lambda: 1 / 0)
    served.application(page, [page])()
    assert re.search(r"page /x failed, error number [0-9a-f]{8}", caplog.text)


def test_two_pages_of_one_address_are_refused(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "apps" / "x.py").write_text("TITLE = '甲'\ndef content():\n    return []\n", encoding="utf-8")
    write_notebook(tmp_path / "notebooks", nbformat.v4.new_markdown_cell("# 乙"))
    with pytest.raises(ValueError, match="两个页面同用一个地址"):
        served.find_pages(tmp_path)
