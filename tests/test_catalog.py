"""The catalog: strict, and its faults are told with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shuju import catalog
from shuju.catalog import CatalogError
from shuju.catalog.expressions import with_one_named_group
from shuju.catalog.selectors import xpath_of

SOURCE = """version: 1
sources:
  s:
    title: 甲
    licence: 乙
    refresh: once
    inputs:
      - table: records
        reader: csv
        fields:
          record_id: 编号
"""

FAULTS = {
    "unknown entry": (SOURCE + "    colour: red\n", 12, "没有名为 'colour' 的项"),
    "missing entry": (SOURCE.replace("    licence: 乙\n", ""), 3, "licence：缺少必需的项"),
    "wrong value": (SOURCE.replace("once", "sometimes"), 6, "只能取"),
    "unknown reader": (SOURCE.replace("csv", "csvv"), 9, "只能取"),
    "unknown table": (SOURCE.replace("records", "record"), 8, "没有名为 'record' 的表，是否想用 'records'？"),
    "unknown field": (
        SOURCE.replace("record_id: 编号", "record_id: 编号\n          titel: 题"),
        12,
        "是否想用 'title'",
    ),
    "derived table": (SOURCE.replace("records", "hot_issues"), 8, "派生表"),
    "no key": (SOURCE.replace("record_id: 编号", "title: 题"), 10, "没有给出主键 'record_id'"),
    "from and const": (
        SOURCE.replace("编号", "{from: a, const: b}"),
        11,
        "from 与 const 须有其一，且只有其一",
    ),
    "unknown transform": (SOURCE.replace("编号", "{from: a, as: [upper]}"), 11, "没有名为 'upper' 的转换"),
    "transform badly written": (
        SOURCE.replace("编号", "{from: a, as: [{slice: [0, 1], prefix: x}]}"),
        11,
        "转换",
    ),
    "bad YAML": ("version: 1\nsources: [\n", 3, "YAML 写法有误：缺少值，或括号没有成对"),
    "a tab": ("version: 1\nsources:\n\ttown: 1\n", 3, "缩进须用空格，不能用制表符"),
    "two colons": ("version: 1\nsources: a: b\n", 2, "含冒号的文字请加引号"),
    "nothing": ("", 1, "应是映射"),
    "a name twice": ("version: 1\nversion: 1\n", 2, "'version' 在同一处写了两次"),
    "a field twice": (SOURCE + "          title: 题\n          title: 目\n", 13, "'title' 在同一处写了两次"),
    "no end of a text": ('version: 1\nprovince: "4\n', 3, "引号没有成对"),
    "name taken": (SOURCE.replace("  s:", "  gov_pages:"), 3, "'gov_pages' 已在"),
}


@pytest.mark.parametrize(("text", "line", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "more.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        catalog.read(path)
    first = next(part for part in str(caught.value).splitlines() if message in part)
    assert re.match(rf"{re.escape(str(path))}:{line}:\d+：", first)


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "more.yaml"
    path.write_text(SOURCE.replace("once", "x").replace("csv", "y"), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        catalog.read(path)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"version: 2024-02-30", None])
def test_file_that_cannot_be_read(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "more.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(CatalogError, match=r"more\.yaml"):
        catalog.read(path)


def test_shipped_catalog_is_sound() -> None:
    found = catalog.read()
    assert {"sites", "records", "letters", "suggestions", "studies", "policy_items"} <= set(found.tables)
    assert {"enterprises", "cases", "visits", "letters_private"} <= set(found.tables)
    for name, table in found.tables.items():
        assert all(column.meaning and column.name for column in table.columns.values()), name


def test_other_catalogs_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "more.yaml"
    path.write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("SHUJU_CATALOG", str(path))
    assert "s" in catalog.read().sources


LETTERS = """version: 1
sources:
  s:
    title: 甲
    licence: 乙
    refresh: once
    inputs:
      - table: letters
        reader: {reader}
        options: {options}
        fields:
          letter_id: 编号
          title: {title}
