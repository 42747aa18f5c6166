"""Runs that ended too soon, and what came between them and the next: the ledger's sums are equal all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shuju.library import Library, LibraryError, groups, open_library
from shuju.library import ingest as module
from shuju.library.ingest import Progress, ingest
from shuju.library.quarantine import retry, waiting
from shuju.library.status import status
from shuju.library.store import StoredTable
from tests.conftest import page, write_lines

ROWS = 400
NEW_SITE = (
    "标识码,名称,区划,层级,类别\n4302000001,株洲市人民政府门户网站,430200,prefecture,prefecture_portal\n"
)


class StoppedError(RuntimeError):
    """What ends a run in these tests, after some groups were committed."""


@pytest.fixture
def stopped(
    library: Library,
    raw: Path,
    open_test_library: Callable[[], Library],
    monkeypatch: pytest.MonkeyPatch,
) -> Library:
    """A library whose ingest was stopped half-way through the second file; two of its rows wait in the quarantine."""
    monkeypatch.setattr(groups, "PIECE_ROWS", 50)
    monkeypatch.setattr(module, "GROUP_ROWS", 100)
    rows: list[object] = [page(i) for i in range(ROWS)]
    rows[203] = page(203, site="4302000001")
    rows[205] = page(205, time="2024-02-30")
    for number in range(2):
        write_lines(raw / "pages" / f"{number}.jsonl", rows[number * 200 : number * 200 + 200])

    def stop(progress: Progress) -> None:
        if progress.n_rows >= 300:
            raise StoppedError

    # Blocks of a few lines, so that a file is more than one piece.
    from shuju.library.readers import json_files

    monkeypatch.setattr(json_files, "_line_blocks", _few_lines)
    with pytest.raises(StoppedError):
        ingest(library, "test_pages", progress=stop)
    assert 0 < library.count("records") < ROWS
    assert len(waiting(library)) == 2
    return open_test_library()


def _few_lines(pieces: object) -> object:
    lines = b"".join(pieces).splitlines(keepends=True)  # type: ignore[call-overload]
    return (b"".join(lines[i : i + 20]) for i in range(0, len(lines), 20))


def check(library: Library, n_records: int, n_waiting: int) -> None:
    assert library.count("records") == n_records
    assert len(waiting(library)) == n_waiting
    assert status(library)["balanced"], library.ledger.sums()


def test_then_the_same_again(stopped: Library) -> None:
    ingest(stopped, "test_pages")
    check(stopped, ROWS - 2, 2)


def test_then_another_mapping(stopped: Library, raw: Path, open_test_library: Callable) -> None:
    text = (raw / "catalog.yaml").read_text(encoding="utf-8")
    (raw / "catalog.yaml").write_text(text.replace("          url: url\n", ""), encoding="utf-8")
    library = open_test_library()
    ingest(library, "test_pages")
    check(library, ROWS - 2, 4)
    assert ingest(open_test_library(), "test_pages").n_files == 0
    check(library, ROWS - 2, 4)


def test_then_other_content(stopped: Library, raw: Path) -> None:
    write_lines(raw / "pages" / "1.jsonl", [page(i, title="改") for i in range(200, 210)])
    ingest(stopped, "test_pages")
    assert status(stopped)["balanced"]
    assert stopped.get("records", "p207")["title"] == "改"


def test_then_the_file_is_gone_and_comes_back(stopped: Library, raw: Path, tmp_path: Path) -> None:
    (raw / "pages" / "1.jsonl").rename(tmp_path / "1.jsonl")
    ingest(stopped, "test_pages")
    assert status(stopped)["balanced"]
    (tmp_path / "1.jsonl").rename(raw / "pages" / "1.jsonl")
    ingest(stopped, "test_pages")
    check(stopped, ROWS - 2, 2)


def test_then_the_cause_is_mended(stopped: Library, raw: Path) -> None:
    (raw / "sites" / "more.csv").write_text(NEW_SITE, encoding="utf-8")
    ingest(stopped, "test_sites")
    ingest(stopped, "test_pages")
    check(stopped, ROWS - 1, 1)


@pytest.mark.parametrize("commits", range(4))
def test_retry_that_is_stopped_between_commits(
    stopped: Library, raw: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    ingest(stopped, "test_pages")
    (raw / "sites" / "more.csv").write_text(NEW_SITE, encoding="utf-8")
    ingest(stopped, "test_sites")
    left = commits
    commit = StoredTable.commit

    def some_commits(table: StoredTable, *arguments: object) -> None:
        nonlocal left
        if not left:
            raise StoppedError
        left -= 1
        commit(table, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(StoredTable, "commit", some_commits)
    if commits < 3:  # the row, its mark, the ledger
        with pytest.raises(StoppedError):
            retry(stopped)
    else:
        retry(stopped)
    monkeypatch.setattr(StoredTable, "commit", commit)
    retry(stopped)
    check(stopped, ROWS - 1, 1)
    assert retry(stopped)["test_pages"].n_stored == 0
    check(stopped, ROWS - 1, 1)


LOOKUP = """
version: 1
sources:
  places:
    title: t
    licence: t
    refresh: once
    inputs:
      - table: letters
        reader: csv
        fields: &fields
          letter_id: id
          title: title
          written_at: time
          channel: {const: hotline}
          region_code: {from: place, as: [{lookup: {file: codes.csv, key: name, value: code}}]}
      - table: letters
        reader: csv
        files: more/*.csv
        fields: *fields
"""


def test_retry_of_a_source_whose_place_the_catalog_does_not_name(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    (folder / "more").mkdir(parents=True)
    (tmp_path / "catalog.yaml").write_text(
        LOOKUP.replace(
            "reader: csv\n        fields: &", "reader: csv\n        files: a.csv\n        fields: &"
        ),
        encoding="utf-8",
    )
    (folder / "codes.csv").write_text("name,code\n东城,999999\n", encoding="utf-8")
    for number, name in enumerate(("a.csv", "more/b.csv")):
        (folder / name).write_text(f"id,title,time,place\n{number},甲,2024-1-1,东城\n", encoding="utf-8")
    library = open_library(home, tmp_path / "catalog.yaml")
    ingest(library, "places", folder)
    assert len(waiting(library)) == 2
    with pytest.raises(LibraryError, match=r"codes\.csv"):
        retry(library)
    mended = tmp_path / "mended"
    mended.mkdir()
    (mended / "codes.csv").write_text("name,code\n东城,430100\n", encoding="utf-8")
    assert retry(library, "places", location=mended)["places"].n_stored == 2
    assert library.count("letters") == 2
    assert status(library)["balanced"]
