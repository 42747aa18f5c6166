"""Records that speak of an issue: which do, which do not, and what that makes of the issue."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from shuju.letters.reactions import find_reactions, name_of, with_reactions
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from tests.conftest import write_lines

CATALOG = """
version: 1
sources:
  test_pages:
    title: 测试网页
    licence: 测试
    refresh: daily
    location: pages
    inputs:
      - table: records
        reader: json
        files: "*.jsonl"
        fields: {record_id: id, title: title, body: body, site_id: {const: "4301000001"}, region_code: place, published_at: time, genre: genre}
"""
FIRST, LAST = pd.Timestamp("2024-05-01"), pd.Timestamp("2024-05-20")
SPEAKS = {
    "id": "r", "title": "新城花园搅拌站停产整改", "body": "已责令搅拌站停产。", "place": "430104",
    "time": "2024-05-10 10:00", "genre": "news",
}  # fmt: skip


def issue(**changes: object) -> dict[str, object]:
    return {
        "issue_id": "i", "region_code": "430102", "name": "新城花园", "words": "新城花园、搅拌站、噪声", "first_at": FIRST, "last_at": LAST,
        "conversion_at": pd.NaT, "conversion_sign": None, "transmission_at": pd.NaT, "stage": "源头",
    } | changes  # fmt: skip


def pages(folder: Path, *rows: dict[str, object]) -> Library:
    (folder / "pages").mkdir(parents=True)
    (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    write_lines(folder / "pages" / "a.jsonl", list(rows))
    library = open_library(folder / "home", folder / "catalog.yaml")
    report = ingest(library, "test_pages")
    assert report.tallies["records"].n_quarantined == 0
    return library


@pytest.mark.parametrize(
    ("changes", "of_issue", "words"),
    [
        ({}, {}, "新城花园、搅拌站"),
        ({"title": "通报", "body": "新城花园附近噪声超标"}, {}, "新城花园、噪声"),
        ({"genre": "policy"}, {}, "新城花园、搅拌站"),
        ({"place": "430181"}, {}, "新城花园、搅拌站"),
        ({"genre": "service"}, {}, None),
        ({"place": "430302"}, {}, None),
        ({"place": "430000"}, {}, None),
        ({"time": "2024-04-30 10:00"}, {}, None),
        ({"time": "2024-09-01 10:00"}, {}, None),
        ({"title": "新城花园春节活动", "body": None}, {}, None),
        ({"title": "搅拌站噪声整治", "body": ""}, {}, None),
        ({"title": "新城花园小区", "body": "岳麓区"}, {"words": "新城花园小区、新城、岳麓区"}, None),
        ({}, {"region_code": None}, None),
        ({}, {"words": None}, None),
        ({}, {"name": None}, None),
    ],
    ids=[
        *("in the title", "in the text", "a policy", "another county"),
        *("another genre", "another prefecture", "the province", "before", "long after"),
        *(
            "the name alone",
            "no name of it",
            "no more than the name and a place",
            "no place",
            "no words",
            "no name",
        ),
    ],
)
def test_which_records_speak_of_an_issue(tmp_path, changes, of_issue, words):
    issues = pd.DataFrame([issue(**of_issue), issue(issue_id="other", name="别的名称")])
    found = find_reactions(pages(tmp_path, SPEAKS | changes), issues, FIRST)
    assert found["words"].tolist() == ([] if words is None else [words])
    assert found["issue_id"].tolist() == ["i"] * len(found)


def test_without_records_nothing_speaks(tmp_path):
    library = open_library(tmp_path / "home")
    assert find_reactions(library, pd.DataFrame([issue()]), FIRST).empty
    assert find_reactions(pages(tmp_path / "b", SPEAKS), pd.DataFrame([issue()]).iloc[:0], FIRST).empty


@pytest.mark.parametrize(
    ("terms", "name"),
    [
        ([("新城花园", 5, 0)], "新城花园"),
        ([("新城花园", 5, 5)], "新城花园"),
        ([("农贸市场", 5, 6)], None),
        ([("搅拌站", 5, 0)], None),
        ([("天心阁街道", 5, 0)], "天心阁街道"),
        ([("文艺路街道", 5, 0)], None),
        ([("搅拌站", 9, 0), ("新城花园", 5, 0), ("橘洲公园", 4, 0)], "新城花园"),
        ([], None),
    ],
)
def test_a_name_is_long_own_and_no_place(terms, name):
    found = pd.DataFrame(
        [("i", *term) for term in terms], columns=["issue_id", "term", "letters", "letters_against"]
    ).astype({"term": "str", "issue_id": "str", "letters": int, "letters_against": int})
    assert name_of(found).to_dict() == ({} if name is None else {"i": name})


@pytest.mark.parametrize(
    ("before", "sign", "day", "told"),
    [
        (pd.NaT, None, 10, ("转化", "record", 10)),
        (pd.Timestamp("2024-05-05"), "petition", 10, ("转化", "petition", 5)),
        (pd.Timestamp("2024-05-15"), "petition", 10, ("转化", "record", 10)),
        (pd.NaT, None, None, ("源头", None, None)),
    ],
)
def test_the_first_sign_tells_of_conversion(before, sign, day, told):
    issues = pd.DataFrame([issue(conversion_at=before, conversion_sign=sign)])
    days = [] if day is None else [day, day + 3]
    reactions = pd.DataFrame(
        {"issue_id": ["i"] * len(days), "published_at": [pd.Timestamp(2024, 5, d) for d in days]}
    ).astype({"published_at": "datetime64[us]"})
    row = with_reactions(issues, reactions).iloc[0]
    at = None if pd.isna(row["conversion_at"]) else row["conversion_at"].day
    assert (row["stage"], row["conversion_sign"], at) == told
