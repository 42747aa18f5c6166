"""The rows behind a selection, in order of time, without sorting all of them.

Rows of a segment stand in order of time, and how many pass on each day is known from the
histogram: so only the days that hold the rows asked for are read, and only they are sorted.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shuju.facts.encode import DAY_SECONDS
from shuju.facts.passes import Passes, pick_rows
from shuju.facts.schema import SECOND, UNKNOWN
from shuju.facts.store import Facts


def in_time_order(
    facts: Facts, passes: Passes, per_day: np.ndarray, *, first: int, size: int, newest_first: bool
) -> Iterator[np.ndarray]:
    """Yield the positions of the rows that pass, from the ``first``-th on, some ``size`` at a time.

    ``per_day[code]`` is how many rows pass on a day of ``facts.schema.time``. Groups are whole
    days and at least one; rows of unknown time come last. O(rows of the days read).
    """
    time = facts.schema.time
    days = np.flatnonzero(per_day)
    known = days[days != UNKNOWN]
    days = np.concatenate([known[::-1] if newest_first else known, days[days == UNKNOWN]])
    ends = np.cumsum(per_day[days])
    at = int(np.searchsorted(ends, first, side="right"))
    skip = first - int(ends[at - 1] if at else 0)
    while at < len(days):
        begin = int(ends[at - 1] if at else 0)
        after = max(int(np.searchsorted(ends, begin + skip + size, side="left")) + 1, at + 1)
        if days[at] != UNKNOWN and days[-1] == UNKNOWN:
            after = min(after, len(days) - 1)
        in_window = np.zeros(len(per_day), bool)
        in_window[days[at:after]] = True
        positions = pick_rows(facts, {**passes, time: in_window})
        key = facts.take(time, positions).astype(np.int64) * DAY_SECONDS + facts.take(SECOND, positions)
        order = np.argsort(key, kind="stable")
        yield positions[order[::-1] if newest_first else order][skip:]
        skip, at = 0, after


def in_written_order(facts: Facts, passes: Passes, first: int, newest_first: bool) -> Iterator[np.ndarray]:
    """Yield the positions of the rows that pass, all at once: the order of a table without time."""
    positions = pick_rows(facts, passes)
    yield (positions[::-1] if newest_first else positions)[first:]
