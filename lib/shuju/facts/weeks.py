"""Weeks that end on the newest day (近 7 天 and those before), for the small bars beside a figure."""

from __future__ import annotations

from shuju.facts.selection import Selection

WEEKS = 12


def last_weeks(selection: Selection, n: int = WEEKS) -> tuple[int, ...]:
    """Return the rows of each of the last ``n`` weeks, oldest first, under all filters but the day's. O(days)."""
    by_day = selection.codes_of("day")
    today = selection.schema.dimension("day").code(selection.span[1])  # type: ignore[union-attr]
    ends = [today - 7 * k + 1 for k in range(n - 1, -1, -1)]
    return tuple(int(by_day[max(end - 7, 1) : max(end, 1)].sum()) for end in ends)


def most_frequent(selection: Selection, dimension: str) -> tuple[str, int] | None:
    """Return the label that most rows bear under all filters, unknown aside: its name and how many; None without any."""
    known = selection.chosen_counts(dimension).iloc[1:]
    if not known.sum():
        return None
    label = str(known.idxmax())
    return selection.name_of(dimension, label), int(known[label])
