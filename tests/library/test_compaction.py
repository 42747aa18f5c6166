"""Compaction changes files, never rows, and whoever follows the table sees each row once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from shuju.library import Library, compaction
from shuju.library.compaction import compact
from shuju.library.ingest import ingest
from shuju.library.status import status
from shuju.records import facts as record_facts
from tests.conftest import page, write_lines


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "SMALL_FILES", 3)


def drop(library: Library, raw: Path, number: int) -> None:
    rows = [page(number * 10 + i) for i in range(3)] + [page(1, title=f"第{number}次修订")]
    write_lines(raw / "pages" / f"{number}.jsonl", rows)
    ingest(library, "test_pages")


def rows_of(library: Library, **options: object) -> pd.DataFrame:
    return library.load("records", **options).compute().sort_values("record_id").reset_index(drop=True)


def test_rows_versions_keys_and_ledger_stay(library: Library, raw: Path) -> None:
    for number in range(1, 6):
        drop(library, raw, number)
    before, version = rows_of(library), library.stored("records").delta.version()
    stored = library.stored("records")
    assert compact(stored) == 9  # five files of new rows, four of revisions
    assert len(stored.files()) == 2
    pd.testing.assert_frame_equal(rows_of(library), before)
    pd.testing.assert_frame_equal(rows_of(library, version=version), before)
    assert library.get("records", "p1")["title"] == "第5次修订"
    assert len(library.revisions("records", "p1")) == 5
    assert status(library)["balanced"]
    assert compact(stored) == 0
    drop(library, raw, 6)
    assert library.get("records", "p1")["title"] == "第6次修订"
    assert status(library)["balanced"]


@pytest.mark.parametrize("seen", [0, 2, 5], ids=["facts built after", "between", "before"])
def test_facts_count_each_row_once(library: Library, raw: Path, seen: int) -> None:
    for number in range(1, 6):
        drop(library, raw, number)
        if number == seen:
            record_facts.build(library)
    compact(library.stored("records"))
    drop(library, raw, 7)
    facts = record_facts.build(library)
    assert facts.n == library.count("records")
    assert sorted(facts.column("key")) == sorted(
        rows_of(library, columns=["record_id", "key_hash"])["key_hash"]
    )


def test_many_small_files_are_put_together_as_rows_come_in(
    library: Library, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MANY_FILES", 8)
    most = {"records": 0, "ledger": 0}
    for number in range(1, 16):
        drop(library, raw, number)
        for name in most:
            most[name] = max(most[name], len(library.stored(name).files()))
    assert most["records"] <= 8 + 2
    assert most["ledger"] <= 8 + 4
    assert library.count("records") == 1 + 3 * 15
    assert library.get("records", "p1")["title"] == "第15次修订"
    assert len(library.revisions("records", "p1")) == 15
    assert status(library)["balanced"]


def test_ledger_is_put_together_too(library: Library, raw: Path) -> None:
    for number in range(1, 4):
        drop(library, raw, number)
    lines = len(library.ledger.frame())
    assert compact(library.stored("ledger")) > 3
    assert len(library.ledger.frame()) == lines
    assert status(library)["balanced"]
