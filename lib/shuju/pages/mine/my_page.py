"""``/``: what changed since somebody looked last, then their board as plain HTML; with ``?board=`` another's, under the viewer's own sight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from shuju import select
from shuju.access import NotAllowedError, Subject, entered
from shuju.access.roles import ANALYST, ASSIGN, HANDLE, LEADER, OPERATOR
from shuju.clock import now
from shuju.desk.board_content import Content, Item
from shuju.desk.board_sharing import visible_board
from shuju.desk.boards import Board, boards_of
from shuju.desk.store import open_desk
from shuju.desk.tasks.listing import tally
from shuju.desk.trail import note
from shuju.desk.visits import dismiss, last_visit, note_visit, undismiss
from shuju.facts.address import parse
from shuju.facts.cards import Card, find
from shuju.facts.schema import FactsError
from shuju.library import Library, open_library
from shuju.library.status import files_to_look_at
from shuju.library.versioned import versioned
from shuju.mine.change import KINDS
from shuju.mine.changed import begin, figures_now, what_changed
from shuju.mine.fields import topics_of
from shuju.mine.presets import preset, title_of
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.cards.address import refuse_unknown
from shuju.ui.cards.still import TABLES, StillCard, is_made, state_of, still_card
from shuju.ui.reads import gathered
from shuju.ui.templates import render

FIRST_BYTES = 60_000  # of cards that stand in the page at once; the others come when they are near
FIRST_CARDS = 4
SEES_FILES = (LEADER, ANALYST, OPERATOR)  # who may open /library
UNSAVED = 0  # number of a board that is still its preset


@dataclass(frozen=True)
class Shown:
    """An item on the page with its ``card``, what it shows (None: it comes when it is near), or why it cannot.

    ``phone`` is its place on a phone, ``heads`` whether a section begins with it.
    """

    item: Item
    card: Card | None
    still: StillCard | None
    refusal: str
    phone: int
    heads: bool

    @property
    def title(self) -> str:
        """What stands over the card."""
        return self.item.title or (self.card.title if self.card is not None else "图卡")

    @property
    def query(self) -> str:
        """The filters and options of the item."""
        return self.item.card.partition("?")[2]


def my_page(library: Library, query: Mapping[str, str]) -> str:
    """Return the page as HTML; a board that somebody may not see is as one that is not there, and noted."""
    desk, at, by = open_desk(library.home), now(), who_asks()
    asked = query.get("board", "")
    try:
        board = board_asked(library, by, asked)
    except NotAllowedError as error:
        note(desk, "refused", f"board:{asked[:20]}", {"why": str(error)}, 0)
        return render(
            "detail/nothing.html", unit="个", noun="首页", key=asked[:20], back="./", title="我的首页"
        )
    is_own, is_home = board.owner == by.account, not asked
    visit = last_visit(desk, by.account, at=at) if is_home else None
    changes = what_changed(library, desk, by, visit, topics_of(board.field), at=at) if is_home else []
    if is_home:
        note_visit(
            desk,
            by.account,
            {table: library.version_of(table) for table in TABLES},
            figures_now(library),
            at=at,
        )
    counts = tally(desk, by, "mine", at=at) if is_home and (by.may(ASSIGN) or by.may(HANDLE)) else None
    to_look_at = files_to_look_at(library) if is_home and by.role in SEES_FILES else (0, 0)
    shown = shown_cards(board.content, state_of(library))
    return render(
        "mine/board.html", board=board, shown=shown, changes=changes, kinds=KINDS, newest=newest_of(shown),
        since=begin(visit, at), visit=visit,
        sees_letters=not library.scope.shows_nothing_of("letters"), is_own=is_own, is_home=is_home, counts=counts, files=to_look_at,
        edits=is_own and "edit" in query,
        told=query.get("told", "")[:200], undone=query.get("dismissed", "")[:200],
    )  # fmt: skip


def newest_of(shown: Sequence[Shown]) -> dt.datetime | None:
    """Return how far the data of the cards reach that stand in the page."""
    return max((one.still.as_of for one in shown if one.still is not None and one.still.as_of), default=None)


def board_asked(library: Library, by: Subject, asked: str) -> Board:
    """Return the board of an address: one's own page, or that of a number.

    Raises:
        NotAllowedError: there is none that this person may look at.
    """
    desk = open_desk(library.home)
    if asked:
        return visible_board(desk, by, int(asked) if asked.isdecimal() and len(asked) < 10 else -1)
    return next(iter(boards_of(desk, by.account)), None) or unsaved_board(library, by)


def own_preset(library: Library, by: Subject, field: str = "") -> Content:
    """Return a person's preset without cards that would be empty: of tables of which they see no row."""
    filled = _filled(library)
    return Content(
        tuple(i for i in preset(by, field).items if find(i.card.partition("?")[0]).table in filled)
    )