"""
ARGUMENTS = {
    "unknown option": ("csv", "{encodng: gbk}", "题", "encodng", "是否想用 'encoding'"),
    "option of another reader": ("json", "{header: 2}", "题", "header", "没有名为 'header' 的项"),
    "misspelt encoding": ("csv", "{encoding: gb23l2}", "题", "encoding: gb", "没有名为 'gb23l2' 的编码"),
    "no row number": ("xlsx", "{header: abc}", "题", "header", "header：应是整数"),
    "row number below one": ("xlsx", "{header: 0}", "题", "header", "header：不能小于 1"),
    "broken expression of an option": ("csv", "{footer: '(合计'}", "题", "footer", "正则表达式"),
    "no selector": ("html", "{body: 'div >'}", "题", "body", "选择器"),
    "database without a query": ("sql", "{url: 'sqlite:///a.db'}", "题", "options", "query：缺少必需的项"),
    "broken expression": ("csv", "{}", "{from: 题, as: [{extract: '(a'}]}", "extract", "缺少右括号"),
    "look-ahead": ("csv", "{}", "{from: 题, as: [{extract: 'a(?=b)'}]}", "extract", "不支持的写法"),
    "argument too short": ("csv", "{}", "{from: 题, as: [{slice: [1]}]}", "slice", "项数不对"),
    "argument of another kind": ("csv", "{}", "{from: 题, as: [{slice: [a, b]}]}", "a, b", "应是整数"),
    "argument where none is": ("csv", "{}", "{from: 题, as: [{host: x}]}", "host", "不需要参数"),
    "half a look-up": ("csv", "{}", "{from: 题, as: [{lookup: {file: a.csv, key: k}}]}", "lookup", "value：缺少必需的项"),
    "constant that is no code": ("csv", "{}", "题\n          channel: {const: 热线电话}", "const", "'热线电话' 的代码"),
    "value of a map that is no code": (
        "csv", "{}", "题\n          motive: {from: 类, as: [{map: {01: 投诉, 02: 骂人}}]}", "02", "'骂人' 的代码",
    ),
    "region elsewhere": ("csv", "{}", "题\n          region_code: {const: '130100'}", "const", "'130100' 的代码"),
    "constant that is no date": ("csv", "{}", "题\n          written_at: {const: 去年}", "const", "不是能识别的日期"),
    "constant that is no number": ("csv", "{}", "题\n          likes: {const: abc}", "const", "'abc' 不是数"),
    "number too large": ("csv", "{}", "题\n          satisfaction: {const: 99999}", "const", "-32768 至 32767"),
    "only regions lie within others": ("csv", "{}", "{from: 题, within: {from: 地}}", "within", "within 只用于行政区划"),
    "misspelt entry within a field": (
        "csv", "{}", "题\n          region_code: {from: 地, within: {form: 市}}", "form", "是否想用 'from'",
    ),
    "misspelt entry of a field": ("csv", "{}", "{form: 题}", "form", "是否想用 'from'"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("reader", "options", "title", "token", "message"), ARGUMENTS.values(), ids=ARGUMENTS
)
def test_every_argument_is_proved(
    tmp_path: Path, reader: str, options: str, title: str, token: str, message: str
) -> None:
    path = tmp_path / "more.yaml"
    text = LETTERS.format(reader=reader, options=options, title=title)
    path.write_text(text, encoding="utf-8")
    before = text[: text.index(token)]
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    with pytest.raises(CatalogError) as caught:
        catalog.read(path)
    told = [line for line in str(caught.value).splitlines() if message in line]
    assert told, str(caught.value)
    assert told[0].startswith(f"{path}:{place}："), told


def test_keys_and_numbers_are_what_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "more.yaml"
    fields = "{from: 题, as: [{map: {01: 甲, NULL: 乙, on: 丙, 1.0: 丁, 2024-02-30: 戊, x: 0430}}]}"
    path.write_text(LETTERS.format(reader="csv", options="{header: 2}", title=fields), encoding="utf-8")
    (entry,) = catalog.read(path).source("s").inputs
    assert entry.fields["title"].transforms == (
        {"map": {"01": "甲", "NULL": "乙", "on": "丙", "1.0": "丁", "2024-02-30": "戊", "x": "0430"}},
    )
    assert entry.reader_options == {"header": 2}


def test_look_up_table_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "more.yaml"
    (tmp_path / "raw").mkdir()
    text = LETTERS.format(
        reader="csv", options="{}", title="{from: 题, as: [{lookup: {file: 表.csv, key: 码, value: 名}}]}"
    )
    path.write_text(text.replace("    inputs:", "    location: raw\n    inputs:"), encoding="utf-8")
    with pytest.raises(CatalogError, match="对照表不存在"):
        catalog.read(path)
    (tmp_path / "raw" / "表.csv").write_text("码,名称\n1,甲\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="是否想用 '名称'"):
        catalog.read(path)
    (tmp_path / "raw" / "表.csv").write_text("码,名\n1,甲\n", encoding="utf-8")
    assert "s" in catalog.read(path).sources


SELECTORS = {
    "#zoom": "//*[@id='zoom']",
    "div.a.b": "//div[contains(concat(' ',normalize-space(@class),' '),' a ')]"
    "[contains(concat(' ',normalize-space(@class),' '),' b ')]",
    "main > p": "//main/p",
    "div p, h1": "//div//p|//h1",
    "meta[name=author]": "//meta[@name='author']",
    "td:nth-child(2)": "//td[count(preceding-sibling::*)=1]",
    "span[class^='t-']": "//span[starts-with(@class,'t-')]",
}


@pytest.mark.parametrize(("selector", "path"), SELECTORS.items())
def test_selector(selector: str, path: str) -> None:
    assert xpath_of(selector) == path


@pytest.mark.parametrize("selector", ["", "div >", "a + b", "p:hover", "#", "[x", "a,,b"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match="选择器"):
        xpath_of(selector)


def test_first_group_is_found_behind_escaped_parentheses_and_sets() -> None:
    assert with_one_named_group(r"\((\d+)\)") == r"\((?P<found>\d+)\)"
    assert with_one_named_group(r"[(](a)(b)") == r"[(](?P<found>a)(?:b)"
    assert with_one_named_group("ab") == "(?P<found>ab)"
