"""The notebook that maps an analyst's function over all records, here and on a cluster."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

from shuju.library import Library
from shuju.library.ingest import ingest
from tests.conftest import page, write_lines

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "_own_function.ipynb"


@pytest.mark.slow
def test_the_answer_is_the_same_on_threads_and_on_a_cluster(
    library: Library, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [page(n, content="<p>召开会议。</p>" if n % 3 else "<p>办事。</p>") for n in range(60)]
    write_lines(raw / "pages" / "a.jsonl", rows)
    ingest(library, "test_pages")
    monkeypatch.setenv("SHUJU_HOME", str(library.home.uri))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    cells = {cell["id"]: cell for cell in notebook.cells}
    assert cells["there"]["outputs"][0]["data"]["text/plain"] == "True"
    assert "0.66" in cells["here"]["outputs"][0]["data"]["text/plain"]
