"""Every plot of every card, called in a notebook on a plain frame."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

from shuju.facts.cards import all_cards

SHOWN = """card = find("{name}")
selection = shuju.select(card.table)
options = card.settings({{}})
frame = card.data(selection, **options)
card.plot(frame, **options)"""
PLOTTED = [card.name for card in all_cards() if card.plot is not None]


@pytest.mark.slow
def test_each_plot_is_shown(home_of_filled: Path) -> None:
    code = nbformat.v4.new_code_cell
    first = code("import shuju\nfrom shuju.facts.cards import find\n\nshuju.extension()")
    cells = [first, *(code(SHOWN.format(name=name)) for name in PLOTTED)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert len(PLOTTED) >= 14
    for name, cell in zip(PLOTTED, notebook.cells[1:], strict=True):
        kinds = [kind for output in cell.outputs for kind in output.get("data", {})]
        # A plot of nothing may be None: then the cell shows nothing, and says nothing wrong.
        assert not kinds or "text/html" in kinds, name
    shown = sum(bool(cell.outputs) for cell in notebook.cells[1:])
    assert shown >= len(PLOTTED) // 2
