"""``/mine/new``: a card in a minute: subject → what is shown → its measure and filters, with a preview; then it is on one's page.

Subjects, cards, options and filters are those that are registered: what is new appears by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from shuju import select
from shuju.access import NotAllowedError
from shuju.facts.cards import Card, Option, all_cards
from shuju.facts.schema import FactsError
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.pages.mine.arranging import receive_change
from shuju.pages.mine.my_page import card_or_why
from shuju.ui.card_address import LATELY
from shuju.ui.still_card import can_stand, state_of
from shuju.ui.templates import render

SUBJECTS = {
    "letters": "群众来信",
    "hot_issues": "热点与预警",
    "records": "网页信息",
    "cascades": "文件传播",
    "whatif": "假设推演",
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
    return card.table if card.name.startswith(f"{card.table}.") else "whatif"


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


def options_of(card: Card, query: Mapping[str, str]) -> list[Choice]:
    """Return the options of a card that have values to choose from."""
    return [
        Choice(name, option.label, dict(option.choices or {}), query.get(name, str(option.default)))
        for name, option in card.options.items()
        if option.choices and not isinstance(option.default, list) and not _is_page(option)
    ]


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
    card = next((one for one in cards[subject] if one.name == query.get("card")), cards[subject][0])
    selection = select(card.table)
    options, filters = options_of(card, query), filters_of(selection, query)
    address = address_of(card, query)
    still, refusal = card_or_why(address, state_of(library))
    return render(
        "mine/new.html", subjects={name: SUBJECTS.get(name, name) for name in cards}, subject=subject, cards=cards[subject], card=card,
        options=options, filters=filters, address=address, still=still, refusal=refusal, title=query.get("title", "")[:60],
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


def _is_page(option: Option) -> bool:
    return option.follows
