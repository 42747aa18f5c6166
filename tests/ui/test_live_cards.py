"""Cards that follow a selection, without a server: what the user does, what each card shows, what fails."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import holoviews as hv
import pandas as pd
import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc

import shuju
from shuju.facts import FactsError
from shuju.facts.cards import Card, Option, all_cards, find
from shuju.facts.selection import Selection
from shuju.letters import facts as letter_facts
from shuju.ui.cards.live import LiveCard
from shuju.ui.page import Page
from shuju.ui.session import begin, current
from tests.letters.conftest import Letters, letter


@pytest.fixture
def chosen(letters: Letters) -> Selection:
    letters.add(
        *(
            letter(k, topic="环境保护" if k % 2 else "交通运输", time=f"2024-07-{k + 1:02d} 09:00")
            for k in range(20)
        )
    )
    return letter_facts.selection(letters.library)


def shown(card: LiveCard) -> str:
    """Return the HTML that the card's wire wrote last."""
    assert card.wire is not None
    return card.wire.slots[card.slot]


def test_every_card_is_in_the_table_once_with_words_for_people(chosen: Selection) -> None:
    table = shuju.cards()
    assert table["name"].is_unique
    assert {"letters.map", "letters.trend", "records.raster", "hot_issues.list"} & set(table["name"])
    assert (table["title"].str.len() > 0).all()
    assert all(card.about for card in all_cards())


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [("mapp", {}, "map"), ("map", {"measures": "n"}, "measure"), ("map", {"measure": "nn"}, "rate")],
)
def test_a_card_or_option_that_does_not_exist_is_refused(
    chosen: Selection, name: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(FactsError, match=told):
        chosen.card(name, **options)


def test_a_filter_set_in_code_changes_every_card(chosen: Selection) -> None:
    headline, listed = chosen.card("headline"), chosen.card("list")
    headline.__panel__()
    listed.__panel__()
    chosen.topic = ["环境保护"]
    assert "10<small>封" in shown(headline)
    assert "共 1 页，10 封" in shown(listed)


def test_a_slow_older_answer_does_not_replace_a_newer_one(
    chosen: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # JupyterLab hears each card in a thread of its own: one answer may be at work while the next click comes.
    headline = chosen.card("headline")
    headline.__panel__()
    is_slow, goes_on = threading.Event(), threading.Event()
    compute = headline.compute

    def slow(selection: Selection, options: Mapping[str, object]) -> object:
        found = compute(selection, options)
        if not is_slow.is_set():
            is_slow.set()
            goes_on.wait(30)
        return found

    monkeypatch.setattr(headline, "compute", slow)
    older = threading.Thread(target=headline.link.refresh)
    newer = threading.Thread(target=headline.link.act, args=("toggle", "topic", "环境保护"))
    older.start()
    is_slow.wait(30)
    newer.start()
    newer.join(1.0)  # without an order of its own it is done here
    goes_on.set()
    older.join()
    newer.join()
    assert "10<small>封" in shown(headline)


def test_nothing_is_computed_for_who_has_left(chosen: Selection) -> None:
    headline = chosen.card("headline")
    headline.__panel__()
    link = headline.link
    link.act("toggle", "topic", "环境保护")
    before = shown(headline)
    asked = link._question()
    asked["filters"] = {**asked["filters"], "topic": []}
    link._doc = Document()  # of a session that ended
    assert link.is_outdated()
    link._answer(asked)
    assert shown(headline) == before
    link._doc = None
    link._answer(asked)
    assert shown(headline) != before


def test_what_is_used_on_a_card_changes_the_selection(chosen: Selection) -> None:
    card = chosen.card("facets")
    card.__panel__()
    act = card.link.act
    act("toggle", "topic", "环境保护", card.slot)
    assert chosen.topic == ["环境保护"]
    act("toggle", "topic", "环境保护", card.slot)
    act("toggle", "topic", "没有这个", card.slot)
    assert chosen.topic == []
    act("preset", "", "近7天", card.slot)
    assert chosen.day == (dt.date(2024, 7, 14), dt.date(2024, 7, 20))
    act("from", "", "2024-07-18", card.slot)
    assert chosen.day == (dt.date(2024, 7, 18), dt.date(2024, 7, 20))
    act("to", "", "kein Tag", card.slot)
    act("remove", "day", "", card.slot)
    act("enter", "topic", "", card.slot)
    act("clear", "", "", card.slot)
    act("jump", "nowhere", "x", card.slot)
    assert not chosen.filters


def test_options_of_one_name_are_one_control(chosen: Selection) -> None:
    drawn, bands = chosen.card("map"), chosen.card("bands")
    drawn.__panel__()
    bands.__panel__()
    drawn.link.act("choose", "measure", "rate", drawn.slot)
    assert "每万人" in shown(bands)
    drawn.link.act("choose", "measure", "nonsense", drawn.slot)
    assert drawn.link.option_values()["measure"] == "rate"


def test_a_new_filter_begins_at_page_one(letters: Letters) -> None:
    letters.add(*(letter(k) for k in range(50)))
    chosen = letter_facts.selection(letters.library)
    card = chosen.card("list")
    card.__panel__()
    card.link.act("choose", "page", "2", card.slot)
    assert "第 2 页" in shown(card)
    chosen.motive = ["complaint"]
    assert card.link.option_values()["page"] == 1
    assert "第 1 页" in shown(card)


def test_the_address_holds_filters_and_options_both_ways(chosen: Selection) -> None:
    card = chosen.card("map", measure="change")
    chosen.topic = ["环境保护"]
    assert "measure=change" in card.link.address
    assert "topic=%E7%8E%AF" in card.link.address


def test_a_view_is_called_anew_with_the_filters(chosen: Selection) -> None:
    def own(selection: Selection) -> pd.DataFrame:
        """Return how many there are."""
        return pd.DataFrame({"n": [selection.total]})

    card = chosen.view(own, title="自己的")
    card.__panel__()
    assert card.root[0].object["n"].iloc[0] == 20
    chosen.topic = ["环境保护"]
    assert card.root[0].object["n"].iloc[0] == 10


def test_a_view_may_give_an_element(chosen: Selection) -> None:
    card = chosen.view(lambda selection: hv.Bars([("n", selection.total)]))
    card.__panel__()
    chosen.topic = ["环境保护"]
    assert card.root[0].object.data["y"].tolist() == [10]


@pytest.mark.parametrize(
    ("give", "told"),
    [
        (lambda selection: None, "是否少了 return"),
        (lambda selection: hv.Bars([("a", 1), (3, None)], "x", "y"), "TypeError"),
        (lambda selection: hv.Curve([1, 2]).opts(line_dash="nosuch"), "line_dash"),
    ],
    ids=["nothing", "labels of two kinds", "a look that does not exist"],
)
def test_what_cannot_be_drawn_takes_nothing_else_with_it(
    chosen: Selection, caplog: pytest.LogCaptureFixture, give: Callable[[Selection], object], told: str
) -> None:
    broken, other = chosen.view(give, title="自己的"), chosen.card("headline")
    for card, text in ((broken, "暂时算不出来"), (other, "20<small>封")):
        card.__panel__().get_root()
        assert card.wire is not None
        assert text in card.wire.html
    assert told in caplog.text


def test_one_card_that_fails_says_so_and_recovers(
    chosen: Selection, caplog: pytest.LogCaptureFixture
) -> None:
    def fragile(selection: Selection) -> int:
        if selection.topic:
            raise RuntimeError("not with a topic")
        return selection.total

    made = replace(
        find("letters.words"), name="letters.fragile", data=fragile, html=lambda found: f"<b>{found}</b>"
    )
    broken, other = LiveCard(made, chosen, {}), chosen.card("headline")
    broken.__panel__()
    other.__panel__()
    chosen.topic = ["环境保护"]
    assert "暂时算不出来" in shown(broken)
    assert "10<small>封" in shown(other)
    assert "letters.fragile" in caplog.text
    caplog.clear()
    chosen.topic = []
    assert shown(broken) == "<b>20</b>"


def test_the_map_colours_counties_and_outlines_what_is_chosen(chosen: Selection) -> None:
    card = chosen.card("map")
    card.__panel__()
    counties, outlined = card._sources["counties"], card._sources["chosen"]
    corners = counties.data["xs"]
    chosen.region = ["430104"]
    assert counties.data["xs"] is corners
    assert len(outlined.data["xs"]) == 1
    told = dict(zip(counties.data["name"], counties.data["told"], strict=True))
    assert told["岳麓区"].startswith("20 封")


def test_the_brush_is_the_filter_on_days(chosen: Selection) -> None:
    card = chosen.card("trend")
    card.__panel__()
    chosen.day = (dt.date(2024, 7, 3), dt.date(2024, 7, 5))
    assert card.chosen == (dt.date(2024, 7, 3), dt.date(2024, 7, 5))
    card._brush.update(start=card._brush.start, end=card._brush.end + 86_400_000)
    assert chosen.day == (dt.date(2024, 7, 3), dt.date(2024, 7, 6))
    card._brush.update(start=0, end=0)
    assert chosen.day is None


@pytest.mark.parametrize(
    "card", [c for c in all_cards() if c.table == "letters" and c.plot is not None], ids=lambda c: c.name
)
def test_every_plot_is_drawn_by_both_backends(chosen: Selection, card: Card) -> None:
    from shuju.charts.printing import png, svg

    options = card.settings({})
    element = card.plot(card.data(chosen, **options), **options)
    figure = hv.render(element, backend="bokeh")
    assert figure.renderers
    assert not [m for m in figure.references() if type(m).__name__.startswith("CustomJS")]
    assert png(element).startswith(b"\x89PNG")
    assert svg(element).startswith("<svg")


def test_every_card_of_letters_shows_nothing_where_there_is_nothing(letters: Letters) -> None:
    chosen = letter_facts.selection(letters.library)
    for card in all_cards():
        if card.table == "letters":
            live = chosen.card(card.name)
            assert "算不出来" not in live.first(), card.name


def test_an_address_is_gone_back_to_whole(chosen: Selection) -> None:
    listed, trend = chosen.card("list"), chosen.card("trend")
    listed.__panel__()
    trend.__panel__()
    link = listed.link
    link.act("address", "", "topic=环境保护&day=2024-07-01_2024-07-09&page=2&by=channel")
    assert (chosen.topic, chosen.day) == (["环境保护"], (dt.date(2024, 7, 1), dt.date(2024, 7, 9)))
    assert (link.options.by, link.options.unit) == ("channel", "auto")
    link.act("address", "", "")
    assert not chosen.filters
    assert link.options.by == ""
    link.act("address", "", "topic=没有这个&by=nonsense")
    assert not chosen.filters
    assert len(link.notices) == 2


@pytest.mark.parametrize("asked", ["0", "2", "999999", "99999999999999999999"])
def test_a_page_that_does_not_exist_is_the_nearest_one_in_the_address_too(
    chosen: Selection, asked: str
) -> None:
    listed = chosen.card("list")
    listed.__panel__()
    listed.link.act("choose", "page", asked, listed.slot)
    assert "第 1 页，共 1 页，20 封" in listed.first()
    assert listed.link.address.endswith("page=1")


def test_clearing_takes_back_options_that_leave_rows_out(chosen: Selection) -> None:
    card = find("letters.list")
    narrowing = replace(
        card,
        name="letters.narrowed",
        options={**card.options, "kinds": Option([], "种类", {"a": "甲", "b": "乙"}, narrows=True)},
        data=lambda selection, kinds, **options: card.data(selection, **options),
        html=lambda found, kinds, **options: card.html(found, **options),
    )
    filters = chosen.card("filters")
    listed = narrowing.live(narrowing, chosen, narrowing.settings({}))
    filters.__panel__()
    listed.__panel__()
    link = listed.link
    link.act("toggle", "kinds", "a")
    link.act("toggle", "kinds", "b")
    link.act("toggle", "topic", "环境保护")
    assert "种类：甲" in shown(filters)
    link.act("unset", "kinds", "a")
    assert link.options.kinds == ["b"]
    link.act("clear", "", "")
    assert (link.options.kinds, chosen.filters) == ([], {})
    assert "清除全部" not in shown(filters)


def test_an_answer_goes_to_its_own_page_whosever_turn_it_is(letters: Letters) -> None:
    # Bokeh keeps the current document for the whole process, so other threads and sessions can change it.
    letters.add(letter(1))
    pages, cards = [], []
    documents = [Document(), Document()]
    for document in documents:
        with set_curdoc(document):
            begin(Page("来信", {}))
            cards.append(letter_facts.selection(letters.library).card("list"))
            pages.append(current())
    with set_curdoc(documents[1]):
        cards[0].send("<p>第一位</p>")
    assert pages[0].wire.slots == {cards[0].slot: "<p>第一位</p>"}
    assert "第一位" not in str(pages[1].wire.slots)
