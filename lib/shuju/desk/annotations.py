"""Annotations (注记) of time lines: a day or a span with a few words, of a table and some filters; for oneself, an organisation, or all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, Row, func, insert, select, update

from shuju.access.subject import Subject
from shuju.desk.tables.annotations import annotations

PRIVATE, ORGANISATION, ALL = "private", "organisation", "all"
REACHES: Mapping[str, str] = {PRIVATE: "仅自己", ORGANISATION: "本单位", ALL: "所有人"}
LONGEST, MOST_SHOWN = 100, 60
c = annotations.c


class AnnotationError(ValueError):
    """An annotation cannot be so; the message is Chinese."""


@dataclass(frozen=True)
class Annotation:
    """One annotation: ``filters`` are labels by dimension; it belongs to charts that chose these, where there are none to all of the table."""

    id: int
    account: str
    name: str
    reach: str
    table: str
    filters: Mapping[str, Sequence[str]]
    first_day: dt.date
    last_day: dt.date
    text: str

    @property
    def days_told(self) -> str:
        """The day, or the first and the last."""
        return (
            f"{self.first_day}" if self.first_day == self.last_day else f"{self.first_day} 至 {self.last_day}"
        )


def annotate(
    desk: Engine,
    by: Subject,
    table: str,
    filters: Mapping[str, Sequence[str]],
    days: tuple[dt.date, dt.date],
    text: str,
    reach: str,
    *,
    number: int = 0,
    at: dt.datetime,
) -> int:
    """Make an annotation, or change one's own of this ``number``; return its number.

    Raises:
        AnnotationError: no words, too many, days that end before they begin, no such reach; there is none of one's own.
    """
    text = " ".join(text.replace("\0", "").split())
    if not text or len(text) > LONGEST:
        raise AnnotationError(f"请写下注记，最多 {LONGEST} 个字")
    if days[1] < days[0]:
        raise AnnotationError("止日不能早于起日")
    if reach not in REACHES:
        raise AnnotationError("请选择谁能看到")
    values = {"reach": reach, "first_day": days[0], "last_day": days[1], "text": text, "at": at}
    kept = json.dumps({name: list(labels) for name, labels in sorted(filters.items())}, ensure_ascii=False)
    with desk.begin() as connection:
        if number:
            here = (c.id == number) & (c.account == by.account) & c.ended_at.is_(None)
            if not connection.execute(update(annotations).where(here).values(values)).rowcount:
                raise AnnotationError("没有这条注记，或不是您写的")
            return number
        row = {
            "account": by.account,
            "name": by.name,
            "organisation_id": by.organisation_id,
            "table_name": table,
            "filters": kept,
        }
        return connection.execute(insert(annotations).values(**row, **values)).inserted_primary_key[0]


def end_annotation(desk: Engine, by: Subject, number: int, *, at: dt.datetime) -> None:
    """Take one's own annotation away.

    Raises:
        AnnotationError: there is none of one's own.
    """
    with desk.begin() as connection:
        here = (c.id == number) & (c.account == by.account) & c.ended_at.is_(None)
        if not connection.execute(update(annotations).where(here).values(ended_at=at)).rowcount:
            raise AnnotationError("没有这条注记，或不是您写的")


def annotations_seen(
    desk: Engine, by: Subject, table: str, chosen: Mapping[str, Sequence[str]]
) -> list[Annotation]:
    """Return the annotations of a table that somebody sees on a chart of the labels ``chosen``, by day.

    One that is of some filters belongs to charts that chose one of its labels in each of these dimensions: of 环境保护 in 长沙市 to those of
    环境保护 in 长沙市, not to one of the whole province. Of an organisation's see those who belong to it; to none belong all of the province.
    """
    place = (
        c.organisation_id.is_(None) if by.organisation_id is None else c.organisation_id == by.organisation_id
    )
    reaches = (c.account == by.account) | (c.reach == ALL) | ((c.reach == ORGANISATION) & place)
    wanted = select(annotations).where(c.table_name == table, c.ended_at.is_(None), reaches)
    with desk.connect() as connection:
        found = [_annotation(row) for row in connection.execute(wanted.order_by(c.first_day, c.id))]
    fitting = [
        one
        for one in found
        if all(set(labels) & set(chosen.get(name, ())) for name, labels in one.filters.items())
    ]
    return fitting[-MOST_SHOWN:]


def annotation_change(desk: Engine) -> tuple[int, dt.datetime | None]:
    """Return what moves whenever an annotation is made, changed or taken away."""
    with desk.connect() as connection:
        newest = select(func.count(), func.max(c.at), func.max(c.ended_at))
        n, at, ended = connection.execute(newest).one()
    return n, max((one for one in (at, ended) if one is not None), default=None)


def _annotation(row: Row) -> Annotation:
    return Annotation(
        row.id, row.account, row.name, row.reach, row.table_name, json.loads(row.filters), row.first_day, row.last_day, row.text
    )  # fmt: skip
