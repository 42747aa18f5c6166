"""Exports: all filtered rows, the filters and the as-of written in, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook
from shuju.views.letter_filters import LetterFilters, filtered_letters
from shuju.views.record_filters import RecordFilters, where

from shuju.letters import facts as letter_facts
from shuju.library import Library, LibraryError
from shuju.library.ingest import ingest
from shuju.serve import exports
from tests.conftest import page, write_lines
from tests.letters.conftest import Letters, letter


@pytest.fixture
def filled(library: Library, raw: Path) -> Library:
    rows = [
        page(i, site="4301000001" if i % 2 else "4311810001", kind="通知" if i % 3 else "news")
        for i in range(60)
    ]
    rows.append(page(100, title='=HYPERLINK("http://x")', content="正文", subject="环境保护"))
    write_lines(raw / "pages" / "a.jsonl", rows)
    ingest(library, "test_pages")
    return library


EXPORT = exports.EXPORTS["records"]


def rows(library: Library, filters: RecordFilters) -> Iterator[pa.Table]:
    return library.stream("records", EXPORT.columns, where(filters, library))


def titles(library: Library) -> dict[str, str]:
    return exports.column_titles(library, EXPORT)


def read_csv(library: Library, query: dict[str, str]) -> list[list[str]]:
    filters = RecordFilters.from_query(query)
    data = b"".join(exports.csv_pieces(rows(library, filters), titles(library), filters.describe()))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


QUERIES = {
    "all": ({}, 61),
    "library": ({"library": "431100"}, 30),
    "region": ({"region": "431181"}, 30),
    "level": ({"level": "prefecture"}, 31),
    "kind of site": ({"kind": "county_portal"}, 30),
    "genre": ({"genre": "notice"}, 40),
    "two genres": ({"genre": "notice,news"}, 61),
    "topic unknown": ({"topic": "未分类"}, 61),
    "day": ({"day": "2024-07-02_2024-07-03"}, 6),
    "one day": ({"day": "2024-07-02"}, 3),
    "several at once": ({"genre": "notice", "library": "430100", "day": "2024-07-01_2024-07-31"}, 20),
    "nothing": ({"library": "430200"}, 0),
    "empty values": ({"library": "", "day": ""}, 61),
}


@pytest.mark.parametrize(("query", "n"), QUERIES.values(), ids=QUERIES)
def test_csv_holds_all_rows_that_pass(filled: Library, query: dict[str, str], n: int) -> None:
    header, heads, *found = read_csv(filled, query)
    assert heads[:3] == ["记录编号", "文章标题", "发布时间"]
    assert len(found) == n
    assert header


def test_formula_is_text(filled: Library) -> None:
    found = read_csv(filled, {})
    assert any(cell == '\'=HYPERLINK("http://x")' for row in found for cell in row)


def test_xlsx_and_parquet_hold_the_same(filled: Library, tmp_path: Path) -> None:
    filters = RecordFilters(genre=("notice",))
    exports.write_xlsx(rows(filled, filters), titles(filled), filters.describe(), tmp_path / "a.xlsx")
    sheet = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert sheet[0][0] == "信息类别：通知公告"
    assert len(sheet) == 2 + 40
    exports.write_parquet(rows(filled, filters), titles(filled), filters.describe(), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.num_rows == 40
    assert table.schema.metadata[b"shuju"].decode() == "信息类别：通知公告"


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_nothing_to_export_is_a_file_with_a_head(filled: Library, tmp_path: Path, kind: str) -> None:
    make = exports.write_xlsx if kind == "xlsx" else exports.write_parquet
    make(rows(filled, RecordFilters(library=("430200",))), titles(filled), "h", tmp_path / f"a.{kind}")
    assert (tmp_path / f"a.{kind}").stat().st_size > 0


def test_more_rows_than_a_sheet_holds_go_to_further_sheets(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "XLSX_ROWS", 25)
    exports.write_xlsx(rows(filled, RecordFilters()), titles(filled), "h", tmp_path / "a.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx"))
    assert sum(len(book.get_sheet_by_name(n).to_python()) - 2 for n in book.sheet_names) == 61


def test_letters_are_exported_by_what_only_the_facts_know(letters: Letters) -> None:
    school = letter(
        1,
        topic=None,
        title="孩子上学学位不够",
        body="我家孩子今年上小学，学区划分不合理，片区内的学校都满了。",
    )
    library = letters.add(school, letter(2), letter(3, department="浏阳市教育局"))
    facts = letter_facts.build(library)
    columns = exports.EXPORTS["letters"].columns

    def ids(**filters: tuple[str, ...]) -> list[str]:
        pieces = filtered_letters(library, facts, LetterFilters(**filters), columns)
        return [row["letter_id"] for piece in pieces for row in piece.to_pylist()]

    assert ids(topic=("教育文体",)) == ["l1"]
    assert ids(topic_by=("given",)) == ["l2", "l3"]
    assert ids(department=("教育局",)) == ["l3"]
    assert ids(region=("430121",)) == []
    assert ids() == ["l1", "l2", "l3"]


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    piece = pa.table({"body": ["长" * 40_000]})
    exports.write_xlsx([piece], {"body": "内容"}, "h", tmp_path / "a.xlsx")
    sheet = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert len(sheet[2][0]) == exports.XLSX_CHARACTERS
    assert sheet[2][0].endswith(exports.CUT)


WRONG = {
    "dimension": ({"colour": "red"}, "没有筛选项 'colour'"),
    "value": ({"library": "999999"}, "资源库 '999999' 不在代码表中"),
    "date": ({"day": "yesterday"}, "日期 'yesterday' 应写成"),
    "dates the wrong way round": ({"day": "2024-02-01_2024-01-01"}, "开始晚于结束"),
}


@pytest.mark.parametrize(("query", "message"), WRONG.values(), ids=WRONG)
def test_wrong_filter_is_refused(query: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RecordFilters.from_query(query)


def test_unknown_together_with_known_is_refused(filled: Library) -> None:
    with pytest.raises(LibraryError, match="未知"):
        where(RecordFilters(topic=("未分类", "环境保护")), filled)


def test_filters_survive_their_address() -> None:
    import datetime as dt

    filters = RecordFilters(library=("430100", "430200"), day=(dt.date(2024, 1, 1), dt.date(2024, 6, 30)))
    assert RecordFilters.from_query(filters.to_query()) == filters
    assert filters.describe() == "资源库：长沙市、株洲市；发布日期：2024-01-01 至 2024-06-30"
