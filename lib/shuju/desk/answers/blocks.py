"""Blocks of text (常用语) that answers are put together from: a short list that ships, and those of one's own organisation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML
from sqlalchemy import Engine, func, insert, select, update

from shuju.access.roles import HANDLE
from shuju.access.subject import NotAllowedError, Subject
from shuju.desk.tables.answers import text_blocks
from shuju.desk.tasks.journal import TaskError

PLACE = Path(__file__).with_name("text_blocks.yaml")
MOST, LONGEST_TITLE, LONGEST_TEXT = 50, 40, 1000
b = text_blocks.c


@dataclass(frozen=True)
class Block:
    """A block of text; ``id`` is None of one that ships."""

    id: int | None
    title: str
    text: str


@cache
def shipped_blocks() -> tuple[Block, ...]:
    """Return the blocks that ship, as ``text_blocks.yaml`` has them."""
    rows = YAML(typ="safe").load(PLACE.read_text(encoding="utf-8"))
    return tuple(Block(None, row["title"], row["text"]) for row in rows)


def own_blocks(desk: Engine, by: Subject) -> list[Block]:
    """Return the blocks of somebody's organisation, the first first; none of who belongs to none."""
    wanted = select(b.id, b.title, b.text).where(
        b.organisation_id == by.organisation_id, b.ended_at.is_(None)
    )
    with desk.connect() as connection:
        return [Block(*row) for row in connection.execute(wanted.order_by(b.id))]


def add_block(desk: Engine, title: str, text: str, *, by: Subject, at: dt.datetime) -> None:
    """Keep a block for one's organisation.

    Raises:
        TaskError: title or text is missing or too long, or there are ``MOST``.
        NotAllowedError: who asks belongs to no organisation.
    """
    number = _own(by)
    title, text = " ".join(title.split()), text.replace("\0", "").strip()
    if not 0 < len(title) <= LONGEST_TITLE or not 0 < len(text) <= LONGEST_TEXT:
        raise TaskError(f"常用语须有名称（至多 {LONGEST_TITLE} 字）和内容（至多 {LONGEST_TEXT:,} 字）")
    row = {"organisation_id": number, "title": title, "text": text, "at": at, "who": by.account}
    with desk.begin() as connection:
        here = (b.organisation_id == number) & b.ended_at.is_(None)
        if connection.execute(select(func.count()).select_from(text_blocks).where(here)).scalar_one() >= MOST:
            raise TaskError(f"一个单位至多 {MOST} 条常用语")
        connection.execute(insert(text_blocks).values(**row))


def end_block(desk: Engine, block_id: int, *, by: Subject, at: dt.datetime) -> None:
    """Use a block of one's organisation no longer.

    Raises:
        TaskError: there is none of this number.
    """
    here = (b.id == block_id) & (b.organisation_id == _own(by)) & b.ended_at.is_(None)
    with desk.begin() as connection:
        if connection.execute(update(text_blocks).where(here).values(ended_at=at)).rowcount != 1:
            raise TaskError("没有这条常用语")


def _own(by: Subject) -> int:
    if not by.may(HANDLE) or by.organisation_id is None:
        raise NotAllowedError("常用语由承办部门自己管理")
    return by.organisation_id
