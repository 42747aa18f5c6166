"""A small library with letters, two hot issues and four warnings, as the page of issues shows them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from shuju.library import Library, open_library
from shuju.library.derived import replace_table
from shuju.library.ingest import ingest
from tests.conftest import write_lines
from tests.copies import copy_of
from tests.letters.conftest import LETTERS_CATALOG, letter

HOSTILE = '<img src=x onerror="alert(1)"> & "引号"'
AS_OF = "2024-07-30 12:00"

# letter, writer, county, time, replied: issue A goes from 岳麓区 to 祁阳市, and one writer writes thrice.
A = [
    ("a1", "w1", "430104", "2024-07-01 09:00", "2024-07-11 09:00"),
    ("a2", "w2", "430104", "2024-07-02 09:00", None),
    ("a3", "w1", "430104", "2024-07-10 09:00", None),
    ("a4", "w3", "431181", "2024-07-12 09:00", "2024-07-14 09:00"),
    ("a5", "w1", "430104", "2024-07-20 09:00", None),
]
ISSUES = [
    {
        "issue_id": "A", "title": "地下车库漏水没人管", "topic_1": "城乡建设", "region_code": "430104",
        "department": "岳麓区住建局", "stage": "conversion", "heat": 80.0, "heat_volume": 30.0,
        "heat_growth": 20.0, "heat_breadth": 15.0, "heat_likes": 5.0, "heat_unanswered": 10.0,
        "n_letters": 5, "n_writers": 3, "n_regions": 2, "n_unanswered": 3, "regions": "430104,431181",
        "representatives": "a1,a4", "words": "车库、漏水", "first_at": pd.Timestamp("2024-07-01 09:00"),
        "last_at": pd.Timestamp("2024-07-20 09:00"), "source_at": pd.Timestamp("2024-07-02 09:00"),
        "transmission_at": pd.Timestamp("2024-07-12 09:00"), "conversion_at": pd.Timestamp("2024-07-20 09:00"),
        "transmission_sign": "region", "conversion_sign": "record", "n_records": 1, "related": "B/ü?,gone",
    },
    {
        "issue_id": "B/ü?", "title": HOSTILE, "topic_1": None, "region_code": "430211", "stage": "source",
        "heat": 20.0, "heat_volume": 20.0, "n_letters": 1, "n_writers": 1, "n_regions": 1, "n_unanswered": 0,
        "regions": "430211", "first_at": pd.Timestamp("2024-03-01"), "last_at": pd.Timestamp("2024-03-02"),
    },
]  # fmt: skip
RECORD = {
    "reaction_id": "A|r/1", "issue_id": "A", "record_id": "r/1", "title": f"车库漏水整改 {HOSTILE}", "genre": "notice",
    "site_id": "4301000001", "published_at": pd.Timestamp("2024-07-20 09:00"), "words": "地下车库、漏水",
}  # fmt: skip
WARNINGS = [
    # region, topic, kind, first, day: the last is older than thirty days
    ("430104", "城乡建设", "emerging", "2024-07-20", "2024-07-25"),
    ("431181", "交通运输", "widespread", "2024-07-18", "2024-07-22"),
    ("430211", "教育文体", "seasonal", "2024-07-10", "2024-07-20"),
    ("430104", "城乡建设", "emerging", "2024-02-01", "2024-02-03"),
]


def warning(place: str, topic: str, kind: str, first: str, day: str) -> dict[str, object]:
    return {
        "warning_id": f"{place}-{topic}-{first.replace('-', '')}", "region_code": place, "topic_1": topic,
        "kind": kind, "first_day": pd.Timestamp(first), "alarmed_day": pd.Timestamp(first),
        "day": pd.Timestamp(day), "n_observed": 15, "n_expected": 2.5, "n_upper": 7.0, "n_others": 0,
        "p": 1e-6, "reason": f"收到 15 件 {HOSTILE}", "words": "漏水、车库", "letters": "a1",
    }  # fmt: skip


def raw_letters() -> list[dict[str, object]]:
    rows = [
        letter(0, id=key, writer=writer, place=place, time=time, topic="城乡建设", title=f"车库漏水{key}",
               department="岳麓区住建局", body=f"地下车库漏水，{HOSTILE}", replied=replied,
               reply=None if replied is None else "已督促物业整改。")
        for key, writer, place, time, replied in A
    ]  # fmt: skip
    return [*rows, letter(0, id="b1", place="430211", time="2024-03-01 08:00"), letter(0, id="z", time=AS_OF)]


def issue_library(folder: Path) -> Library:
    """Return the library; its catalog is kept in its home."""
    return copy_of(_make, folder)


def _make(folder: Path) -> None:
    kept = folder / "home" / "catalog"
    (kept / "letters").mkdir(parents=True)
    (kept / "catalog.yaml").write_text(LETTERS_CATALOG, encoding="utf-8")
    write_lines(kept / "letters" / "a.jsonl", raw_letters())
    library = open_library(folder / "home")
    ingest(library, "test_letters")
    fill(library)


def fill(library: Library) -> None:
    members = pd.DataFrame([(key, "A", writer == "w1" and key != "a1", 0.9) for key, writer, *_ in A])
    members = pd.concat([members, pd.DataFrame([("b1", "B/ü?", False, 1.0)])])
    members.columns = ["letter_id", "issue_id", "is_repeat", "similarity"]
    replace_table(library, "hot_issues", pd.DataFrame(ISSUES), made_by="test")
    replace_table(library, "issue_letters", members, made_by="test")
    replace_table(library, "issue_records", pd.DataFrame([RECORD]), made_by="test")
    replace_table(library, "warnings", pd.DataFrame([warning(*row) for row in WARNINGS]), made_by="test")
