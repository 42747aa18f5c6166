"""Scenarios that somebody kept (我的情景): what was asked, and what it told then, so that it can be held against what came."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from shuju.desk.tables.saved_views import scenarios

LONGEST_NAME, LONGEST_QUERY = 60, 20_000
MOST = 100  # of one owner
s = scenarios.c


@dataclass(frozen=True)
class Told:
    """One measure as it was told: its title and unit, what is (``now``), and what would be (``then``); None where it is not known."""

    title: str
    units: str
    now: float | None
    then: float | None


@dataclass(frozen=True)
class KeptScenario:
    """A scenario: the ``query`` of its page, the versions of the tables, and what each measure (by name) told ``at`` that time."""

    id: int
    name: str
    investigation: str
    query: str
    versions: Mapping[str, int | None]
    told: Mapping[str, Told]
    at: dt.datetime


def keep_scenario(
    desk: Engine,
    owner: str,
    name: str,
    investigation: str,
    query: str,
    *,
    versions: Mapping[str, int | None],
    told: Mapping[str, Told],
    at: dt.datetime,
) -> KeptScenario:
    """Keep a scenario for ``owner``.

    Raises:
        ValueError: it has no name, is too long, or there are ``MOST`` already.
    """
    name = " ".join(name.split())
    if not name:
        raise ValueError("请给情景起个名字")
    if len(name) > LONGEST_NAME or len(query) > LONGEST_QUERY:
        raise ValueError(f"名字最多 {LONGEST_NAME} 个字，条件最多 {LONGEST_QUERY:,} 个字符")
    if len(list_scenarios(desk, owner)) >= MOST:
        raise ValueError(f"最多存 {MOST} 个情景，请先删除不用的")
    row = {
        "owner": owner, "name": name, "investigation": investigation, "query": query, "at": at,
        "versions": json.dumps(dict(versions)),
        "told": json.dumps({key: list(vars(one).values()) for key, one in told.items()}, ensure_ascii=False),
    }  # fmt: skip
    with desk.begin() as connection:
        made = connection.execute(insert(scenarios).values(**row)).inserted_primary_key
    return KeptScenario(made[0], name, investigation, query, versions, told, at)


def list_scenarios(desk: Engine, owner: str) -> list[KeptScenario]:
    """Return the scenarios of ``owner``, the newest first."""
    wanted = select(scenarios).where(s.owner == owner, s.deleted_at.is_(None))
    with desk.connect() as connection:
        return [_read(row) for row in connection.execute(wanted.order_by(s.at.desc(), s.id.desc()))]


def find_scenario(desk: Engine, owner: str, scenario_id: int) -> KeptScenario | None:
    """Return one scenario of ``owner``; None where there is none, or it is another's."""
    return next((one for one in list_scenarios(desk, owner) if one.id == scenario_id), None)


def change_scenario(desk: Engine, owner: str, scenario_id: int, *, deleted_at: dt.datetime | None) -> None:
    """Take a scenario of ``owner`` from the list, or put it back (None).

    Raises:
        ValueError: there is no such one of theirs.
    """
    here = (s.id == scenario_id) & (s.owner == owner)
    with desk.begin() as connection:
        if not connection.execute(update(scenarios).where(here).values(deleted_at=deleted_at)).rowcount:
            raise ValueError("没有这个情景")


def _read(row: Row[Any]) -> KeptScenario:
    told = {key: Told(*values) for key, values in json.loads(row.told).items()}
    return KeptScenario(
        row.id, row.name, row.investigation, row.query, json.loads(row.versions), told, row.at
    )
