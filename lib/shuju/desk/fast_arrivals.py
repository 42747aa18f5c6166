"""What comes into the fast channel: letters and suggestions of its classes are taken in as they reach the library, not when somebody looks.

Their clock runs from then. What the source has answered meanwhile waits for nobody's word any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from shuju.desk.fast_channel import WHAT
from shuju.desk.fast_classes import Class, classes_of
from shuju.desk.fast_endings import Replied, note_replied
from shuju.desk.store import writing
from shuju.desk.tables.fast_channel import matters
from shuju.desk.tasks.due import dues
from shuju.desk.terms import Terms
from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.library.scope import EVERYTHING

KEYS = {"letters": ("letter_id", "written_at"), "suggestions": ("suggestion_id", "submitted_at")}
Versions = tuple[int, ...]
m = matters.c


def take_in_new(
    library: Library, desk: Engine, terms: Terms, *, at: dt.datetime, seen: Versions = ()
) -> Versions:
    """Take in what came since the tables had the versions ``seen``; return those that they have. Nothing is read where none moved.

    O(files of the tables, rows of the days that the classes look back, matters that wait).
    """
    whole = library.limited_to(EVERYTHING)
    versions = tuple(whole.version_of(table) for table in KEYS)
    if versions != seen:
        take_in(desk, [row for one in classes_of(library.home) for row in arrivals(whole, one)], terms, at=at)
        note_replied(desk, list(_replied(whole, desk)), at=at)
    return versions


def take_in(desk: Engine, rows: list[dict[str, Any]], terms: Terms, *, at: dt.datetime) -> int:
    """Put letters and suggestions on the leader's page that are not there yet; return how many. O(rows).

    Terms run from ``came_at`` of a row, where that is told, else from ``at``.
    """
    try:
        return _take_in(desk, rows, terms, at)
    except IntegrityError:  # another process was taking in the same
        return _take_in(desk, rows, terms, at)


def arrivals(library: Library, one: Class) -> Iterator[dict[str, Any]]:
    """Yield the letters or suggestions of a class that are not answered, of the days before the newest of its table.

    O(files, rows of these days).
    """
    key, time = KEYS[one.table]
    stored = library.stored(one.table).refresh()
    newest = max((file.high[time] for file in stored.files() if time in file.high), default=None)
    if newest is None:
        return
    since = pd.Timestamp(newest) - pd.Timedelta(days=one.days)
    extra = ["member"] if one.table == "suggestions" else []
    columns = [key, "title", time, "region_code", "topic_1", "source", "ingested_at", *extra]
    where: list[tuple[str, str, Any]] = [(time, ">=", since.to_pydatetime()), ("replied_at", "is null", None)]
    where += [("channel", "in", one.channels)] if one.channels else []
    for row in library.read(one.table, columns, where).to_dict("records"):
        source = library.catalog.sources.get(row["source"])
        yield {
            "kind": one.table, "source_id": row[key], "class_name": one.name, "title": row["title"], "sender": _text(row.get("member")),
            "region_code": _text(row["region_code"]), "topic": _text(row["topic_1"]), "written_at": _moment(row[time]),
            "came_at": _moment(row["ingested_at"]), "is_synthetic": source is not None and source.synthetic,
        }  # fmt: skip


def _take_in(desk: Engine, rows: Iterable[dict[str, Any]], terms: Terms, at: dt.datetime) -> int:
    n = 0
    with writing(desk) as connection:
        known = {tuple(row) for row in connection.execute(select(m.kind, m.source_id))}
        for row in rows:
            if (row["kind"], row["source_id"]) in known:
                continue
            came_at = row.get("came_at", at)
            due = dues(terms, WHAT, came_at)
            begun = {"seq": 0, "state": "waiting", "answer": "", "is_published": False, "came_at": came_at}
            clock = {"reply_due": due.reply, "result_due": due.result}
            connection.execute(insert(matters).values({**row, **begun, **clock, "title": row["title"][:500]}))
            n += 1
    return n


def _replied(library: Library, desk: Engine) -> Iterator[Replied]:
    """Yield what of the matters that are not answered yet the source has answered. O(such matters)."""
    with desk.connect() as connection:
        waits = connection.execute(select(m.id, m.kind, m.source_id).where(m.state != "answered")).all()
    for table, (key, _) in KEYS.items():
        own = {row.source_id: row.id for row in waits if row.kind == table}
        if not own or library.version_of(table) < 0:
            continue
        hashed = hash_columns(pa.table({key: pa.array(list(own), pa.string())})).tolist()
        for row in library.take(table, hashed, [key, "reply", "replied_at", "department"]).to_pylist():
            if row["replied_at"] is not None and row[key] in own:
                yield Replied(own[row[key]], row["reply"] or "", row["replied_at"], row["department"] or "")


def _moment(at: Any) -> dt.datetime:
    return pd.Timestamp(at).to_pydatetime()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
