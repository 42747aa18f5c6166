"""All documents that were carried: filters, figures, orders, bands, months, matrix."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shuju
from shuju.facts import FactsError
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.spread.arrival import arrivals, rates
from shuju.spread.document_list import document_list_data, ordered
from shuju.spread.documents import newest, with_groups
from shuju.spread.due_counts import WITHIN, DueCounts, arrival_rate, by_group, by_site
from shuju.spread.headline import headline_data
from shuju.spread.matrix import matrix_data
from shuju.spread.months import months_data
from shuju.spread.what_spreads import what_spreads_data
from shuju.spread.where_it_arrives import band, departments_data, grouped, places_data, sites_arrival
from tests.spread.spread_library import AS_OF, YUELU, fill

NOTHING = {"level": "county"}
FILTERS = {
    "nothing": ({}, "ba"),
    "genre": ({"genre": ["policy"]}, "a"),
    "two genres": ({"genre": ["policy", "notice"]}, "ba"),
    "topic": ({"topic": ["民政"]}, "a"),
    "no topic": ({"topic": ["未分类"]}, "b"),
    "level": (NOTHING, ""),
    "region": ({"region": ["430000"]}, "ba"),
    "another region": ({"region": ["430100"]}, ""),
    "shape": ({"shape": ["ripple"]}, "a"),
    "words of the title": ({"words": ["留守儿童"]}, "a"),
    "the number": ({"words": ["湘政办发〔2024〕13号"]}, "a"),
    "all words": ({"words": ["留守儿童", "养老"]}, ""),
    "words are no pattern": ({"words": [".*"]}, ""),
    "any case": ({"words": ["ONERROR"]}, "b"),
    "day": ({"day": (dt.date(2024, 7, 1), dt.date(2024, 7, 1))}, "a"),
}
Choose = Callable[..., Selection]


@pytest.mark.parametrize(("filters", "expected"), FILTERS.values(), ids=FILTERS)
def test_filters(choose: Choose, filters: dict[str, object], expected: str) -> None:
    chosen = choose(**filters)
    assert "".join(chosen.rows(9, ["origin_id"])["origin_id"]) == expected
    assert chosen.total == len(expected)


@pytest.mark.parametrize("filters", [{"genre": ["poem"]}, {"colour": ["red"]}, {"day": "x"}])
def test_what_does_not_exist_is_refused(choose: Choose, filters: dict[str, object]) -> None:
    with pytest.raises(FactsError):
        choose(**filters)


def test_the_table_is_one_that_can_be_selected(carried: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = shuju.select("cascades", carried.home.uri, genre=["policy"])
    assert (documents.total, documents.n_all, documents.unit) == (1, 2, "份")
    assert str(documents.as_of) == f"{AS_OF}:00"
    assert documents.span == (dt.date(2024, 7, 1), dt.date(2024, 7, 31))
    assert documents.cube(["genre"]).sel(genre="policy").item() == 1
    assert documents.frame(["title"]).compute()["title"].tolist() == ["关于做好留守儿童关爱保护工作的通知"]


def test_the_room_needs_no_panel() -> None:
    code = "import shuju.spread.documents, shuju.spread.tree, shuju.spread.lag_map, sys; print('panel' in sys.modules or 'bokeh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"False\n"


def test_copies_belong_to_their_document_in_the_order_of_time(documents: Selection) -> None:
    held = documents.held
    assert [held.copies(n)["record_id"].tolist() for n in range(2)] == [
        ["b1"],
        ["a3", "a4", "a1", "a5", "a2"],
    ]
    assert (held.number("a"), held.number("none")) == (1, None)


def test_what_is_known_of_a_document(documents: Selection) -> None:
    assert documents.held.rows["is_explained"].tolist() == [False, True]
    assert set(documents.held.rows["site_name"]) == {"湖南省人民政府门户网站"}


@pytest.mark.parametrize(
    ("kind", "level", "code", "group", "prefecture"),
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
def test_groups_of_sites(kind: str, level: str, code: str, group: str, prefecture: str) -> None:
    row = with_groups(pd.DataFrame([{"kind": kind, "level": level, "region_code": code}])).iloc[0]
    assert (row["group"], None if pd.isna(row["prefecture"]) else row["prefecture"]) == (group, prefecture)


def test_headline(documents: Selection) -> None:
    shown = headline_data(documents)
    # Of 10 due: 长沙 within 8 hours, 岳麓 within 72, 祁阳 dated before its origin; nothing of b.
    assert (shown.n_documents, shown.n_reprints, shown.n_due, shown.n_nowhere) == (2, 5, 10, 1)
    assert shown.shares == pytest.approx({"8": 0.1, "24": 0.1, "72": 0.2, "ever": 0.3})


def test_headline_of_nothing(choose: Choose) -> None:
    shown = headline_data(choose(**NOTHING))
    assert (shown.n_documents, shown.n_reprints, shown.n_due) == (0, 0, 0)
    assert all(np.isnan(value) for value in shown.shares.values())


@pytest.mark.parametrize(
    ("order", "expected"), [("recent", "ba"), ("most", "ab"), ("least", "ba"), ("wide", "ab"), ("slow", "ab")]
)
def test_orders(documents: Selection, order: str, expected: str) -> None:
    listed = document_list_data(documents, "72", order)
    assert "".join(listed["origin_id"]) == expected
    assert listed.attrs == {"page": 1, "total": 2, "n_all": 2}


def test_what_has_no_share_comes_last_either_way(carried: Library, choose: Choose) -> None:
    cascades = carried.read("cascades")
    cascades.loc[cascades["origin_id"] == "a", "share_24h"] = np.nan
    replace_table(carried, "cascades", cascades, made_by="test")
    for order in ("most", "least"):
        assert ordered(choose(), "24", order).tolist() == [0, 1]


def test_a_page_beyond_the_last_is_the_last(documents: Selection) -> None:
    assert document_list_data(documents, page=9).attrs["page"] == 1


def test_counts_by_site_equal_the_rates(documents: Selection) -> None:
    held = documents.held
    pairs = arrivals(held.rows, held.reprints, held.sites, held.rule, pd.Timestamp(held.as_of))
    expected = rates(pairs, ["to_site_id"]).set_index("to_site_id")
    counts = by_site(held.due, documents.mask(), len(held.sites))
    for limit in WITHIN:
        found = pd.Series(arrival_rate(counts, limit), held.sites["site_id"]).dropna()
        column = expected["share_ever" if limit == "ever" else f"share_{limit}h"].dropna()
        pd.testing.assert_series_equal(
            found.sort_index(),
            column.sort_index(),
            check_names=False,
            check_dtype=False,
            check_index_type=False,
        )


def test_sites_and_their_groups(documents: Selection) -> None:
    sites = sites_arrival(documents, "72").set_index("site_id")
    assert len(sites) == 5
    assert (sites.loc[YUELU, "n_due"], sites.loc[YUELU, "n_arrived"]) == (2, 1)
    groups = grouped(sites.reset_index(), "group").set_index("group")
    assert groups["share"].to_dict() == pytest.approx({"county": 1 / 6, "prefecture": 1 / 4})


def test_places_and_departments(documents: Selection) -> None:
    places = places_data(documents, "72")
    assert places["prefectures"]["name"].tolist() == ["长沙", "株洲", "永州"]
    assert places["counties"]["name"].tolist() == ["岳麓区", "醴陵市", "祁阳市"]
    found = departments_data(documents, "72")
    assert found["levels"]["name"].tolist() == ["市州级", "县市区级"]
    assert found["sites"]["n_lacking"].tolist() == [2, 2, 2, 1, 1]


def test_a_document_counts_for_a_limit_only_when_its_clock_has_run_out() -> None:
    # Two documents with one due site each: the second is watched for 8 hours only.
    due = DueCounts(
        np.array([0, 1], np.int32), np.array([0, 0], np.int16), np.array([1, 0], np.uint8),
        np.array([3, 1], np.uint8), np.array([[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]), np.array([0, 1, 2]),
    )  # fmt: skip
    both = np.array([True, True])
    for counts in (by_site(due, both, 1), by_group(due, both, np.zeros(2, np.int64), 1)):
        assert counts["due"].to_numpy().tolist() == [[2, 1, 1, 2]]
        assert counts["arrived"].to_numpy().tolist() == [[1, 1, 1, 2]]


@pytest.mark.parametrize(
    ("share", "n_due", "expected"),
    [(0.0, 5, 0), (0.2, 5, 1), (0.59, 5, 2), (0.8, 5, 4), (1.0, 5, 4), (1.0, 4, -1), (np.nan, 9, -1)],
)
def test_bands(share: float, n_due: int, expected: int) -> None:
    assert band(np.array([share]), np.array([n_due])).tolist() == [expected]


def test_months(choose: Choose) -> None:
    months = months_data(choose())
    assert months.index.strftime("%Y-%m").tolist() == ["2024-07"]
    expected = {"n": 2, "within_8": 0.1, "within_24": 0.1, "within_72": 0.2, "within_ever": 0.3}
    assert months.iloc[0].to_dict() == pytest.approx(expected)
    assert months_data(choose(**NOTHING)).empty


def test_what_spreads_well(documents: Selection) -> None:
    found = dict(list(what_spreads_data(documents, "72").groupby("property", sort=False)))
    assert list(found) == ["信息类别", "发布时间", "配套解读", "篇幅"]
    genres = found["信息类别"]
    assert dict(zip(genres["name"], genres["share"])) == {"通知公告": 0, "政策文件": 0.4}
    assert found["发布时间"]["name"].tolist() == ["周一", "周六"]
    assert found["配套解读"]["n"].tolist() == [1, 1]
    assert found["篇幅"]["name"].tolist() == ["500 字以内"]


def test_matrix(documents: Selection) -> None:
    cells = matrix_data(documents, "72", "most").set_index(["origin_id", "prefecture"])
    assert cells.loc[("a", "长沙"), "share"] == 1
    assert cells.loc[("a", "永州"), "share"] == 0
    assert np.isnan(cells.loc[("a", "湘潭"), "share"])
    assert cells.loc[("a", "湘潭"), "told"] == "无应转网站"
    assert cells.groupby("origin_id", sort=False)["n_due"].sum().to_dict() == {"a": 5, "b": 5}


def test_facets_count_under_the_other_filters(choose: Choose) -> None:
    genre = choose(genre=["policy"], topic=["民政"]).facet("genre").set_index("label")
    assert genre["n"].to_dict() == {"policy": 1, "notice": 0}
    assert genre["is_on"].to_dict() == {"policy": True, "notice": False}


def test_new_tables_are_seen(carried: Library) -> None:
    held = newest(carried)
    assert newest(carried) is held
    fill(carried)
    assert newest(carried) is not held


def test_a_library_without_the_tables(carried: Library, choose: Choose, tmp_path: Path) -> None:
    for name in ("cascades", "reprints"):
        replace_table(carried, name, carried.read(name).iloc[:0], made_by="test")
    nothing = choose()
    assert headline_data(nothing).n_documents == 0
    assert sites_arrival(nothing).empty
    assert what_spreads_data(nothing).empty
    assert document_list_data(nothing).empty
    assert matrix_data(nothing).empty
