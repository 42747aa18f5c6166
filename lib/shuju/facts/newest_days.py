"""The days that end on the newest one (近 7 天, 近 30 天, and the weeks before), whatever days are chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shuju.facts.selection import Selection

WEEKS = 12
THIN, LEAST_USUAL = 0.1, 20  # of a usual week's rows; weeks of fewer come and go by chance


def days_back(selection: Selection) -> np.ndarray:
    """Return the rows of each day, the newest first, under all filters but the day's. O(days)."""
    today = selection.schema.dimension("day").code(selection.span[1])  # type: ignore[union-attr]
    return selection.codes_of("day")[1 : max(today + 1, 1)][::-1]


def n_lately(selection: Selection, n_days: int, before: int = 0) -> int:
    """Return the rows of ``n_days`` days that end ``before`` days before the newest: ``n_lately(s, 7)`` is 近 7 天. O(days)."""
    return int(days_back(selection)[before : before + n_days].sum())


def last_weeks(selection: Selection, n: int = WEEKS) -> tuple[int, ...]:
    """Return the rows of each of the last ``n`` weeks, oldest first, under all filters but the day's. O(days)."""
    days = days_back(selection)
    return tuple(int(days[7 * k : 7 * k + 7].sum()) for k in range(n - 1, -1, -1))


def thin_weeks(weeks: Sequence[int]) -> tuple[int, int, int]:
    """Return how many of the last weeks have hardly any rows, how many rows these have, and how many a usual week has.

    So few come where a source has not delivered yet; (0, 0, usual) where nothing is odd. ``weeks`` are the oldest first.
    """
    usual = int(np.median(weeks)) if len(weeks) else 0
    n = next((k for k, rows in enumerate(reversed(weeks)) if rows >= THIN * usual), len(weeks))
    if usual < LEAST_USUAL or not n:
        return 0, 0, usual
    return n, sum(weeks[-n:]), usual
