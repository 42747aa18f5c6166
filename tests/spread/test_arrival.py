"""Measures of spread against tables computed by hand, and what must hold of all of them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.spread.arrival import Arrivals, arrivals, curves, measure, rates
from shuju.spread.breaks import bottlenecks, funnel, missing
from shuju.spread.due import read_rule
from shuju.standard import region, regions
from tests.spread.province import NOW, SITES, START, documents, reprints

RULE = read_rule()
ONE = documents(("d", "P"))
# A twice; A1 from A; AJ undated; B1 dated before the document; B, B2 and A2 lack it. M is not due.
COPIES = reprints(
    ("d", "A", 6, 1), ("d", "A", 100, 1), ("d", "A1", 30, 2), ("d", "AJ", np.nan, 2), ("d", "B1", -5, 1), ("d", "M", 72, 3)
)  # fmt: skip


def pairs_of(frame: pd.DataFrame, copies: pd.DataFrame, as_of: pd.Timestamp = NOW) -> Arrivals:
    return arrivals(frame, copies, SITES, RULE, as_of)


def test_one_document_by_hand() -> None:
    row = measure(pairs_of(ONE, COPIES), COPIES).iloc[0]
    n_counties = sum(c.parent_code == "430200" for c in regions("county"))
    people = region("430100").population_2020 + region("430200").population_2020 / n_counties
    expected = {
        "n_reprints": 6, "n_sites": 5, "n_counties": 2, "n_prefectures": 2, "n_levels": 2, "depth": 3, "n_untimed": 2,
        "median_lag_hours": 30.0, "spread_rate": 5 / 10, "n_due": 7, "share_8h": 1 / 7, "share_24h": 1 / 7,
        "share_72h": 2 / 7, "share_ever": 4 / 7, "is_small": False, "is_pending": False,
        "reach": people / sum(r.population_2020 for r in regions("prefecture")),
    }  # fmt: skip
    assert {k: row[k] for k in expected} == pytest.approx(expected)
    assert math.isnan(row["half_life_hours"])  # of five with a known time, two arrived
    assert row["shape"] == "ripple"  # half of the counties' portals, half of the prefectures'


def test_groups_by_hand() -> None:
    found = rates(pairs_of(ONE, COPIES), ["to_level"]).set_index("to_level")
    assert found.loc["county", ["n_documents", "n_due", "n_arrived", "n_due_8h", "is_small"]].tolist() == [
        1,
        4,
        2,
        4,
        True,
    ]
    assert found.loc["county", ["share_8h", "share_72h", "share_ever"]].tolist() == [0, 0.25, 0.5]
    assert found.loc["prefecture", ["n_due", "share_8h", "share_ever", "half_life_hours"]].tolist() == [
        3,
        1 / 3,
        2 / 3,
        6,
    ]


def test_curve_by_hand() -> None:
    found = curves(pairs_of(ONE, COPIES))
    assert found.to_dict("list") == {
        "hours": [6, 30], "n_at_risk": [5, 4], "n_arrived": [1, 1], "share_arrived": pytest.approx([0.2, 0.4])
    }  # fmt: skip


def test_chain_by_hand() -> None:
    pairs = pairs_of(ONE, COPIES)
    lacking = missing(pairs).set_index("site_id")
    assert lacking["stopped_at"].to_dict() == {"B": "B", "A2": "A2", "B2": "B"}
    assert lacking.loc["B", ["clause", "waited_hours", "level"]].tolist() == [
        "省政府文件公告",
        240,
        "prefecture",
    ]
    stopped = bottlenecks(pairs).set_index("level")[["n_due", "n_missing", "n_below", "n_stopped"]]
    assert stopped.loc["prefecture"].tolist() == [3, 1, 1, 2]
    assert stopped.loc["county"].tolist() == [4, 1, 0, 1]
    levels = funnel(pairs).set_index("to_level")
    assert list(levels.index) == ["prefecture", "county"]
    assert levels.loc["county", ["share_ever", "n_served", "share_of_served"]].tolist() == [0.5, 2, 0.5]
    assert levels["drop"].tolist() == pytest.approx([math.nan, 2 / 3 - 0.5], nan_ok=True)


@pytest.mark.parametrize(
    ("site", "carriers", "shape"),
    [
        ("P", [], None),
        ("P", ["M"], None),
        ("P", ["A", "B"], "funnel"),
        ("P", ["A", "B", "A1"], "funnel"),  # a quarter of the counties, all prefectures
        ("P", ["A", "B", "A1", "B1"], "ripple"),
        ("P", ["A1"], "ripple"),
        ("X", ["A"], "funnel"),
        ("A", ["A1"], None),
    ],
)
def test_shapes(site: str, carriers: list[str], shape: str | None) -> None:
    copies = reprints(*(("d", c, 1.0, 1) for c in carriers))
    found = measure(pairs_of(documents(("d", site)), copies), copies)["shape"][0]
    assert found == shape or (shape is None and found is None)


@pytest.mark.parametrize(
    ("hours", "shares", "is_pending"),
    [
        (4, [math.nan, math.nan, math.nan], True),
        (8, [1 / 7, math.nan, math.nan], True),
        (30, [1 / 7, 1 / 7, math.nan], True),
        (72, [1 / 7, 1 / 7, 2 / 7], False),
    ],
)
def test_a_clock_that_still_runs_says_nothing(hours: float, shares: list[float], is_pending: bool) -> None:
    row = measure(pairs_of(ONE, COPIES, START + pd.Timedelta(hours=hours)), COPIES).iloc[0]
    assert row[["share_8h", "share_24h", "share_72h"]].tolist() == pytest.approx(shares, nan_ok=True)
    assert row["is_pending"] == is_pending


@pytest.mark.parametrize(
    ("frame", "n_due"),
    [
        (documents(("d", "M")), 0),
        (documents(("d", "PJ"), genre="notice"), 1),
        (documents(("d", "P"), published_at=None), 7),
        (documents(("d", "nowhere")), 0),
    ],
)
def test_documents_at_the_edge(frame: pd.DataFrame, n_due: int) -> None:
    nothing = reprints()
    row = measure(pairs_of(frame, nothing), nothing).iloc[0]
    assert (row["n_due"], row["is_small"]) == (n_due, n_due < 5)
    assert (row["n_reprints"], row["n_sites"], row["depth"], row["spread_rate"]) == (0, 0, 0, 0)
    assert math.isnan(row["share_ever"]) == (n_due == 0)


def test_nothing_at_all() -> None:
    pairs = pairs_of(documents(), reprints())
    assert (
        len(measure(pairs, reprints()))
        == len(missing(pairs))
        == len(bottlenecks(pairs))
        == len(funnel(pairs))
        == 0
    )
    total = rates(pairs).iloc[0]
    assert (total["n_due"], total["is_small"]) == (0, True)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "revision"},
        {"kind": "related"},
        {"origin_id": "of another"},
        {"site_id": "P"},  # its own site
        {"site_id": "not registered"},
    ],
)
def test_what_is_no_arrival(change: dict[str, str]) -> None:
    copies = reprints(("d", "A", 6, 1)).assign(**change)
    row = measure(pairs_of(ONE, copies), copies).iloc[0]
    assert (row["n_sites"], row["share_ever"]) == (0, 0)


def test_subsets() -> None:
    frame = pd.concat([ONE, documents(("e", "A"), genre="notice")], ignore_index=True)
    pairs = pairs_of(frame, COPIES)
    counties = pairs.only((pairs.column("to_kind") == "county_portal").to_numpy())
    by_document = rates(counties, ["origin_id"]).set_index("origin_id")["n_due"]
    assert by_document.to_dict() == {"d": 4, "e": 2}
    assert missing(pairs.only((pairs.column("origin_id") == "e").to_numpy()))["site_id"].tolist() == [
        "A1",
        "A2",
    ]


@pytest.mark.parametrize(
    ("carriers", "prefectures"),
    [
        ([], 0.0),
        (["M", "AJ"], 0.0),  # no portals
        (["A"], 1.0),
        (["A", "A1"], 1.0),  # its people are counted once
        (["A1"], 1 / 9),
        (["A1", "A2"], 2 / 9),
    ],
)
def test_reach(carriers: list[str], prefectures: float) -> None:
    copies = reprints(*(("d", c, 1.0, 1) for c in carriers))
    found = measure(pairs_of(ONE, copies), copies)["reach"][0]
    all_people = sum(r.population_2020 for r in regions("prefecture"))
    assert found == pytest.approx(prefectures * region("430100").population_2020 / all_people)


SITE = st.sampled_from([*SITES["site_id"], "not registered"])
COPY = st.tuples(
    st.sampled_from("abc"), SITE, st.one_of(st.none(), st.floats(-50, 300, width=32)), st.integers(0, 4)
)


@given(st.lists(SITE, min_size=3, max_size=3), st.lists(COPY, max_size=30))
def test_what_must_hold(sites: list[str], copies: list[tuple]) -> None:
    frame, table = documents(*zip("abc", sites)), reprints(*copies)
    pairs = pairs_of(frame, table)
    rows = measure(pairs, table)
    for one, other in (("share_8h", "share_24h"), ("share_24h", "share_72h"), ("share_72h", "share_ever")):
        assert (rows[one].fillna(0) <= rows[other].fillna(0)).all()
    assert rows["share_ever"].dropna().between(0, 1).all()
    assert rows[["spread_rate", "reach"]].stack().between(0, 1 + 1e-12).all()
    assert (rows["n_sites"] <= rows["n_reprints"]).all()
    assert (rows["n_due"] == 0).tolist() == rows["share_ever"].isna().tolist()
    for by in (["origin_id"], ["to_level"], ["genre", "to_site_id"]):
        found = rates(pairs, by)
        assert found["n_due"].sum() == len(pairs) == rows["n_due"].sum()
        assert found["n_arrived"].sum() == pairs.has_arrived.sum()
    assert len(missing(pairs)) == bottlenecks(pairs)["n_stopped"].sum() == (~pairs.has_arrived).sum()
    shares = curves(pairs, ["to_level"]).groupby("to_level")["share_arrived"]
    assert all((np.diff(s) > 0).all() for _, s in shares)


@given(st.lists(COPY, max_size=20), st.randoms())
def test_order_does_not_matter(copies: list[tuple], random: object) -> None:
    mixed = list(copies)
    random.shuffle(mixed)
    frame = documents(("a", "P"), ("b", "PJ"), ("c", "A"))
    one, other = (measure(pairs_of(frame, reprints(*rows)), reprints(*rows)) for rows in (copies, mixed))
    pd.testing.assert_frame_equal(one, other)