@versioned("records", "letters", "hot_issues", "cascades")
def _filled(library: Library) -> frozenset[str]:
    """Return the tables of which whoever asks sees a row."""
    tables = [
        name
        for name in ("records", "letters", "hot_issues", "cascades")
        if not library.scope.shows_nothing_of(name)
    ]
    return frozenset(name for name in tables if select(name, library.home.uri).n_all)


def unsaved_board(library: Library, by: Subject, field: str = "") -> Board:
    """Return the page of who never changed it: the preset, whatever it is by then."""
    return Board(
        UNSAVED,
        by.account,
        by.name,
        title_of(by, field),
        field,
        0,
        None,
        own_preset(library, by, field),
        now(),
    )


def shown_cards(content: Content, state: Hashable) -> list[Shown]:
    """Return the cards of a board; the first, and what is kept already, with what they show, as long as the page stays small."""
    found, room, section = [], FIRST_BYTES, ""
    order = {key: at for at, key in enumerate(content.on_phone)}
    for at, item in enumerate(content.items):
        still, (card, refusal) = None, known_card(item.card)
        if card is not None and room > 0 and (at < FIRST_CARDS or is_made(item.card, state)):
            still, refusal = card_or_why(item.card, state)
            room -= len(still.body.encode()) if still is not None else 0
        found.append(Shown(item, card, still, refusal, order[item.key], item.section != section))
        section = item.section
    return found


def known_card(address: str) -> tuple[Card | None, str]:
    """Return the card of an address, or why there is none: a board outlives cards and filters that are taken out."""
    name, _, query = address.partition("?")
    try:
        card = find(name)
    except FactsError:
        return None, "这张图卡已不再提供，请在编排中移除"
    try:
        refuse_unknown(card, parse(query))
    except FactsError as error:
        return None, str(error)
    return card, ""


def card_or_why(address: str, state: Hashable) -> tuple[StillCard | None, str]:
    """Return what a card shows, or why it cannot be shown to this person."""
    card, refusal = known_card(address)
    if card is None:
        return None, refusal
    try:
        return still_card(address, state), ""
    except NotAllowedError:
        return None, "您的可见范围内没有这类数据"
    except FactsError as error:
        return None, str(error)


def receive_dismissal(library: Library, form: Mapping[str, str]) -> str:
    """Dismiss a change, or take that back; return the address to go to.

    Raises:
        ValueError: the form says nothing of the kind.
    """
    desk, by, change = open_desk(library.home), who_asks(), form.get("change", "")
    if form.get("do") == "dismiss":
        dismiss(desk, by.account, change, at=now())
        return f"./?dismissed={quote(change)}"
    if form.get("do") == "undismiss":
        undismiss(desk, by.account, change)
        return "./"
    raise ValueError("没有这项操作")


def prepare_boards(people: Sequence[Subject]) -> None:
    """Make what the presets of some people show beforehand, so that the first of them in the morning does not wait."""
    for by in people:
        with entered(by), gathered():  # nobody reads what is made here
            seen = open_library()
            what_changed(seen, open_desk(seen.home), by, None, at=now())
            for item in own_preset(seen, by).items:
                card_or_why(item.card, state_of(seen))
