"""``shuju.grid``: what it takes, and what it refuses where it is written."""

from __future__ import annotations

from typing import Any

import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc

import shuju
from shuju.facts import FactsError
from shuju.letters import facts as letter_facts
from shuju.ui.grid import arranged
from shuju.ui.page import Page, Place
from shuju.ui.session import begin
from tests.letters.conftest import Letters

NAMES = ["letters.headline", "letters.map", "letters.trend", "by_motive", "records.map"]
TAKEN = {
    "lists": ([["headline"], ["map", ["trend", "by_motive"]]], (("headline",),), (("map",), ("trend", "by_motive"))),
    "a text for a row": (["headline", ["map"]], (("headline",),), (("map",),)),
    "tuples": ([("map", ("trend",))], (("map",), ("trend",))),
    "whole names": ([["letters.map", "records.map"]], (("letters.map",), ("records.map",))),
    "an empty column": ([["map", []]], (("map",), ())),
    "nothing": ([],),
}  # fmt: skip
REFUSED = {
    "misspelt": ([["mapp"]], "没有名为 'mapp' 的图卡.*是否想用 'map'？现有：headline、map、trend、by_motive"),
    "misspelt in a column of several": ([["map", ["trend", "facet"]]], "'facet'"),
    "misspelt, a text for a row": (["trned"], "是否想用 'trend'"),
    "twice": ([["map"], ["trend", "letters.map"]], "'letters.map' 写了两次"),
    "no name": ([["map", 5]], "写图卡的名字.*不能是 int"),
    "none": ([[None]], "不能是 NoneType"),
}


@pytest.mark.parametrize(("rows", "wanted"), [(rows, wanted) for rows, *wanted in TAKEN.values()], ids=TAKEN)
def test_what_is_arranged(rows: list[Any], wanted: list[Any]) -> None:
    assert arranged(rows, (5, 8), NAMES).rows == tuple(wanted)


@pytest.mark.parametrize(("rows", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(rows: list[Any], told: str) -> None:
    with pytest.raises(FactsError, match=told):
        arranged(rows, (5, 8), NAMES)


@pytest.mark.parametrize("widths", [0, (5, 0), (5, "8"), (), None, (1.5,), (True, 1)])
def test_widths_that_are_no_shares_are_refused(widths: Any) -> None:
    with pytest.raises(FactsError, match="widths 是各栏所占的份数"):
        arranged([["map", "trend"]], widths, NAMES)


def test_in_a_notebook_only_the_cards_made_before_are_known(letters: Letters) -> None:
    letters.add()
    chosen = letter_facts.selection(letters.library)
    card, view = chosen.card("trend"), chosen.view(lambda selection: selection.total, title="总数")
    shown = shuju.grid(["trend"], ["lambda", "prose3"], widths=(2, 1))
    assert "flex:2" in shown._repr_html_()
    with pytest.raises(
        FactsError, match=r"没有名为 'trnd' 的图卡.*是否想用 'trend'.*grid 写在它所排的图卡之后"
    ):
        shuju.grid(["trnd"])
    assert card.card.name != view.card.name


def test_on_a_page_what_is_not_there_is_refused(letters: Letters) -> None:
    letters.add()
    doc = Document()
    with set_curdoc(doc):
        page = Page("题", {})
        begin(page)
        chosen = letter_facts.selection(letters.library)
        page.places.append(Place("letters.map", card=chosen.card("map")))
        with pytest.raises(FactsError, match="没有名为 'trend' 的图卡"):
            shuju.grid(["map", "trend"])
        assert shuju.grid("map") is None
        assert page._rows(page.place_names) == [[(1, ["letters.map"])]]
    doc.clear()
