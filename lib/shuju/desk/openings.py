"""How often pages are opened (打开次数), by day and role: counts alone, nobody is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from shuju.desk.store import writing
from shuju.desk.tables.visits import page_openings

KEPT = dt.timedelta(days=400)
_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
o = page_openings.c


def add_openings(desk: Engine, counts: Mapping[tuple[str, str], int], *, day: dt.date) -> None:
    """Add how often pages were opened, by route and role, to those of a day; what is older than ``KEPT`` is forgotten. O(counts)."""
    with writing(desk) as connection:
        put = _INSERT[connection.dialect.name](page_openings)
        more = put.on_conflict_do_update(
            index_elements=["day", "page", "role"], set_={"n": o.n + put.excluded.n}
        )
        for (page, role), n in sorted(counts.items()):
            connection.execute(more, {"day": day, "page": page, "role": role, "n": n})
        connection.execute(delete(page_openings).where(o.day < day - KEPT))


def openings(desk: Engine, since: dt.date) -> dict[str, dict[str, int]]:
    """Return how often each page was opened from a day on: by its route, then by role. O(pages × days)."""
    wanted = select(o.page, o.role, func.sum(o.n)).where(o.day >= since).group_by(o.page, o.role)
    found: dict[str, dict[str, int]] = {}
    with desk.connect() as connection:
        for page, role, n in connection.execute(wanted):
            found.setdefault(page, {})[role] = int(n)
    return found
