"""The cards of documents and of one document: what they show, what their buttons do, what stands in the address."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.facts.address import parse
from shuju.facts.cards import Card, all_cards
from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.pages.document.cards import _side_by_side_html
from shuju.spread.documents import selection
from shuju.spread.side_by_side import SideBySide, rows
from shuju.text.compare import compare
from shuju.ui.link import Link
from tests.spread.spread_library import HOSTILE, LILING, reprint_rows, spread_library
from tests.spread.test_one_document import replace_by_one_not_due

LIST = ("headline", "filters", "list", "facets", "properties", "places", "matrix", "trend", "departments")
ONE = ("head", "curve", "levels", "missing", "map", "flow", "tree", "copies", "compare", "findings")


class Shown:
    """Cards of one selection, as a page at ``query`` has them."""

    def __init__(self, library: Library, names: tuple[str, ...], query: str = "") -> None:
        self.selection = selection(library)
        self.link = Link(self.selection, parse(query))
        self.cards: dict[str, Any] = {name: self.selection.card(name) for name in names}
        self.link.finish()

    def __getitem__(self, name: str) -> str:
        return self.cards[name].first()

    def act(self, do: str, of: str = "", value: str = "", card: str = "") -> None:
        self.link.act(do, of, value, self.cards[card].slot if card else "")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return spread_library(tmp_path)


@pytest.fixture
def page(library: Library) -> Shown:
    return Shown(library, LIST)


@pytest.fixture
def one(library: Library) -> Callable[..., Shown]:
    return lambda query="id=a": Shown(library, ONE, query)


# All documents


def test_list_shows_documents_figures_and_where_they_arrive(page: Shown) -> None:
    assert "被转载的文件" in page["headline"]
    assert page["list"].index("&lt;img") < page["list"].index("留守儿童")
    assert "20.0%" in page["list"]
    assert "样本少" in page["places"]
    assert "80% 以上" in page["matrix"]
    assert "<img" not in "".join(page[name] for name in LIST)


def test_filters_narrow_the_list_and_begin_at_page_one(library: Library) -> None:
    page = Shown(library, LIST, "page=3")
    page.act("toggle", "genre", "policy")
    assert (page.selection.genre, page.link.options.page) == (["policy"], 1)
    assert "&lt;img" not in page["list"]
    page.act("words", "", "养老")
    assert "没有符合条件的文件" in page["list"]
    page.act("clear")
    assert page.selection.describe() == "全部"


def test_filters_and_limit_go_along_to_a_document_and_back(library: Library) -> None:
    page = Shown(library, LIST, "genre=policy&within=72&page=1")
    link = "document?id=a&amp;genre=policy&amp;within=72"
    assert f'href="{link}"' in page["list"]
    back = Shown(library, ONE, html.unescape(link).partition("?")[2])
    assert 'href="spread?genre=policy&amp;within=72"' in back["head"]
    assert back.link.notices == []


@pytest.mark.parametrize(("within", "told"), [("24", "24 小时到达率"), ("ever", "到达率（至今）")])
def test_the_limit_is_that_of_all_cards(page: Shown, within: str, told: str) -> None:
    page.act("choose", "within", within)
    for name in ("headline", "list", "properties", "matrix", "trend"):
        assert told in page[name], name


def test_region_bars_are_prefectures(page: Shown) -> None:
    assert 'data-of="region"' not in page["facets"]  # both documents are the province's own
    page.act("toggle", "region", "430000")
    assert 'data-value="430000" aria-pressed="true"' in page["facets"]


def test_address_holds_every_parameter_and_gives_the_same_page(library: Library) -> None:
    page = Shown(library, LIST, "genre=policy&words=儿童&order=least&within=72&day=2024-07-01_2024-07-02")
    address = page.link.address
    assert set(parse(address)) == {
        *page.selection.filter_names(),
        "order",
        "within",
        "page",
        "unit",
        "by",
        "against",
    }
    other = Shown(library, LIST, address)
    assert other.link.notices == []
    assert other.link.address == address


@pytest.mark.parametrize(
    ("names", "query", "told"),
    [
        (LIST, "genre=poem", "类别"), (LIST, "page=-1", "页码"), (LIST, "order=best", "排列"), (LIST, "within=9", "时限"),
        (LIST, "day=x", "首发日期"), (ONE, "id=a&hours_index=99", "地图时刻"), (ONE, "id=a&kind=x", "转载类型"),
        (ONE, "id=a&clock=3", "没有“clock”这一项"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused_with_a_message(
    library: Library, names: tuple[str, ...], query: str, told: str
) -> None:
    page = Shown(library, names, query)
    assert len(page.link.notices) == 1
    assert told in page["filters" if names is LIST else "head"]


@pytest.mark.parametrize(
    ("do", "of", "value"),
    [("toggle", "genre", "poem"), ("choose", "order", "best"), ("choose", "page", "-1"), ("bad", "", ""), ("play", "", ""),
     ("from", "", "yesterday"), ("words", "", "  "), ("toggle", "nowhere", "x")],
)  # fmt: skip
def test_what_makes_no_sense_is_ignored(page: Shown, do: str, of: str, value: str) -> None:
    before = page.link.address
    page.act(do, of, value)
    assert page.link.address == before


def test_empty_library_says_what_to_do(library: Library) -> None:
    for name in ("cascades", "reprints"):
        replace_table(library, name, library.read(name).iloc[:0], made_by="test")
    page = Shown(library, LIST)
    assert "还没有传播情况" in page["headline"]
    assert "shuju" not in page["headline"]
    assert "库中还没有文件" in page["list"]
    assert "库中还没有文件" in page["trend"]
    assert "清除全部条件" not in page["list"] + page["trend"]
    assert "没有应转网站" in page["properties"]
    assert "所选条件下没有被转载的文件" in Shown(library, ONE)["head"]


# One document


def test_one_document_answers_what_is_asked_first(one: Callable[..., Shown]) -> None:
    page = one()
    head = page["head"]
    said = '5 个应转网站中，24 小时内到达 <b>1/5</b>（20.0%），至今到达 <b>3</b>（60.0%）；还有 <b class="bad">2</b> 个没有到达'
    assert said in head
    assert "2/122 个县市区" in head
    assert "潇湘日报" in head
    assert "醴陵市人民政府门户网站" in page["missing"]
    assert f"assign?document=a&amp;site={LILING}" in page["missing"]
    assert "早于原文" in page["findings"]
    assert "《通知》解读" in page["findings"]
    assert "媒体" in page["levels"]


def test_copy_is_shown_beside_the_original(one: Callable[..., Shown]) -> None:
    page = one("id=a&copy=a1")
    assert 'class="cut">各地要健全台账，做到底数清、情况明、措施实。' in page["compare"]
    page.act("choose", "copy", "a2", "copies")
    shown = page["compare"]
    assert '<del class="changed">七</del>' in shown
    assert '<ins class="changed">八</ins>' in shown
    assert "<img" not in shown
    assert 'data-value="a2" aria-pressed="true"' in page["copies"]


def test_the_copy_that_is_shown_has_a_ring_in_the_tree(one: Callable[..., Shown]) -> None:
    page = one()
    page["tree"]
    source = page.cards["tree"]._nodes[0]
    for chosen in ("a3", "a2"):  # the first where none is chosen
        ringed = dict(zip(source.data["record_id"], source.data["width"]))
        assert [key for key, width in ringed.items() if width == 3] == [chosen]
        page.act("choose", "copy", "a2", "tree")


@pytest.mark.parametrize("name", ["b1", "none", HOSTILE])
def test_what_is_no_copy_is_not_compared(one: Callable[..., Shown], name: str) -> None:
    page = one()
    page.act("choose", "copy", name)
    assert "不是这份文件的转载" in page["compare"]
    assert "<img" not in page["compare"]


def test_copies_of_one_kind(one: Callable[..., Shown]) -> None:
    page = one()
    page.act("choose", "kind", "forwarded")
    assert page["copies"].count('class="copy"') == 1


def test_the_map_is_played(one: Callable[..., Shown]) -> None:
    page = one("id=a&hours_index=0")
    drawn = page.cards["map"]
    assert "<b>发布之时</b>：0 个县市区" in page["map"]
    fills = []
    for at in range(1, 16):
        drawn.step()
        assert page.link.options.hours_index == str(at)
        fills.append([fill for fill in drawn._sources["counties"].data["fill"] if fill != "#ffffff"])
    assert [len(fill) for fill in (fills[0], fills[7], fills[14])] == [0, 1, 2]
    assert "<b>至今</b>：2 个县市区" in page["map"]
    assert "▶ 播放" in page["map"]
    page.act("choose", "hours_index", "9", "map")
    assert "<b>发布后 3 天</b>：1 个县市区" in page["map"]
    assert drawn._sources["seats"].data["fill"].count("#0a3a6b") == 1  # 长沙 after five hours


def test_record_that_nobody_carried(one: Callable[..., Shown]) -> None:
    page = one("id=c")
    assert "至今没有发现其他网站转载，5 个应转网站都没有到达" in page["head"]
    assert "没有发现转载" in page["copies"]
    assert page["missing"].count("<tr") == 6


@pytest.mark.parametrize("name", ["none", HOSTILE])
def test_record_that_is_not_there(one: Callable[..., Shown], name: str) -> None:
    page = one()
    page.act("choose", "id", name)
    assert "没有这份文件" in page["head"]
    assert "<img" not in "".join(page[card] for card in ONE)


def test_a_document_that_nobody_ought_to_carry_shows_who_did(library: Library) -> None:
    replace_by_one_not_due(library)
    assert "没有应转网站" in Shown(library, LIST)["properties"]
    page = Shown(library, ONE, "id=a4")
    assert "按现行规则没有网站应当转载；实际有" in page["head"]
    assert "长沙市人民政府门户网站" in page["copies"]
    assert 'data-value="number" aria-pressed="true"' in page["curve"]


def test_an_undated_copy_is_said_to_be_undated(library: Library) -> None:
    changed = reprint_rows()
    changed.loc[changed["record_id"] == "a1", ["published_at", "lag_hours", "flags"]] = [
        pd.NaT,
        np.nan,
        "undated",
    ]
    replace_table(library, "reprints", changed, made_by="test")
    page = Shown(library, ONE, "id=a")
    assert "无日期" in page["findings"]
    assert "无日期" in page["copies"]


def test_new_tables_are_shown(one: Callable[..., Shown], library: Library) -> None:
    page = one()
    changed = reprint_rows()
    replace_table(library, "reprints", changed[changed["record_id"] != "a2"], made_by="test")
    page.link.renew(selection(library))
    assert page["copies"].count('class="copy"') == 3


@pytest.mark.parametrize("query", ["id=a", "id=b", "id=c", "id=none", ""])
def test_every_card_shows_something(library: Library, query: str) -> None:
    for names in (LIST, ONE):
        page = Shown(library, names, query if names is ONE else "")
        assert not [name for name in names if "算不出来" in page[name]]


@pytest.mark.parametrize(
    "card", [c for c in all_cards() if c.table == "cascades"], ids=lambda card: card.name
)
def test_every_card_answers_without_a_session(library: Library, card: Card) -> None:
    options = card.settings({"id": "a"} if "id" in card.options else {})
    found = card.data(selection(library), **options)
    assert "<img" not in card.html(found, **options)


def test_every_card_is_registered_for_this_table(library: Library) -> None:
    names = [card.name.partition(".") for card in all_cards() if card.table == "cascades"]
    assert {name for subject, _, name in names if subject != "arriving"} == {
        *LIST,
        *ONE,
        "newest",
    }  # of the first page


@given(st.text(max_size=200), st.text(max_size=200))
def test_side_by_side_says_both_texts_whole_and_escaped(original: str, copy: str) -> None:
    found = SideBySide(None, (), 1.0, (("added", 1, 1),), tuple(rows(compare(original, copy))))
    cells = re.findall(r'<div role="cell">(.*?)</div>', _side_by_side_html(found), flags=re.S)
    for side, text in ((cells[::2], original), (cells[1::2], copy)):
        said = re.sub(r"</?(?:ins|del|mark)[^>]*>", "", "".join(side))
        assert html.unescape(said) == html.unescape(html.escape(text))
