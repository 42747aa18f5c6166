"""Readers: every raw format, in the encodings and with the faults that real files have."""

from __future__ import annotations

import contextlib
import gzip
import json
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
import zstandard

from shuju.library import SourceError
from shuju.library.readers import reader


def read_all(
    name: str, location: Path, **options: object
) -> tuple[list[dict], list[int], list[tuple[int, str]]]:
    """Return (rows, row numbers, broken rows) of everything a reader finds at ``location``."""
    module = reader(name)
    rows, numbers, broken = [], [], []
    for unit in module.units(options.pop("files", None), location, options):
        for batch in module.read(unit, options):
            rows += batch.rows.to_pylist()
            numbers += batch.row_numbers.tolist()
            broken += [(b.row_number, b.reason) for b in batch.broken]
    return rows, numbers, broken


TEXT = "编号,标题\n1,甲\n2,乙\n"
ROWS = [{"编号": "1", "标题": "甲"}, {"编号": "2", "标题": "乙"}]
CSV_FILES = {
    "UTF-8": ("a.csv", TEXT.encode(), {}),
    "byte-order mark": ("a.csv", b"\xef\xbb\xbf" + TEXT.encode(), {}),
    "GB18030 detected": ("a.csv", TEXT.encode("gb18030"), {}),
    "GB18030 told": ("a.csv", TEXT.encode("gb18030"), {"encoding": "gb18030"}),
    "UTF-16": ("a.csv", TEXT.encode("utf-16"), {}),
    "Windows line ends": ("a.csv", TEXT.replace("\n", "\r\n").encode(), {}),
    "mixed line ends": ("a.csv", "编号,标题\r\n1,甲\n2,乙\r\n".encode(), {}),
    "no last line end": ("a.csv", TEXT.rstrip("\n").encode(), {}),
    "blank lines between": ("a.csv", TEXT.replace("\n", "\n\n").encode(), {}),
    "tabs": ("a.tsv", TEXT.replace(",", "\t").encode(), {}),
    "semicolons": ("a.csv", TEXT.replace(",", ";").encode(), {}),
    "gzip": ("a.csv.gz", gzip.compress(TEXT.encode()), {}),
    "zstd": ("a.csv.zst", zstandard.ZstdCompressor().compress(TEXT.encode()), {}),
    "two zstd frames": (
        "a.csv.zst",
        b"".join(zstandard.ZstdCompressor().compress(part.encode()) for part in (TEXT[:9], TEXT[9:])),
        {},
    ),
    "no header": ("a.csv", TEXT.encode().split(b"\n", 1)[1], {"columns": ["编号", "标题"]}),
}


@pytest.mark.parametrize(("name", "data", "options"), CSV_FILES.values(), ids=CSV_FILES)
def test_csv(tmp_path: Path, name: str, data: bytes, options: dict) -> None:
    (tmp_path / name).write_bytes(data)
    assert read_all("csv", tmp_path, **options) == (ROWS, [1, 2], [])


CSV_FAULTS = {
    "too few columns": ("1,甲\n2\n3,丙\n", [1, 3], [(2, "列数不符：应有 2 列，实有 1 列")]),
    "too many columns": ("1,甲\n2,乙,x\n3,丙\n", [1, 3], [(2, "列数不符：应有 2 列，实有 3 列")]),
    "line end within quotes": ('1,"甲\n乙"\n2,丙\n', [1, 2], []),
    "doubled quotes": ('1,"说""好"""\n', [1], []),
}


@pytest.mark.parametrize(("body", "numbers", "broken"), CSV_FAULTS.values(), ids=CSV_FAULTS)
def test_csv_faults(tmp_path: Path, body: str, numbers: list[int], broken: list) -> None:
    (tmp_path / "a.csv").write_text("编号,标题\n" + body, encoding="utf-8")
    assert read_all("csv", tmp_path)[1:] == (numbers, broken)


def test_csv_bytes_that_are_no_text_are_left_for_validation_to_find(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT.encode("gb18030") + b"3,\xff\xff\n")
    rows, *_ = read_all("csv", tmp_path, encoding="gb18030")
    assert "\ufffd" in rows[2]["标题"]


def test_csv_in_several_blocks_numbers_rows_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shuju.library.readers.csv_files.BLOCK_BYTES", 2000)
    monkeypatch.setattr("shuju.library.readers.files.CHUNK_BYTES", 700)
    lines = [f'{i},"第{i}行\n续"' if i != 500 else "500" for i in range(1, 1001)]
    (tmp_path / "a.csv").write_text("编号,标题\n" + "\n".join(lines), encoding="utf-8")
    rows, numbers, broken = read_all("csv", tmp_path)
    assert numbers == [i for i in range(1, 1001) if i != 500]
    assert [int(r["编号"]) for r in rows] == numbers
    assert [n for n, _ in broken] == [500]


