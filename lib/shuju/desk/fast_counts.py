"""What became of the fast channel's matters (快速通道统计): how many came, were taken up, refused and why, assigned, answered, in time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

from shuju.desk.tables.fast_channel import matter_events, matters

TAKEN_UP, REFUSED = ("take_up", "assign"), "refuse"
MOST_REASONS, LONGEST_REASON = 20, 40
m, e = matters.c, matter_events.c


@dataclass(frozen=True)
class Counts:
    """``states`` by state as they are now; ``taken_up`` and ``refused`` by the last decision, whatever became of it since.

    ``in_time`` of the ``decided``, ``answered_in_time`` of the answered; ``reasons`` of those refused, the most frequent first.
    """

    came: int
    states: dict[str, int]
    taken_up: int
    refused: int
    assigned: int
    decided: int
    in_time: int
    answered_in_time: int
    reasons: list[tuple[str, int]]


def counted(desk: Engine) -> Counts:
    """Return the counts. O(matters)."""
    decisions = (*TAKEN_UP, REFUSED)
    last = (
        select(e.matter_id, func.max(e.seq).label("seq")).where(e.action.in_(decisions)).group_by(e.matter_id)
    ).subquery()
    is_last = and_(e.matter_id == last.c.matter_id, e.seq == last.c.seq)
    decided = select(e.action, e.told).join(last, is_last)
    with desk.connect() as connection:
        states = {
            row[0]: row[1] for row in connection.execute(select(m.state, func.count()).group_by(m.state))
        }
        n_assigned, n_decided = connection.execute(
            select(func.count(m.task_id), func.count(m.decided_at))
        ).one()
        in_time = _n(connection, m.decided_at <= m.reply_due)
        answered_in_time = _n(connection, m.answered_at <= m.result_due)
        rows = connection.execute(decided).all()
    reasons = Counter(json.loads(row.told)["text"][:LONGEST_REASON] for row in rows if row.action == REFUSED)
    return Counts(
        sum(states.values()), states, sum(row.action in TAKEN_UP for row in rows), sum(reasons.values()), n_assigned, n_decided,
        in_time, answered_in_time, reasons.most_common(MOST_REASONS),
    )  # fmt: skip


def _n(connection: Connection, where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(matters).where(where)).scalar_one()
