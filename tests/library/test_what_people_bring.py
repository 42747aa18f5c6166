"""Files as people bring them: what a spreadsheet, an export or an editor did to them is stored right, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import xlsxwriter

from shuju.library import open_library
from shuju.library.ingest import ingest
from shuju.library.status import status

CATALOG = """version: 1
sources:
  s:
    title: 工单
    licence: 测试
    refresh: monthly
    location: src
    inputs:
      - table: {table}
        reader: {reader}
        files: "*"
        options: {options}
        fields: {fields}
"""
FIELDS = "{letter_id: 编号, title: 标题, body: 内容, written_at: 时间, department: 单位, channel: {const: hotline}}"


@dataclass(frozen=True)
class Taken:
    """What became of a file: the rows of the table, the reasons of the quarantine, why the file failed."""

    rows: list[Mapping[str, object]]
    reasons: list[str]
    failures: list[str]
    balanced: bool
    warnings: list[str] = field(default_factory=list)


def take_in(
    folder: Path,
    name: str,
    data: bytes | None,
    *,
    reader: str = "csv",
    options: str = "{}",
    fields: str = FIELDS,
    table: str = "letters",
) -> Taken:
    """Take one file in under a small catalog."""
    (folder / "src").mkdir(exist_ok=True)
    if data is not None:
        (folder / "src" / name).write_bytes(data)
    catalog = CATALOG.format(reader=reader, options=options, fields=fields, table=table)
    (folder / "catalog.yaml").write_text(catalog, encoding="utf-8")
    library = open_library(folder / "home", folder / "catalog.yaml")
    report = ingest(library, "s")
    rows = library.read(table).astype(object)
    rows = rows.where(rows.notna(), None).sort_values(library.catalog.table(table).key)
    waiting = library.read("quarantine", where=[("state", "==", "待处理")])
    return Taken(
        rows.to_dict("records"),
        sorted(waiting["reason"]),
        report.failures,
        bool(status(library)["balanced"]),
        getattr(report, "warnings", []),
    )


HEAD = "编号,标题,内容,时间,单位\n"
GOOD = "A1,路灯不亮,朝阳路的路灯坏了三盏,2024/7/5 9:05,城管局\n"


SPOILT_KEYS = {
    "scientific notation": ("2.02407E+13,甲,,2024-07-05,\n2.02407E+13,乙,,2024-07-06,\n", "改成科学计数法"),
    "digits rounded off": (
        "20240705123456000,甲,,2024-07-05,\n20240706123456000,乙,,2024-07-06,\n",
        "末尾的数字被舍去成 0",
    ),
}


@pytest.mark.parametrize(("body", "reason"), SPOILT_KEYS.values(), ids=SPOILT_KEYS)
def test_spoilt_keys_are_quarantined(tmp_path: Path, body: str, reason: str) -> None:
    taken = take_in(tmp_path, "a.csv", (HEAD + body).encode())
    assert (taken.rows, len(taken.reasons), taken.balanced) == ([], 2, True)
    assert all(reason in told and "重新导出" in told for told in taken.reasons)


def test_long_keys_that_end_in_other_digits_are_keys(tmp_path: Path) -> None:
    body = "20240705123456000,甲,,2024-07-05,\n20240705123456001,乙,,2024-07-06,\n2024E13,丙,,2024-07-06,\n"
    assert len(take_in(tmp_path, "a.csv", (HEAD + body).encode()).rows) == 3


def test_spoilt_number_that_is_no_key_is_left_empty_and_flagged(tmp_path: Path) -> None:
    fields = FIELDS[:-1] + ", writer_id: 用户}"
    data = "编号,标题,内容,时间,单位,用户\nA1,甲,,2024-07-05,,1.38001E+10\n".encode()
    (row,) = take_in(tmp_path, "a.csv", data, fields=fields).rows
    assert (row["writer_id"], row["quality_flags"]) == (None, "writer_id")


def sheet(path: Path, rows: list[list[object]], merged: Mapping[str, object] | None = None) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        for span, value in (merged or {}).items():
            page.merge_range(span, value)


def test_key_kept_as_a_number_in_a_workbook_is_quarantined(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    rows = [["编号", "标题", "内容", "时间", "单位"], [20240705123456789, "甲", "乙", "2024-07-05", "丙"]]
    sheet(tmp_path / "src" / "a.xlsx", [*rows, [188006, "甲", "乙", "2024-07-05", "丙"]])
    taken = take_in(tmp_path, "a.xlsx", None, reader="xlsx")
    assert [row["letter_id"] for row in taken.rows] == ["188006"]
    assert "改成科学计数法" in taken.reasons[0]


REFUSED = {
    "renamed column": ("编号,标题,诉求内容,时间,单位\nA1,甲,乙,2024-07-05,丙\n", "缺少目录所写的列 '内容'，是否已改名为 '诉求内容'"),
    "name twice": ("编号,标题,内容,时间,单位,内容\nA1,甲,乙,2024-07-05,丙,丁\n", "'内容' 出现了 2 次，请在目录中写明 内容#1 或 内容#2"),
    "title rows above": (f"工单明细,,,,\n导出时间：2024-07-08,,,,\n{HEAD}{GOOD}", "请写 options: {header: 3}"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_file_without_what_the_catalog_names_is_refused(tmp_path: Path, text: str, message: str) -> None:
    taken = take_in(tmp_path, "a.csv", text.encode())
    assert taken.rows == []
    assert message in taken.failures[0]


TAKEN = {
    "missing column that is optional": (HEAD.replace(",单位", ""), "A1,甲,乙,2024-07-05\n", FIELDS.replace("单位", "{from: 单位, optional: true}")),
    "one of two columns": (HEAD.replace("单位", "部门"), GOOD, FIELDS.replace("单位", "{from: [单位, 部门]}")),
    "name twice, told apart": (HEAD.strip() + ",内容\n", GOOD.strip() + ",满意\n", FIELDS.replace("内容", "内容#1")),
    "blanks and full width in names": (HEAD.replace("内容", "内 容").replace("编号", "编号（一）"), GOOD, FIELDS.replace("编号", "编号(一)")),
    "line break in a name": (HEAD.replace("时间", '"受理\n时间"'), GOOD, FIELDS.replace("时间", "受理时间")),
}  # fmt: skip


@pytest.mark.parametrize(("head", "body", "fields"), TAKEN.values(), ids=TAKEN)
def test_names_that_are_there_are_found(tmp_path: Path, head: str, body: str, fields: str) -> None:
    taken = take_in(tmp_path, "a.csv", (head + body).encode(), fields=fields)
    assert taken.failures == []
    assert [row["letter_id"] for row in taken.rows] == ["A1"]


BIG5 = "編號,標題,內容,時間,單位\nA1,路燈不亮,朝陽路的路燈壞了三盞,2024/7/5 9:05,城管局\n"
BIG5_FIELDS = (
    FIELDS.replace("编号", "編號").replace("标题", "標題").replace("内容", "內容").replace("时间", "時間")
)
BIG5_FIELDS = BIG5_FIELDS.replace("单位", "單位")
ENCODINGS = {
    "Big5": (BIG5.encode("big5"), "{}", BIG5_FIELDS, "路燈不亮"),
    "GBK rows below UTF-8": (HEAD.encode() + GOOD.encode("gbk"), "{}", FIELDS, "路灯不亮"),
    "UTF-8 rows below GBK": (HEAD.encode("gbk") + GOOD.encode(), "{}", FIELDS, "路灯不亮"),
    "UTF-16 without a mark": ((HEAD + GOOD).encode("utf-16-le"), "{}", FIELDS, "路灯不亮"),
    "GBK declared as GB 2312": ((HEAD + GOOD.replace("路灯", "朱镕喆")).encode("gbk"), "{encoding: gb2312}", FIELDS, "朱镕喆不亮"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "options", "fields", "title"), ENCODINGS.values(), ids=ENCODINGS)
def test_encoding_is_told(tmp_path: Path, data: bytes, options: str, fields: str, title: str) -> None:
    taken = take_in(tmp_path, "a.csv", data, options=options, fields=fields)
    assert [row["title"] for row in taken.rows] == [title], taken


UNREADABLE = {
    "GBK declared, UTF-8 meant": ((HEAD + GOOD).encode(), "{encoding: gbk}", "文件多半是 UTF-8"),
    "UTF-8 declared, Big5 meant": (BIG5.encode("big5"), "{encoding: utf-8}", "文件多半是 Big5"),
    "spoilt before it was stored": ((HEAD + GOOD).encode().decode("gb18030", "replace").encode(), "{}", "已成乱码"),
    "Latin letters of UTF-8": ((HEAD + GOOD).encode().decode("latin-1").encode(), "{}", "已成乱码"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "options", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_text_that_is_hardly_chinese_is_refused(
    tmp_path: Path, data: bytes, options: str, message: str
) -> None:
    taken = take_in(tmp_path, "a.csv", data, options=options)
    assert (taken.rows, [message in told for told in taken.failures]) == ([], [True]), taken.failures


LAID_OUT = {
    "title rows and a number of sums": ("{header: 3, footer: 1}", f"明细表,,,,\n导出,,,,\n{HEAD}{GOOD}合计,1,,,\n"),
    "skipped rows and sums by their mark": ("{skip_rows: 2, footer: ^合计}", f"明细表\n导出\n{HEAD}{GOOD}合计,1\n制表：甲\n"),
    "two rows of names": ("{header: [1, 2]}", f"编号,标题,内容,受理,\n,,,时间,单位\n{GOOD}"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "text"), LAID_OUT.values(), ids=LAID_OUT)
def test_table_lies_in_its_file_as_told(tmp_path: Path, options: str, text: str) -> None:
    fields = (
        FIELDS if "[" not in options else FIELDS.replace("时间", "受理.时间").replace("单位", "受理.单位")
    )
    taken = take_in(tmp_path, "a.csv", text.encode(), options=options, fields=fields)
    assert taken.failures == []
    assert [(row["letter_id"], row["department"]) for row in taken.rows] == [("A1", "城管局")]
    assert (taken.reasons, taken.balanced) == ([], True)


def test_cells_below_mean_those_above(tmp_path: Path) -> None:
    text = HEAD + GOOD + "A2,井盖,丢了,2024-07-06,\nA3,噪声,夜里,2024-07-07,环保局\nA4,灯,坏,2024-07-08,\n"
    taken = take_in(tmp_path, "a.csv", text.encode(), options="{fill_down: [单位]}")
    assert [row["department"] for row in taken.rows] == ["城管局", "城管局", "环保局", "环保局"]


def test_merged_cells_stand_in_each_row(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    rows = [
        ["工单明细表"],
        ["编号", "诉求", "", "时间", "单位"],
        ["", "标题", "内容", "", ""],
        ["A1", "路灯", "坏", "", ""],
        ["A2", "井盖", "丢", "", ""],
    ]
    merged = {"B2:C2": "诉求", "A2:A3": "编号", "D4:D5": "2024-07-05", "E4:E5": "城管局"}
    sheet(tmp_path / "src" / "a.xlsx", rows, merged)
    fields = FIELDS.replace("标题", "诉求.标题").replace("内容", "诉求.内容")
    taken = take_in(tmp_path, "a.xlsx", None, reader="xlsx", options="{header: [2, 3]}", fields=fields)
    assert taken.failures == []
    assert [(row["title"], row["department"]) for row in taken.rows] == [
        ("路灯", "城管局"),
        ("井盖", "城管局"),
    ]


HTML_TABLE = """<style> .t {} </script><div><table><tr><th>编号</th><th>标题</th><th>内容</th><th>时间</th><th>单位</th></tr>
<tr><td>A1</td><td>路灯不亮</td><td>坏了三盏</td><td>2024/7/5</td><td rowspan=2>城管局</td></tr>
<tr><td>A2</td><td>井盖</td><td>丢了</td><td>2024/7/6</td></tr></table></div>"""


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_html_table_named_xls_is_read(tmp_path: Path, encoding: str) -> None:
    taken = take_in(tmp_path, "a.xls", HTML_TABLE.encode(encoding), reader="xlsx")
    assert [(r["letter_id"], r["department"]) for r in taken.rows] == [("A1", "城管局"), ("A2", "城管局")]


NO_WORKBOOKS = {
    "text": ((HEAD + GOOD).encode(), "而是文本，可试 reader: csv"),
    "nothing": (b"", "而是空文件"),
    "half a workbook": (b"PK\x03\x04" + bytes(200), "打不开工作表"),
    "page without a table": ("<html><p>请登录</p></html>".encode(), "其中有 0 个表格"),
}


@pytest.mark.parametrize(("data", "message"), NO_WORKBOOKS.values(), ids=NO_WORKBOOKS)
def test_what_is_no_workbook_is_said(tmp_path: Path, data: bytes, message: str) -> None:
    (failure,) = take_in(tmp_path, "a.xls", data, reader="xlsx").failures
    assert message in failure


LETTER = {"编号": "A1", "标题": "路灯", "内容": "坏了", "时间": 1720168685, "单位": "城管局"}
ANSWERS = [{"文": "已转办", "at": 1720255085}, {"文": "已修复", "at": 1720341485}]


def lines(*rows: object) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


@pytest.mark.parametrize(
    ("path", "reply"), [("答.0.文", "已转办"), ("答.-1.文", "已修复"), ("答.5.文", None)]
)
def test_items_of_a_list_are_reached(tmp_path: Path, path: str, reply: str | None) -> None:
    data = lines({**LETTER, "答": ANSWERS}, {**LETTER, "编号": "A2", "答": []})
    fields = FIELDS[:-1] + f", reply: {path}}}"
    taken = take_in(tmp_path, "a.jsonl", data, reader="json", fields=fields)
    assert [row["reply"] for row in taken.rows] == [reply, None]


def test_path_through_a_list_is_refused_with_the_right_one(tmp_path: Path) -> None:
    data = lines({**LETTER, "答": ANSWERS})
    fields = FIELDS[:-1] + ", reply: 答.文}"
    (failure,) = take_in(tmp_path, "a.jsonl", data, reader="json", fields=fields).failures
    assert "请写 答.0.文（第一项）或 答.-1.文（最后一项）" in failure


def test_one_row_an_item(tmp_path: Path) -> None:
    data = lines({**LETTER, "答": ANSWERS}, {**LETTER, "编号": "A2", "答": []})
    fields = (
        FIELDS.replace("letter_id: 编号", "letter_id: {from: [编号, 答.at], join: '-'}")[:-1]
        + ", reply: 答.文}"
    )
    taken = take_in(tmp_path, "a.jsonl", data, reader="json", options="{explode: 答}", fields=fields)
    assert [(r["letter_id"], r["reply"]) for r in taken.rows] == [
        ("A1-1720255085", "已转办"),
        ("A1-1720341485", "已修复"),
        ("A2", None),
    ]
    assert taken.balanced


def test_json_lines_in_gbk_are_read(tmp_path: Path) -> None:
    data = lines(LETTER, {**LETTER, "编号": "A2"}).decode().encode("gbk")
    assert [r["title"] for r in take_in(tmp_path, "a.jsonl", data, reader="json").rows] == ["路灯", "路灯"]


PAGE = """<!DOCTYPE html><html><head><meta charset="{declared}"><title>停水通知_某市</title></head><body>
<div class="header"><a>手机版</a></div><div class="nav navbar"><ul><li>首页</li><li>政务公开</li></ul></div>
<div class="breadcrumb">当前位置：首页 &gt; 公告</div><h1>停水通知</h1>
<div class="info">发布时间：2024-07-05 来源：水利局 浏览量：{visits}</div>
<div class="{box}"><p>因管道检修，7月6日8时至18时东风路沿线停水，请提前储水。</p></div>
<div class="footer">主办：某市人民政府办公室</div></body></html>"""
BODY = "因管道检修，7月6日8时至18时东风路沿线停水，请提前储水。"
PAGE_FIELDS = "{record_id: file_name, site_id: {const: x}, genre: {const: notice}, title: title, body: main_text, published_at: date}"
PAGES = {
    "UTF-8 declared as GB 2312": ("utf-8", "gb2312", "article-cont"),
    "GBK declared as UTF-8": ("gbk", "utf-8", "TRS_Editor"),
    "container without a name": ("utf-8", "utf-8", "x1"),
    "text within the remarks' container": ("utf-8", "utf-8", "info"),
}


@pytest.mark.parametrize(("encoding", "declared", "box"), PAGES.values(), ids=PAGES)
def test_short_notice_is_its_text_alone(tmp_path: Path, encoding: str, declared: str, box: str) -> None:
    for visits in ("3", "4"):
        data = PAGE.format(declared=declared, box=box, visits=visits).encode(encoding)
        taken = take_in(tmp_path, "a.html", data, reader="html", fields=PAGE_FIELDS, table="records")
    (row,) = taken.rows
    assert (row["body"], str(row["published_at"])[:10], row["revision"]) == (BODY, "2024-07-05", 1)


def test_catalog_names_where_the_parts_of_a_page_stand(tmp_path: Path) -> None:
    data = PAGE.format(declared="utf-8", box="x1", visits=1).encode()
    options = "{title: h1, body: div.x1 > p, date: .info}"
    taken = take_in(
        tmp_path, "a.shtml", data, reader="html", options=options, fields=PAGE_FIELDS, table="records"
    )
    (row,) = taken.rows
    assert (row["title"], row["body"]) == ("停水通知", BODY)


def test_row_that_a_mended_catalog_stores_waits_no_longer(tmp_path: Path) -> None:
    text = HEAD.strip() + ",地区\n" + GOOD.strip() + ",宁乡县城\nA2,甲,乙,2024-07-05,丙,哪里\n"
    fields = FIELDS[:-1] + ", region_code: 地区}"
    first = take_in(tmp_path, "a.csv", text.encode(), fields=fields)
    assert (len(first.rows), len(first.reasons)) == (0, 2)
    mended = fields.replace("region_code: 地区", "region_code: {from: 地区, as: [{map: {宁乡县城: 宁乡市}}]}")
    second = take_in(tmp_path, "a.csv", text.encode(), fields=mended)
    assert ([r["region_code"] for r in second.rows], len(second.reasons), second.balanced) == (
        ["430182"],
        1,
        True,
    )
    third = take_in(tmp_path, "a.csv", text.encode(), fields=mended.replace("宁乡市", "宁乡"))
    assert (len(third.rows), len(third.reasons), third.balanced) == (1, 1, True)


def test_lines_that_most_pages_of_a_site_have_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    for n in range(8):
        body = f"<p>本站提供智能问答服务</p><p>第{n}号停水通知，东风路沿线请提前储水备用。</p><p>市政务热线随时为您服务</p>"
        text = f"<html><head><title>通知{n}</title></head><body><div class=x1>{body}</div><div>日期：2024-07-0{n + 1}</div></body></html>"
        (tmp_path / "src" / f"{n}.html").write_text(text, encoding="utf-8")
    fields = PAGE_FIELDS.replace("published_at: date", "published_at: {const: '2024-07-05'}")
    taken = take_in(
        tmp_path,
        "",
        None,
        reader="html",
        options="{compare: true, body: div.x1}",
        fields=fields,
        table="records",
    )
    assert [row["body"] for row in taken.rows] == [
        f"第{n}号停水通知，东风路沿线请提前储水备用。" for n in range(8)
    ]


def test_word_documents_are_records(tmp_path: Path) -> None:
    from docx import Document

    (tmp_path / "src").mkdir()
    document = Document()
    document.add_heading("停水通知", 1)
    document.add_paragraph("因管道检修，东风路沿线停水一天。")
    document.add_table(1, 2).rows[0].cells[0].text = "联系人"
    document.save(tmp_path / "src" / "a.docx")
    (tmp_path / "src" / "b.docx").write_bytes(b"PK\x03\x04" + bytes(50))
    fields = "{record_id: file_name, site_id: {const: x}, genre: {const: notice}, title: title, body: main_text, published_at: {const: '2024-07-05'}}"
    taken = take_in(tmp_path, "", None, reader="docx", fields=fields, table="records")
    assert [(row["title"], row["body"]) for row in taken.rows] == [
        ("停水通知", "停水通知\n因管道检修，东风路沿线停水一天。\n联系人")
    ]
    assert len(taken.reasons) == 1
    assert "不是完整的 Word 文档" in taken.reasons[0]
