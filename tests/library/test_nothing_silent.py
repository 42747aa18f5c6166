"""Files whose rows parse while their meaning is gone: each is told of, or refused by name, on the first file of a source too."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from shuju import catalog as catalogs
from shuju.library import open_library
from shuju.library.drafting import draft_source
from shuju.library.ingest import ingest
from shuju.library.sampling import sample_file
from shuju.library.status import status

NAMES = ("编号", "标题", "内容", "时间", "单位")
FIELDS = {"letter_id": "编号", "title": "标题", "body": "内容", "written_at": "时间", "department": "单位"}
PAGE_FIELDS = {
    "record_id": "file_name",
    "title": "title",
    "body": "main_text",
    "published_at": {"const": "2024-07-05"},
    "genre": {"const": "notice"},
    "site_id": {"const": "4301000001"},
    "region_code": {"const": "430100"},
}
ORDERS_XLS = Path(__file__).parents[2] / "bench" / "orders.xls"


def orders(n: int = 30) -> list[list[str]]:
    """Return rows as an office exports them."""
    return [
        [
            f"GD{i:05d}",
            f"朝阳路第{i}号路灯不亮",
            f"朝阳路的路灯坏了{i}盏，请尽快派人修理。",
            f"2024/7/{i % 28 + 1}",
            "城管局",
        ]
        for i in range(n)
    ]


def csv(rows: list[list[str]]) -> bytes:
    return "\n".join(",".join(row) for row in [list(NAMES), *rows]).encode()


def lines(rows: list[list[str]], **renamed: str) -> bytes:
    names = [renamed.get(name, name) for name in NAMES]
    return "\n".join(json.dumps(dict(zip(names, row)), ensure_ascii=False) for row in rows).encode()


def book(*sheets: tuple[str, list[list[str]]], **options: Any) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, options) as made:
        for name, rows in sheets:
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return held.getvalue()


def put(rows: list[list[str]], column: int, change: Callable[[int, str], str]) -> list[list[str]]:
    return [[*row[:column], change(i, row[column]), *row[column + 1 :]] for i, row in enumerate(rows)]


@dataclass(frozen=True)
class Taken:
    """What became of one file: its rows by key, and all that was said of it."""

    rows: pd.DataFrame
    failures: list[str]
    warnings: list[str]
    waiting: list[str]


def catalog(folder: Path, reader: str, fields: dict[str, Any], options: dict[str, Any]) -> Path:
    table = "records" if "record_id" in fields else "letters"
    more = {} if table == "records" else {"channel": {"const": "hotline"}}
    entry = {"table": table, "reader": reader, "files": "*", "options": options, "fields": fields | more}
    source = {"title": "甲", "licence": "测试", "refresh": "monthly", "location": "src", "inputs": [entry]}
    path = folder / "catalog.yaml"
    path.write_text(
        json.dumps({"version": 1, "sources": {"s": source}}, ensure_ascii=False), encoding="utf-8"
    )
    return path


def take(
    folder: Path,
    reader: str,
    name: str,
    data: bytes,
    fields: dict[str, Any] | None = None,
    **options: Any,
) -> Taken:
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / name).write_bytes(data)
    fields = fields or (PAGE_FIELDS if reader == "html" else FIELDS)
    library = open_library(folder / "home", catalog(folder, reader, fields, options))
    report = ingest(library, "s")
    table = "records" if "record_id" in fields else "letters"
    rows = library.read(table).astype(object)
    rows = rows.where(rows.notna(), None).set_index(library.catalog.table(table).key).sort_index()
    assert status(library)["balanced"]
    waiting = library.read("quarantine", where=[("state", "==", "待处理")])["reason"].tolist()
    return Taken(rows, report.failures, report.warnings, waiting)


def said(
    reader: str, name: str, data: bytes, words: str, **options: Any
) -> tuple[str, str, bytes, dict[str, Any], str]:
    return reader, name, data, options, words


PAGE = (
    "<html><head><meta charset=utf-8><title>停水通知</title><meta name=Author content=张三></head><body><h1>停水通知</h1>"
    "<div class=c><p>因管道检修，东风路沿线停水一天，请储水备用，给您带来不便敬请谅解。</p></div></body></html>"
).encode()
ROWS = orders()
HEADED = [list(NAMES), *ROWS]
TITLE_IN_LATIN = put(ROWS, 1, lambda i, text: text.encode().decode("latin-1"))
ONE_ROW_IN_GBK = put(ROWS, 2, lambda i, text: text.encode().decode("gb18030", "ignore") if i == 7 else text)
TOLD = {
    "path that no row has": said(
        "json",
        "a.jsonl",
        lines(ROWS),
        "缺少目录所写的字段 'detail.content'",
        fields=FIELDS | {"body": "detail.content"},
    ),
    "name that no item of a list has": said(
        "json",
        "a.json",
        json.dumps([{**dict(zip(NAMES, row)), "答": [{"文": "已修"}]} for row in ROWS]).encode(),
        "'答.0.内容'",
        fields=FIELDS | {"reply": "答.0.内容"},
    ),
    "few rows of JSON without a field": said(
        "json",
        "a.jsonl",
        lines(ROWS[:2]),
        "缺少目录所写的字段 'detail.content'",
        fields=FIELDS | {"body": "detail.content"},
    ),
    "selector that finds nothing": said("html", "a.html", PAGE, "没有一个网页有 'main_text'", body=".nope"),
    "misspelt meta": said(
        "html",
        "a.html",
        PAGE,
        "'meta.Authro'，是否为 'meta.Author'？",
        fields=PAGE_FIELDS | {"author": "meta.Authro"},
    ),
    "second sheet with rows": said(
        "xlsx", "a.xlsx", book(("一", HEADED), ("二", HEADED)), "只读了工作表 一，没有读的还有 二（30 行）"
    ),
    "column spoilt from Latin-1": said(
        "csv", "a.csv", csv(TITLE_IN_LATIN), "（title）：30 行文字已成乱码（UTF-8 文字被当作"
    ),
    "one row spoilt from GBK": said(
        "csv", "a.csv", csv(ONE_ROW_IN_GBK), "（body）：1 行文字已成乱码（UTF-8 文字被当作 GB18030"
    ),
    "question marks": said(
        "csv",
        "a.csv",
        csv(put(ROWS, 1, lambda i, text: "?" * len(text))),
        "（title）：30 行文字已成乱码（文字成了问号，如 '???",
    ),
    "null words": said(
        "csv",
        "a.csv",
        csv(put(ROWS, 4, lambda i, text: ("NULL", "\\N", "nan", text)[i % 4])),
        "（department）：77% 写作 NULL 之类",
    ),
    "errors of a spreadsheet": said(
        "csv",
        "a.csv",
        csv(put(ROWS, 4, lambda i, text: text if i else "#REF!")),
        "（department）：1 行是 #N/A、#REF! 之类",
    ),
    "nothing below the names": said("csv", "a.csv", csv([]), "没有一行数据"),
    "nothing at all": said("csv", "a.csv", b"", "没有一行数据"),
}


@pytest.mark.parametrize(("reader", "name", "data", "options", "words"), TOLD.values(), ids=TOLD)
def test_first_file_is_taken_in_and_told_of(
    tmp_path: Path, reader: str, name: str, data: bytes, options: dict[str, Any], words: str
) -> None:
    taken = take(tmp_path, reader, name, data, **options)
    assert any(words in one for one in taken.warnings), taken
    assert taken.failures == []


REFUSED = {
    "field of JSON renamed": said("json", "a.jsonl", lines(ROWS, 内容="诉求内容"), "'内容'，是否已改名为 '诉求内容'？"),
    "field of one row of JSON renamed": said("json", "a.jsonl", lines(ROWS[:1], 内容="诉求内容"), "是否已改名为 '诉求内容'？"),
    "rows in another sheet than the first": said(
        "xlsx", "a.xlsx", book(("说明", [["填表说明"]]), ("工单", HEADED)), "工作表 '说明' 没有数据行。另有工作表 工单（30 行）"
    ),
    "first sheet explains at length": said(
        "xlsx", "a.xlsx", book(("说明", [["填表说明"], ["编号由系统生成"], ["其余必填"]]), ("工单", HEADED)), "没有读的还有 工单（30 行）"
    ),
    "object of JSON with a name twice": said(
        "json", "a.json", b'[{"\xe7\xbc\x96\xe5\x8f\xb7": "1", "\xe7\xbc\x96\xe5\x8f\xb7": "2"}]', "字段 '编号' 在同一个对象中出现两次"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reader", "name", "data", "options", "words"), REFUSED.values(), ids=REFUSED)
def test_file_that_lacks_what_the_catalog_names_is_refused(
    tmp_path: Path, reader: str, name: str, data: bytes, options: dict[str, Any], words: str
) -> None:
    taken = take(tmp_path, reader, name, data, **options)
    assert any(words in one for one in taken.failures), taken
    assert len(taken.rows) == 0


def test_field_that_is_called_optional_may_be_missing(tmp_path: Path) -> None:
    fields = FIELDS | {"reply": {"from": "回复.内容", "optional": True}}
    taken = take(tmp_path, "json", "a.jsonl", lines(ROWS), fields=fields)
    assert (len(taken.rows), taken.failures, taken.warnings) == (30, [], [])


def test_what_lies_in_an_empty_value_is_not_missed(tmp_path: Path) -> None:
    rows = "\n".join(json.dumps({**dict(zip(NAMES, row)), "回复": None}) for row in ROWS)
    taken = take(tmp_path, "json", "a.jsonl", rows.encode(), fields=FIELDS | {"reply": "回复.内容"})
    assert (len(taken.rows), taken.failures, taken.warnings) == (30, [], [])


def test_json_that_leaves_out_what_is_empty_is_taken_in(tmp_path: Path) -> None:
    taken = take(
        tmp_path, "json", "a.jsonl", lines(ROWS), fields=FIELDS | {"reply": "reply", "department": "place"}
    )
    assert (len(taken.rows), taken.failures) == (30, [])
    assert any("缺少目录所写的字段 'reply'" in one for one in taken.warnings)
    more = put(ROWS, 0, lambda i, text: f"{text}-2")
    again = take(
        tmp_path, "json", "b.jsonl", lines(more), fields=FIELDS | {"reply": "reply", "department": "place"}
    )
    assert len(again.rows) == 60
    assert not any("缺少" in one for one in again.warnings)  # told once


def test_row_of_json_with_a_name_twice_waits(tmp_path: Path) -> None:
    taken = take(
        tmp_path, "json", "a.jsonl", lines(ROWS) + '\n{"编号": "x", "标题": "一", "标题": "二"}'.encode()
    )
    assert len(taken.rows) == 30
    assert taken.waiting == ["字段 '标题' 在同一行中出现两次，不知以哪个为准"]


def test_words_for_nothing_become_empty_and_errors_are_flagged(tmp_path: Path) -> None:
    words = ("NULL", "\\N", "None", "nan", " null ", "#DIV/0!", "#N/A", "无", "城管局")
    taken = take(tmp_path, "csv", "a.csv", csv(put(ROWS[: len(words)], 4, lambda i, _: words[i])))
    assert taken.rows["department"].tolist() == [None] * 7 + ["无", "城管局"]
    assert taken.rows["quality_flags"].tolist() == [None] * 5 + ["department"] * 2 + [None] * 2


def test_key_in_full_width_is_the_same_key(tmp_path: Path) -> None:
    rows = [
        ["Ａ１", "路灯", "朝阳路的路灯坏了", "2024/7/5", "城管局"],
        ["A1", "路灯", "朝阳路的路灯坏了", "2024/7/5", "城管局"],
    ]
    taken = take(tmp_path, "csv", "a.csv", csv(rows))
    assert taken.rows.index.tolist() == ["A1"]
    assert any("1 行写有全角字符" in one for one in taken.warnings)


def test_key_that_means_nothing_waits(tmp_path: Path) -> None:
    taken = take(tmp_path, "csv", "a.csv", csv(put(ROWS, 0, lambda i, text: text if i else "NULL")))
    assert (len(taken.rows), taken.waiting) == (29, ["缺少来信编号"])


def test_null_words_of_later_files_are_told_once(tmp_path: Path) -> None:
    def month(number: int) -> bytes:
        return csv(put(put(ROWS, 0, lambda i, t: f"{t}-{number}"), 4, lambda i, t: t if i % 2 else "NULL"))

    assert any("写作 NULL" in one for one in take(tmp_path, "csv", "1.csv", month(1)).warnings)
    assert take(tmp_path, "csv", "2.csv", month(2)).warnings == []


def test_empty_file_after_full_ones_is_told_of(tmp_path: Path) -> None:
    for number in (1, 2):
        month = csv(put(ROWS, 0, lambda i, text: f"{text}-{number}"))  # noqa: B023 - called at once
        assert take(tmp_path, "csv", f"2024-0{number}.csv", month).warnings == []
    taken = take(tmp_path, "csv", "2024-03.csv", csv([]))
    assert any(one.startswith("2024-03.csv：没有一行数据") for one in taken.warnings)
    again = csv(put(ROWS, 0, lambda i, text: f"{text}-4"))
    assert take(tmp_path, "csv", "2024-04.csv", again).warnings == []  # held against the full ones


def test_error_cells_of_a_workbook_are_told_of(tmp_path: Path) -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate(HEADED):
            sheet.write_row(number, 0, row)
        sheet.write_formula(1, 4, "=NA()", None, "#N/A")
        sheet.write_formula(2, 4, "=VLOOKUP(1,2,3)", None, "#REF!")
    taken = take(tmp_path, "xlsx", "a.xlsx", held.getvalue())
    assert any("（department）：2 行是 #N/A、#REF! 之类的表格错误值" in one for one in taken.warnings)
    assert taken.rows["quality_flags"].tolist()[:3] == ["department", "department", None]


def test_bare_days_of_a_book_that_counts_from_1904(tmp_path: Path) -> None:
    days = put(ROWS, 3, lambda i, _: 43921.5)  # type: ignore[arg-type, return-value]
    taken = take(tmp_path, "xlsx", "a.xlsx", book(("一", [list(NAMES), *days]), date_1904=True))
    assert str(taken.rows["written_at"].iloc[0]) == "2024-04-01 12:00:00"


def test_workbook_of_the_old_kind_is_read(tmp_path: Path) -> None:
    taken = take(tmp_path, "xlsx", "a.xls", ORDERS_XLS.read_bytes(), sheet=0)
    assert taken.rows["department"].tolist() == ["城管局"] * 3 + ["环保局"] * 3
    assert str(taken.rows["written_at"].iloc[5]) == "2024-07-05 09:05:00"


def broken_books() -> dict[str, bytes]:
    whole = ORDERS_XLS.read_bytes()
    loop = bytearray(whole)
    loop[512:516] = (0).to_bytes(4, "little")  # the first sector of the chain leads to itself
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as made:
        made.add_worksheet().write(1_048_575, 16_383, "x")
    return {
        "half of it": whole[: len(whole) // 2],
        "only its head": whole[:512],
        "sectors in a circle": bytes(loop),
        "one cell at the end of the sheet": held.getvalue(),
    }


@pytest.mark.parametrize("name", broken_books())
def test_broken_workbook_ends_nothing_else(tmp_path: Path, name: str) -> None:
    taken = take(tmp_path, "xlsx", "a.xls", broken_books()[name])
    (failure,) = taken.failures
    assert failure.startswith("a.xls：")
    assert len(taken.rows) == 0


SAMPLED = {
    "renamed field of JSON": ("json", "a.jsonl", lines(ROWS, 内容="诉求内容"), {}, "是否已改名为 '诉求内容'"),
    "selector that finds nothing": ("html", "a.html", PAGE, {"body": ".nope"}, "没有一个网页有 'main_text'"),
    "column without a value": (
        "csv",
        "a.csv",
        csv(put(ROWS, 4, lambda i, _: "")),
        {},
        "30 行都没有值（取自 单位）",
    ),
    "spoilt column": ("csv", "a.csv", csv(TITLE_IN_LATIN), {}, "30 行文字已成乱码"),
    "second sheet": ("xlsx", "a.xlsx", book(("一", HEADED), ("二", HEADED)), {}, "没有读的还有 二"),
}


@pytest.mark.parametrize(("reader", "name", "data", "options", "words"), SAMPLED.values(), ids=SAMPLED)
def test_sample_tells_it_before_anything_is_stored(
    tmp_path: Path, reader: str, name: str, data: bytes, options: dict[str, Any], words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    fields = PAGE_FIELDS if reader == "html" else FIELDS
    found = catalogs.read(catalog(tmp_path, reader, fields, options))
    (sample,) = sample_file(found, "s", tmp_path / name)
    assert any(words in one for one in [sample.failure or "", *sample.notes]), sample


def test_draft_takes_the_sheet_with_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(book(("说明", [["填表说明"], ["编号由系统生成"]]), ("工单", HEADED)))
    draft = draft_source(catalogs.read(), "s", [path])
    assert draft.options["sheet"] == "工单"
    assert draft.fields["letter_id"] == "编号"
    assert any("数据取自工作表 工单" in note for note in draft.notes)


def test_sample_of_a_packed_file_that_breaks_off(tmp_path: Path) -> None:
    import zstandard

    packed = zstandard.compress(lines(ROWS))
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(packed + packed[:20])
    (sample,) = sample_file(catalogs.read(catalog(tmp_path, "json", FIELDS, {})), "s", path)
    assert (sample.failure, sample.fields[0].n_filled) == (None, 30)
    assert len(sample.rejected) == 1
