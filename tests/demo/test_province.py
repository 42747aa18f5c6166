"""The raw files of the synthetic province: sizes, formats, determinism, texts."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from shuju import catalog
from shuju.demo import province as writer
from shuju.demo import write_province

RECORDS = 20_000
UNTIL, LATER = date(2025, 12, 31), date(2026, 3, 9)


def digests(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_same_seed_same_bytes_whatever_the_workers(tmp_path):
    for name, seed, until, workers in (
        ("one", 3, UNTIL, 1),
        ("two", 3, UNTIL, 2),
        ("other", 4, UNTIL, 1),
        ("later", 3, LATER, 1),
    ):
        write_province(
            tmp_path / name / "raw",
            tmp_path / name / "truth",
            records=2000,
            seed=seed,
            until=until,
            workers=workers,
        )
    one, two, other, later = (digests(tmp_path / name) for name in ("one", "two", "other", "later"))
    assert one == two
    assert "raw/platform/430100-2026h1.jsonl.zst" in later
    assert "raw/platform/430100-2026h1.jsonl.zst" not in one
    assert one["raw/platform/430100-2024h1.jsonl.zst"] != other["raw/platform/430100-2024h1.jsonl.zst"]


@pytest.mark.parametrize(("records", "workers"), [(999, 1), (0, 1), (-5, 1), (2000, 0)])
def test_too_small_is_refused(tmp_path, records, workers):
    with pytest.raises(ValueError, match="至少"):
        write_province(tmp_path / "raw", tmp_path / "truth", records=records, seed=1, workers=workers)


def test_catalog_of_the_sources_is_valid_and_synthetic(province):
    found = catalog.read(province.catalog)
    demo = {name: source for name, source in found.sources.items() if name.startswith("demo_")}
    assert all(source.synthetic and "演示数据" in source.title for source in demo.values())
    tables = {entry.table for source in demo.values() for entry in source.inputs}
    assert tables == {n for n, table in found.tables.items() if not table.private and not table.derived} - {
        "ledger"
    }
    for source in demo.values():
        for entry in source.inputs:
            assert entry.files is None or province.files(entry.files), entry.files


def test_mapped_fields_exist_in_the_files(province):
    found = catalog.read(province.catalog)
    heads = {
        "platform/*.jsonl.zst": province.lines("platform/430000-2025h2.jsonl.zst")[0],
        "prefecture_csv/431200-*.csv": province.lines("prefecture_csv/431200-2025.csv")[0],
        "mailbox/*.csv": province.lines("mailbox/letters-2025.csv")[0],
        "hotline/*.jsonl.zst": province.lines("hotline/2025q1.jsonl.zst")[0],
        "visits/*.jsonl.zst": province.lines("visits/430100-2025h1.jsonl.zst")[0],
    }
    checked = 0
    for source in found.sources.values():
        for entry in source.inputs:
            if head := heads.get(entry.files or ""):
                fields = {raw for field in entry.fields.values() for raw in field.source}
                assert fields <= set(head), fields - set(head)
                checked += 1
    assert checked == len(heads)


def test_counts_are_what_was_asked_for(province):
    stored: Counter[str] = Counter()
    for row in province.table("deliveries"):
        if row["kind"] == "stored":
            stored[row["file"].split("/")[0]] += row["count"]
    assert stored["platform"] + stored["prefecture_csv"] + stored["county_pages"] == RECORDS
    assert stored["mailbox"] + stored["hotline"] + stored["board"] == RECORDS // 20
    assert stored["visits"] == round(RECORDS * writer.VISITS)
    assert len(province.pages) + len(province.files("county_pages/*.html")) == RECORDS
    assert len(province.letters) == RECORDS // 20


def test_progress_reaches_the_end(province):
    done, total = zip(*province.progress, strict=True)
    assert done[-1] == total[-1] == RECORDS + RECORDS // 20
    assert list(done) == sorted(done)
    assert len(set(total)) == 1


def test_delivered_rows_are_the_sum_of_the_kinds(province):
    count: Counter[str] = Counter()
    for row in province.table("deliveries"):
        count[row["file"]] += row["count"]
    for file in (
        "platform/430000-2024h2.jsonl.zst",
        "prefecture_csv/430600-2023.csv",
        "hotline/2023q2.jsonl.zst",
    ):
        assert len(province.lines(file)) == count[file]


def test_malformed_rows_are_where_truth_says(province):
    rows = province.table("malformed")
    reasons = Counter(row["reason"] for row in rows)
    assert set(reasons) == set(writer.faults.REASONS)
    broken = {(r["file"], r["row_number"]) for r in rows if r["reason"] in ("broken_json", "wrong_columns")}
    for file in {r["file"] for r in rows if not r["file"].endswith("xlsx")}:
        unreadable = {(file, n) for n, row in enumerate(province.lines(file), 1) if row is None}
        assert unreadable == {pair for pair in broken if pair[0] == file}


CHECKS = {
    "impossible_date": lambda row: any("2024-13-45" in str(v) for v in row.values()),
    "future_date": lambda row: any(str(v).startswith("2099-01-01") for v in row.values()),
    "nul": lambda row: any("\x00" in str(v) for v in row.values()),
    "undecodable": lambda row: any("\ufffd" in str(v) for v in row.values()),
    "title_too_long": lambda row: any(
        len(str(row.get(k, ""))) > 1000 for k in ("title", "文章标题", "信件标题", "bt")
    ),
    "unknown_site": lambda row: "4399999999" in row.values(),
    "unknown_region": lambda row: "439999" in row.values(),
    "wrong_type": lambda row: "很多" in row.values(),
    "missing_title": lambda row: any(
        row.get(k) == "" for k in ("title", "文章标题", "信件标题", "bt", "terminal")
    ),
}


def test_each_malformed_row_has_its_fault_and_no_other_row_has(province):
    rows = [
        r for r in province.table("malformed") if not r["file"].endswith("xlsx") and r["reason"] in CHECKS
    ]
    seen = {r["reason"] for r in rows}
    assert seen == set(CHECKS)
    for file in {r["file"] for r in rows}:
        lines = province.lines(file)
        for reason, holds in CHECKS.items():
            expected = {r["row_number"] for r in rows if r["file"] == file and r["reason"] == reason}
            assert {n for n, row in enumerate(lines, 1) if row and holds(row)} == expected, (file, reason)


def test_repeats_are_exact_and_changes_change(province):
    merged = revised = 0
    for file in province.files("platform/4301*.zst"):
        by_id: dict[str, list[dict[str, str]]] = {}
        for row in filter(None, province.lines(file)):
            by_id.setdefault(row["docId"], []).append(row)
        merged += sum(a == b for rows in by_id.values() for a, b in pairwise(rows))
        revised += sum(a != b for rows in by_id.values() for a, b in pairwise(rows))
    table = province.table("deliveries")
    for kind, found in (("merged", merged), ("revised", revised)):
        expected = sum(
            r["count"] for r in table if r["kind"] == kind and r["file"].startswith("platform/4301")
        )
        assert found == expected > 0


def test_rows_are_chronological_within_a_file(province):
    times = [r["发布时间"] for r in filter(None, province.lines("prefecture_csv/431000-2024.csv"))]
    good = [t for t in times if t.startswith("2024/")]
    later = sum(b < a for a, b in pairwise(good))
    # Only a repeated or changed delivery comes later than its time.
    assert later <= 4


def test_texts_have_real_lengths_and_no_twins(province):
    pages = [p["body"] for p in province.pages.values() if p["body"]]
    assert 330 < sum(map(len, pages)) / len(pages) < 600
    letters = [letter["body"] for letter in province.letters.values()]
    assert 200 < sum(map(len, letters)) / len(letters) < 280
    planted = {r["record_id"] for r in province.table("cascades")}
    own = [p["body"] for key, p in province.pages.items() if key not in planted and p["body"]]
    assert len(set(own)) == len(own)
    assert len(set(letters)) == len(letters)


def test_sites_are_those_of_a_province(province):
    import csv

    with (province.raw / "sites/网站名录.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = Counter(row["网站类别"] for row in rows)
    assert kinds == {
        "省门户": 1,
        "省直部门": 45,
        "市州门户": 14,
        "市州部门": 434,
        "县市区门户": 122,
        "媒体": 4,
    }
    codes = [row["网站标识码"] for row in rows]
    assert len(set(codes)) == len(codes) == 620
    assert sum(len(code) == 10 and code.isdigit() for code in codes) == 616
    assert all(row["域名"].endswith(".hunan.example") for row in rows)
    assert {p["site"] for p in province.pages.values()} <= set(codes)


def test_stale_sites_stop_and_broken_ones_lose_their_text(province):
    states = {row["site_id"]: row for row in province.table("sites")}
    assert {row["state"] for row in states.values()} == {"stale", "broken"}
    for page in province.pages.values():
        state = states.get(page["site"])
        digits = "".join(c for c in page["time"] if c.isdigit())[:8]
        if state is None:
            assert page["body"]
        elif state["state"] == "stale":
            assert digits <= state["since"].strftime("%Y%m%d")


def test_database_holds_what_the_other_files_refer_to(province):
    base = sqlite3.connect(province.raw / "enterprises/enterprises.db")
    try:
        items = {row[0] for row in base.execute("SELECT sxbh FROM zc_sx")}
        firms = {row[0] for row in base.execute("SELECT tyshxydm FROM qy_jbxx")}
        cases = base.execute("SELECT sxbh, tyshxydm, sqsj, slsj, updated_at FROM bj_xx").fetchall()
        policies = {row[0] for row in base.execute("SELECT zcbh FROM zc_sx WHERE zcbh <> ''")}
    finally:
        base.close()
    assert len(firms) == RECORDS // 200
    assert all(item in items and (firm == "" or firm in firms) for item, firm, *_ in cases)
    assert all(applied <= (accepted or applied) <= updated for _, _, applied, accepted, updated in cases)
    assert policies <= set(province.pages)
    for row in filter(None, province.lines("visits/430100-2025h1.jsonl.zst")):
        assert row["itemId"] in items | {""}
        assert row["creditCode"] in firms | {""}
        assert row["docId"] == "" or row["docId"] in province.pages


def test_html_pages_say_their_encoding_and_that_they_are_synthetic(province):
    charsets = Counter()
    for pattern in ("county_pages/*.html", "studies/*.html"):
        for file in province.files(pattern):
            raw = (province.raw / file).read_bytes()
            charset = "gb18030" if b'charset="gb18030"' in raw else "utf-8"
            charsets[charset] += 1
            text = raw.decode(charset)
            for tag in ("SiteName", "SiteIDCode", "ArticleTitle", "PubDate", "ContentSource", "ColumnName"):
                assert f'<meta name="{tag}"' in text
            assert '<meta name="Generator" content="shuju demo">' in text
    assert charsets["gb18030"] > 10
    assert charsets["utf-8"] > 10
