"""Decisions on issues: what stands, what was taken back, what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shuju.desk.issue_decisions import (
    decisions_of,
    merge_issues,
    rename_issue,
    split_issue,
    standing_decisions,
    take_back,
    take_out_letter,
)
from shuju.desk.store import open_desk
from shuju.letters.decisions import MERGE, RENAME, SPLIT, TAKE_OUT, Decision
from shuju.library.home import find_home

AT = dt.datetime(2024, 7, 29, 16, 38)


@pytest.fixture
def desk(tmp_path: Path) -> Engine:
    return open_desk(find_home(tmp_path))


def test_decisions_stand_in_their_order_until_taken_back(desk: Engine) -> None:
    split_issue(desk, "i", ["c"], ["a", "b"], at=AT, who="甲")
    merged = merge_issues(desk, "i", ["a", "b"], ["d"], at=AT)
    rename_issue(desk, "i", ["a", "b"], " 油烟 ", at=AT)
    take_out_letter(desk, "i", "b", ["a"], at=AT)
    assert [d.kind for d in standing_decisions(desk)] == [SPLIT, MERGE, RENAME, TAKE_OUT]
    assert standing_decisions(desk)[0] == Decision(SPLIT, "i", ("c",), ("a", "b"))
    assert standing_decisions(desk)[2].name == "油烟"
    assert take_back(desk, merged, at=AT, who="乙")
    assert not take_back(desk, merged, at=AT)
    assert [d.kind for d in standing_decisions(desk)] == [SPLIT, RENAME, TAKE_OUT]
    assert [row["undone_by"] for row in decisions_of(desk, "i")] == [None, "乙", None, None]
    assert decisions_of(desk, "k") == []


@pytest.mark.parametrize(
    "decide",
    [
        lambda desk: split_issue(desk, "i", [], ["a"], at=AT),
        lambda desk: split_issue(desk, "i", ["a"], [], at=AT),
        lambda desk: merge_issues(desk, "i", ["a"], ["a"], at=AT),
        lambda desk: take_out_letter(desk, "i", "a", ["a", "b"], at=AT),
        lambda desk: rename_issue(desk, "i", ["a"], " ", at=AT),
        lambda desk: rename_issue(desk, "i", ["a"], "名" * 201, at=AT),
    ],
    ids=["no letters", "no others", "merged with itself", "in both", "no name", "too long"],
)
def test_what_says_nothing_is_refused(desk: Engine, decide) -> None:
    with pytest.raises(ValueError, match="："):
        decide(desk)
    assert standing_decisions(desk) == ()
