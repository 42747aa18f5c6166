"""The catalog: strict, and its faults are told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju import catalog
from shuju.catalog import CatalogError

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
    "unknown entry": (SOURCE + "    colour: red\n", 12, "colour：不认识的项"),
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
    "bad YAML": ("version: 1\nsources: [\n", 3, "YAML 写法有误"),
    "name taken": (SOURCE.replace("  s:", "  gov_pages:"), 3, "'gov_pages' 已在"),
}


@pytest.mark.parametrize(("text", "line", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "more.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        catalog.read(path)
    first = next(part for part in str(caught.value).splitlines() if message in part)
    assert first.startswith(f"{path}:{line}：")


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
