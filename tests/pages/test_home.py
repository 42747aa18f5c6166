"""The first page: what leads, what a sparse library shows instead, and where the operator's figures went."""

from __future__ import annotations

import re
import time

import pytest

from shuju.letters.build import build_letters
from shuju.library import Library, open_library
from shuju.pages.home.home import home_html
from shuju.pages.library.library import library_html
from tests.letters.conftest import Letters, letter


def letters_of(library: Letters) -> Library:
    return library.add(*[letter(n) for n in range(5)])


def test_an_empty_library_says_so_and_how_to_get_data(tmp_path) -> None:
    html = home_html(open_library(tmp_path / "empty"))
    assert "资源库还是空的" in html
    assert 'href="library"' in html
    assert 'class="kpi"' not in html


def test_letters_alone_lead_with_letters_and_have_no_rows_of_zero(letters: Letters) -> None:
    library = letters_of(letters)
    build_letters(library)
    html = home_html(library)
    lead = re.search(r'class="finding-lead">(.*?)</p>', html, re.S)[1]
    assert "来信 <b>5</b> 封" in lead
    assert "还没有网页信息" in html
    assert "网站发布" not in html.split('class="notice"')[0]
    assert "最新文件" not in html


def test_pages_alone_lead_with_what_sites_published(filled: Library) -> None:
    html = home_html(filled)
    assert re.search(r"网站发布 <b>\d+</b> 条信息", html)
    assert "还没有来信" in html
    assert "预警</h2>" not in html


def test_old_data_are_called_old(letters: Letters) -> None:
    html = home_html(letters_of(letters))
    assert re.search(r"数据截至 2024-07-\d\d \d\d:\d\d <span class=\"stale\">已 \d+ 年没有新数据", html)


def test_the_page_is_made_at_once(letters: Letters) -> None:
    library = letters_of(letters)
    home_html(library)
    began = time.perf_counter()
    home_html(library)
    assert (
        time.perf_counter() - began < 0.5
    )  # 50 ms without a loaded machine; nothing of the tables is read again


@pytest.mark.parametrize("words", ["台账", "相符", "shuju"])
def test_what_operators_need_is_on_their_page(words: str, letters: Letters) -> None:
    library = letters_of(letters)
    assert words not in home_html(library)
    assert words in library_html(library)


def test_the_library_lists_only_what_it_holds(letters: Letters) -> None:
    html = library_html(letters_of(letters))
    assert "<td>来信</td>" in html
    assert "<td>网页信息</td>" not in html
    assert re.search("还没有：[^<]*网页信息", html)
