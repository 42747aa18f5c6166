"""A small library with records, as the pages show it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shuju.library import Library
from shuju.library.ingest import ingest
from shuju.views.live import Live, snapshot
from tests.conftest import page, write_lines
from tests.letters.conftest import letters

__all__ = ["letters"]

# site, genre, time, how many: all that the tests below count.
ROWS = (
    ("4300000001", "policy", "2024-01-{:02d} 09:00", 5),
    ("4301000001", "news", "2024-07-{:02d} 16:38", 20),
    ("4311810001", "notice", "2024-07-{:02d} 08:00", 10),
)
HOSTILE = '<img src=x onerror="alert(1)"> & "引号"'


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
