"""The page of letters: parameters set, shown content read; actions as the browser sends them."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from shuju.views.letter_data import MEASURES
from shuju.views.letter_filters import LetterFilters
from shuju.views.letters import Letters as LettersPage
from shuju.views.live import Live, snapshot
from shuju.views.url_state import take_query, to_query
from tests.letters.conftest import Letters, letter
from tests.views.conftest import HOSTILE

JULY = (dt.date(2024, 7, 1), dt.date(2024, 7, 31))


@pytest.fixture
def view(shared_letters: Live) -> LettersPage:
    return LettersPage(shared_letters)


def values(html: str) -> list[str]:
    """Return the headline's values, units included."""
    return [re.sub("<[^>]+>", "", v) for v in re.findall(r'<div class="value[^"]*">(.*?)</div>', html)]


def test_opens_with_everything(view: LettersPage) -> None:
    assert values(view._headline.html)[:5] == ["40封", "7封", "30封", "30.8 天", "20封"]
    assert "第 1 页，共 2 页，40 条" in view._table.html
    assert "演示数据" not in view._headline.html
    assert 'href="letter?id=l' in view._table.html
    assert "下雨" in view._words.html


def test_parameters_move_the_content(view: LettersPage) -> None:
    view.topic = ["教育文体"]
    assert "主题：教育文体" in view._filters.html
    assert 'aria-pressed="true" title="教育文体：10 封' in view._facets.html
    assert "第 1 页，共 1 页，10 条" in view._table.html
    view.day = JULY
    assert "没有符合条件的来信" in view._table.html
    assert "没有可统计的词" in view._words.html
    assert values(view._headline.html)[0] == "0封"
    view.param.update(topic=[], day=None)
    assert "第 1 页，共 2 页，40 条" in view._table.html
    assert "主题：" not in view._filters.html


ACTIONS = {
    # what the page sends                               what it changes
    "toggle on": ([("toggle", "topic", "教育文体")], {"topic": ["教育文体"]}),
    "toggle off": ([("toggle", "topic", "教育文体")] * 2, {"topic": []}),
    "toggle two": ([("toggle", "motive", "inquiry"), ("toggle", "motive", "complaint")], {"motive": ["inquiry", "complaint"]}),
    "county": ([("toggle", "region", "431181")], {"region": ["431181"]}),
    "department": ([("toggle", "department", "教育局")], {"department": ["教育局"]}),
    "not answered": ([("toggle", "reply_days", "未答复")], {"reply_days": ["未答复"]}),
    "remove one": ([("toggle", "motive", "inquiry"), ("toggle", "motive", "complaint"), ("remove", "motive", "inquiry")], {"motive": ["complaint"]}),
    "from a day": ([("from", "", "2024-07-01")], {"day": (dt.date(2024, 7, 1), dt.date(2024, 7, 28))}),
    "to before from": ([("from", "", "2024-07-01"), ("to", "", "2024-06-05")], {"day": (dt.date(2024, 6, 5),) * 2}),
    "clear": ([("toggle", "topic", "教育文体"), ("from", "", "2024-07-01"), ("clear", "", "")], {"topic": [], "day": None}),
    "second page": ([("page", "", "2")], {"page": 2}),
    "a filter begins at page one": ([("page", "", "2"), ("toggle", "topic", "教育文体")], {"page": 1}),
    "measure": ([("choose", "measure", "rate")], {"measure": "rate"}),
    "measure keeps the page": ([("page", "", "2"), ("choose", "measure", "dots")], {"page": 2, "measure": "dots"}),
    "clear keeps the measure": ([("choose", "measure", "rate"), ("clear", "", "")], {"measure": "rate"}),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "changed"), ACTIONS.values(), ids=ACTIONS)
def test_actions_change_parameters(
    view: LettersPage, sent: list[tuple[str, str, str]], changed: dict[str, object]
) -> None:
    for act in sent:
        view.act(*act)
    assert {name: getattr(view, name) for name in changed} == changed


@pytest.mark.parametrize(
    "sent",
    [
        ("toggle", "topic", "八卦"),
        ("toggle", "measure", "rate"),
        ("choose", "measure", "league"),
        ("choose", "topic", "教育文体"),
        ("choose", "nothing", "x"),
        ("remove", "nothing", "x"),
        ("from", "", "昨天"),
        ("page", "", "0.5"),
        ("preset", "", "去年"),
        ("drop", "table", "letters"),
    ],
)
def test_actions_that_make_no_sense_change_nothing(view: LettersPage, sent: tuple[str, str, str]) -> None:
    before = to_query(view, LettersPage.state())
    view.act(*sent)
    assert to_query(view, LettersPage.state()) == before


