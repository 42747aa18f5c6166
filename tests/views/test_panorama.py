"""The Viewer: parameters set, shown content read; actions as the browser sends them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from shuju.views.live import Live
from shuju.views.panorama import Panorama
from shuju.views.record_filters import RecordFilters
from shuju.views.url_state import take_query, to_query
from tests.views.conftest import HOSTILE

JULY = (dt.date(2024, 7, 1), dt.date(2024, 7, 31))


@pytest.fixture
def view(shared: Live) -> Panorama:
    return Panorama(shared)


def test_parameters_move_the_content(view: Panorama) -> None:
    view.genre = ["policy"]
    assert "信息类别：政策文件" in view._filters.html
    assert 'aria-pressed="true" title="政策文件：5 条' in view._facets.html
    assert "第 1 页，共 1 页，5 条" in view._table.html
    view.day = JULY
    assert "没有符合条件的信息" in view._table.html
    view.param.update(genre=[], day=None)
    assert "第 1 页，共 2 页，36 条" in view._table.html
    assert "信息类别：" not in view._filters.html


ACTIONS = {
    # what the page sends                               what it changes
    "toggle on": ([("toggle", "genre", "news")], {"genre": ["news"]}),
    "toggle off": ([("toggle", "genre", "news")] * 2, {"genre": []}),
    "toggle two": ([("toggle", "genre", "news"), ("toggle", "genre", "policy")], {"genre": ["news", "policy"]}),
    "remove one": ([("toggle", "genre", "news"), ("toggle", "genre", "policy"), ("remove", "genre", "news")], {"genre": ["policy"]}),
    "remove all of one": ([("toggle", "genre", "news"), ("remove", "genre", "")], {"genre": []}),
    "from a day": ([("from", "", "2024-07-01")], {"day": (dt.date(2024, 7, 1), dt.date(2024, 7, 30))}),
    "to a day": ([("to", "", "2024-03-31")], {"day": (dt.date(2024, 1, 1), dt.date(2024, 3, 31))}),
    "to before from": ([("from", "", "2024-07-01"), ("to", "", "2024-06-01")], {"day": (dt.date(2024, 6, 1),) * 2}),
    "days taken away": ([("from", "", "2024-07-01"), ("remove", "day", "")], {"day": None}),
    "clear": ([("toggle", "genre", "news"), ("from", "", "2024-07-01"), ("clear", "", "")], {"genre": [], "day": None}),
    "second page": ([("page", "", "2")], {"page": 2}),
    "a filter begins at page one": ([("page", "", "2"), ("toggle", "genre", "news")], {"page": 1}),
    "county": ([("toggle", "region", "431181")], {"region": ["431181"]}),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "changed"), ACTIONS.values(), ids=ACTIONS)
def test_actions_change_parameters(
    view: Panorama, sent: list[tuple[str, str, str]], changed: dict[str, object]
) -> None:
    for act in sent:
        view.act(*act)
    assert {name: getattr(view, name) for name in changed} == changed


@pytest.mark.parametrize(
    "sent",
    [
        ("toggle", "genre", "八卦"),
        ("toggle", "day", "2024"),
        ("toggle", "__class__", "x"),
        ("remove", "nothing", "x"),
        ("from", "", "昨天"),
        ("page", "", "-1"),
        ("page", "", "²"),
        ("preset", "", "去年"),
        ("enter", "nothing", ""),
        ("drop", "table", "records"),
    ],
)
def test_actions_that_make_no_sense_change_nothing(view: Panorama, sent: tuple[str, str, str]) -> None:
    before = to_query(view, Panorama.state())
    view.act(*sent)
    assert to_query(view, Panorama.state()) == before


@pytest.mark.parametrize("preset", ["近7天", "近30天", "近一年", "2024年"])
def test_presets_end_on_the_newest_day_and_are_marked(view: Panorama, preset: str) -> None:
    view.act("preset", "", preset)
    assert view.day is not None
    assert view.day[0] < view.day[1] == view._span[1]
    assert f'data-value="{preset}" aria-pressed="true"' in view._filters.html
    view.act("preset", "", "全部")
    assert view.day is None


def test_clicks_on_the_figures_filter(view: Panorama) -> None:
    view._drill(["4301000001"], *(dt.date(2024, 7, 3),) * 2)
    assert "第3条要闻" not in view._table.html
    assert "第 1 页，共 1 页，1 条" in view._table.html
    assert "网站：长沙市人民政府门户网站" in view._filters.html


def test_brush_and_filter_are_one(view: Panorama) -> None:
    view.day = JULY
    assert view._trend.chosen == JULY
    view._trend.brush.update(start=view._trend.figure.x_range.start)
    assert view.day == (dt.date(2024, 1, 1), JULY[1])
    view.day = None
    assert view._trend.chosen is None


def test_every_parameter_is_in_the_address(view: Panorama) -> None:
    assert view._filters.address == "library=&region=&level=&kind=&genre=&topic=&site=&source=&day=&page=1"
    view.param.update(genre=["news", "policy"], topic=["未分类"], day=JULY)
    address = view._filters.address
    assert "genre=news,policy&topic=%E6%9C%AA%E5%88%86%E7%B1%BB" in address
    assert "day=2024-07-01_2024-07-31" in address


GOOD = {
    "nothing": ({}, {}),
    "lists": (
        {"genre": "news,policy", "library": "430100"},
        {"genre": ["news", "policy"], "library": ["430100"]},
    ),
    "days": ({"day": "2024-07-01_2024-07-31"}, {"day": JULY}),
    "one day": ({"day": "2024-07-01"}, {"day": (JULY[0], JULY[0])}),
    "empty values are defaults": (
        {"genre": "", "day": "", "page": "1"},
        {"genre": [], "day": None, "page": 1},
    ),
    "unknown as a value": ({"topic": "未分类"}, {"topic": ["未分类"]}),
}
WRONG = {
    "label": ({"genre": "八卦"}, "链接中的“信息类别”取值“八卦”无效，已改用默认值"),
    "one label of two": ({"genre": "news,八卦"}, "链接中的“信息类别”取值“news,八卦”无效，已改用默认值"),
    "day": ({"day": "昨天"}, "链接中的“发布日期”取值“昨天”无效，已改用默认值"),
    "days that end before they begin": (
        {"day": "2024-07-31_2024-07-01"},
        "链接中的“发布日期”取值“2024-07-31_2024-07-01”无效，已改用默认值",
    ),
    "page": ({"page": "0"}, "链接中的“页码”取值“0”无效，已改用默认值"),
    "page that is no number": ({"page": "x"}, "链接中的“页码”取值“x”无效，已改用默认值"),
    "name": ({"colour": "red"}, "链接中没有“colour”这一项，已忽略"),
    "long": ({"site": "x" * 5000}, f"链接中的“网站”取值“{'x' * 40}…”无效，已改用默认值"),
}


@pytest.mark.parametrize(("query", "expected"), GOOD.values(), ids=GOOD)
def test_address_is_read(view: Panorama, query: dict[str, str], expected: dict[str, object]) -> None:
    assert take_query(view, Panorama.state(), query) == []
    assert {name: getattr(view, name) for name in expected} == expected


@pytest.mark.parametrize(("query", "message"), WRONG.values(), ids=WRONG)
def test_wrong_address_is_refused_with_a_message(view: Panorama, query: dict[str, str], message: str) -> None:
    before = to_query(view, Panorama.state())
    assert take_query(view, Panorama.state(), query) == [message]
    assert to_query(view, Panorama.state()) == before


def test_address_and_export_links_agree(view: Panorama) -> None:
    view.param.update(genre=["news"], day=JULY)
    link = view.filters.to_query()
    assert RecordFilters.from_query(link) == view.filters
    assert 'href="export/records.csv?library=&amp;region=' in view._filters.html
    assert "genre=news" in view._filters.html


def test_records_are_hostile_input(view: Panorama) -> None:
    view.library = ["431100"]
    assert HOSTILE not in view._table.html
    assert "&lt;img src=x onerror=" in view._table.html


def test_new_data_moves_the_numbers_and_keeps_the_filters(
    view: Panorama, shared: Live, arrive: Callable[[int], None]
) -> None:
    view.genre = ["news"]
    arrive(3)
    assert shared.refresh()
    view._look()
    assert "有新数据：+3 条" in view._headline.html
    assert view.genre == ["news"]
    assert "第 1 页，共 2 页，23 条" in view._table.html
    assert not shared.refresh()


def test_no_badge_without_synthetic_sources(view: Panorama) -> None:
    assert "演示数据" not in view._headline.html
