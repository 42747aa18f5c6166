"""Profiles of files: what is told of a file unlike those before it, and what is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.library.profile_rules import series_of
from shuju.library.status import status

CATALOG = """version: 1
sources:
  s:
    title: 工单
    licence: 测试
    refresh: monthly
    location: src
    inputs:
      - table: letters
        reader: json
        files: "*.jsonl"
        hold: {hold}
        fields: {{letter_id: no, title: title, body: body, written_at: at, motive: {{from: kind, invalid: empty}}, department: unit,
          channel: {{const: hotline}}}}
"""
Row = dict[str, object]


def month(number: int) -> list[Row]:
    return [
        {
            "no": f"GD{number:02d}{n:04d}",
            "title": f"第{n}号路灯不亮请派人",
            "body": "朝阳路的路灯坏了。" * (1 + n % 9) + f"{n}",
            "at": f"2024-{number:02d}-{n % 28 + 1:02d} {n % 24:02d}:05",
            "kind": ("投诉", "求助", "咨询")[n % 3],
            "unit": "城管局" if n % 5 else None,
        }
        for n in range(60)
    ]


def write(folder: Path, number: int, rows: list[Row]) -> None:
    (folder / "src").mkdir(exist_ok=True)
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "src" / f"{number:02d}.jsonl").write_text(text, encoding="utf-8")


def opened(folder: Path, hold: str = "false") -> Library:
    (folder / "catalog.yaml").write_text(CATALOG.format(hold=hold), encoding="utf-8")
    return open_library(folder / "home", folder / "catalog.yaml")


def each(name: str, change: Callable[[Row, int], object]) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row | {name: change(row, n)} for n, row in enumerate(rows)]


CHANGES: dict[str, tuple[Callable[[list[Row]], list[Row]], str]] = {
    "empty": (each("body", lambda r, n: None), "100% 为空"),
    "emptier": (each("unit", lambda r, n: r["unit"] if n % 2 else None), "为空，以往至多 20%"),
    "a year earlier": (each("at", lambda r, n: str(r["at"]).replace("2024", "2022")), "早得多"),
    "one day in the seventies": (each("at", lambda r, n: r["at"] if n else "1970-01-01"), "最早的为 1970-01-01"),
    "without hours": (each("at", lambda r, n: str(r["at"])[:10]), "没有时分"),
    "all at once": (each("at", lambda r, n: "2024-04-02 10:00"), "全部是同一时间"),
    "new code": (each("kind", lambda r, n: "感谢" if n < 4 else r["kind"]), "出现以往没有的代码 thanks"),
    "one code": (each("kind", lambda r, n: "投诉"), "代码分布变了"),
    "codes unread": (each("kind", lambda r, n: "T1" if n % 2 else r["kind"]), "有字段因不可读而留空"),
    "a third of the rows": (lambda rows: rows[:20], "只有 20 行，以往约 60 行"),
    "three times the rows": (lambda rows: [r | {"no": f"{r['no']}{x}"} for r in rows for x in "123"], "有 180 行"),
    "cut": (each("body", lambda r, n: str(r["body"])[:20]), "是否被截断"),
    "markup": (each("body", lambda r, n: f"<p>{r['body']}</p>"), "含有网页标记"),
    "question marks": (each("title", lambda r, n: "??????"), "成串的问号"),
    "stars": (each("body", lambda r, n: f"******{r['body']}"), "成串的星号"),
    "same texts": (each("body", lambda r, n: "朝阳路的路灯坏了。"), "的值互不相同"),
    "other keys": (each("no", lambda r, n: f"2024-{n}"), "写法变了"),
    "shorter keys": (each("no", lambda r, n: f"GD{n}"), "以往都是 8 字"),
    "keys again": (each("no", lambda r, n: f"GD04{n // 6:04d}"), "编号相同而内容不同"),
    "longer titles": (each("title", lambda r, n: f"{r['title']}{r['body']}" * 2), "通常长"),
    "unreadable dates": (each("at", lambda r, n: "上周" if n % 3 == 0 else r["at"]), "被隔离"),
    "an old file": (lambda rows: month(1), "与已入库的完全相同"),
}  # fmt: skip


@pytest.fixture
def three_months(tmp_path: Path) -> Path:
    library = opened(tmp_path)
    for number in (1, 2, 3):
        write(tmp_path, number, month(number))
        assert ingest(library, "s").warnings == []
    return tmp_path


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_change_is_told(three_months: Path, change: Callable[[list[Row]], list[Row]], message: str) -> None:
    write(three_months, 4, change(month(4)))
    library = opened(three_months)
    report = ingest(library, "s")
    assert any(message in said for said in report.warnings), report.warnings
    state = status(library)
    assert state["balanced"]
    assert any(message in said for said in state["warnings"][0]["said"])


def test_file_like_those_before_is_not_told_of(three_months: Path) -> None:
    write(three_months, 4, month(4))
    library = opened(three_months)
    assert ingest(library, "s").warnings == []
    assert status(library)["warnings"] == []


NAMES = {
    "platform/430100-2024h1.jsonl.zst": "platform/430100-#.jsonl.zst",
    "工单2024年7月.xlsx": "工单#.xlsx",
    "orders_20240731.csv": "orders_#.csv",
    "2024-07/430000.csv": "#/430000.csv",
    "2024年上半年 长沙市.xlsx": "# 长沙市.xlsx",
    "07.jsonl": "",
    "432022.csv": "",
    "GD20241399.csv": "",
}


@pytest.mark.parametrize("name", NAMES)
def test_files_that_differ_in_their_period_are_one_series(name: str) -> None:
    assert series_of(name) == NAMES[name]


def of_place(place: str, number: int) -> list[Row]:
    """Return the rows of one place: the second has a fifth of the rows, earlier times and codes of its own."""
    rows = month(number)
    if place == "b":
        rows = [r | {"kind": "感谢", "at": str(r["at"]).replace("2024", "2020")} for r in rows[::2]]
    return [r | {"no": f"{r['no']}{place}"} for r in rows]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows, None),
        (each("body", lambda r, n: None), "b-2024-02.jsonl：来信内容（body）：100% 为空"),
        (
            each("kind", lambda r, n: "投诉"),
            "b-2024-02.jsonl：来信目的（motive）：出现以往没有的代码 complaint",
        ),
    ],
)
def test_a_file_is_held_against_those_of_its_own_series(
    tmp_path: Path, spoil: Callable[[list[Row]], list[Row]], said: str | None
) -> None:
    (tmp_path / "src").mkdir()
    for place in "ab":
        for number in (1, 2):
            rows = of_place(place, number)
            text = "\n".join(
                json.dumps(r, ensure_ascii=False)
                for r in (spoil(rows) if (place, number) == ("b", 2) else rows)
            )
            (tmp_path / "src" / f"{place}-2024-{number:02}.jsonl").write_text(text, encoding="utf-8")
    warnings = ingest(opened(tmp_path), "s").warnings
    assert warnings == [] if said is None else any(warning.startswith(said) for warning in warnings), warnings


def test_file_is_held_back_until_it_is_released(three_months: Path) -> None:
    write(three_months, 4, CHANGES["empty"][0](month(4)))
    library = opened(three_months, hold="true")
    report = ingest(library, "s")
    assert any("100% 为空" in said for said in report.held)
    state = status(library)
    assert (library.count("letters"), state["balanced"], state["warnings"][0]["held"]) == (180, True, True)
    assert ingest(library, "s").held == report.held  # and still, until someone decides
    ingest(library, "s", release=True)
    assert (library.count("letters"), status(library)["balanced"]) == (240, True)
