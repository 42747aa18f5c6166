"""Loading: the right rows, and no more files and columns than needed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shuju.library import Library, LibraryError
from shuju.library.ingest import ingest
from tests.conftest import page, write_lines

SITE_OF = {"430000": "4300000001", "430100": "4301000001", "431100": "4311810001"}


@pytest.fixture
def filled(library: Library, raw: Path) -> Library:
    """Three libraries, six months, one file a library and month."""
    noise = random.Random(1)
    for month in range(1, 7):
        for code, site in SITE_OF.items():
            rows = [
                page(
                    i,
                    id=f"{code}-{month}-{i}",
                    site=site,
                    time=f"2024-{month:02d}-{i % 28 + 1:02d} 08:00",
                    content=f"{noise.getrandbits(20000):x}",
                )
                for i in range(40)
            ]
            write_lines(raw / "pages" / f"{code}-{month}.jsonl", rows)
            ingest(library, "test_pages")
    return library


def bytes_read(work: Callable[[], object]) -> int:
    """Return how many bytes this process asked the kernel for during ``work``."""

    def so_far() -> int:
        return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])

    before = so_far()
    work()
    return so_far() - before


WHERE = {
    "mapping": {"library": "430100"},
    "tuple": [("library", "==", "430100")],
    "any of": {"library": ["430100"]},
    "either list": [[("library", "=", "430100"), ("genre", "==", "news")], [("library", "==", "none")]],
}


@pytest.mark.parametrize("where", WHERE.values(), ids=WHERE)
def test_conditions_in_every_form(filled: Library, where: object) -> None:
    found = filled.load("records", columns=["library"], where=where).compute()
    assert found["library"].tolist() == ["430100"] * 240


def test_one_city_and_one_month_reads_only_their_files(filled: Library) -> None:
    where = [
        ("library", "==", "430100"),
        ("published_at", ">=", "2024-03-01"),
        ("published_at", "<", "2024-04-01"),
    ]
    one = filled.load("records", where=where)
    assert one.npartitions == 1
    assert len(one.compute()) == 40
    few = bytes_read(lambda: filled.load("records", where=where).compute(scheduler="sync"))
    narrow = bytes_read(
        lambda: filled.load("records", where=where, columns=["title"]).compute(scheduler="sync")
    )
    log_alone = bytes_read(lambda: filled.load("records", where=where))
    all_files = bytes_read(lambda: filled.load("records").compute(scheduler="sync"))
    assert (few - log_alone) * 10 < all_files - log_alone
    assert narrow <= few


def test_versions_by_number_and_by_time(library: Library, raw: Path) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(1)])
    ingest(library, "test_pages")
    first = library.versions("records")[0]
    write_lines(raw / "pages" / "b.jsonl", [page(1, title="改"), page(2)])
    ingest(library, "test_pages")
    for version in (first["version"], first["at"].isoformat()):
        then = library.load("records", version=version).compute()
        assert then[["record_id", "title"]].values.tolist() == [["p1", "第1条要闻"]]
    assert sorted(library.load("records").compute()["title"]) == ["改", "第2条要闻"]


MISTAKES = {
    "table": (lambda lib: lib.load("record"), "没有名为 'record' 的表，是否想用 'records'？"),
    "column": (
        lambda lib: lib.load("records", columns=["titel"]),
        "没有名为 'titel' 的列，是否想用 'title'？",
    ),
    "column of a condition": (lambda lib: lib.load("records", where={"libary": "1"}), "是否想用 'library'"),
    "operator": (lambda lib: lib.load("records", where=[("library", "===", "1")]), "运算符"),
    "value": (lambda lib: lib.load("records", where={"published_at": "昨天"}), "不能与 '昨天' 比较"),
    "a name for a code": (
        lambda lib: lib.load("records", where={"library": "长沙市"}),
        "列 'library' 存的是代码：'长沙市' 请写 '430100'",
    ),
    "a condition as text": (lambda lib: lib.load("records", where="library == 430100"), "应写成"),
    "a number": (lambda lib: lib.load("letters", where={"likes": "多"}), "该列是整数"),
    "version": (lambda lib: lib.load("records", version=99), "没有版本 99"),
    "condition": (lambda lib: lib.load("records", where=[("a", "b", "c", "d")]), "应写成"),
}


@pytest.mark.parametrize(("mistake", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_with_the_nearest_name(library: Library, mistake: Callable, message: str) -> None:
    with pytest.raises(LibraryError, match=message):
        mistake(library)


@pytest.mark.parametrize(
    "where",
    [
        ("library", "==", "430100"),
        ["library", "==", "430100"],
        [["library", "==", "430100"]],
        [[("library", "==", "430100")], [("library", "==", "430199")]],
        [("library", "in", "430100")],
        {"library": 430100},
        [("published_at", ">=", "2024/7/1"), ("published_at", "<", "2024年8月1日")],
        [("published_at", ">=", "2024-06-30T16:00:00Z")],
        [("published_at", ">=", dt.datetime(2024, 7, 1, tzinfo=dt.timezone(dt.timedelta(hours=8))))],
    ],
    ids=repr,
)
def test_a_condition_may_be_written_in_several_ways(library: Library, raw: Path, where: Any) -> None:
    times = ("2024-06-30 23:59", "2024-07-01 00:00")
    sites = ("4300000001", "4301000001")
    rows = [page(n, site=site, time=time) for n, (site, time) in enumerate(zip(sites, times, strict=True))]
    write_lines(raw / "pages" / "a.jsonl", rows)
    ingest(library, "test_pages")
    assert library.load("records", "record_id", where).compute()["record_id"].tolist() == ["p1"]


def test_a_function_whose_columns_differ_is_told_so(filled: Library) -> None:
    def uneven(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(more=1) if len(rows) else rows

    with pytest.raises(
        LibraryError, match=r"函数 uneven 给出的列与没有行时不同：没有行时是 title，.*是 title、more"
    ):
        filled.map("records", uneven, ["title"]).compute()


def test_a_function_that_fails_is_named_with_its_error_and_the_columns(filled: Library) -> None:
    def ratio(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(share=rows["n_seen"])

    with pytest.raises(
        LibraryError, match=r"函数 ratio 不能用于 records：.*KeyError：'n_seen'。现有的列：title；"
    ):
        filled.map("records", ratio, ["title"])


def test_a_function_that_gives_no_rows_is_told_so(filled: Library) -> None:
    with pytest.raises(LibraryError, match="函数 len 应给出数据框（一行一条），实为 int：0"):
        filled.map("records", len, ["title"])


def test_empty_table_has_its_columns(library: Library) -> None:
    frame = library.load("letters").compute()
    assert len(frame) == 0
    assert {"letter_id", "written_at", "birth_year"} <= set(frame.columns)


def test_types_are_those_of_the_catalog(filled: Library) -> None:
    lazy = filled.load("records")
    frame = lazy.compute()
    assert frame["published_at"].dtype == "datetime64[us]"
    assert pd.api.types.is_string_dtype(frame["title"])
    assert frame["revision"].dtype == pd.Int32Dtype()
    assert dict(lazy.dtypes) == dict(frame.dtypes)
    assert "key_hash" not in frame.columns


@pytest.mark.parametrize("damage", ["", "{broken"])
def test_damaged_table_is_not_taken_for_an_empty_one(
    library: Library, open_test_library: Callable[[], Library], damage: str
) -> None:
    log = Path(library.home.table_root("sites")) / "_delta_log"
    for commit in log.glob("*.json"):
        commit.write_text(damage, encoding="utf-8")
    with pytest.raises(LibraryError, match="读不了这张表的日志"):
        open_test_library().load("sites")
