"""A small library with records, as the pages show it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from shuju.views.live import Live, snapshot

from shuju.library import Library
from shuju.library.ingest import ingest
from tests.conftest import page, write_lines
from tests.letters.conftest import Letters, letter, letters

__all__ = ["letters"]

# site, genre, time, how many: all that the tests below count.
ROWS = (
    ("4300000001", "policy", "2024-01-{:02d} 09:00", 5),
    ("4301000001", "news", "2024-07-{:02d} 16:38", 20),
    ("4311810001", "notice", "2024-07-{:02d} 08:00", 10),
)
HOSTILE = '<img src=x onerror="alert(1)"> & "引号"'

REPLY = "您好，您反映的小区门口道路破损问题收悉，经现场核查属实，已安排养护单位于本月底前修复，感谢您的来信。"


def write_pages(folder: Path) -> None:
    number, rows = 0, []
    for site, kind, time, count in ROWS:
        for day in range(1, count + 1):
            number += 1
            rows.append(page(number, site=site, kind=kind, time=time.format(day)))
    rows.append(page(99, site="4311810001", kind="notice", time="2024-07-30 12:00", title=HOSTILE))
    write_lines(folder / "a.jsonl", rows)


@pytest.fixture
def filled(library: Library, raw: Path) -> Library:
    """36 records: 5 policies of the province, 20 news of 长沙, 11 notices of 祁阳, one of them hostile."""
    write_pages(raw / "pages")
    ingest(library, "test_pages")
    return library


@pytest.fixture
def shared(filled: Library) -> Live:
    return Live(snapshot(filled))


@pytest.fixture
def arrive(filled: Library, raw: Path) -> Callable[[int], None]:
    """Have some more news of 长沙 arrive in the library."""

    def ingest_more(count: int) -> None:
        rows = [page(1000 + i, time="2024-08-01 10:00") for i in range(count)]
        write_lines(raw / "pages" / "b.jsonl", rows)
        ingest(filled, "test_pages")

    return ingest_more


def raw_letters() -> list[dict[str, object]]:
    """Return 30 letters about roads in 岳麓区 of July, 20 answered; 10 about schools in 祁阳市 of June, one hostile."""
    roads = [
        letter(i, reply=f"{REPLY}{'路' * i}", replied=f"2024-08-{i % 28 + 1:02d} 10:00")
        if i < 20
        else letter(i)
        for i in range(30)
    ]
    schools = [
        letter(
            100 + i,
            title=HOSTILE if i == 9 else f"第{i}封：孩子上学",
            body="孩子上学没有学位。",
            place="431181",
        )
        | {"topic": "教育文体", "department": "祁阳市教育局", "motive": "inquiry"}
        | {"time": f"2024-06-{i + 1:02d} 08:00"}
        for i in range(10)
    ]
    return [*roads, *schools]


@pytest.fixture
def forty(letters: Letters) -> Library:
    return letters.add(*raw_letters())


@pytest.fixture
def shared_letters(forty: Library) -> Live:
    return Live(snapshot(forty))
