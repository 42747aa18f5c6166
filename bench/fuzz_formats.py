"""One sound file of every format that is read, for ``fuzz_ingest`` to spoil.

``orders.xls`` is a workbook of the old kind (BIFF), made of invented orders with xlwt.
"""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
import zstandard

from bench.made_pdf import text_pdf

TEXT = """编号,标题,内容,时间,单位,类型
A1,路灯不亮,朝阳路的路灯坏了三盏,2024/7/5 9:05,城管局,投诉
A2,井盖,人民路的井盖丢了,2024/7/6,,求助
合计,2,,,,
"""
ROWS = [
    {
        "编号": f"A{n}",
        "标题": "路灯",
        "内容": "<p>坏了</p>",
        "时间": "2024-07-05",
        "单位": None,
        "类型": "投诉",
        "答": [{"文": "已修"}],
    }
    for n in range(3)
]
PAGE = "<html><head><meta charset=utf-8><title>通知</title></head><body><div id=a><p>因管道检修，东风路沿线停水一天，请储水。</p></div></body></html>"


def _xlsx() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(TEXT.splitlines()):
            sheet.write_row(number, 0, line.split(","))
        sheet.merge_range("E2:E3", "城管局")
    return held.getvalue()


def _parquet() -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), held)
    return held.getvalue()


def _database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE letters (编号 TEXT, 标题 TEXT, 时间 TEXT)")
        database.executemany(
            "INSERT INTO letters VALUES (?, ?, ?)",
            [(f"A{n}", "路灯不亮", "2024-07-05 09:05") for n in range(40)],
        )
        return database.serialize()


def _docx() -> bytes:
    from docx import Document

    held, document = io.BytesIO(), Document()
    document.add_heading("停水通知", 1)
    document.add_paragraph("因管道检修，东风路沿线停水一天。")
    document.save(held)
    return held.getvalue()


RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>要闻</title>
<item><guid>1</guid><title>停水通知</title><link>http://a/1.html</link><pubDate>2024年7月5日 09:00</pubDate>
<description>&lt;p&gt;东风路停水一天&lt;/p&gt;</description></item></channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>要闻</title>
<entry><id>1</id><title>停水通知</title><updated>2024-07-05T09:00:00</updated><content type="html">东风路停水一天</content></entry></feed>"""
SITEMAP = """<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>http://a/1.html</loc><lastmod>2024-07-05</lastmod></url><url><loc>http://a/2.html</loc></url></urlset>"""
LINES = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
FORMATS: dict[str, tuple[str, str, bytes]] = {
    "csv": ("csv", "a.csv", TEXT.encode()),
    "csv in GBK": ("csv", "a.csv", TEXT.encode("gbk")),
    "tsv": ("csv", "a.tsv", TEXT.replace(",", "\t").encode("utf-16")),
    "json lines": ("json", "a.jsonl", LINES.encode()),
    "json": ("json", "a.json", json.dumps(ROWS).encode()),
    "xlsx": ("xlsx", "a.xlsx", _xlsx()),
    "html table": (
        "xlsx",
        "a.xls",
        "<table><tr><th>编号</th></tr><tr><td rowspan=2>1</td></tr></table>".encode(),
    ),
    "xls (BIFF)": ("xlsx", "a.xls", Path(__file__).with_name("orders.xls").read_bytes()),
    "csv in gzip": ("csv", "a.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
    "json lines in zstandard": ("json", "a.jsonl.zst", zstandard.compress(LINES.encode())),
    "database": ("sql", "a.db", _database()),
    "rss": ("feed", "a.xml", RSS.encode()),
    "atom": ("feed", "a.xml", ATOM.encode()),
    "sitemap": ("sitemap", "a.xml", SITEMAP.encode()),
    "sitemap in gzip": ("sitemap", "a.xml", gzip.compress(SITEMAP.encode(), mtime=0)),
    "parquet": ("parquet", "a.parquet", _parquet()),
    "html": ("html", "a.html", PAGE.encode()),
    "docx": ("docx", "a.docx", _docx()),
    "pdf": ("pdf", "a.pdf", text_pdf([["停水通知", "因管道检修，东风路沿线停水一天。"]])),
}
