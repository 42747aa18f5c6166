"""``/mine/new``: a card in a minute: subject → figure → filters → picture, with a preview; then it is on one's page.

Subjects, cards, options and filters are those that are registered: what is new appears by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from shuju import select
from shuju.access import NotAllowedError
from shuju.facts.cards import Card, all_cards
from shuju.facts.schema import FactsError
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.pages.mine.arranging import receive_change
from shuju.pages.mine.measuring import figure_of, figures_offered, measuring_option, shows, values_for
from shuju.pages.mine.my_page import card_or_why
from shuju.ui.cards.address import LATELY
from shuju.ui.cards.still import can_stand, state_of
from shuju.ui.templates import render

SUBJECTS = {
    "letters": "群众来信",
    "hot_issues": "热点与预警",
    "records": "网页信息",
    "cascades": "文件传播",
    "answering": "推演：来信办理",
    "arriving": "推演：文件到达",
    "alarming": "推演：预警",
    "gathering": "推演：热点归集",
}
MOST_LABELS = 200
DAYS = {"": "全部日期", **{name: f"近 {n} 天" if n < 365 else "近一年" for name, n in LATELY.items()}}


@dataclass(frozen=True)
class Choice:
    """One thing to choose: its name in the address, its title, the values with their names, the one that is chosen."""

    name: str
    title: str
    values: Mapping[str, str]
    chosen: str


def subject_of(card: Card) -> str:
    """Return the subject under which a card is offered."""
    return card.name.partition(".")[0]


def offered(library: Library) -> dict[str, list[Card]]:
    """Return the cards that whoever asks can put on their page, by subject."""
    found: dict[str, list[Card]] = {}
    for card in all_cards():
        if can_stand(card) and not library.scope.shows_nothing_of(card.table):
            found.setdefault(subject_of(card), []).append(card)
    return {name: found[name] for name in sorted(found, key=lambda one: [*SUBJECTS, one].index(one))}


def filters_of(selection: Selection, query: Mapping[str, str]) -> list[Choice]:
    """Return the filters of a table that have labels with rows, by the labels' names; the days are the newest ones."""
    found = [Choice("day", "日期", DAYS, query.get("day", ""))]
    for name in selection.filter_names():
        if (
            name == "day"
            or name in selection.searches
            or not hasattr(selection.schema.dimension(name), "labels")
        ):
            continue
        labels = selection.facet(name)
        labels = labels[~labels["is_unknown"]]
        if 1 < len(labels) <= MOST_LABELS:
            values = {"": "全部"} | dict(zip(labels["label"], labels["name"], strict=True))
            found.append(Choice(name, selection.title_of(name), values, query.get(name, "")))
    return found


def options_of(card: Card, figure: str, query: Mapping[str, str]) -> list[Choice]:
    """Return the options of a card that have values to choose from, of its figure only where it can be drawn in several ways."""
    found = []
    for name, option in card.options.items():
        values = values_for(card, figure) if name == measuring_option(card) else dict(option.choices or {})
        if len(values) > 1 and not isinstance(option.default, list) and not option.follows:
            chosen = query.get(name, str(option.default))
            found.append(
                Choice(name, option.label, values, chosen if chosen in values else next(iter(values)))
            )
    return found


def figure_asked(card: Card | None, figures: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the figure of an address: the one that it names, that of the card that it asks for, else the first."""
    if "figure" in query and query["figure"] in figures:
        return query["figure"]
    name = measuring_option(card) if card is not None else ""
    own = figure_of(query.get(name, str(card.options[name].default))) if card is not None and name else ""
    return own if own in figures else next(iter(figures))


def with_figure(card: Card, figure: str, query: Mapping[str, str]) -> dict[str, str]:
    """Return what is chosen with the figure as the option that the card has for it."""
    name, values = measuring_option(card), values_for(card, figure)
    return dict(query) | (
        {name: query[name] if query.get(name) in values else next(iter(values))} if values else {}
    )


def address_of(card: Card, query: Mapping[str, str]) -> str:
    """Return the address of a card with what is chosen of its filters and options; defaults are left out."""
    names = (*select(card.table).filter_names(), *card.options)
    default = {name: str(option.default) for name, option in card.options.items()}
    kept = {name: query[name] for name in names if query.get(name) and query[name] != default.get(name)}
    return f"{card.name}?{urlencode(kept, safe=',_')}" if kept else card.name


def new_card_html(library: Library, query: Mapping[str, str]) -> str:
    """Return the page with a preview of what is chosen."""
    cards = offered(library)
    if not cards:
        return render(
            "mine/new.html", subjects={}, subject="", cards=[], card=None, told="没有可以查看的数据"
        )
    subject = query.get("subject", "") if query.get("subject", "") in cards else next(iter(cards))
    asked = next((one for one in cards[subject] if one.name == query.get("card")), None)
    figures = figures_offered(subject, cards[subject])
    figure = figure_asked(asked, figures, query)
    pictures = [one for one in cards[subject] if shows(one, figure)]
    card = asked if asked in pictures else pictures[0]
    query, selection = with_figure(card, figure, query), select(card.table)
    options, filters = options_of(card, figure, query), filters_of(selection, query)
    address = address_of(card, query)
    still, refusal = card_or_why(address, state_of(library))
    return render(
        "mine/new.html", subjects={name: SUBJECTS.get(name, name) for name in cards}, subject=subject, figures=figures,
        figure=figure, cards=pictures, card=card,
        options=options, filters=filters, address=address, still=still, refusal=refusal, title=query.get("title", "")[:60],
        chosen=[(name, query[name]) for name in (*selection.filter_names(), *card.options) if query.get(name)],
        board=query.get("board", ""), told="",
    )  # fmt: skip


def receive_new(library: Library, form: Mapping[str, str]) -> str:
    """Put the card on one's page; return its address.

    Raises:
        ValueError: no such card or value.
        NotAllowedError: the visitor sees nothing of its table.
    """
    card = next(
        (one for cards in offered(library).values() for one in cards if one.name == form.get("card")), None
    )
    if card is None:
        raise NotAllowedError("没有这张图卡，或当前角色不能查看")
    try:
        address = address_of(card, form)
    except FactsError as error:
        raise ValueError(str(error)) from error
    asked = {"do": "pin", "card": address, "title": form.get("title", ""), "board": form.get("board", "")}
    done = receive_change(library, asked)
    return f"../?{urlencode({'told': done.told, **({'board': form['board']} if form.get('board') else {})})}"
