"""Downloads: all rows under the filters, what they are and the as-of in them, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

import shuju.pages  # noqa: F401 - fills the table of downloads
from shuju.letters import facts as letter_facts
from shuju.library import Library
from shuju.library.ingest import ingest
from shuju.records import facts as record_facts
from shuju.serve import exports as serving
from shuju.serve import files
from shuju.ui.exports import find
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


EXPORT = find("records")


def pieces(held: Library, /, **filters: object) -> list[pa.Table]:
    return list(EXPORT.pieces(record_facts.selection(held, **filters), {}))


def titles(library: Library) -> dict[str, str]:
    return dict(EXPORT.titles(record_facts.selection(library)))


def read_csv(held: Library, /, **filters: object) -> list[list[str]]:
    data = b"".join(files.csv_pieces(pieces(held, **filters), titles(held), "头"))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


QUERIES = {
    "all": ({}, 61),
    "library": ({"library": "431100"}, 30),
    "region": ({"region": "431181"}, 30),
    "a prefecture holds its counties": ({"region": "431100"}, 30),
    "level": ({"level": "prefecture"}, 31),
    "kind of site": ({"kind": "county_portal"}, 30),
    "genre": ({"genre": "notice"}, 40),
    "two genres": ({"genre": ["notice", "news"]}, 61),
    "topic unknown": ({"topic": "未分类"}, 61),
    "topic unknown or known": ({"topic": ["未分类", "环境保护"]}, 61),
    "day": ({"day": ("2024-07-02", "2024-07-03")}, 6),
    "one day": ({"day": "2024-07-02"}, 3),
    "several at once": ({"genre": "notice", "library": "430100", "day": ("2024-07-01", "2024-07-31")}, 20),
    "nothing": ({"library": "430200"}, 0),
}


@pytest.mark.parametrize(("filters", "n"), QUERIES.values(), ids=QUERIES)
def test_csv_holds_all_rows_that_pass(filled: Library, filters: dict[str, object], n: int) -> None:
    header, heads, *found = read_csv(filled, **filters)
    assert heads[:3] == ["记录编号", "文章标题", "发布时间"]
    assert len(found) == n
    assert header == ["头"]


def test_formula_is_text(filled: Library) -> None:
    assert any(cell == '\'=HYPERLINK("http://x")' for row in read_csv(filled) for cell in row)


def test_xlsx_and_parquet_hold_the_same(filled: Library, tmp_path: Path) -> None:
    notices = pieces(filled, genre="notice")
    files.write_xlsx(notices, titles(filled), "头", tmp_path / "a.xlsx")
    sheet = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert sheet[0][0] == "头"
    assert len(sheet) == 2 + 40
    files.write_parquet(notices, titles(filled), "头", tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.num_rows == 40
    assert table.schema.metadata[b"shuju"].decode() == "头"


@pytest.mark.parametrize("make", [files.write_xlsx, files.write_parquet])
def test_nothing_to_export_is_a_file_with_a_head(filled: Library, tmp_path: Path, make) -> None:
    make(pieces(filled, library="430200"), titles(filled), "h", tmp_path / "a")
    assert (tmp_path / "a").stat().st_size > 0


def test_more_rows_than_a_sheet_holds_go_to_further_sheets(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "XLSX_ROWS", 25)
    files.write_xlsx(pieces(filled), titles(filled), "h", tmp_path / "a.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx"))
    assert sum(len(book.get_sheet_by_name(n).to_python()) - 2 for n in book.sheet_names) == 61


def test_every_address_is_a_cell_and_nothing_becomes_a_link(tmp_path: Path) -> None:
    n = 66_000  # a sheet of Excel holds 65,530 links: what comes after was lost once
    hostile = [r"external:\\host\a.exe", "internal:Sheet2!A1", "mailto:a@b.cn", "ftp://x/y", "http://x/y"]
    urls = pa.table({"url": [f"http://example.cn/{k}" for k in range(n)] + hostile})
    files.write_xlsx([urls], {"url": "网址"}, "h", tmp_path / "a.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx"))
    cells = [row[0] for row in book.get_sheet_by_index(0).to_python()[2:]]
    assert len(cells) == n + len(hostile)
    assert all(cells)
    assert cells[-len(hostile) :] == hostile
    with zipfile.ZipFile(tmp_path / "a.xlsx") as inside:
        names = inside.namelist()
        assert not [name for name in names if "rels" in name and "worksheets" in name]
        assert b"<hyperlink" not in inside.read("xl/worksheets/sheet1.xml")


def test_letters_are_exported_by_what_only_the_facts_know(letters: Letters) -> None:
    school = letter(
        1,
        topic=None,
        title="孩子上学学位不够",
        body="我家孩子今年上小学，学区划分不合理，片区内的学校都满了。",
    )
    library = letters.add(school, letter(2), letter(3, department="浏阳市教育局"))
    export = find("letters")

    def ids(**filters: object) -> list[str]:
        found = export.pieces(letter_facts.selection(library, **filters), {})
        return [row["letter_id"] for piece in found for row in piece.to_pylist()]

    assert ids(topic="教育文体") == ["l1"]
    assert ids(topic_by="given") == ["l2", "l3"]
    assert ids(department="教育局") == ["l3"]
    assert ids(region="430121") == []
    assert ids() == ["l1", "l2", "l3"]


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    files.write_xlsx([pa.table({"body": ["长" * 40_000]})], {"body": "内容"}, "h", tmp_path / "a.xlsx")
    sheet = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert len(sheet[2][0]) == files.XLSX_CHARACTERS
    assert sheet[2][0].endswith(files.CUT)


SERVED = {
    "csv": ("records.csv?genre=policy", 200, "数聚 网页信息；筛选：信息类别：政策文件；数据截至"),
    "dimension": ("records.csv?colour=red", 400, "没有名为 'colour' 的筛选项"),
    "value": ("records.csv?library=999999", 400, "“资源库”没有“999999”这个取值"),
    "date": ("records.csv?day=yesterday", 400, "“发布日期”没有“yesterday”这个取值"),
    "dates the wrong way round": ("records.csv?day=2024-02-01_2024-01-01", 400, "“发布日期”没有"),
    "no such download": ("nothing.csv", 400, "没有名为 'nothing' 的导出"),
    "no such form": ("records.docx", 400, "没有 docx 格式"),
}


@pytest.mark.parametrize(("path", "status", "told"), SERVED.values(), ids=SERVED)
def test_what_the_server_answers(address: str, path: str, status: int, told: str) -> None:
    answer = httpx.get(f"{address}/export/{path}")
    assert answer.status_code == status
    assert told in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_too_many_at_once_are_told_to_come_again(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.ExportHandler, "under_way", serving.AT_ONCE + serving.WAITING)
    answer = httpx.get(f"{address}/export/records.csv")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"


CARDS = {
    "page": ("records.trend?genre=policy", 200, "text/html", "筛选：信息类别：政策文件"),
    "data": ("records.facets.csv", 200, "text/csv", "notice,通知公告,40,40"),
    "table": ("records.trend.html", 200, "text/html", "n_all"),
    "picture": ("records.trend.svg", 200, "image/svg+xml", "<svg"),
    "code": ("records.list.py?genre=policy&page=2", 200, "text/plain", 'selection.card("list", page=2)'),
    "of another page too": ("records.trend?measure=x&anything=1", 200, "text/html", "发布趋势"),
    "no such card": ("records.trent", 404, "text/plain", "records.trend"),
    "no such value": ("records.trend?genre=x", 404, "text/plain", "没有“x”这个取值"),
    "no such option value": ("letters.map?measure=x", 404, "text/plain", "rate"),
    "no number": ("records.list?page=x", 404, "text/plain", "应为数字"),
    "no picture": ("records.list.png", 404, "text/plain", "没有图片"),
}


@pytest.mark.parametrize(("path", "status", "kind", "told"), CARDS.values(), ids=CARDS)
def test_a_card_answers_by_its_address(address: str, path: str, status: int, kind: str, told: str) -> None:
    answer = httpx.get(f"{address}/card/{path}", timeout=60)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(kind)
    assert told in answer.text


def test_a_card_is_a_picture(address: str) -> None:
    answer = httpx.get(f"{address}/card/records.map.png", timeout=60)
    assert answer.content.startswith(b"\x89PNG")