JSON_FILES = {
    "lines": ("a.jsonl", '{"a": "x", "n": 1}\n{"a": null, "n": 2}\n', [{"a": "x", "n": "1"}, {"a": None, "n": "2"}]),
    "types mixed in one field": ("a.jsonl", '{"a": 1}\n{"a": "二"}\n', [{"a": "1"}, {"a": "二"}]),
    "nested": ("a.jsonl", '{"a": {"b": {"c": "x"}}}\n', [{"a.b.c": "x"}]),
    "looks like a time": ("a.jsonl", '{"a": "2024-01-01 00:00:00"}\n', [{"a": "2024-01-01 00:00:00"}]),
    "array": ("a.json", '[{"a": "x"}, {"b": "y"}]', [{"a": "x", "b": None}, {"a": None, "b": "y"}]),
    "fields come and go": ("a.jsonl", '{"a": "x"}\n{"b": "y"}\n', [{"a": "x", "b": None}, {"a": None, "b": "y"}]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "rows"), JSON_FILES.values(), ids=JSON_FILES)
def test_json(tmp_path: Path, name: str, text: str, rows: list[dict]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_all("json", tmp_path)[0] == rows


def test_json_late_field_that_looks_like_a_time_stays_as_written(tmp_path: Path) -> None:
    lines = [json.dumps({"a": "x"})] * 300 + [json.dumps({"a": "x", "t": "2024-01-01 08:00:00"})]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert read_all("json", tmp_path)[0][300]["t"] == "2024-01-01 08:00:00"


def test_json_records_within_a_document(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"data": {"rows": [{"a": 1}]}}', encoding="utf-8")
    assert read_all("json", tmp_path, records="data.rows")[0] == [{"a": "1"}]
    with pytest.raises(SourceError, match="应是一个列表"):
        read_all("json", tmp_path, records="data")


def test_xlsx(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        when = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["编号", "时间", "空"])
        sheet.write_number(1, 0, 188006)
        sheet.write_datetime(1, 1, pd.Timestamp("2024-07-29 16:38").to_pydatetime(), when)
        sheet.write_row(3, 0, ["甲", "昨天", ""])
    rows, numbers, _ = read_all("xlsx", tmp_path)
    assert rows == [
        {"编号": "188006", "时间": "2024-07-29T16:38:00", "空": None},
        {"编号": "甲", "时间": "昨天", "空": None},
    ]
    assert numbers == [1, 2]


@pytest.mark.parametrize(
    ("name", "reader_name"), [("a.xlsx", "xlsx"), ("a.parquet", "parquet"), ("a.json", "json")]
)
def test_file_of_another_kind_is_said_so(tmp_path: Path, name: str, reader_name: str) -> None:
    (tmp_path / name).write_text("[这不是", encoding="utf-8")
    with pytest.raises(SourceError, match=name):
        read_all(reader_name, tmp_path)


def test_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, None], "t": pd.to_datetime(["2024-07-29 16:38", None]), "s": ["甲", None]})
    frame.to_parquet(tmp_path / "a.parquet")
    rows, numbers, _ = read_all("parquet", tmp_path)
    assert rows[0]["t"].startswith("2024-07-29 16:38:00")
    assert (rows[0]["s"], rows[1], numbers) == ("甲", {"n": None, "t": None, "s": None}, [1, 2])


PAGE = """<html><head><meta charset="{charset}"><title>标题 - 网站</title>
<meta name="ArticleTitle" content="关于“三夏”生产的通知"><meta name="PubDate" content="2024-06-01 08:00">
<meta name="SiteIDCode" content="4301000001"></head><body>
<div class="header"><ul><li><a href="/">首页</a></li><li><a href="/x">政务公开</a></li></ul></div>
<div class="main"><div id="zoom"><p>各县市区人民政府：</p><p>{text}</p></div></div>
<div class="footer">版权所有 湘ICP备000号 网站地图 联系我们</div><script>var a = "脚本";</script></body></html>"""


@pytest.mark.parametrize(
    ("charset", "encoding"), [("utf-8", "utf-8"), ("gb2312", "gb18030"), ("", "gb18030")]
)
@pytest.mark.parametrize("container", ['id="zoom"', 'class="text"'])
def test_html_page(tmp_path: Path, charset: str, encoding: str, container: str) -> None:
    text = "当前正值夏收夏种的关键时期，各地要抓好抢收抢种，确保颗粒归仓，农业农村部门要加强调度和服务。" * 4
    page = PAGE.format(charset=charset, text=text).replace('id="zoom"', container)
    (tmp_path / "a.html").write_bytes(page.encode(encoding))
    (row,), *_ = read_all("html", tmp_path)
    assert row["meta.ArticleTitle"] == "关于“三夏”生产的通知"
    assert row["main_text"] == f"各县市区人民政府：\n{text}"
    assert row["file_name"] == "a.html"


