"""What is done to one's board from a page: a card pinned, an arrangement saved, a change taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from shuju.access import Subject
from shuju.clock import now
from shuju.desk.board_content import read_content
from shuju.desk.boards import Board, boards_of, make_board, own_board, restore_board, save_board, undo_board
from shuju.desk.store import open_desk
from shuju.facts.cards import find
from shuju.facts.schema import FactsError
from shuju.library import Library
from shuju.mine.presets import title_of
from shuju.pages.mine.my_page import UNSAVED, own_preset
from shuju.pages.tasks.assigning import who_asks
from shuju.ui.cards.address import asked
from shuju.ui.templates import render


@dataclass(frozen=True)
class Done:
    """What became of it: the board as it is now, what is said of it, and the same as HTML for a page that stays."""

    board: Board
    told: str
    html: str


def receive_change(library: Library, form: Mapping[str, str]) -> Done:
    """Do what a form says to a board of whoever asks: ``pin``, ``unpin``, ``arrange``, ``undo``, ``restore``.

    Raises:
        BoardConflictError: the board was changed meanwhile; nothing is written.
        ValueError: it cannot be done; the message says why.
        NotAllowedError: the visitor sees nothing of the card's table.
    """
    desk, by = open_desk(library.home), who_asks()
    match form.get("do"):
        case "pin":
            return _pin(library, by, form)
        case "arrange":
            board = _seen(library, by, form)
            saved = save_board(
                desk,
                board,
                read_content(form.get("content", "")),
                told=form.get("told", "")[:60] or "编排",
                at=now(),
            )
            return Done(saved, "已保存", "")
        case "undo" | "unpin":
            saved = undo_board(desk, _seen(library, by, form), at=now())
            return Done(saved, "已撤销", render("mine/undone.html", board=saved))
        case "restore":
            saved = restore_board(desk, _seen(library, by, form), number_of(form, "to"), at=now())
            return Done(saved, f"已恢复到第 {number_of(form, 'to')} 版", "")
    raise ValueError("没有这项操作")


def pinned_address(name: str, query: str) -> str:
    """Return the address of a card with those filters and options of a page's query that are the card's.

    Raises:
        FactsError: no such card, filter or option.
        NotAllowedError: the visitor sees nothing of its table.
    """
    card = find(name)
    given = {key: value for key, value in parse_qsl(query.lstrip("?")) if value}
    selection, _ = asked(card, given)
    kept = {key: value for key, value in given.items() if key in (*selection.filter_names(), *card.options)}
    return f"{card.name}?{urlencode(kept, safe=',_')}" if kept else card.name


def saved_board(library: Library, by: Subject, board_id: int) -> Board:
    """Return a board of somebody that can be changed: of who never changed theirs, the preset is kept first.

    Raises:
        NoBoardError: it is not theirs.
    """
    desk = open_desk(library.home)
    if board_id != UNSAVED:
        return own_board(desk, by.account, board_id)
    own = boards_of(desk, by.account)
    return (
        own[0]
        if own
        else make_board(
            desk, (by.account, by.name), title_of(by), own_preset(library, by), told="预设", at=now()
        )
    )


def number_of(form: Mapping[str, str], name: str) -> int:
    """Return a number of a form.

    Raises:
        ValueError: it is none.
    """
    text = form.get(name, "")
    if not (text.isdecimal() and len(text) < 10):
        raise ValueError("编号不对")
    return int(text)


def _pin(library: Library, by: Subject, form: Mapping[str, str]) -> Done:
    name, _, own = form.get("card", "").partition("?")
    try:
        address = pinned_address(name, f"{own}&{form.get('query', '').lstrip('?')}")
    except FactsError as error:
        raise ValueError(str(error)) from error
    board = saved_board(library, by, number_of(form, "board") if form.get("board") else UNSAVED)
    title = form.get("title", "")
    content = board.content.with_card(address, title)
    told = f"固定 {title or find(name).title}"
    saved = save_board(open_desk(library.home), board, content, told=told, at=now())
    return Done(saved, told, render("mine/pinned.html", board=saved, title=title or find(name).title))


def _seen(library: Library, by: Subject, form: Mapping[str, str]) -> Board:
    """Return the board of a form in the version that its sender saw."""
    board = saved_board(library, by, number_of(form, "board"))
    seen = number_of(form, "version")
    # A page that still was the preset saw what is the first version now.
    return replace(board, version=max(seen, 1))
