"""A card as it stands in a page without a session (静态图卡): its HTML, and the address of its picture.

What was made is kept by the card's address, what its visitor sees, and the state of library and desk.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from shuju import select
from shuju.clock import now
from shuju.desk.marks import change_number
from shuju.desk.store import open_desk
from shuju.facts.address import parse, to_query
from shuju.facts.cards import Card, find
from shuju.kept import Kept
from shuju.library import Library
from shuju.ui.cards.address import asked
from shuju.ui.cards.answers import answer
from shuju.ui.cards.live import LiveCard
from shuju.ui.reads import Reads, gathered, note_card, note_reads

# The tables that pages show: what a server follows, and what a still card depends on.
TABLES = (
    "records",
    "sites",
    "letters",
    "hot_issues",
    "issue_letters",
    "issue_records",
    "warnings",
    "reprints",
    "cascades",
)
# The page on which a card's rows can be filtered further, by the card's table or by the first word of its name.
PAGES = {
    "letters": "letters",
    "records": "panorama",
    "hot_issues": "issues",
    "warnings": "issues",
    "cascades": "spread",
}
WHATIF = {
    "answering": "whatif_letters",
    "arriving": "whatif_spread",
    "alarming": "whatif_warnings",
    "gathering": "whatif_issues",
}
ONE = {"hot_issues": "issue", "cascades": "document"}
_kept: Kept[tuple[StillCard, Reads]] = Kept(1_000)
_CONTROL = re.compile(r"<(/?)button\b([^>]*)>")
_ACTS = re.compile(
    r"\s(?:data-(?:do|of|value|enter)|aria-(?:pressed|expanded|sort)|disabled)(?:=\"[^\"]*\")?"
)


@dataclass(frozen=True)
class StillCard:
    """What a card shows: ``query`` has all its filters and options, ``page`` is where it can be filtered further."""

    card: Card
    query: str
    filters: str
    page: str
    body: Markup
    picture: str
    as_of: dt.datetime | None
    is_synthetic: bool


class State(NamedTuple):
    """What all still cards of a visitor depend on: whose sight of which library, and how things stand there."""

    sight: tuple[Any, ...]
    versions: tuple[Any, ...]


def still_card(address: str, state: State) -> StillCard:
    """Return the card at an address (``letters.trend?topic=…``) as whoever asks sees it; what it shows of letters is noted.

    ``state`` is that of ``state_of``. Costs nothing where the same was made before.

    Raises:
        FactsError: no such card, filter or option.
        NotAllowedError: the visitor may see nothing of the card's table.
    """
    known = _kept.get((address, state.sight), state.versions)
    if known is None:
        with gathered() as reads:
            known = _made(address), reads
        _kept.put((address, state.sight), state.versions, known)
    found, reads = known
    for what, where, rows in reads:
        note_reads(select(found.card.table).resources, where, rows, what)
    return found


def is_made(address: str, state: State) -> bool:
    """Whether a card is kept."""
    return _kept.get((address, state.sight), state.versions) is not None


def state_of(library: Library) -> State:
    """Return what all still cards depend on beside their address: place, scope, versions, what was marked at the desk, the day."""
    versions = tuple(library.version_of(table) for table in TABLES)
    return State(
        (library.home.uri, library.scope),
        (*versions, change_number(open_desk(library.home)), now().date()),
    )


def can_stand(card: Card) -> bool:
    """Whether a card makes sense on a page of its own: not a bar of filters, nor of one row that is not told."""
    is_control = card.name.rpartition(".")[2] in ("filters", "levers", "decisions")
    return card.has_address and not is_control and "id" not in card.options and card.name != "view"


def page_of(card: Card, query: str = "") -> str:
    """Return the address of the page that a card is on, with its filters."""
    page = WHATIF.get(card.name.partition(".")[0]) or (ONE if "id" in card.options else PAGES).get(
        card.table, ""
    )
    return f"{page}?{query}" if query else page


def without_controls(html: str) -> str:
    """Return HTML of a card whose buttons, which do nothing without a session, are plain text."""
    spans = _CONTROL.sub(lambda found: f"<{found[1]}span{_ACTS.sub('', found[2])}>", html)
    return re.sub(
        r"<(?:div|article|tr|p)\b[^>]*\sdata-enter=[^>]*>", lambda found: _ACTS.sub("", found[0]), spans
    )


def _made(address: str) -> StillCard:
    name, _, text = address.partition("?")
    card = find(name)
    selection, options = asked(card, parse(text))
    found = answer(card, selection, options)
    note_card(card, selection.resources, found, options)
    body = Markup(without_controls(card.html(found, **options))) if card.html is not None else Markup("")
    changed = {n: v for n, v in options.items() if v != card.options[n].default}
    told = [to_query(selection, list(selection.filters))] if selection.filters else []
    told += [f"{n}={','.join(v) if isinstance(v, list) else v}" for n, v in changed.items()]
    query = "&".join(told)
    is_drawn = card.plot is not None and (card.html is None or card.live.make_root is not LiveCard.make_root)
    picture = f"card/{card.name}.svg?{query}" if is_drawn else ""
    filters = selection.describe() if selection.filters else ""
    return StillCard(
        card, query, filters, page_of(card, query), body, picture, selection.as_of, selection.is_synthetic
    )
