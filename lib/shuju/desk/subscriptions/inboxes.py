"""Somebody's inbox (收件箱): what subscriptions told them, read or not; and the same as messages for mail and webhooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from shuju.access.subject import Subject
from shuju.desk.store import writing
from shuju.desk.subscriptions.record import ACTIVE, unsubscribe_name
from shuju.desk.tables.accounts import accounts
from shuju.desk.tables.subscriptions import inbox, subscriptions
from shuju.desk.tables.tasks import attachments, blobs

MOST_SHOWN = 100
KEPT = dt.timedelta(days=90)
i = inbox.c


@dataclass(frozen=True)
class Letter:
    """One message in an inbox: ``address`` leads to the card with its filters; ``file_name`` is empty where it has no file."""

    id: int
    subscription_id: int
    title: str
    text: str
    address: str
    at: dt.datetime
    read_at: dt.datetime | None
    file_name: str


def list_inbox(desk: Engine, by: Subject, *, n: int = MOST_SHOWN, before: int = 0) -> list[Letter]:
    """Return the newest messages that somebody got in their present role, the newest first; ``before`` a message for older ones."""
    wanted = select(i.id, i.subscription_id, i.title, i.text, i.address, i.at, i.read_at, i.file_name).where(
        *_of(by)
    )
    if before:
        wanted = wanted.where(i.id < before)
    with desk.connect() as connection:
        return [Letter(*row) for row in connection.execute(wanted.order_by(i.id.desc()).limit(n))]


def n_unread(desk: Engine, by: Subject) -> int:
    """Return how many messages somebody has not read."""
    with desk.connect() as connection:
        return connection.execute(select(func.count()).where(*_of(by), i.read_at.is_(None))).scalar_one()


def mark_read(desk: Engine, by: Subject, upto: int, *, at: dt.datetime) -> int:
    """Note that somebody has read all up to a message; return how many were new."""
    with desk.begin() as connection:
        here = update(inbox).where(*_of(by), i.read_at.is_(None), i.id <= upto)
        return connection.execute(here.values(read_at=at)).rowcount


def forget_old(desk: Engine, *, at: dt.datetime) -> int:
    """Delete the messages that are older than ``KEPT``, their pictures and files; return how many. O(1) where there is none."""
    with desk.connect() as connection:
        oldest = connection.execute(select(i.at).order_by(i.id).limit(1)).scalar()
    if oldest is None or at - oldest < KEPT:
        return 0
    with writing(desk) as connection:
        is_old = i.at < at - KEPT
        kept = {
            name
            for row in connection.execute(select(i.picture, i.file).where(is_old))
            for name in row
            if name
        }
        n = connection.execute(delete(inbox).where(is_old)).rowcount
        for column in (i.picture, i.file, attachments.c.sha256):
            kept -= set(connection.execute(select(column).where(column.in_(kept))).scalars())
        connection.execute(delete(blobs).where(blobs.c.sha256.in_(kept)))
    return n


def file_of(desk: Engine, by: Subject, number: int) -> tuple[str, str] | None:
    """Return the name of the file of a message that somebody got in their present role, and its SHA-256; None where there is none."""
    wanted = select(i.file_name, i.file).where(*_of(by), i.id == number, i.file != "")
    with desk.connect() as connection:
        row = connection.execute(wanted).first() if number < 2**31 else None
    return None if row is None else (row.file_name, row.file)


def letters_of(connection: Connection, row: Row) -> Sequence[Row]:
    """Return what a message of the outbox tells: one message of an inbox, or those of a digest; not of who unsubscribed meanwhile."""
    here = i.message_id == row.message_id if row.kind == "alert" else i.digest_id == row.message_id
    is_disabled = select(accounts.c.id).where(
        accounts.c.account == i.account, accounts.c.disabled_at.is_not(None)
    )
    wanted = (
        select(inbox)
        .join(subscriptions, subscriptions.c.id == i.subscription_id)
        .where(here, subscriptions.c.state == ACTIVE, ~is_disabled.exists())
    )
    return connection.execute(wanted.order_by(i.id)).all()


def text_of(letters: Sequence[Row], base: str) -> str:
    """Return the text of a message, with links to each card and to end each subscription."""
    return "\n".join(
        f"{one.title}\n{one.text}\n查看：{base}{one.address.removeprefix('./')}\n"
        f"退订：{base}unsubscribe/{unsubscribe_name(one.subscription_id)}\n"
        for one in letters
    )


def _of(by: Subject):
    place = (
        i.organisation_id.is_(None) if by.organisation_id is None else i.organisation_id == by.organisation_id
    )
    return i.account == by.account, i.role == by.role, place
