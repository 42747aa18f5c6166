"""What the panorama computes, against counts that can be checked by eye."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from datashader import transfer_functions
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from shuju.facts import Crossfilter
from shuju.library import Library
from shuju.views.county_map import MapView, county_at, county_shapes, extent, map_dots
from shuju.views.linked_data import bars, day_span, facets, selected, trend, trend_unit
from shuju.views.live import Live, snapshot
from shuju.views.panorama_answers import Answer, Answers, Question
from shuju.views.panorama_data import FACETS, headline, records_page
from shuju.views.record_filters import RecordFilters
from shuju.views.shading import shades
from shuju.views.site_raster import GridView, grid_data, rows_with_records, site_order

JULY = (dt.date(2024, 7, 1), dt.date(2024, 7, 31))
TODAY = dt.date(2024, 7, 31)
EVERYTHING = RecordFilters()
FILTERS = {
    # filters                                        n   sites counties 7 days 30 days newest
    "all": (RecordFilters(), 36, 3, 1, 1, 29, "2024-07-30 12:00"),
    "library": (RecordFilters(library=("430100",)), 20, 1, 0, 0, 19, "2024-07-20 16:38"),
    "county": (RecordFilters(region=("431181",)), 11, 1, 1, 1, 10, "2024-07-30 12:00"),
    "genre": (RecordFilters(genre=("policy",)), 5, 1, 0, 0, 0, "2024-01-05 09:00"),
    "days leave the last days": (
        RecordFilters(day=(dt.date(2024, 1, 1),) * 2),
        1,
        1,
        0,
        1,
        29,
        "2024-01-01 09:00",
    ),
    "nothing": (RecordFilters(genre=("policy",), library=("430100",)), 0, 0, 0, 0, 0, None),
}


def ask(shared: Live, filters: RecordFilters = EVERYTHING, **more: object) -> Question:
    state = shared.newest
    return Question(state, site_order(state.facts, state.sites), filters, **more)


def merged(pieces: list[Answer]) -> dict[str, object]:
    return {name: value for piece in pieces for name, value in vars(piece).items() if value is not None}


@pytest.mark.parametrize(
    ("filters", "n", "sites", "counties", "last_7", "last_30", "newest"), FILTERS.values(), ids=FILTERS
)
def test_headline_under_filters(
    shared: Live,
    filters: RecordFilters,
    n: int,
    sites: int,
    counties: int,
    last_7: int,
    last_30: int,
    newest: str | None,
) -> None:
    answer = merged(list(Answers().pieces(ask(shared, filters))))
    found = headline(shared.newest, answer["counts"], filters, answer.get("newest"), TODAY)
    assert (found.n, found.n_sites, found.n_counties, found.last_7, found.last_30) == (
        n,
        sites,
        counties,
        last_7,
        last_30,
    )
    assert found.newest == (dt.datetime.fromisoformat(newest) if newest else None)
    assert (found.n_all, found.n_sites_all, found.n_counties_all) == (36, 3, 122)


def test_bars_count_under_the_other_filters_and_keep_what_is_chosen(shared: Live) -> None:
    filters = RecordFilters(genre=("news",), library=("431100",))
    answer = merged(list(Answers().pieces(ask(shared, filters))))
    rows = bars(facets(shared.newest, FACETS)["genre"], answer["counts"].by["genre"], filters.genre)
    assert rows[["name", "n", "n_all", "is_on"]].values.tolist() == [
        ["要闻动态", 0, 20, True],
        ["通知公告", 11, 11, False],
        ["政策文件", 0, 5, False],
    ]
    topics = facets(shared.newest, FACETS)["topic"]
    assert topics["name"].tolist() == ["未分类"]
    assert facets(shared.newest, FACETS)["source"]["name"].tolist() == ["测试网页"]


@pytest.mark.parametrize(
    ("span", "unit", "first", "total"),
    [
        (JULY, "日", (dt.date(2024, 7, 1), 2), 31),
        ((dt.date(2024, 1, 1), dt.date(2024, 12, 31)), "周", (dt.date(2024, 1, 1), 5), 36),
        ((dt.date(2020, 1, 1), dt.date(2024, 12, 31)), "月", (dt.date(2020, 1, 1), 0), 36),
        ((dt.date(2024, 7, 30), dt.date(2024, 7, 30)), "日", (dt.date(2024, 7, 30), 1), 1),
    ],
)
def test_trend_by_day_week_month(
    shared: Live, span: tuple[dt.date, dt.date], unit: str, first: tuple[dt.date, int], total: int
) -> None:
    periods = trend(shared.newest, shared.newest.totals, span)
    assert trend_unit(span) == unit
    assert (periods["start"].iloc[0].date(), periods["n"].iloc[0]) == first
    assert periods["n"].sum() == periods["n_all"].sum() == total
    assert periods["end"].iloc[-1].date() == span[1] + dt.timedelta(days=1)
    assert (periods["start"].iloc[1:].to_numpy() == periods["end"].iloc[:-1].to_numpy()).all()


def test_span_covers_the_records_and_stands_without_any(shared: Live, library: Library) -> None:
    assert day_span(shared.newest) == (dt.date(2024, 1, 1), dt.date(2024, 7, 30))


def test_empty_library_has_a_headline_and_no_rows(library: Library) -> None:
    empty = Live(snapshot(library))
    view = GridView(*JULY, 0, 3, 300, 100)
    answer = merged(list(Answers().pieces(ask(empty, map_view=whole_map(), grid_view=view))))
    assert headline(empty.newest, answer["counts"], RecordFilters(), None, TODAY).n == 0
    assert day_span(empty.newest)[0] < day_span(empty.newest)[1]
    assert not answer["dots"].any()
    assert not answer["grid"].shade.any()
    assert len(answer["records"]) == 0


def test_page_of_records_is_newest_first_with_names(shared: Live) -> None:
    everything = Crossfilter(shared.records)
    first, second = records_page(shared.newest, everything, 1), records_page(shared.newest, everything, 2)
    assert (len(first), len(second), len(records_page(shared.newest, everything, 3))) == (20, 16, 0)
    assert first["published_at"].is_monotonic_decreasing
    assert first.iloc[0][["site", "place", "genre"]].tolist() == [
        "祁阳市人民政府门户网站",
        "祁阳市",
        "通知公告",
    ]
    assert not set(first["record_id"]) & set(second["record_id"])


def whole_map(width: int = 60, height: int = 64) -> MapView:
    x0, y0, x1, y1 = extent()
    return MapView((x0, x1), (y0, y1), width, height)


def test_every_record_is_a_dot_in_its_county(shared: Live) -> None:
    county = county_shapes()["431181"]
    x0, y0, x1, y1 = county.bounds
    near = MapView((x0, x1), (y0, y1), 50, 50)
    assert map_dots(shared.records, near, RecordFilters(region=("431181",)).for_facts()).any()
    assert not map_dots(shared.records, near, RecordFilters(region=("430102",)).for_facts()).any()


def test_county_at_a_point() -> None:
    x, y = county_shapes()["431181"].representative_point().coords[0]
    assert county_at(x, y) == "431181"
    assert county_at(0, 0) is None


def test_grid_counts_each_record_where_its_site_and_day_are(shared: Live) -> None:
    order = site_order(shared.records, shared.newest.sites)
    assert order["name"].tolist() == [
        "湖南省人民政府门户网站",
        "长沙市人民政府门户网站",
        "祁阳市人民政府门户网站",
    ]
    whole = grid_data(shared.records, order, GridView(*JULY, 0, 3, 31, 3), None)
    assert whole.n[::-1].sum(axis=1).tolist() == [0, 20, 11]
    assert (whole.days, whole.lines) == (1, 1)
    coarse = grid_data(shared.records, order, GridView(*JULY, 0, 3, 8, 2), None)
    assert coarse.n.sum() == 31
    assert (coarse.days, coarse.lines) == (4, 2)
    one = grid_data(shared.records, order, GridView(JULY[0], JULY[0], 1, 2, 300, 100), None)
    assert one.n.tolist() == [[1]]


def test_rows_with_records(shared: Live) -> None:
    order = site_order(shared.records, shared.newest.sites)
    for filters, rows in ((RecordFilters(), (0, 3)), (RecordFilters(library=("431100",)), (2, 3))):
        answer = merged(list(Answers().pieces(ask(shared, filters))))
        by_site = selected(shared.records, answer["counts"], filters, "site")
        assert rows_with_records(order, shared.records, by_site) == rows


@pytest.mark.parametrize(
    "counts", [np.zeros((2, 3), np.uint32), np.array([[0, 1], [5, 5_000_000]], np.uint32)]
)
def test_shades_keep_nothing_apart_and_rise_with_the_count(counts: np.ndarray) -> None:
    found = shades(counts)
    assert ((found == 0) == (counts == 0)).all()
    order = np.argsort(counts.ravel(), kind="stable")
    assert (np.diff(found.ravel()[order].astype(int)) >= 0).all()


@given(
    arrays(np.uint32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 70_000)),
    st.sampled_from([1, 30_000, 90_000]),
)
def test_shades_are_those_of_datashader(counts: np.ndarray, divisor: int) -> None:
    counts = counts // divisor  # few values, many values, and values beyond the table
    assume(counts.any())
    reference, _ = transfer_functions.eq_hist(counts, counts == 0)
    expected = np.where(np.isnan(reference), 0, 1 + 254 * reference).astype(np.uint8)
    assert (shades(counts) == expected).all()


def test_only_what_a_question_changes_is_answered_anew(shared: Live) -> None:
    answers = Answers()
    grid = GridView(*JULY, 0, 3, 31, 3)
    asked = ask(shared, map_view=whole_map(), grid_view=grid)

    def changed(question: Question) -> set[str]:
        return set(merged(list(answers.pieces(question)))) - {"question", "newest", "by_region"}

    assert changed(asked) == {"counts", "dots", "grid", "records"}
    assert changed(asked) == set()
    asked = replace(asked, filters=RecordFilters(day=JULY))
    assert changed(asked) == {"counts", "dots", "records"}
    asked = replace(asked, filters=RecordFilters(day=JULY, genre=("news",)))
    assert changed(asked) == {"counts", "dots", "grid", "records"}
    assert changed(replace(asked, page=2)) == {"records"}
    assert changed(replace(asked, map_view=whole_map(30, 32))) == {"dots", "records"}
    assert changed(replace(asked, active="genre")) <= {"dots", "records"}


def test_what_is_outdated_leaves_the_records_to_the_next_question(shared: Live) -> None:
    answers = Answers()
    assert "records" not in merged(list(answers.pieces(ask(shared), lambda _: True)))
    assert "records" in merged(list(answers.pieces(ask(shared))))


@pytest.mark.parametrize("active", ["day", "genre", "site"])
def test_any_path_of_filters_ends_in_the_same_counts(shared: Live, active: str) -> None:
    answers = Answers()
    steps = [
        RecordFilters(genre=("news",)),
        RecordFilters(genre=("news", "notice"), day=JULY),
        RecordFilters(genre=("notice",), day=JULY),
        RecordFilters(library=("431100",), day=JULY),
    ]
    for filters in steps:
        found = merged(list(answers.pieces(ask(shared, filters, active=active))))["counts"]
        expected = Crossfilter(shared.records, filters=filters.for_facts()).histograms()
        assert found.total == expected.total
        for name, counts in expected.by.items():
            assert (found.by[name] == counts).all(), name


def test_synthetic_sources_are_told(shared: Live, filled: Library) -> None:
    assert not shared.newest.is_synthetic
    source = filled.catalog.sources["test_pages"]
    filled.catalog.sources["test_pages"] = source.model_copy(update={"synthetic": True})
    assert shared.newest.is_synthetic


def test_pandas_frames_only(shared: Live) -> None:
    assert all(isinstance(frame, pd.DataFrame) for frame in facets(shared.newest, FACETS).values())
