"""Boards (我的首页): which cards somebody has on their page, in which order and size; every change is a version that stays.

A board is changed by whoever owns it, from the version that they saw: where another tab was faster nothing is written, and both
arrangements are still there. Undoing and restoring append a version, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, insert, select, update

from shuju.desk.board_content import LONGEST, Content, checked, content_text, read_content
from shuju.desk.store import writing
from shuju.desk.tables.boards import board_versions, boards

MOST_BOARDS = 30
b, v = boards.c, board_versions.c


class NoBoardError(ValueError):
    """There is no such board, or it is not this person's; the message is Chinese."""


class BoardConflictError(ValueError):
    """The board was changed meanwhile; ``version`` is its newest."""

    def __init__(self, version: int):
        """Take the newest version."""
        super().__init__("这个首页已在别处改过，您的改动还没有保存；两边的安排都没有丢")
        self.version = version


@dataclass(frozen=True)
class Board:
    """A board as it is now; ``field`` is what its owner is in charge of, ``published_to`` the organisation that may see it."""

    id: int
    owner: str
    owner_name: str
    name: str
    field: str
    version: int
    published_to: int | None
    content: Content
    at: dt.datetime


@dataclass(frozen=True)
class Version:
    """One state of a board: ``told`` says what was done, ``restores`` which earlier state it is again."""

    version: int
    content: Content
    told: str
    restores: int | None
    at: dt.datetime


def boards_of(desk: Engine, owner: str) -> list[Board]:
    """Return the boards of an account, the first made first: that is its page."""
    with desk.connect() as connection:
        return [board_of(row) for row in connection.execute(_newest(b.owner == owner))]


def own_board(desk: Engine, owner: str, board_id: int) -> Board:
    """Return a board of its owner.

    Raises:
        NoBoardError: it is not theirs.
    """
    with desk.connect() as connection:
        return _own(connection, owner, board_id)


def make_board(
    desk: Engine,
    owner: tuple[str, str],
    name: str,
    content: Content,
    field: str = "",
    *,
    told: str,
    at: dt.datetime,
) -> Board:
    """Make a board of an account (its name, and what the person is called); return it.

    Raises:
        ValueError: no name, too many boards, or what is on it makes no sense.
    """
    name, content = board_name(name), checked(content)
    with writing(desk) as connection:
        if (
            len(connection.execute(select(b.id).where(b.owner == owner[0], b.deleted_at.is_(None))).all())
            >= MOST_BOARDS
        ):
            raise ValueError(f"最多 {MOST_BOARDS} 个首页，请先删除不用的")
        row = {
            "owner": owner[0],
            "owner_name": owner[1],
            "name": name,
            "field": field,
            "version": 1,
            "made_at": at,
        }
        (board_id,) = connection.execute(insert(boards).values(**row)).inserted_primary_key
        _append(connection, board_id, 1, content, told, None, at)
        return _own(connection, owner[0], board_id)


def save_board(desk: Engine, board: Board, content: Content, *, told: str, at: dt.datetime) -> Board:
    """Write what is on a board, from the version that ``board`` is; return it as it is then.

    Raises:
        BoardConflictError: it was changed meanwhile; nothing is written.
        ValueError: what is on it makes no sense.
    """
    return _write(desk, board, lambda _: (checked(content), None), told, at)


def restore_board(desk: Engine, board: Board, version: int, *, at: dt.datetime) -> Board:
    """Make an earlier version the newest again; what was between stays in the history.

    Raises:
        BoardConflictError: it was changed meanwhile.
        NoBoardError: it has no such version.
    """

    def earlier(connection: Connection) -> tuple[Content, int]:
        row = connection.execute(
            select(v.content).where(v.board_id == board.id, v.version == version)
        ).first()
        if row is None:
            raise NoBoardError(f"没有第 {version} 版")
        return read_content(row.content), version

    return _write(desk, board, earlier, f"恢复到第 {version} 版", at)


def undo_board(desk: Engine, board: Board, *, at: dt.datetime) -> Board:
    """Take back the newest change that was not taken back yet: undoing twice goes back two changes.

    Raises:
        BoardConflictError: it was changed meanwhile.
        NoBoardError: nothing is left to take back.
    """
    known, at_version = {one.version: one.restores for one in history(desk, board.id)}, board.version
    while (restored := known.get(at_version)) is not None:
        at_version = restored
    if at_version <= 1:
        raise NoBoardError("没有可以撤销的改动")
    return restore_board(desk, board, at_version - 1, at=at)


def history(desk: Engine, board_id: int) -> list[Version]:
    """Return all versions of a board, the newest first."""
    wanted = select(board_versions).where(v.board_id == board_id).order_by(v.version.desc())
    with desk.connect() as connection:
        return [
            Version(row.version, read_content(row.content), row.told, row.restores, row.at)
            for row in connection.execute(wanted)
        ]


def change_board(desk: Engine, board: Board, **values: object) -> None:
    """Change what is not arranged: ``name``, ``field``, ``published_to``, ``deleted_at`` of a board of its owner.

    Raises:
        NoBoardError: it is not there any more.
    """
    here = (b.id == board.id) & (b.owner == board.owner)
    with desk.begin() as connection:
        if not connection.execute(update(boards).where(here).values(**values)).rowcount:
            raise NoBoardError("没有这个首页")


def find_boards(desk: Engine, *conditions: object) -> list[Board]:
    """Return the boards for which some conditions on their columns hold."""
    with desk.connect() as connection:
        return [board_of(row) for row in connection.execute(_newest(*conditions))]


def board_name(name: str) -> str:
    """Return a board's name on one line.

    Raises:
        ValueError: there is none, or it is too long.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST["title"]:
        raise ValueError(f"首页的名称须为 1 至 {LONGEST['title']} 个字")
    return name


def board_of(row: Row) -> Board:
    """Return a board from its row beside that of its newest version."""
    return Board(
        row.id, row.owner, row.owner_name, row.name, row.field, row.version, row.published_to, read_content(row.content), row.at
    )  # fmt: skip


def _newest(*conditions: object) -> object:
    wanted = select(boards, v.content, v.at).join(
        board_versions, (v.board_id == b.id) & (v.version == b.version)
    )
    return wanted.where(b.deleted_at.is_(None), *conditions).order_by(b.id)


def _own(connection: Connection, owner: str, board_id: int) -> Board:
    row = connection.execute(_newest(b.owner == owner, b.id == board_id)).first()
    if row is None:
        raise NoBoardError("没有这个首页，或不是您的")
    return board_of(row)


Made = Callable[[Connection], tuple[Content, int | None]]


def _write(desk: Engine, board: Board, make: Made, told: str, at: dt.datetime) -> Board:
    """Append a version in one transaction with the number of the newest, if that is still the one that was seen."""
    here = (b.id == board.id) & (b.owner == board.owner) & b.deleted_at.is_(None)
    with writing(desk) as connection:
        is_unchanged = b.version == board.version
        if not connection.execute(
            update(boards).where(here, is_unchanged).values(version=board.version + 1)
        ).rowcount:
            raise BoardConflictError(_own(connection, board.owner, board.id).version)
        content, restores = make(connection)
        _append(connection, board.id, board.version + 1, content, told, restores, at)
        return _own(connection, board.owner, board.id)


def _append(connection: Connection, *row: object) -> None:
    names: Sequence[str] = ("board_id", "version", "content", "told", "restores", "at")
    values = dict(zip(names, row, strict=True))
    values["content"] = content_text(values["content"])  # type: ignore[arg-type]
    values["told"] = str(values["told"])[:200]
    connection.execute(insert(board_versions).values(**values))
