"""Each figure of each card under a scope is that of a library filtered by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from deltalake import DeltaTable

from bench import recount
from tests.pages.issue_library import issue_library


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(issue_library(tmp_path_factory.mktemp("recount")).home.uri)


def test_no_figure_differs_for_anybody(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    differ = recount.main(home, ["430100", "430104", "431181"])
    told = capsys.readouterr()
    assert differ == 0, told.err
    rows = [line.split("|")[2:5] for line in told.out.splitlines()[2:]]
    letters, n_answers = [int(one[0].replace(",", "")) for one in rows], [int(one[2]) for one in rows]
    assert len(set(letters)) >= 3, "the departments see unlike numbers of letters"
    assert min(n_answers) >= 10


def test_a_row_too_many_is_found(home: Path, tmp_path: Path) -> None:
    (who, code), *_ = [one for one in recount.people(home, ["430104"]) if one[1]]
    alone = recount.filtered_by_hand(home, tmp_path / "alone", who.role, code)
    own = DeltaTable(str(alone / "tables" / "letters")).to_pandas(columns=["letter_id"])["letter_id"]
    DeltaTable(str(alone / "tables" / "letters")).delete(f"letter_id = '{own.iloc[0]}'")
    recount.letter_facts.build(recount.open_library(alone))
    _, differ = recount.compared(home, alone, who)
    assert {"letters.headline", "letters.facets", "letters.list"} <= set(differ)
