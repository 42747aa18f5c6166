"""One document: who carried it, from whom, when, where it did not arrive, what is doubtful."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.library.derived import replace_table
from shuju.spread.arrival_curve import arrival_numbers, arrival_shares, curve_data
from shuju.spread.copies import copies_data, missing_data
from shuju.spread.flow import flows
from shuju.spread.lag_map import NOW, first_arrivals, lag_map_data
from shuju.spread.one_document import (
    Document,
    document_data,
    findings,
    first_mover,
    levels,
    silent_breaks,
    within_limits,
)
from tests.spread.spread_library import LILING, PAPER, YONGZHOU, reprint_rows


def test_copies_and_what_is_only_linked(shown: Document) -> None:
    assert shown.copies["record_id"].tolist() == ["a3", "a4", "a1", "a2"]
    assert shown.copies["group"].tolist() == ["county", "media", "prefecture", "county"]
    assert shown.linked[["record_id", "title"]].to_numpy().tolist() == [["a5", "《通知》解读"]]


def test_limits(shown: Document) -> None:
    assert within_limits(shown) == [
        ("8", 5, 1, 0.2),
        ("24", 5, 1, 0.2),
        ("72", 5, 2, 0.4),
        ("ever", 5, 3, 0.6),
    ]


def test_who_lacks_it_and_why(shown: Document) -> None:
    assert shown.missing[["site_id", "place", "stopped_at"]].to_numpy().tolist() == [
        [YONGZHOU, "永州市", YONGZHOU],
        [LILING, "株洲·醴陵市", LILING],
    ]
    assert shown.missing["why"].str.contains("省政府门户").all()


def test_levels_hold_media_apart(shown: Document) -> None:
    rows = levels(shown).set_index("group")
    assert rows[["n_due", "n_sites"]].to_numpy().tolist() == [[2, 1], [3, 2], [0, 1]]
    assert list(rows.index) == ["prefecture", "county", "media"]


def test_curves_leave_out_what_is_dated_before_its_origin(shown: Document) -> None:
    numbers = arrival_numbers(shown)
    assert numbers.to_numpy().tolist() == [["media", 2, 1], ["prefecture", 5, 1], ["county", 48, 1]]
    shares = arrival_shares(shown)
    assert shares[shares["group"] == "prefecture"][["hours", "value"]].to_numpy().tolist()[0] == [5, 0.5]


def test_first_mover_is_one_whose_time_can_be_true(shown: Document) -> None:
    first = first_mover(shown)
    assert first is not None
    assert (first["record_id"], first["lag_hours"]) == ("a4", 2)


def test_counties_with_a_time_that_cannot_be_true_are_reached_at_no_known_time(shown: Document) -> None:
    assert first_arrivals(shown.copies, "county").to_dict() == {"430104": 48, "431181": np.inf}
    assert first_arrivals(shown.copies, "prefecture").to_dict() == {"430100": 5}


@pytest.mark.parametrize(("at", "n"), [(0, 0), (9, 1), (NOW, 2)])
def test_the_map_at_a_moment(documents: Selection, at: int, n: int) -> None:
    rows = lag_map_data(documents, "a", str(at))
    assert rows.loc[rows["kind"] == "county", "is_here"].sum() == n
    assert len(rows) == 122 + 14


def test_flows_go_from_generation_to_generation(shown: Document) -> None:
    assert flows(shown).to_numpy().tolist() == [
        [1, "province", "county", 1],
        [1, "province", "media", 1],
        [1, "province", "prefecture", 1],
        [2, "prefecture", "county", 1],
    ]


def test_findings_and_silent_breaks(shown: Document, documents: Selection) -> None:
    assert findings(shown)[["flag", "record_id"]].to_numpy().tolist() == [
        ["before_origin", "a3"],
        ["contradiction", "a3"],
    ]
    # 祁阳 has it though 永州 has not.
    assert silent_breaks(shown)[["site_id", "n_below", "n_passed"]].to_numpy().tolist() == [[YONGZHOU, 0, 1]]
    assert silent_breaks(document_data(documents, "b"))["n_below"].tolist() == [1, 1]


def test_a_site_that_the_register_does_not_have_is_outside(documents: Selection) -> None:
    b = document_data(documents, "b")
    assert b.copies[["site", "group", "place"]].to_numpy().tolist() == [
        ["unknown.example", "outside", "省外"]
    ]


def test_any_record_can_be_asked_for(documents: Selection) -> None:
    c = document_data(documents, "c")
    assert c.is_known
    assert not c.is_carried
    # Published six hours ago: no clock has run out.
    assert [(n, arrived) for _, n, arrived, _ in within_limits(c)] == [(0, 0), (0, 0), (0, 0), (5, 0)]
    assert len(c.missing) == 5


def test_a_record_that_is_not_there_has_nothing(documents: Selection) -> None:
    none = document_data(documents, "none")
    assert (none.is_known, none.is_carried, len(none.missing), len(none.linked)) == (False, False, 0, 0)


def test_without_an_id_it_is_the_most_carried_of_those_chosen(choose: Callable[..., Selection]) -> None:
    assert document_data(choose()).row["origin_id"] == "a"
    assert document_data(choose(genre=["notice"])).row["origin_id"] == "b"
    assert not document_data(choose(level=["county"])).is_known


def test_an_undated_copy_is_at_no_known_time(carried: Library, choose: Callable[..., Selection]) -> None:
    rows = reprint_rows()
    rows.loc[rows["record_id"] == "a1", ["published_at", "lag_hours", "flags"]] = [pd.NaT, np.nan, "undated"]
    replace_table(carried, "reprints", rows, made_by="test")
    shown = document_data(choose(), "a")
    assert shown.copies["record_id"].tolist()[-1] == "a1"
    assert first_arrivals(shown.copies, "prefecture").to_dict() == {"430100": np.inf}


def test_a_document_that_nobody_ought_to_carry_has_numbers_and_no_shares(
    carried: Library, choose: Callable[..., Selection]
) -> None:
    replace_by_one_not_due(carried)
    shown = document_data(choose(), "a4")
    assert (len(shown.pairs), len(shown.copies)) == (0, 1)
    rows = levels(shown).set_index("group")
    assert rows.loc["prefecture", ["n_due", "n_sites"]].tolist() == [0, 1]
    assert np.isnan(rows.loc["prefecture", "share_24h"])
    assert curve_data(choose(), "a4").attrs == {"curve": "number"}


def replace_by_one_not_due(library: Library) -> None:
    """Have one document only, of a paper, which one site carried."""
    rows = reprint_rows().query("record_id == 'a1'")
    rows = rows.assign(origin_id="a4", reprint_id="a4|a1", parent_id="a4", lag_hours=3.0)
    cascade = library.read("cascades").iloc[:1].assign(origin_id="a4", site_id=PAPER, genre="news", n_due=0)
    replace_table(library, "reprints", rows, made_by="test")
    replace_table(library, "cascades", cascade, made_by="test")


def test_lists_a_page_at_a_time(documents: Selection) -> None:
    copies = copies_data(documents, "a", page=7)
    assert copies["parent"].tolist() == ["原文", "原文", "原文", "长沙市人民政府门户网站"]
    assert copies.attrs["kinds"] == {"all": 4, "verbatim": 2, "edited": 1, "forwarded": 1}
    assert (copies.attrs["page"], copies.attrs["first"]) == (1, "a3")
    assert copies_data(documents, "a", kind="forwarded")["record_id"].tolist() == ["a2"]
    lacking = missing_data(documents, "a")
    assert (lacking.attrs["n_due"], lacking.attrs["levels"]) == (5, {"prefecture": 1, "county": 1})