LEGENDS = {"n": "封", "rate": "封/万人", "change": "样本少或无来信", "dots": "密度"}


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_has_its_legend_and_is_marked(view: LettersPage, measure: str) -> None:
    view.act("choose", "measure", measure)
    assert f'data-value="{measure}" aria-pressed="true"' in view._measures.html
    assert view._measures.html.count('aria-pressed="true"') == 1
    assert LEGENDS[measure] in view._legend.html
    assert f"measure={measure}" in view._filters.address


def test_bands_hold_the_counties_that_wrote(view: LettersPage) -> None:
    assert 'title="长沙市岳麓区：30 封（30 封）"' in view._bands.html
    assert 'title="永州市祁阳市：10 封（10 封）"' in view._bands.html
    assert "样本少或无来信<small>120 个" in view._legend.html
    view.measure = "change"
    assert "没有可分档的县市区" in view._bands.html


def test_words_are_those_of_what_is_chosen(view: LettersPage) -> None:
    view.topic = ["教育文体"]
    assert "上学" in view._words.html
    assert "积水" not in view._words.html
    assert "最新 10 封" in view._words.html


def test_brush_and_filter_are_one(view: LettersPage) -> None:
    view.day = JULY
    assert view._trend.chosen == JULY
    view.day = None
    assert view._trend.chosen is None


def test_every_parameter_is_in_the_address(view: LettersPage) -> None:
    assert view._filters.address == "&".join(
        f"{name}={ {'measure': 'n', 'page': '1'}.get(name, '') }" for name in LettersPage.state()
    )
    view.param.update(topic=["教育文体"], day=JULY)
    assert "topic=%E6%95%99%E8%82%B2%E6%96%87%E4%BD%93" in view._filters.address
    assert "day=2024-07-01_2024-07-31" in view._filters.address


GOOD = {
    "lists": ({"motive": "inquiry,complaint"}, {"motive": ["inquiry", "complaint"]}),
    "days": ({"day": "2024-07-01_2024-07-31"}, {"day": JULY}),
    "measure": ({"measure": "change"}, {"measure": "change"}),
    "not answered": ({"reply_days": "未答复"}, {"reply_days": ["未答复"]}),
    "empty values are defaults": (
        {"topic": "", "day": "", "page": "1"},
        {"topic": [], "day": None, "page": 1},
    ),
}
WRONG = {
    "label": ({"topic": "八卦"}, "链接中的“主题”取值“八卦”无效，已改用默认值"),
    "measure": ({"measure": "league"}, "链接中的“地图指标”取值“league”无效，已改用默认值"),
    "day": ({"day": "昨天"}, "链接中的“来信日期”取值“昨天”无效，已改用默认值"),
    "page": ({"page": "0"}, "链接中的“页码”取值“0”无效，已改用默认值"),
    "name": ({"genre": "news"}, "链接中没有“genre”这一项，已忽略"),
}


@pytest.mark.parametrize(("query", "expected"), GOOD.values(), ids=GOOD)
def test_address_is_read(view: LettersPage, query: dict[str, str], expected: dict[str, object]) -> None:
    assert take_query(view, LettersPage.state(), query) == []
    assert {name: getattr(view, name) for name in expected} == expected


@pytest.mark.parametrize(("query", "message"), WRONG.values(), ids=WRONG)
def test_wrong_address_is_refused_with_a_message(
    view: LettersPage, query: dict[str, str], message: str
) -> None:
    before = to_query(view, LettersPage.state())
    assert take_query(view, LettersPage.state(), query) == [message]
    assert to_query(view, LettersPage.state()) == before


def test_downloads_carry_the_filters(view: LettersPage) -> None:
    view.param.update(motive=["inquiry"], day=JULY)
    assert LetterFilters.from_query(view.filters.to_query()) == view.filters
    for file in ("letters-briefing.docx", "letters.csv", "letters.xlsx", "letters.parquet"):
        (query,) = re.findall(rf'href="export/{re.escape(file)}\?([^"]*)"', view._filters.html)
        assert "motive=inquiry" in query
        assert query.endswith("day=2024-07-01_2024-07-31")


def test_letters_are_hostile_input(view: LettersPage) -> None:
    view.region = ["431181"]
    assert HOSTILE not in view._table.html
    assert "&lt;img src=x onerror=" in view._table.html


def test_new_letters_move_the_numbers_and_keep_the_filters(
    view: LettersPage, shared_letters: Live, letters: Letters
) -> None:
    view.motive = ["complaint"]
    letters.add(*[letter(500 + i, time="2024-07-28 20:00") for i in range(3)])
    assert shared_letters.refresh()
    view._look()
    assert "有新数据：+3 封" in view._headline.html
    assert view.motive == ["complaint"]
    assert "第 1 页，共 2 页，33 条" in view._table.html


def test_library_without_letters_opens(letters: Letters) -> None:
    view = LettersPage(Live(snapshot(letters.library)))
    assert values(view._headline.html)[0] == "0封"
    assert "没有符合条件的来信" in view._table.html
