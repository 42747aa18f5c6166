"""Every notebook runs from top to bottom, and every plot of every card is shown in one: in one kernel, each in an empty namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import nbclient
import nbformat
import pytest

from shuju.facts.cards import all_cards
from tests.browser.conftest import small_library

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[!_]*.ipynb"))
Run = Callable[[nbformat.NotebookNode], nbformat.NotebookNode]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return what runs a notebook over the 36 records: the kernel imports everything but once."""
    library = small_library(tmp_path_factory.mktemp("notebooks"))
    client = nbclient.NotebookClient(nbformat.v4.new_notebook(), timeout=240, kernel_name="python3")

    def executed(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
        notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
        client.nb = notebook
        client.execute(cleanup_kc=False)
        return notebook

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", library.home.uri)
        yield executed
        client.nb = nbformat.v4.new_notebook()
        client.execute(cleanup_kc=True)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_from_top_to_bottom(path: Path, run: Run) -> None:
    notebook = run(nbformat.read(path, as_version=4))
    written = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert not written, written


SHOWN = """card = find("{name}")
selection = shuju.select(card.table)
options = card.settings({{}})
frame = card.data(selection, **options)
card.plot(frame, **options)"""
PLOTTED = [card.name for card in all_cards() if card.plot is not None]


@pytest.mark.slow
def test_each_plot_is_shown(run: Run) -> None:
    code = nbformat.v4.new_code_cell
    first = code("import shuju\nfrom shuju.facts.cards import find\n\nshuju.extension()")
    cells = [first, *(code(SHOWN.format(name=name)) for name in PLOTTED)]
    notebook = run(nbformat.v4.new_notebook(cells=cells))
    assert len(PLOTTED) >= 14
    plots = notebook.cells[2:]
    for name, cell in zip(PLOTTED, plots, strict=True):
        kinds = [kind for output in cell.outputs for kind in output.get("data", {})]
        # A plot of nothing may be None: then the cell shows nothing, and says nothing wrong.
        assert not kinds or "text/html" in kinds, name
    shown = sum(bool(cell.outputs) for cell in plots)
    assert shown >= len(PLOTTED) // 2
