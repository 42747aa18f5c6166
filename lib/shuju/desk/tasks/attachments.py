"""Attachments (附件) of tasks: kept once by their SHA-256 beside the tasks, so that a backup of the desk holds them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select

from shuju.access.subject import Subject
from shuju.desk.tables.tasks import attachments, blobs
from shuju.desk.tasks.commands import NoTaskError, allowed, once, seen_task
from shuju.desk.tasks.journal import TaskError, command, go_on
from shuju.desk.tasks.parts import organisations_seen
from shuju.desk.tasks.record import Task
from shuju.desk.terms import Terms

MOST_BYTES = 50 << 20
PART_BYTES = 1 << 20
# What a browser may show in place, by how such a file begins; anything else is only saved.
SHOWN = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"%PDF-": "application/pdf",
}
_a = attachments.c


@dataclass(frozen=True)
class Attachment:
    """One file of a task; ``kind`` is what it can be shown as, ``application/octet-stream`` if it can only be saved."""

    id: int
    task_id: int
    seq: int
    name: str
    kind: str
    size: int
    sha256: str
    at: dt.datetime
    who: str


def attach(
    desk: Engine,
    task_id: int,
    name: str,
    content: bytes,
    *,
    by: Subject,
    command_id: str,
    at: dt.datetime,
    terms: Terms,
) -> Task:
    """Add a file to a task; a file that is there already, with any task, is kept once.

    Raises:
        NoTaskError: there is no such task, or it is not seen.
        TaskError: no name, an empty file, one that is too large, or the task is over.
        NotAllowedError: it is not this person's to do.
    """
    name = " ".join(name.replace("\0", "").replace("/", "／").replace("\\", "＼").split())[-200:]
    if not name:
        raise TaskError("文件没有名字")
    if not 0 < len(content) <= MOST_BYTES:
        raise TaskError(f"文件应为 1 字节至 {MOST_BYTES >> 20} MB")
    digest = hashlib.sha256(content).hexdigest()
    asked = command(
        command_id, ("attach", task_id, {"file": digest, "name": name}), by=by, at=at, terms=terms
    )
    organisations = organisations_seen(desk, by)

    def do(connection: Connection) -> Task:
        task = seen_task(connection, task_id, organisations)
        transition = allowed(task, "attach", by)
        given = {"file": digest, "name": name, "size": len(content)}
        done = go_on(connection, asked, task, "attach", transition.to, given=given, changes={})
        kept = {
            "task_id": task_id,
            "seq": done.seq,
            "name": name,
            "kind": kind_of(content),
            "size": len(content),
            "sha256": digest,
        }
        connection.execute(insert(attachments).values(**kept, at=at, who=by.account))
        _keep(connection, digest, content)
        return done

    return once(desk, asked, do)


def attachments_of(desk: Engine, task_id: int) -> list[Attachment]:
    """Return the files of a task, the first first; the task must be one that may be seen."""
    with desk.connect() as connection:
        rows = connection.execute(select(attachments).where(_a.task_id == task_id).order_by(_a.id))
        return [Attachment(*row) for row in rows]


def find_attachment(desk: Engine, attachment_id: int, by: Subject) -> Attachment:
    """Return a file by its number, if somebody sees its task.

    Raises:
        NoTaskError: there is none, or its task is not seen.
    """
    organisations = organisations_seen(desk, by)
    with desk.connect() as connection:
        row = (
            connection.execute(select(attachments).where(_a.id == attachment_id)).first()
            if attachment_id < 2**31
            else None
        )
        if row is None:
            raise NoTaskError("没有这个附件，或不在可见范围")
        seen_task(connection, row.task_id, organisations, is_locked=False)
        return Attachment(*row)


def parts_of_file(desk: Engine, sha256: str) -> Iterator[bytes]:
    """Yield a file in pieces of at most ``PART_BYTES``."""
    number = 0
    while True:
        with desk.connect() as connection:
            wanted = select(blobs.c.content).where(blobs.c.sha256 == sha256, blobs.c.part == number)
            content = connection.execute(wanted).scalar()
        if content is None:
            return
        yield bytes(content)
        number += 1


def kind_of(content: bytes) -> str:
    """Return what a file can be shown as, by its first bytes."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    found = (kind for start, kind in SHOWN.items() if content.startswith(start))
    return next(found, "application/octet-stream")


def keep_content(connection: Connection, content: bytes) -> str:
    """Keep a file, once whatever it belongs to; return its SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    _keep(connection, digest, content)
    return digest


def _keep(connection: Connection, sha256: str, content: bytes) -> None:
    if connection.execute(select(blobs.c.part).where(blobs.c.sha256 == sha256).limit(1)).first() is not None:
        return
    for number, begin in enumerate(range(0, len(content), PART_BYTES)):
        part = content[begin : begin + PART_BYTES]
        connection.execute(insert(blobs).values(sha256=sha256, part=number, content=part))
