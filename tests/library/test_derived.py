"""Derived tables: written whole, every earlier version readable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema

from shuju.library import Library
from shuju.library.derived import Derived, Work, bring_up, replace_table
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


def test_a_table_takes_the_columns_of_a_newer_catalog(library: Library) -> None:
    stored = library.stored("issue_letters")
    at = stored.schema.get_field_index("issue_id")
    old = stored.schema.set(at, pa.field("was_called", pa.string()))
    DeltaTable.create(library.home.table_uri("issue_letters"), Schema.from_arrow(old))
    for issue in ("1", "2"):
        replace_table(library, "issue_letters", members(("a", issue)), made_by="issues")
    delta = DeltaTable(library.home.table_uri("issue_letters"))
    assert [field.name for field in delta.schema().fields] == stored.schema.names
    assert len(delta.file_uris()) == 1
    assert library.get("issue_letters", "a")["issue_id"] == "2"


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


def grouped(work: Work[int]) -> dict[str, Any]:
    """Put letters into an issue for each state of the source, and keep a file of that."""
    if work.source < 0:
        raise RuntimeError("killed")
    n = work.known.get("n", 0) + 1
    name = f"kept-{n}-{work.source}.txt"
    (work.folder / name).write_text(str(n), encoding="utf-8")
    replace_table(work.library, "issue_letters", members(("a", str(work.source))), made_by="issues")
    return {"n": n, "files": [name]}


GROUPED = Derived("grouped", ("issue_letters",), 1, lambda source: {"letters": source}, grouped)


@pytest.mark.parametrize(
    ("derived", "source", "n", "is_new"),
    [
        (GROUPED, 1, 1, False),
        (GROUPED, 2, 2, True),
        (replace(GROUPED, method=2), 1, 1, True),
        (replace(GROUPED, method=2), 2, 1, True),
    ],
    ids=["nothing moved", "the source moved", "another method knows nothing", "both"],
)
def test_what_is_built_again(
    library: Library, derived: Derived[int], source: int, n: int, is_new: bool
) -> None:
    assert bring_up(GROUPED, library, 1).is_new
    made = bring_up(derived, library, source)
    assert (made.known["n"], made.is_new) == (n, is_new)
    assert library.get("issue_letters", "a")["issue_id"] == str(source)
    folder = library.home.cache / "grouped"
    assert {path.name for path in folder.iterdir()} == {"state.json", *made.known["files"]}


def test_a_table_that_another_wrote_is_built_again(library: Library) -> None:
    bring_up(GROUPED, library, 1)
    replace_table(library, "issue_letters", members(("b", "x")), made_by="x")
    assert bring_up(GROUPED, library, 1).is_new
    assert library.get("issue_letters", "a")["issue_id"] == "1"


def test_a_build_that_fails_leaves_the_state_and_the_files(library: Library) -> None:
    before = bring_up(GROUPED, library, 1)
    with pytest.raises(RuntimeError, match="killed"):
        bring_up(GROUPED, library, -1)
    after = bring_up(GROUPED, library, 1)
    assert (after.known, after.is_new) == (before.known, False)
