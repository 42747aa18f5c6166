"""A small library with three documents, their copies and a few sites, as the page of spread shows them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from shuju.library import Library, open_library
from shuju.library.derived import replace_table
from shuju.library.ingest import ingest
from shuju.spread.arrival import arrivals, measure
from shuju.spread.due import read_rule
from tests.conftest import PAGES_CATALOG, page, write_lines
from tests.copies import copy_of

HOSTILE = '<img src=x onerror="alert(1)"> & "引号"'
AS_OF = "2024-07-31 12:00"
PROVINCE, CHANGSHA, YONGZHOU = "4300000001", "4301000001", "4311000001"
YUELU, QIYANG, LILING, PAPER = "4301040001", "4311810001", "4302810001", "daily.hunan.example"
SITES = f"""标识码,名称,区划,层级,类别
{PROVINCE},湖南省人民政府门户网站,430000,province,province_portal
{CHANGSHA},长沙市人民政府门户网站,430100,prefecture,prefecture_portal
{YONGZHOU},永州市人民政府门户网站,431100,prefecture,prefecture_portal
{YUELU},岳麓区人民政府门户网站,430104,county,county_portal
{QIYANG},祁阳市人民政府门户网站,431181,county,county_portal
{LILING},醴陵市人民政府门户网站,430281,county,county_portal
{PAPER},潇湘日报,430000,province,media
"""
FIRST = "为进一步做好留守儿童关爱保护工作，现就有关事项通知如下。"
SECOND = "各地要健全台账，做到底数清、情况明、措施实。"
THIRD = "请于七月底前将落实情况报省民政厅。"
BODY = f"{FIRST}\n{SECOND}\n{THIRD}\n{HOSTILE}"
# Bodies of A, of a copy without its second sentence, and of one with a changed date.
TEXTS = {
    "a": BODY,
    "a1": f"{FIRST}\n{THIRD}\n{HOSTILE}",
    "a2": BODY.replace("七月", "八月"),
    "a3": BODY,
    "a4": f"本报讯 {BODY}",
}
# record, site, genre, time, title
PAGES = [
    ("a", PROVINCE, "policy", "2024-07-01 08:00", "关于做好留守儿童关爱保护工作的通知"),
    ("a1", CHANGSHA, "policy", "2024-07-01 13:00", "关于做好留守儿童关爱保护工作的通知"),
    ("a2", YUELU, "policy", "2024-07-03 08:00", "转发关于做好留守儿童关爱保护工作的通知"),
    ("a3", QIYANG, "policy", "2024-06-30 08:00", "关于做好留守儿童关爱保护工作的通知"),
    ("a4", PAPER, "news", "2024-07-01 10:00", "我省部署留守儿童关爱保护"),
    ("a5", PROVINCE, "interpretation", "2024-07-02 09:00", "《通知》解读"),
    ("b", PROVINCE, "notice", "2024-07-20 08:00", HOSTILE),
    ("b1", "unknown.example", "notice", "2024-07-20 20:00", "转载"),
    ("c", PROVINCE, "policy", "2024-07-31 06:00", "今天的文件"),
    ("z", CHANGSHA, "news", AS_OF, "最后一条"),
]
# origin, record, kind, parent, generation, flags
LINKS = [
    ("a", "a1", "edited", "a", 1, ""),
    ("a", "a2", "forwarded", "a1", 2, ""),
    ("a", "a3", "verbatim", "a", 1, "before_origin,contradiction"),
    ("a", "a4", "verbatim", "a", 1, ""),
    ("a", "a5", "related", None, 0, ""),
    ("b", "b1", "verbatim", "b", 1, ""),
]


def spread_library(folder: Path) -> Library:
    """Return the library; its catalog is kept in its home."""
    return copy_of(_make, folder)


def _make(folder: Path) -> None:
    kept = folder / "home" / "catalog"
    (kept / "sites").mkdir(parents=True)
    (kept / "catalog.yaml").write_text(PAGES_CATALOG, encoding="utf-8")
    (kept / "sites" / "sites.csv").write_text(SITES, encoding="utf-8")
    rows = [
        page(0, id=key, site=site, kind=genre, time=time, title=title, content=_html(TEXTS.get(key, "正文")))
        for key, site, genre, time, title in PAGES
        if site != "unknown.example"
    ]
    write_lines(kept / "pages" / "a.jsonl", rows)
    library = open_library(folder / "home")
    ingest(library, "test_sites")
    ingest(library, "test_pages")
    fill(library)


def _html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"<p>{line}</p>" for line in escaped.split("\n"))


def reprint_rows() -> pd.DataFrame:
    known = {key: (site, pd.Timestamp(time), title) for key, site, _, time, title in PAGES}
    rows = []
    for origin, record, kind, parent, generation, flags in LINKS:
        site, at, title = known[record]
        rows.append(
            {"reprint_id": f"{origin}|{record}", "origin_id": origin, "record_id": record, "site_id": site,
             "published_at": at, "title": title, "kind": kind, "containment": 0.9, "resemblance": 0.8,
             "lag_hours": (at - known[origin][1]) / pd.Timedelta(hours=1), "parent_id": parent, "confidence": 0.75,
             "evidence": "edits,source", "generation": generation, "flags": flags, "spans": "[]"}
        )  # fmt: skip
    return pd.DataFrame(rows)


def fill(library: Library) -> None:
    sites, reprints = library.sites_frame(), reprint_rows()
    numbers = {"a": "湘政办发〔2024〕13号"}
    documents = pd.DataFrame(
        [
            {"origin_id": key, "title": title, "document_number": numbers.get(key), "site_id": site,
             "library": "430000", "region_code": "430000", "genre": genre, "topic_1": "民政" if key == "a" else None,
             "published_at": pd.Timestamp(time), "n_characters": len(TEXTS.get(key, "正文"))}
            for key, site, genre, time, title in PAGES
            if key in ("a", "b")
        ]
    )  # fmt: skip
    pairs = arrivals(documents, reprints, sites, read_rule(), pd.Timestamp(AS_OF))
    cascades = documents.merge(measure(pairs, reprints), on="origin_id")
    replace_table(library, "cascades", cascades, made_by="test")
    replace_table(library, "reprints", reprints, made_by="test")
