"""One record: everything about it, nothing of it believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuju.library import Library
from shuju.library.ingest import ingest
from shuju.views.record_page import record_html
from tests.conftest import page, write_lines
from tests.views.conftest import HOSTILE


def test_record_tells_its_text_source_and_ledger(filled: Library) -> None:
    shown = record_html(filled, "p1")
    for text in ("第1条要闻", "这是第1条要闻的正文。", "湖南省人民政府门户网站", "测试网页（test_pages）", "a.jsonl",
                 "<dt>行号</dt><dd>1</dd>", "初次入库后没有修订", "<td>36</td>", "完成"):  # fmt: skip
        assert text in shown, text


def test_revisions_are_all_readable(filled: Library, raw: Path) -> None:
    write_lines(raw / "pages" / "c.jsonl", [page(1, site="4300000001", kind="policy", title="改过的标题")])
    ingest(filled, "test_pages")
    shown = record_html(filled, "p1")
    assert "修订（共 2 版）" in shown
    assert "第1条要闻" in shown
    assert shown.index("改过的标题") < shown.index("第1条要闻")
    assert "c.jsonl" in shown


@pytest.mark.parametrize(
    "key", ["", "no-such", "<script>alert(1)</script>", "x" * 10_000, "'; DROP TABLE records; --"]
)
def test_unknown_record_is_told_plainly(filled: Library, key: str) -> None:
    shown = record_html(filled, key)
    assert "没有" in shown
    assert "<script>" not in shown
    assert len(shown) < 2000


def test_hostile_record_is_escaped(filled: Library) -> None:
    shown = record_html(filled, "p99")
    assert HOSTILE not in shown
    assert "&lt;img src=x" in shown


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://a.gov.cn/1", True),
        ("HTTP://a.gov.cn/1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
    ],
)
def test_only_web_addresses_become_links(filled: Library, raw: Path, url: str, is_link: bool) -> None:
    write_lines(raw / "pages" / "d.jsonl", [page(500, url=url)])
    ingest(filled, "test_pages")
    assert (f'href="{url}"' in record_html(filled, "p500")) == is_link
