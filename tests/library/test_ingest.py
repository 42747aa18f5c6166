"""Ingest: where every row ends, that nothing is done twice, and that nothing is lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard

from shuju.library import Library, LibraryError
from shuju.library.ingest import ingest
from shuju.library.quarantine import retry, waiting
from shuju.library.status import status
from tests.conftest import page, write_lines


def counts(library: Library, table: str = "records") -> tuple[int, ...]:
    sums = library.ledger.sums().set_index("table_name").loc[table]
    return tuple(int(sums[c]) for c in ("n_read", "n_stored", "n_revised", "n_merged", "n_quarantined"))


CASES = {
    # what is wrong                    the row                                          the reason
    "impossible date": (page(1, time="2024-02-30"), "发布时间是不存在的日期"),
    "unreadable date": (page(1, time="前天下午"), "发布时间无法识别"),
    "no date": (page(1, time=""), "缺少发布时间"),
    "future": (page(1, time="2099-01-01"), "发布时间晚于入库时间"),
    "before the republic": (page(1, time="1900-01-01"), "发布时间早于 1949 年 10 月"),
    "no title": (page(1, title=" \u3000 "), "缺少文章标题"),
    "title is null": (page(1, title=None), "缺少文章标题"),
    "unknown site": (page(1, site="9999999999"), "网站标识码不在网站表中"),
    "unknown genre": (page(1, kind="八卦"), "信息类别不在代码表中"),
    "title too long": (page(1, title="长" * 501), "文章标题过长，超过 500 个字符"),
    "NUL": (page(1, title="a\x00b"), "文章标题含有 NUL 字符"),
    "replacement character": (page(1, content="乱\ufffd码"), "正文编码有误，有无法识别的文字"),
    "lone surrogate": (json.dumps(page(1)).replace("news", "\\ud800"), "含有孤立代理项：文字编码不完整"),
    "broken JSON": ('{"id": "p1", "title": ', "JSON 格式有误：第 23 个字符处"),
    "not an object": ("[1, 2]", "JSON 格式有误：一行应是一个对象 {…}"),
    "blank line": ("", "空行"),
}


@pytest.mark.parametrize(("row", "reason"), CASES.values(), ids=CASES)
def test_row_that_cannot_be_stored_is_quarantined_with_its_reason(
    library: Library, raw: Path, row: object, reason: str
) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(10), row, page(11)])
    report = ingest(library, "test_pages")
    assert not report.failures
    found = waiting(library)
    assert found[["path", "row_number", "reason"]].values.tolist() == [["a.jsonl", 2, reason]]
    assert counts(library) == (3, 2, 0, 0, 1)
    assert status(library)["balanced"]


def test_wrong_type_is_quarantined_or_flagged_as_the_catalog_says(home: Path, raw: Path) -> None:
    from shuju.library import open_library

    (raw / "more.yaml").write_text(
        """
version: 1
sources:
  letters:
    title: t
    licence: t
    refresh: once
    location: letters
    inputs:
      - table: letters
        reader: csv
        fields:
          letter_id: id
          title: title
          written_at: time
          channel: {const: hotline}
          likes: likes
          birth_year: {from: born, invalid: empty}
