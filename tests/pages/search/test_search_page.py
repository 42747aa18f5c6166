"""The page of search: groups, pages, what is said when nothing or too much is asked; hostile titles stay text."""

from __future__ import annotations

import re
from urllib.parse import quote

import httpx
import pytest

from shuju.fulltext.build import build_search
from shuju.library import Library
from shuju.pages.search.search import search_html
from tests.fulltext.conftest import asked, issue, put_issues
from tests.letters.conftest import Letters, letter

__all__ = ["asked"]


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))


def test_groups_with_counts_marks_and_the_way_to_the_filtered_page(asked: Letters) -> None:
    put_issues(asked.library, issue(1, "小区物业收费"))
    build_search(asked.library)
    html = search_html(asked.library, "物业收费")
    assert "信件 3" in plain(html)
    assert "热点事项 1" in plain(html)
    assert "记录 0" in plain(html)
    assert "小区<mark>物业收费</mark>过高" in html
    assert f'href="letters?q={quote("物业收费")}"' in html
    assert f'href="issues?q={quote("物业收费")}"' in html
    assert 'href="letter?id=l1"' in html
    assert "长沙·岳麓区" in html
    assert "2024-07-" in html
    assert "3 封来信" in plain(html)


def test_hostile_titles_and_questions_stay_text(asked: Letters) -> None:
    html = search_html(asked.library, "<script>物业</script>")
    assert "<script" not in html
    assert "&lt;<mark>script</mark>&gt;alert(1)" in html
    assert 'value="&lt;script&gt;物业&lt;/script&gt;"' in html
    assert "onload=" not in search_html(asked.library, '" autofocus onload="alert(1)').replace(
        "onload=&#34;", ""
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "几个词用空格隔开"),
        ("   ", "几个词用空格隔开"),
        ("*", "请输入要找的词"),
        ("-物业", "只写了要排除的词"),
        ("物" * 10_000, "最多 200 字"),
        ("玛雅文明", "没有找到“玛雅文明”"),
        ('"物业', "引号没有成对"),
        ("wuye shoufei", "没有找到“wuye shoufei”，以下是“物业 收费”的结果"),
        ("居住证 地铁", "没有同时含有“居住证 地铁”各词的"),
        ("\x00\x01", "请输入要找的词"),
    ],
)
def test_what_is_said(asked: Letters, text: str, said: str) -> None:
    html = search_html(asked.library, text)
    assert said in plain(html)
    assert len(html) < 60_000


def test_partial_hits_have_no_way_to_a_filtered_page(asked: Letters) -> None:
    assert "按此筛选" not in search_html(asked.library, "居住证 地铁")


def test_without_an_index_it_says_how_to_mend(letters: Letters) -> None:
    assert "请运行 shuju build" in search_html(letters.add(letter(1)), "小区")


@pytest.mark.parametrize(
    ("page", "number", "links"),
    [("", 1, ["next"]), ("2", 2, ["prev", "next"]), ("3", 3, ["prev"]), ("0", 1, ["next"]), ("x", 1, ["next"]), ("9" * 30, 1, ["next"])],
)  # fmt: skip
def test_pages(letters: Letters, page: str, number: int, links: list[str]) -> None:
    build_search(letters.add(*(letter(n) for n in range(45))))
    html = search_html(letters.library, "小区门口", "letters", page)
    assert f"第 {number} 页，共 3 页" in plain(html)
    assert re.findall(r'rel="(prev|next)"', html) == links
    assert html.count("<li>") == (20 if number < 3 else 5)


def test_every_page_has_the_box_and_the_page_is_served(address: str, filled: Library) -> None:
    build_search(filled)
    for route in ("", "panorama", "letters"):
        assert 'class="find" role="search"' in httpx.get(f"{address}/{route}", timeout=60).text
    answer = httpx.get(f"{address}/search", params={"q": "要闻"}, timeout=60)
    assert answer.status_code == 200
    assert "记录 36" in plain(answer.text)
    assert answer.headers["cache-control"] == "no-store"
    assert "搜索：要闻" in plain(httpx.get(f"{address}/panorama", params={"q": "要闻"}, timeout=60).text)
    refused = plain(httpx.get(f"{address}/panorama", params={"q": "-要闻"}, timeout=60).text)
    assert "只写了要排除的词" in refused
