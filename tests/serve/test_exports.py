"""Downloads: all rows under the filters, what they are and the as-of in them, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import httpx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

import shuju.pages  # noqa: F401 - fills the table of downloads
from shuju.letters import facts as letter_facts
from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.library.ingest import ingest
from shuju.records import facts as record_facts
from shuju.serve import exports as serving
from shuju.serve import files, xlsx
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
    data = b"".join(files.csv_pieces(pieces(held, **filters), titles(held)))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def write_xlsx(rows: list[pa.Table], heads: dict[str, str], path: Path, name: str = "表") -> CalamineWorkbook:
    path.write_bytes(b"".join(xlsx.xlsx_pieces(rows, heads, [("内容", "测试")], name)))
    return CalamineWorkbook.from_path(str(path))


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
    heads, *found = read_csv(filled, **filters)
    assert heads[:3] == ["记录编号", "文章标题", "发布时间"]
    assert len(found) == n


def test_formula_is_text(filled: Library) -> None:
    assert any(cell == '\'=HYPERLINK("http://x")' for row in read_csv(filled) for cell in row)


SAFE = {
    "formula": ("=1+1", "'=1+1"), "plus": ("+86", "'+86"), "at": ("@sum", "'@sum"), "tab": ("\tx", "'\tx"),
    "eighteen digits": ("430102199001011234", "'430102199001011234"), "leading zero": ("00731", "'00731"),
    "short number": ("430102", "430102"), "text with digits": ("湘A12345", "湘A12345"), "nothing": (None, ""),
    "lines and quotes": ('一"二\n三', '一"二\n三'), "comma": ("一,二", "一,二"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "told"), SAFE.values(), ids=SAFE)
def test_csv_is_safe_for_spreadsheets(value: str | None, told: str) -> None:
    rows = pa.table({"a": pa.array([value], pa.string()), "b": pa.array([1])})
    data = b"".join(files.csv_pieces([rows], {"a": "甲", "b": "乙"})).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data, newline=""))) == [["甲", "乙"], [told, "1"]]


TYPED = pa.table(
    {
        "text": pa.array(["=1+1", "430102199001011234"]),
        "time": pa.array([dt.datetime(2019, 12, 31, 23, 59, 59), None], pa.timestamp("us")),
        "day": pa.array([dt.date(2020, 2, 29), dt.date(1999, 1, 1)]),
        "n": pa.array([7, None], pa.int32()),
        "share": pa.array([0.25, float("nan")]),
        "is_so": pa.array([True, None]),
    }
)


def test_xlsx_has_types_names_filter_and_an_explanation(tmp_path: Path) -> None:
    heads = {name: f"<{name}>" for name in TYPED.column_names}
    book = write_xlsx([TYPED], heads, tmp_path / "a.xlsx", "来信[1]")
    assert book.sheet_names == ["来信1", "说明"]
    first, second, third = book.get_sheet_by_name("来信1").to_python()
    assert first == list(heads.values())
    assert second == ["=1+1", dt.datetime(2019, 12, 31, 23, 59, 59), dt.date(2020, 2, 29), 7, 0.25, True]
    assert third == ["430102199001011234", "", dt.date(1999, 1, 1), "", "", ""]
    assert book.get_sheet_by_name("说明").to_python() == [["内容", "测试"]]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as inside:
        sheet = inside.read("xl/worksheets/sheet1.xml").decode()
        assert inside.testzip() is None
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:F3"/>' in sheet
    assert "<f>" not in sheet


HOSTILE = {
    "control characters": ("a\x00\x0bb\x1f", "ab"), "looks escaped": ("_x0041_", "_x005F_x0041_"), "xml": ("<a>&amp;'\"", "<a>&amp;'\""),
    "lines": (" 一\n二\t ", " 一\n二\t "), "not a character": ("\ufffe\uffff", ""), "beyond the plane": ("𠮷😀", "𠮷😀"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "told"), HOSTILE.values(), ids=HOSTILE)
def test_xlsx_holds_hostile_text_as_text(tmp_path: Path, value: str, told: str) -> None:
    write_xlsx([pa.table({"a": [value, "x"]})], {"a": "甲"}, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as inside:
        sheet = ElementTree.fromstring(inside.read("xl/worksheets/sheet1.xml"))
    assert [
        cell.text or "" for cell in sheet.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}t")
    ] == ["甲", told, "x"]


def test_xlsx_and_parquet_hold_the_same(filled: Library, tmp_path: Path) -> None:
    notices = pieces(filled, genre="notice")
    sheet = write_xlsx(notices, titles(filled), tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert sheet[0] == list(titles(filled).values())
    assert len(sheet) == 1 + 40
    files.write_parquet(notices, titles(filled), "头", tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.num_rows == 40
    assert table.schema.metadata[b"shuju"].decode() == "头"


def test_nothing_to_export_is_a_file_with_a_head(filled: Library, tmp_path: Path) -> None:
    nothing = pieces(filled, library="430200")
    book = write_xlsx(nothing, titles(filled), tmp_path / "a.xlsx")
    assert book.get_sheet_by_index(0).to_python() == [list(titles(filled).values())]
    files.write_parquet(nothing, titles(filled), "h", tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet").column_names == list(titles(filled))


def test_more_rows_than_a_sheet_holds_go_to_further_sheets(
    filled: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 25)
    book = write_xlsx(pieces(filled), titles(filled), tmp_path / "a.xlsx")
    assert book.sheet_names == ["表", "表 2", "表 3", "说明"]
    assert [len(book.get_sheet_by_name(n).to_python()) - 1 for n in book.sheet_names[:3]] == [25, 25, 11]


def test_every_address_is_a_cell_and_nothing_becomes_a_link(tmp_path: Path) -> None:
    n = 66_000  # a sheet of Excel holds 65,530 links: what comes after was lost once
    hostile = [r"external:\\host\a.exe", "internal:Sheet2!A1", "mailto:a@b.cn", "ftp://x/y", "http://x/y"]
    urls = pa.table({"url": [f"http://example.cn/{k}" for k in range(n)] + hostile})
    book = write_xlsx([urls], {"url": "网址"}, tmp_path / "a.xlsx")
    cells = [row[0] for row in book.get_sheet_by_index(0).to_python()[1:]]
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


def test_letters_carry_what_the_page_shows(letters: Letters) -> None:
    school = letter(
        1,
        topic=None,
        place=None,
        title="浏阳市孩子上学学位不够",
        body="浏阳市片区内的学校都满了，孩子上不了小学。",
    )
    library = letters.add(school, letter(2, replied="2024-07-09 10:00", reply="已办"))
    replace_table(
        library, "issue_letters", pd.DataFrame({"letter_id": ["l2"], "issue_id": ["i1"]}), made_by="test"
    )
    at = {
        "first_at": pd.Timestamp("2024-07-01"),
        "last_at": pd.Timestamp("2024-07-02"),
        "stage": "source",
        "heat": 1.0,
    }
    n = dict.fromkeys(("n_letters", "n_writers", "n_regions"), 1)
    replace_table(
        library, "hot_issues", pd.DataFrame([at | n | {"issue_id": "i1", "title": "路坏了"}]), made_by="test"
    )
    chosen = letter_facts.selection(library)
    export = find("letters")
    found = pa.concat_tables(export.pieces(chosen, {})).to_pandas().set_index("letter_id")
    names = ["region_code", "region", "topic", "topic_by", "motive", "answer", "term", "issue_title"]
    l2 = ("430104", "岳麓区", "交通运输", "来源系统", "投诉", "已答复", "按期答复", "路坏了")
    assert found.loc["l2", names].tolist() == list(l2)
    assert found.loc["l1", ["region_code", "region", "answer"]].tolist() == ["430181", "浏阳市", "未答复"]
    for name in ("topic", "region", "answer", "motive", "term"):
        counts = chosen.counts(name)
        on_page = {chosen.name_of(name, label): n for label, n in counts.items() if n}
        assert found[name].value_counts().to_dict() == on_page
    assert list(export.titles(chosen)) == [*pa.concat_tables(export.pieces(chosen, {})).column_names]


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    book = write_xlsx([pa.table({"body": ["长" * 40_000]})], {"body": "内容"}, tmp_path / "a.xlsx")
    cell = book.get_sheet_by_index(0).to_python()[1][0]
    assert len(cell) == xlsx.CELL_CHARACTERS
    assert cell.endswith(xlsx.CUT)


SERVED = {
    "csv": ("records.csv?genre=policy", 200, "记录编号,文章标题,发布时间,网站代码,网站"),
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


ASKED = {
    "rows": ("records.csv?genre=notice&ask=0123456789abcdef", "begun.40"),
    "a workbook": ("records.xlsx?ask=0123456789abcdef", "begun.61"),
    "a file made first": ("records.parquet?ask=0123456789abcdef", "begun.61"),
    "refused": ("records.csv?library=999999&ask=0123456789abcdef", "refused.“资源库”没有“999999”这个取值"),
    "not asked": ("records.csv", None),
    "no name of a cookie": ("records.csv?ask=a%3B%20Path%3D/", None),
}


@pytest.mark.parametrize(("path", "told"), ASKED.values(), ids=ASKED)
def test_a_page_is_told_when_its_file_begins_to_come(address: str, path: str, told: str | None) -> None:
    cookie = httpx.get(f"{address}/export/{path}").headers.get("Set-Cookie")
    if told is None:
        assert cookie is None
    else:
        name, _, value = cookie.partition(";")[0].partition("=")
        assert name == "shuju_download_0123456789abcdef"
        assert unquote(value).startswith(told)
        assert "Max-Age=60; SameSite=Strict" in cookie


def test_too_many_at_once_are_told_to_come_again(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.ExportHandler, "under_way", serving.AT_ONCE + serving.WAITING)
    answer = httpx.get(f"{address}/export/records.csv")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"


CARDS = {
    "page": ("records.trend?genre=policy", 200, "text/html", "筛选：信息类别：政策文件"),
    "data": ("records.facets.csv", 200, "text/csv", '"notice","通知公告",40,40'),
    "table": ("records.trend.html", 200, "text/html", "<th>全部</th>"),
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
