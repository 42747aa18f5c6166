"""Playlists (播放列表) of big screens: cards and pages one after the other, kept for their owner."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from sqlalchemy import Engine, Row, insert, select, update

from shuju.desk.tables.screens import playlists

MOST_ITEMS, LONGEST_NAME, MOST = 30, 60, 50
SECONDS = (5, 600)  # how long one picture may stand
p = playlists.c


class PlaylistError(ValueError):
    """A playlist cannot be so; the message is Chinese."""


@dataclass(frozen=True)
class Playlist:
    """A list: ``items`` are addresses of cards (``card/letters.map?topic=…``), pages, or presets; each stands ``seconds``."""

    id: int
    account: str
    name: str
    items: tuple[str, ...]
    seconds: int


def save_playlist(
    desk: Engine,
    account: str,
    name: str,
    items: tuple[str, ...],
    seconds: int,
    *,
    number: int = 0,
    at: dt.datetime,
) -> int:
    """Keep a playlist of somebody, a new one or in the place of theirs of this ``number``; return its number.

    Raises:
        PlaylistError: it has no name or nothing in it, too much, or stands too short or too long; there is none of theirs.
    """
    name = " ".join(name.replace("\0", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise PlaylistError(f"请给播放列表起个名字，最多 {LONGEST_NAME} 个字")
    if not 0 < len(items) <= MOST_ITEMS:
        raise PlaylistError(f"播放列表应有 1 至 {MOST_ITEMS} 项")
    if not SECONDS[0] <= seconds <= SECONDS[1]:
        raise PlaylistError(f"每页停留应在 {SECONDS[0]} 至 {SECONDS[1]} 秒之间")
    values = {"name": name, "items": json.dumps(items, ensure_ascii=False), "seconds": seconds, "at": at}
    if not number and len(list_playlists(desk, account)) >= MOST:
        raise PlaylistError(f"最多 {MOST} 个播放列表，请先删除不用的")
    with desk.begin() as connection:
        if not number:
            made = connection.execute(insert(playlists).values(**values, account=account))
            return made.inserted_primary_key[0]
        if not connection.execute(update(playlists).where(*_own(account, number)).values(values)).rowcount:
            raise PlaylistError("没有这个播放列表")
    return number


def end_playlist(desk: Engine, account: str, number: int, *, at: dt.datetime) -> None:
    """Take a playlist of somebody away.

    Raises:
        PlaylistError: there is none of theirs.
    """
    with desk.begin() as connection:
        if not connection.execute(
            update(playlists).where(*_own(account, number)).values(ended_at=at)
        ).rowcount:
            raise PlaylistError("没有这个播放列表")


def list_playlists(desk: Engine, account: str) -> list[Playlist]:
    """Return the playlists of somebody, the newest first."""
    wanted = select(playlists).where(p.account == account, p.ended_at.is_(None)).order_by(p.id.desc())
    with desk.connect() as connection:
        return [_playlist(row) for row in connection.execute(wanted)]


def find_playlist(desk: Engine, account: str, number: int) -> Playlist | None:
    """Return a playlist of somebody, None if there is none."""
    return next((one for one in list_playlists(desk, account) if one.id == number), None)


def playlist_numbered(desk: Engine, number: int) -> Playlist | None:
    """Return a playlist whosever it is: that which a device was given."""
    with desk.connect() as connection:
        row = connection.execute(select(playlists).where(p.id == number, p.ended_at.is_(None))).first()
    return None if row is None else _playlist(row)


def _own(account: str, number: int):
    return p.id == number, p.account == account, p.ended_at.is_(None)


def _playlist(row: Row) -> Playlist:
    return Playlist(row.id, row.account, row.name, tuple(json.loads(row.items)), row.seconds)