@pytest.mark.parametrize("data", [b"", b"   ", b"plain words"])
def test_html_that_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.html").write_bytes(data)
    rows, _, broken = read_all("html", tmp_path)
    assert rows == [] or rows[0]["main_text"] is None or broken == []
    assert len(rows) + len(broken) == 1


def test_real_pages_hold_what_their_tags_say(real_data: Path) -> None:
    expected = pd.read_csv(real_data / "gov_pages" / "page_meta.csv", dtype=str).set_index("file")
    rows, *_ = read_all("html", real_data / "gov_pages" / "html")
    found = pd.DataFrame(rows).set_index("file_name")
    for tag in ("ArticleTitle", "PubDate", "ContentSource", "SiteIDCode"):
        pd.testing.assert_series_equal(
            found[f"meta.{tag}"].sort_index(),
            expected[tag].sort_index(),
            check_names=False,
            check_dtype=False,
        )
    articles = found.loc[expected["ArticleTitle"].notna()[lambda s: s].index, "main_text"]
    assert not articles.str.contains("网站地图|版权所有|ICP备|当前位置|无障碍").any()
    assert articles.str.len().min() > 500


def test_sql_reads_by_watermark(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute("CREATE TABLE t (id INTEGER, name TEXT, updated_at TEXT)")
        db.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [(i, f"名{i}", f"2024-01-{i:02d}") for i in (3, 1, 2)]
        )
    db.close()
    options = {"url": "sqlite:///a.db", "query": "SELECT * FROM t", "watermark": "updated_at"}
    rows, numbers, _ = read_all("sql", tmp_path, **options)
    assert [r["id"] for r in rows] == ["1", "2", "3"]
    assert numbers == [1, 2, 3]
    assert [r["id"] for r in read_all("sql", tmp_path, **options, since="2024-01-02")[0]] == ["2", "3"]


SQL_FAULTS = {
    "no such file": ({"url": "sqlite:///b.db", "query": "SELECT 1"}, "没有这个数据库文件"),
    "no such table": ({"url": "sqlite:///a.db", "query": "SELECT * FROM nowhere"}, "拒绝了查询"),
    "no such variable": (
        {"url": "env:SHUJU_NO_SUCH_DB", "query": "SELECT 1"},
        "环境变量 SHUJU_NO_SUCH_DB 未设置",
    ),
}


@pytest.mark.parametrize(("options", "message"), SQL_FAULTS.values(), ids=SQL_FAULTS)
def test_sql_faults(tmp_path: Path, options: dict, message: str) -> None:
    sqlite3.connect(tmp_path / "a.db").close()
    with pytest.raises(SourceError, match=message):
        read_all("sql", tmp_path, **options)


