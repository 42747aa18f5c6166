"""All documents of the page of spread: filters, figures, orders, bands, months, matrix."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shuju.views.live import Live, snapshot

from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.spread.arrival import rates
from shuju.views import spread_data as data
from shuju.views import spread_measures as measures
from shuju.views.spread_arrivals import WITHIN, ArrivalFacts, arrival_facts, by_group, by_site, matrix, rate
from shuju.views.spread_filters import SpreadFilters, documents_pass
from tests.views.spread_library import YUELU, fill, spread_library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return spread_library(tmp_path)


@pytest.fixture
def shared(library: Library) -> Live:
    return Live(snapshot(library))


@pytest.fixture
def tables(shared: Live) -> data.SpreadTables:
    return data.spread_tables(shared)


@pytest.fixture
def facts(tables: data.SpreadTables) -> ArrivalFacts:
    return arrival_facts(tables)


ALL = np.array([True, True])  # documents: b (newer), a
FILTERS = {
    "nothing": (SpreadFilters(), "ba"),
    "genre": (SpreadFilters(genre=("policy",)), "a"),
    "two genres": (SpreadFilters(genre=("policy", "notice")), "ba"),
    "topic": (SpreadFilters(topic=("民政",)), "a"),
    "no topic": (SpreadFilters(topic=("未分类",)), "b"),
    "level": (SpreadFilters(level=("county",)), ""),
    "region": (SpreadFilters(region=("430000",)), "ba"),
    "another region": (SpreadFilters(region=("430100",)), ""),
    "shape": (SpreadFilters(shape=("ripple",)), "a"),
    "words of the title": (SpreadFilters(words=("留守儿童",)), "a"),
    "the number": (SpreadFilters(words=("湘政办发〔2024〕13号",)), "a"),
    "all words": (SpreadFilters(words=("留守儿童", "养老")), ""),
    "words are no pattern": (SpreadFilters(words=(".*",)), ""),
    "any case": (SpreadFilters(words=("ONERROR",)), "b"),
    "day": (SpreadFilters(day=(dt.date(2024, 7, 1), dt.date(2024, 7, 1))), "a"),
}


@pytest.mark.parametrize(("filters", "expected"), FILTERS.values(), ids=FILTERS)
def test_filters(tables: data.SpreadTables, filters: SpreadFilters, expected: str) -> None:
    assert "".join(tables.documents["origin_id"][documents_pass(tables.documents, filters)]) == expected


def test_copies_belong_to_their_document_in_the_order_of_time(tables: data.SpreadTables) -> None:
    assert [tables.copies(n)["record_id"].tolist() for n in range(2)] == [
        ["b1"],
        ["a3", "a4", "a1", "a5", "a2"],
    ]
    assert (tables.number("a"), tables.number("none")) == (1, None)


def test_what_is_known_of_a_document(tables: data.SpreadTables) -> None:
    assert tables.documents["is_explained"].tolist() == [False, True]
    assert set(tables.documents["site_name"]) == {"湖南省人民政府门户网站"}


@pytest.mark.parametrize(
    ("kind", "level", "code", "group", "city"),
    [
        ("county_portal", "county", "430104", "county", "430100"),
        ("prefecture_portal", "prefecture", "430100", "prefecture", "430100"),
        ("province_portal", "province", "430000", "province", None),
        ("media", "province", "430000", "media", None),
        ("media", "prefecture", "430100", "media", "430100"),
        ("outside", "outside", None, "outside", None),
        (None, None, None, "outside", None),
    ],
)
def test_groups_of_sites(kind: str, level: str, code: str, group: str, city: str) -> None:
    row = data.with_groups(pd.DataFrame([{"kind": kind, "level": level, "region_code": code}])).iloc[0]
    assert (row["group"], None if pd.isna(row["city"]) else row["city"]) == (group, city)


def test_headline(tables: data.SpreadTables, facts: ArrivalFacts) -> None:
    shown = measures.headline(tables, facts, ALL)
    # Of 10 due: 长沙 within 8 hours, 岳麓 within 72, 祁阳 dated before its origin; nothing of b.
    assert (shown.n_documents, shown.n_reprints, shown.n_due, shown.n_nowhere) == (2, 5, 10, 1)
    assert shown.shares == pytest.approx({"8": 0.1, "24": 0.1, "72": 0.2, "ever": 0.3})


def test_headline_of_nothing(tables: data.SpreadTables, facts: ArrivalFacts) -> None:
    shown = measures.headline(tables, facts, ~ALL)
    assert (shown.n_documents, shown.n_reprints, shown.n_due) == (0, 0, 0)
    assert all(np.isnan(value) for value in shown.shares.values())


@pytest.mark.parametrize(
    ("order", "expected"), [("recent", "ba"), ("most", "ab"), ("least", "ba"), ("wide", "ab"), ("slow", "ab")]
)
def test_orders(tables: data.SpreadTables, order: str, expected: str) -> None:
    rows = measures.ordered(tables.documents, ALL, order, "72")
    assert "".join(tables.documents["origin_id"].iloc[rows]) == expected


def test_what_has_no_share_comes_last_either_way() -> None:
    documents = pd.DataFrame({"share_24h": [np.nan, 0.2, 0.9]})
    for order, expected in (("most", [2, 1, 0]), ("least", [1, 2, 0])):
        assert measures.ordered(documents, np.ones(3, bool), order, "24").tolist() == expected


def test_counts_by_site_equal_the_rates(tables: data.SpreadTables, facts: ArrivalFacts) -> None:
    pairs = data.arrivals_of(tables, tables.documents, tables.reprints)
    expected = rates(pairs, ["to_site_id"]).set_index("to_site_id")
    counts = by_site(facts, ALL, len(tables.sites))
    for limit in WITHIN:
        found = pd.Series(rate(counts, limit), tables.sites["site_id"]).dropna()
        column = expected["share_ever" if limit == "ever" else f"share_{limit}h"].dropna()
        pd.testing.assert_series_equal(
            found.sort_index(),
            column.sort_index(),
            check_names=False,
            check_dtype=False,
            check_index_type=False,
        )


def test_sites_and_their_groups(tables: data.SpreadTables, facts: ArrivalFacts) -> None:
    sites = measures.sites_arrival(tables, facts, ALL, "72").set_index("site_id")
    assert len(sites) == 5
    assert (sites.loc[YUELU, "n_due"], sites.loc[YUELU, "n_arrived"]) == (2, 1)
    groups = measures.grouped(sites.reset_index(), "group").set_index("group")
    assert groups["share"].to_dict() == pytest.approx({"county": 1 / 6, "prefecture": 1 / 4})


def test_a_document_counts_for_a_limit_only_when_its_clock_has_run_out() -> None:
    # Two documents with one due site each: the second is watched for 8 hours only.
    facts = ArrivalFacts(
        np.array([0, 1], np.int32), np.array([0, 0], np.int16), np.array([1, 0], np.uint8),
        np.array([3, 1], np.uint8), np.array([[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]), np.array([0, 1, 2]),
    )  # fmt: skip
    for counts in (by_site(facts, ALL, 1), by_group(facts, ALL, np.zeros(2, np.int64), 1)):
        assert counts["due"].to_numpy().tolist() == [[2, 1, 1, 2]]
        assert counts["arrived"].to_numpy().tolist() == [[1, 1, 1, 2]]


@pytest.mark.parametrize(
    ("share", "n_due", "expected"),
    [(0.0, 5, 0), (0.2, 5, 1), (0.59, 5, 2), (0.8, 5, 4), (1.0, 5, 4), (1.0, 4, -1), (np.nan, 9, -1)],
)
def test_bands(share: float, n_due: int, expected: int) -> None:
    assert measures.band(np.array([share]), np.array([n_due])).tolist() == [expected]


def test_months(tables: data.SpreadTables, facts: ArrivalFacts) -> None:
    months = measures.trend(tables, facts, ALL)
    assert months.index.strftime("%Y-%m").tolist() == ["2024-07"]
    assert months.iloc[0].to_dict() == pytest.approx({"n": 2, "8": 0.1, "24": 0.1, "72": 0.2, "ever": 0.3})
    assert measures.trend(tables, facts, ~ALL).empty


def test_what_spreads_well(tables: data.SpreadTables, facts: ArrivalFacts) -> None:
    found = measures.what_spreads(tables, facts, ALL, "72")
    assert list(found) == ["信息类别", "发布时间", "配套解读", "篇幅"]
    assert dict(zip(found["信息类别"]["name"], found["信息类别"]["share"])) == {
        "通知公告": 0,
        "政策文件": 0.4,
    }
    assert found["发布时间"]["name"].tolist() == ["周一", "周六"]
    assert found["配套解读"]["n"].tolist() == [1, 1]
    assert found["篇幅"]["name"].tolist() == ["500 字以内"]


def test_matrix(tables: data.SpreadTables, facts: ArrivalFacts) -> None:
    counts = matrix(facts, tables.sites, np.array([1, 0]), ["a", "b"])
    share = measures.city_shares(counts, "72")
    assert share.sel(document="a", city="430100").item() == 1
    assert share.sel(document="a", city="431100").item() == 0
    assert np.isnan(share.sel(document="a", city="430300").item())
    assert counts["due"].sum("city").to_numpy().tolist() == [5, 5]


def test_facets_count_under_the_other_filters(tables: data.SpreadTables) -> None:
    facets = measures.facets(tables, SpreadFilters(genre=("policy",), topic=("民政",)))
    genre = facets["genre"].set_index("label")
    assert genre["n"].to_dict() == {"policy": 1, "notice": 0}
    assert genre["is_on"].to_dict() == {"policy": True, "notice": False}


def test_new_tables_are_seen(shared: Live, library: Library, tables: data.SpreadTables) -> None:
    assert data.spread_tables(shared) is tables
    fill(library)
    assert data.spread_tables(shared) is not tables


def test_a_library_without_the_tables(tmp_path: Path) -> None:
    library = spread_library(tmp_path)
    for name in ("cascades", "reprints"):
        replace_table(library, name, library.read(name).iloc[:0], made_by="test")
    tables = data.spread_tables(Live(snapshot(library)))
    facts, nothing = arrival_facts(tables), np.zeros(0, bool)
    assert measures.headline(tables, facts, nothing).n_documents == 0
    assert measures.sites_arrival(tables, facts, nothing, "24").empty
    assert not measures.what_spreads(tables, facts, nothing, "24")["信息类别"].size
