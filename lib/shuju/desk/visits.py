"""When somebody looked last (上次来访), at which state of the library, what was counted then; and what they dismissed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, Row, insert, select, update

from shuju.desk.tables.visits import dismissals, visits

SAME = dt.timedelta(minutes=30)  # who opens the page again within it is still on the same visit
LONGEST_CHANGE = 200
v, d = visits.c, dismissals.c


@dataclass(frozen=True)
class Visit:
    """One visit: when it began, the versions of the tables then, the figures that the page told."""

    at: dt.datetime
    versions: Mapping[str, int]
    figures: Mapping[str, float]


def note_visit(
    desk: Engine, account: str, versions: Mapping[str, int], figures: Mapping[str, float], *, at: dt.datetime
) -> None:
    """Note that somebody looks at their page now; within ``SAME`` it is still the same visit, whose figures stay."""
    with desk.begin() as connection:
        row = connection.execute(_visits(account).limit(1)).first()
        if row is not None and at - row.seen_at < SAME:
            if at - row.seen_at >= dt.timedelta(minutes=1):
                connection.execute(update(visits).where(v.id == row.id).values(seen_at=at))
            return
        told = {
            "versions": json.dumps(dict(versions), sort_keys=True),
            "figures": json.dumps(dict(figures), sort_keys=True),
        }
        connection.execute(insert(visits).values(account=account, at=at, seen_at=at, **told))


def last_visit(desk: Engine, account: str, *, at: dt.datetime) -> Visit | None:
    """Return the visit before the present one, None for who was never here before."""
    with desk.connect() as connection:
        rows = connection.execute(_visits(account).limit(2)).all()
    if rows and at - rows[0].seen_at < SAME:
        rows = rows[1:]
    return _visit(rows[0]) if rows else None


def dismiss(desk: Engine, account: str, change: str, *, at: dt.datetime) -> None:
    """Keep that somebody does not want to be told of a change again.

    Raises:
        ValueError: it is no key of a change.
    """
    if not 0 < len(change) <= LONGEST_CHANGE:
        raise ValueError("没有这条变化")
    with desk.begin() as connection:
        if not connection.execute(select(d.at).where(d.account == account, d.change == change)).first():
            connection.execute(insert(dismissals).values(account=account, change=change, at=at))


def undismiss(desk: Engine, account: str, change: str) -> None:
    """Take a dismissal back."""
    with desk.begin() as connection:
        connection.execute(dismissals.delete().where(d.account == account, d.change == change))


def dismissed(desk: Engine, account: str) -> frozenset[str]:
    """Return the keys of the changes that somebody dismissed."""
    with desk.connect() as connection:
        return frozenset(connection.execute(select(d.change).where(d.account == account)).scalars())


def _visits(account: str) -> object:
    return select(visits).where(v.account == account).order_by(v.id.desc())


def _visit(row: Row) -> Visit:
    return Visit(row.at, json.loads(row.versions), json.loads(row.figures))