class Site:
    """A real site on this machine: what it serves, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.failures: dict[str, int] = {}
        self.asked: list[tuple[str, str | None, int]] = []
        self.n_sent = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = 200, site.pages.get(self.path, b"")
                etag = f'"{hash(body)}"'
                if site.failures.get(self.path, 0) > 0:
                    site.failures[self.path] -= 1
                    status, body = 503, b""
                elif self.path not in site.pages:
                    status = 404
                elif self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                site.asked.append((self.path, self.headers.get("User-Agent"), status))
                self.send_response(status)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # who asked has had enough
                    for start in range(0, len(body), 1 << 16):
                        self.wfile.write(body[start : start + (1 << 16)])
                        site.n_sent += 1 << 16

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def statuses(self, path: str) -> list[int]:
        return [status for asked, _, status in self.asked if asked == path]


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.server.shutdown()
    found.thread.join()
    found.server.server_close()


QUICK = {"pause_seconds": 0, "backoff_seconds": 0.01}
RSS = """<rss version="2.0"><channel><title>长沙要闻</title><item><title>一</title><link>http://x/1</link><guid>g1</guid>
<description>&lt;p&gt;正文&lt;/p&gt;</description><pubDate>Mon, 29 Jul 2024 08:38:00 GMT</pubDate></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>株洲</title><entry><title>二</title><id>e2</id>
<link href="http://x/2"/><updated>2024-07-29T16:38:00+08:00</updated><content type="html">正文</content></entry></feed>"""


def test_feeds(tmp_path: Path, site: Site) -> None:
    site.pages = {"/rss": RSS.encode(), "/atom": ATOM.encode()}
    rows, *_ = read_all("feed", tmp_path, urls=[site.url + "/rss", site.url + "/atom"], **QUICK)
    assert [(r["id"], r["title"], r["published"], r["feed_title"]) for r in rows] == [
        ("g1", "一", "Mon, 29 Jul 2024 08:38:00 GMT", "长沙要闻"),
        ("e2", "二", "2024-07-29T16:38:00+08:00", "株洲"),
    ]


def test_unchanged_feed_is_asked_for_but_not_sent_again(tmp_path: Path, site: Site) -> None:
    site.pages = {"/rss": RSS.encode()}
    for _ in range(2):
        assert len(read_all("feed", tmp_path, url=site.url + "/rss", **QUICK)[0]) == 1
    assert site.statuses("/rss") == [200, 304]
    assert all(agent is not None and agent.startswith("shuju/") for _, agent, _ in site.asked)


def test_busy_site_is_asked_again_later(tmp_path: Path, site: Site) -> None:
    site.pages, site.failures = {"/rss": RSS.encode()}, {"/rss": 2}
    assert len(read_all("feed", tmp_path, url=site.url + "/rss", **QUICK)[0]) == 1
    assert site.statuses("/rss") == [503, 503, 200]


WEB_FAULTS = {
    "missing": ({}, {}, "网站答复 404"),
    "always busy": ({"/rss": RSS}, {"/rss": 99}, "网站答复 503"),
    "no feed": ({"/rss": "<html></html>"}, {}, "不是 RSS 或 Atom"),
    "forbidden by robots.txt": (
        {"/rss": RSS, "/robots.txt": "User-agent: *\nDisallow: /"},
        {},
        "robots.txt 不允许",
    ),
}


@pytest.mark.parametrize(("pages", "failures", "message"), WEB_FAULTS.values(), ids=WEB_FAULTS)
def test_web_faults(tmp_path: Path, site: Site, pages: dict, failures: dict, message: str) -> None:
    site.pages, site.failures = {k: v.encode() for k, v in pages.items()}, failures
    with pytest.raises(SourceError, match=message):
        read_all("feed", tmp_path, url=site.url + "/rss", **QUICK)


@pytest.mark.parametrize("path", ["/rss", "/robots.txt"])
def test_what_is_too_large_is_not_read_to_its_end(
    tmp_path: Path, site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shuju.library.readers.web.MAX_BYTES", 1 << 16)
    site.pages = {path: bytes(64 << 20)}
    with pytest.raises(SourceError, match="内容过大"):
        read_all("feed", tmp_path, url=site.url + "/rss", **QUICK)
    assert site.n_sent < 32 << 20  # the rest lay in buffers between the two


@pytest.mark.parametrize(
    ("sent", "told"),
    [(gzip.compress(bytes(51 << 20), mtime=0), "解压后过大"), (gzip.compress(b"<urlset/>" * 99, mtime=0)[:-30], "不是网站地图"),
     (b"\x1f\x8b no gzip at all", "已损坏")],
)  # fmt: skip
def test_a_packed_sitemap_that_is_not_sound(tmp_path: Path, site: Site, sent: bytes, told: str) -> None:
    site.pages = {"/sitemap.xml.gz": sent}
    with pytest.raises(SourceError, match=told):
        read_all("sitemap", tmp_path, url=site.url + "/sitemap.xml.gz", **QUICK)


def test_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="连接失败"):
        read_all("feed", tmp_path, url="http://127.0.0.1:9/rss", **QUICK)


def test_sitemap_pages(tmp_path: Path, site: Site) -> None:
    entry = "<url><loc>{}</loc><lastmod>2024-06-01</lastmod></url>"
    urls = "".join(entry.format(f"{site.url}/{name}") for name in ("a.html", "b.html", "photo.jpg"))
    site.pages = {
        "/sitemap.xml": f"<sitemapindex><sitemap><loc>{site.url}/one.xml.gz</loc></sitemap></sitemapindex>".encode(),
        "/one.xml.gz": gzip.compress(
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()
        ),
        "/a.html": PAGE.format(charset="utf-8", text="甲" * 60).encode(),
        "/b.html": PAGE.format(charset="utf-8", text="乙" * 60).encode(),
    }
    options = {"url": site.url + "/sitemap.xml", "only": r"\.html$", **QUICK}
    rows, *_ = read_all("sitemap", tmp_path, **options)
    assert [(r["page_url"], r["main_text"][-1], r["lastmod"]) for r in rows] == [
        (f"{site.url}/a.html", "甲", "2024-06-01"),
        (f"{site.url}/b.html", "乙", "2024-06-01"),
    ]
    read_all("sitemap", tmp_path, **options)
    assert site.statuses("/a.html") == [200, 304]
    assert site.statuses("/photo.jpg") == []