""",
        encoding="utf-8",
    )
    (raw / "letters").mkdir()
    (raw / "letters" / "a.csv").write_text(
        "id,title,time,likes,born\n1,甲,2024-1-1,三,1980\n2,乙,2024-1-1,3,不详\n3,丙,2024-1-1,4.5,\n4,丁,2024-1-1,99999999999,\n",
        encoding="utf-8",
    )
    library = open_library(home, raw / "more.yaml")
    ingest(library, "letters")
    assert sorted(waiting(library)["reason"]) == ["点赞数应为整数"] * 3
    stored = library.load("letters").compute()
    assert stored[["letter_id", "likes", "quality_flags"]].values.tolist() == [["2", 3, "birth_year"]]


def test_same_input_twice_changes_nothing(library: Library, raw: Path, open_test_library: Callable) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(i) for i in range(5)])
    ingest(library, "test_pages")
    version = library.stored("records").refresh().delta.version()
    report = ingest(open_test_library(), "test_pages")
    assert (report.n_files, report.n_unchanged) == (0, 1)
    assert library.stored("records").refresh().delta.version() == version


def test_repeats_merge_and_changes_revise(library: Library, raw: Path) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(1), page(2), page(1), page(2, title="改了")])
    ingest(library, "test_pages")
    assert counts(library) == (4, 2, 1, 1, 0)
    write_lines(raw / "pages" / "b.jsonl", [page(1), page(2), page(2, title="又改了"), page(3)])
    ingest(library, "test_pages")
    assert counts(library) == (8, 3, 2, 3, 0)
    current = library.load("records", columns=["record_id", "title", "revision"]).compute()
    assert sorted(current.values.tolist()) == [
        ["p1", "第1条要闻", 1],
        ["p2", "又改了", 3],
        ["p3", "第3条要闻", 1],
    ]
    assert [r["title"] for r in library.revisions("records", "p2")] == ["第2条要闻", "改了", "又改了"]
    assert library.get("records", "p2")["title"] == "又改了"
    assert library.get("records", "p9") is None
    assert library.count("records") == 3
    assert status(library)["balanced"]


def test_fields_are_mapped_normalised_and_derived(library: Library, raw: Path) -> None:
    write_lines(
        raw / "pages" / "a.jsonl",
        [
            page(
                1,
                site="4311810001",
                kind="通知",
                title=" 标题\r\n二 ",
                content="<p>一&amp;二</p><p>三</p>",
                time="2024年7月29日",
            )
        ],
    )
    ingest(library, "test_pages")
    row = library.get("records", "p1")
    assert (row["library"], row["region_code"], row["genre"]) == ("431100", "431181", "notice")
    assert (row["title"], row["body"]) == ("标题 二", "一&二\n三")
    assert row["published_at"].isoformat() == "2024-07-29T00:00:00"
    assert (row["source"], row["row_number"], row["revision"]) == ("test_pages", 1, 1)


def test_retry_stores_what_a_mended_library_can_take(library: Library, raw: Path) -> None:
    write_lines(raw / "pages" / "a.jsonl", [page(1, site="4302000001"), page(2), "{"])
    ingest(library, "test_pages")
    (raw / "sites" / "more.csv").write_text(
        "标识码,名称,区划,层级,类别\n4302000001,株洲市人民政府门户网站,430200,prefecture,prefecture_portal\n",
        encoding="utf-8",
    )
    ingest(library, "test_sites")
    tallies = retry(library)
    assert tallies["test_pages"].n_stored == 1
    assert library.get("records", "p1")["library"] == "430200"
    assert len(waiting(library)) == 1
    assert counts(library) == (3, 2, 0, 0, 1)
    assert status(library)["balanced"]
    assert retry(library) == {}


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.jsonl.gz", gzip.compress), ("a.jsonl.zst", zstandard.ZstdCompressor().compress)],
)
def test_packed_file_that_breaks_off_keeps_its_good_rows(
    library: Library, raw: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    import random

    noise = random.Random(1)
    rows = [page(i, content=f"{noise.getrandbits(4000):x}") for i in range(2000)]
    data = pack("".join(json.dumps(r) + "\n" for r in rows).encode())
    (raw / "pages" / name).write_bytes(data[: len(data) // 2])
    ingest(library, "test_pages")
    reasons = waiting(library)["reason"].to_list()
    assert "压缩文件不完整：此行起无法解开，请重新传送该文件" in reasons
    n_read, n_stored, *_, n_quarantined = counts(library)
    assert 0 < n_stored < 2000
    assert n_read == n_stored + n_quarantined
    (raw / "pages" / name).write_bytes(data)
    ingest(library, "test_pages")
    assert library.count("records") == 2000
    assert status(library)["balanced"]


def test_mixed_line_ends_are_all_line_ends(home: Path, raw: Path, library: Library) -> None:
    (raw / "pages" / "a.jsonl").write_bytes(
        b"\r\n".join(json.dumps(page(i)).encode() for i in (1, 2)) + b"\n" + json.dumps(page(3)).encode()
    )
    ingest(library, "test_pages")
    assert counts(library) == (3, 3, 0, 0, 0)


def test_empty_file_is_complete(library: Library, raw: Path) -> None:
    (raw / "pages" / "a.jsonl").write_bytes(b"")
    report = ingest(library, "test_pages")
    assert (report.n_files, report.failures) == (1, [])
    assert ingest(library, "test_pages").n_unchanged == 1


def test_source_that_is_gone_is_said_so(library: Library, raw: Path) -> None:
    with pytest.raises(LibraryError, match="没有这个文件或文件夹"):
        ingest(library, "test_pages", raw / "nowhere")


def test_misspelt_source_suggests_the_right_one(library: Library) -> None:
    with pytest.raises(LibraryError, match=r"'test_page'.*是否想用 'test_pages'"):
        ingest(library, "test_page")


def test_two_ingests_at_once_are_both_whole(raw: Path, open_test_library: Callable, library: Library) -> None:
    for name in "abcd":
        write_lines(raw / "pages" / f"{name}.jsonl", [page(i, id=f"{name}{i % 400}") for i in range(500)])
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(ingest, open_test_library(), "test_pages") for _ in range(2)]
        reports = [job.result() for job in jobs]
    assert sum(r.n_files for r in reports) == 4
    assert library.count("records") == 1600
    assert status(library)["balanced"]


def test_writers_of_different_sources_do_not_lose_each_others_rows(
    raw: Path, open_test_library: Callable, library: Library
) -> None:
    text = (raw / "catalog.yaml").read_text(encoding="utf-8")
    twin = (
        text[text.index("  test_pages:") :]
        .replace("test_pages", "twin_pages")
        .replace("pages\n", "twin\n", 1)
    )
    (raw / "catalog.yaml").write_text(
        text + twin.replace("location: pages", "location: twin"), encoding="utf-8"
    )
    for folder in ("pages", "twin"):
        for number in range(6):
            rows = [page(i, id=f"{i}") for i in range(number * 50, number * 50 + 100)]
            write_lines(raw / folder / f"{number}.jsonl", rows)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(ingest, open_test_library(), name) for name in ("test_pages", "twin_pages")]
        for job in jobs:
            job.result()
    assert library.count("records") == 350
    assert library.load("records").compute()["record_id"].is_unique
    assert status(library)["balanced"]


PAGE_HTML = """<html><head><meta charset="utf-8"><title>t</title>
<meta name="SiteIDCode" content="4301000001"><meta name="SiteName" content="长沙市人民政府"><meta name="SiteDomain" content="www.changsha.gov.cn">
<meta name="ArticleTitle" content="标题{0}"><meta name="PubDate" content="2024-07-01 08:00"><meta name="ColumnName" content="要闻动态">
<meta name="Url" content="http://www.changsha.gov.cn/{0}.html"></head>
<body><div id="zoom"><p>{1}</p></div></body></html>"""


@pytest.mark.parametrize("least", [1, 1000], ids=["in processes", "here"])
def test_many_pages_are_read_in_processes_to_the_same_end(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    from shuju.library import open_library, reading

    monkeypatch.setattr(reading, "PROCESS_UNITS", least)
    folder = tmp_path / "html"
    folder.mkdir()
    for number in range(5):
        text = f"这是第{number}页的正文。" * 20
        (folder / f"{number}.html").write_text(PAGE_HTML.format(number, text), encoding="utf-8")
    (folder / "empty.html").write_bytes(b"")
    library = open_library(home)
    report = ingest(library, "gov_pages", folder)
    assert not report.failures
    assert counts(library) == (6, 5, 0, 0, 1)
    assert sorted(library.load("records").compute()["title"]) == [f"标题{n}" for n in range(5)]
    assert library.get("records", "http://www.changsha.gov.cn/3.html")["body"].startswith("这是第3页")
    assert status(library)["balanced"]
