"""A library that an older version made: columns that the catalog has since are empty, and nothing ends in the words of Arrow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shuju.library import Library, LibraryError
from shuju.library.compaction import compact
from shuju.library.ingest import ingest
from shuju.library.status import status
from tests.conftest import page, write_lines


def strip(library: Library, table: str, *columns: str) -> None:
    """Take some columns out of a table's data files: so they were written by a version that did not know them."""
    for path in Path(library.home.uri, "tables", table).rglob("*.parquet"):
        pq.write_table(pq.read_table(path, partitioning=None).drop_columns(list(columns)), path)


@pytest.fixture
def older(library: Library, raw: Path) -> Callable[..., None]:
    """Ingest three pages, and make them look as a version left them that did not know some columns."""

    def made(table: str, *columns: str) -> None:
        write_lines(raw / "pages" / "a.jsonl", [page(n) for n in range(3)])
        ingest(library, "test_pages")
        strip(library, table, *columns)

    return made


@pytest.mark.parametrize(
    "columns", [("profile",), ("warnings",), ("profile", "warnings", "fingerprint", "watermark", "n_bytes")]
)
def test_a_ledger_without_newer_columns_is_read_and_goes_on(
    older: Callable[..., None], open_test_library: Callable[[], Library], raw: Path, columns: tuple[str, ...]
) -> None:
    older("ledger", *columns)
    library = open_test_library()
    lines = library.ledger.frame()
    assert len(lines) > 0
    assert lines.loc[lines["source"] == "test_pages", list(columns)].isna().all().all()
    assert library.ledger.warned(5).empty
    write_lines(raw / "pages" / "b.jsonl", [page(n) for n in range(10, 14)])
    ingest(library, "test_pages")
    assert library.count("records") == 7
    assert open_test_library().ledger.frame()["profile"].notna().any()
    assert status(open_test_library())["balanced"]


def test_a_table_without_a_newer_column_is_read_looked_up_revised_and_put_together(
    older: Callable[..., None], open_test_library: Callable[[], Library], raw: Path
) -> None:
    older("records", "column_name", "document_number")
    library = open_test_library()
    assert library.read("records", ["record_id", "document_number"])["document_number"].isna().all()
    assert library.load("records", ["document_number"]).compute()["document_number"].isna().all()
    assert library.get("records", "p1")["document_number"] is None
    write_lines(raw / "pages" / "b.jsonl", [page(1, title="改过的标题"), page(9)])
    ingest(library, "test_pages")
    assert [row["title"] for row in library.revisions("records", "p1")] == ["第1条要闻", "改过的标题"]
    compact(library.stored("records"))
    again = open_test_library()
    assert (again.count("records"), again.get("records", "p2")["column_name"]) == (4, None)


def test_a_file_that_lacks_what_makes_a_row_is_told_in_one_sentence(
    older: Callable[..., None], open_test_library: Callable[[], Library]
) -> None:
    older("ledger", "profile")
    strip(open_test_library(), "ledger", "state")
    with pytest.raises(LibraryError, match=r"旧版本.*缺少“state”列"):
        open_test_library().ledger.frame()
