"""What an organisation was given to act on (交办依据): the letters, issues and suggestions that its open tasks rest on.

Who is to answer a letter must read it, whatever department the letter names. It ends with the task, and when the task is given elsewhere.
"""

from __future__ import annotations

import time
from urllib.parse import parse_qs

from sqlalchemy import Connection, Engine, func, select

from shuju.access.subject import Entrusted
from shuju.desk.organisations import below
from shuju.desk.tables.tasks import evidence, task_events, tasks
from shuju.desk.tasks.transitions import table
from shuju.kept import Kept

# What names a row in the query that evidence keeps, and the table it is of.
NAMES = {"letter": "letters", "issue": "hot_issues", "suggestion": "suggestions"}
KEPT_SECONDS = 30
c, e = tasks.c, evidence.c
_found: Kept[Entrusted] = Kept(1024)


def entrusted_to(desk: Engine, organisation_id: int) -> Entrusted:
    """Return what the open tasks of an organisation and of those below it rest on, tasks that were merged into them included.

    A draft (拟办) entrusts nothing. Read anew where any task has changed: O(their open tasks), through indexes.
    """
    # Of two that write at once the later number may be there first: what is kept is not believed for long.
    who, moment = (desk.url, organisation_id), time.monotonic() // KEPT_SECONDS
    with desk.connect() as connection:
        newest = connection.execute(select(func.max(task_events.c.id))).scalar()
        known = _found.get(who, (newest, moment))
        if known is None:
            known = _read(connection, below(desk, organisation_id))
            _found.put(who, (newest, moment), known)
    return known


def _read(connection: Connection, organisations: frozenset[int]) -> Entrusted:
    states = [name for name, state in table().states.items() if state.is_open and name != "draft"]
    own = select(c.id).where(c.organisation_id.in_(sorted(organisations)), c.state.in_(states))
    reached = own.cte("reached", recursive=True)
    merged = tasks.alias("merged")
    reached = reached.union(select(merged.c.id).join(reached, merged.c.merged_into == reached.c.id))
    of_rows = (e.task_id == reached.c.id) & e.table_name.in_(NAMES.values())
    wanted = select(e.filters).select_from(reached).join(evidence, of_rows)
    told = [parse_qs(filters) for filters in connection.execute(wanted).scalars()]
    keys = {name: tuple(sorted({row[name][0] for row in told if name in row})) for name in NAMES}
    return Entrusted(keys["letter"], keys["issue"], keys["suggestion"])
