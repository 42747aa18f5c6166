"""Who else sees a board: people it was shared with, an organisation it was published for; each of them under their own sight.

They read it and may copy it; nobody changes another person's board.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, delete, insert, select

from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.accounts import find_account
from shuju.desk.boards import Board, change_board, find_boards
from shuju.desk.organisations import all_organisations, find_organisation
from shuju.desk.tables.boards import board_shares, boards

s, b = board_shares.c, boards.c
MOST_SHARES = 200


def share_board(desk: Engine, board: Board, account: str, *, at: dt.datetime) -> str:
    """Let another account see a board; return what its owner is called.

    Raises:
        ValueError: no such account, one's own, or too many.
    """
    found = find_account(desk, account)
    if found.account == board.owner:
        raise ValueError("这是您自己的首页")
    with desk.begin() as connection:
        known = set(connection.execute(select(s.account).where(s.board_id == board.id)).scalars())
        if len(known) >= MOST_SHARES:
            raise ValueError(f"最多共享给 {MOST_SHARES} 人，可改为向机构发布")
        if found.account not in known:
            connection.execute(
                insert(board_shares).values(board_id=board.id, account=found.account, since=at)
            )
    return found.name


def unshare_board(desk: Engine, board: Board, account: str) -> None:
    """Take a board from somebody it was shared with."""
    with desk.begin() as connection:
        connection.execute(delete(board_shares).where(s.board_id == board.id, s.account == account))


def shares_of(desk: Engine, board: Board) -> list[str]:
    """Return the accounts a board is shared with, by name."""
    with desk.connect() as connection:
        return list(
            connection.execute(select(s.account).where(s.board_id == board.id).order_by(s.account)).scalars()
        )


def publish_board(desk: Engine, board: Board, organisation: str) -> str:
    """Publish a board for an organisation and all below it, told by name or number; an empty name takes it back. Return its name.

    Raises:
        ValueError: no such organisation.
    """
    found = find_organisation(desk, organisation) if organisation.strip() else None
    change_board(desk, board, published_to=None if found is None else found.id)
    return "" if found is None else found.name


def visible_board(desk: Engine, by: Subject, board_id: int) -> Board:
    """Return a board that somebody may look at: their own, one shared with them, one published for their organisation.

    Raises:
        NotAllowedError: there is none that they may look at; what is there and what is not are told alike.
    """
    found = next(iter(find_boards(desk, b.id == board_id)), None)
    if found is None or not (
        found.owner == by.account or found.id in {one.id for one in boards_shown_to(desk, by)}
    ):
        raise NotAllowedError("没有这个首页，或没有共享给您")
    return found


def boards_shown_to(desk: Engine, by: Subject) -> list[Board]:
    """Return the boards of others that somebody may look at. O(organisations)."""
    shared = b.id.in_(select(s.board_id).where(s.account == by.account))
    published = b.published_to.in_(sorted(_above(desk, by)))
    return find_boards(desk, b.owner != by.account, shared | published)


def _above(desk: Engine, by: Subject) -> set[int]:
    """Return the organisation of a person and all above it; who belongs to none (a leader) is of the topmost."""
    every = {one.id: one for one in all_organisations(desk)}
    at = (
        by.organisation_id
        if by.organisation_id is not None
        else next((o.id for o in every.values() if o.parent_id is None), None)
    )
    found: set[int] = set()
    while at is not None and at in every:
        found.add(at)
        at = every[at].parent_id
    return found
