"""Derived tables: written whole, every earlier version readable."""

from __future__ import annotations

import pandas as pd
import pytest

from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.library.status import table_states


def members(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["letter_id", "issue_id"])


def test_rows_replace_those_before_and_old_versions_stay(library: Library) -> None:
    first = replace_table(library, "issue_letters", members(("a", "1"), ("b", "1")), made_by="issues")
    second = replace_table(library, "issue_letters", members(("a", "2")), made_by="issues")
    assert second == first + 1
    now = library.load("issue_letters").compute()
    assert now[["letter_id", "issue_id", "source", "revision"]].values.tolist() == [["a", "2", "issues", 1]]
    assert len(library.load("issue_letters", version=first).compute()) == 2
    assert library.get("issue_letters", "a")["issue_id"] == "2"
    assert library.get("issue_letters", "b") is None


def test_no_rows_are_a_table_without_rows(library: Library) -> None:
    replace_table(library, "issue_letters", members(("a", "1")), made_by="issues")
    replace_table(library, "issue_letters", members(), made_by="issues")
    assert len(library.load("issue_letters").compute()) == 0


@pytest.mark.parametrize(
    ("table", "rows", "told"),
    [
        ("sites", pd.DataFrame({"site_id": ["1"]}), "由来源入库"),
        ("issue_letters", members(("a", "1"), ("a", "2")), "主键 'letter_id' 有重复"),
    ],
)
def test_what_is_refused(library: Library, table: str, rows: pd.DataFrame, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace_table(library, table, rows, made_by="x")


def test_status_leaves_derived_tables_out_of_the_ledger(library: Library) -> None:
    replace_table(library, "issue_letters", members(("a", "1")), made_by="issues")
    assert "issue_letters" not in {state.name for state in table_states(library)}
