"""The tutorial 自己的推演: an analyst's own functions over cases, sites and policies, asked further with the tools of what-if."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import nbclient
import nbformat
import pytest
from rich.console import Console

from shuju.demo.run import run_demo

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "_own_what_if.ipynb"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what each cell shows, as text, over a small synthetic province."""
    home = tmp_path_factory.mktemp("own") / "demo"
    run_demo(home, records=2_000, seed=1, workers=1, console=Console(quiet=True), until=date(2025, 12, 31))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHUJU_HOME", str(home))
        nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    return {
        cell["id"]: "\n".join(out["data"].get("text/plain", "") for out in cell["outputs"] if "data" in out)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def numbers(text: str) -> list[float]:
    """Return the last number of each line that has one."""
    found = []
    for line in text.splitlines():
        try:
            found.append(float(line.split()[-1]))
        except (ValueError, IndexError):
            continue
    return found


def test_a_goal_is_sought_and_told(told: dict[str, str]) -> None:
    assert "overdue不高于 0.05" in told["goal"]


def test_more_days_of_quiet_leave_fewer_sites_asleep(told: dict[str, str]) -> None:
    rows = {line.split()[0]: sum(map(int, line.split()[1:])) for line in told["sites"].splitlines()[2:]}
    assert list(rows) == ["baseline", "week", "month", "quarter"]
    assert rows["week"] >= rows["baseline"] >= rows["month"] >= rows["quarter"]


def test_lower_thresholds_bring_more_firms_within_reach(told: dict[str, str]) -> None:
    firms = numbers(told["policy"])
    assert len(firms) >= 15
    assert firms == sorted(firms)
    assert firms[-1] > firms[0]


def test_a_scenario_is_kept(told: dict[str, str]) -> None:
    baseline, kept = numbers(told["scenario"])
    assert kept < baseline
