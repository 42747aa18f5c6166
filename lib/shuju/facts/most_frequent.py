"""The label that most rows of a selection bear (最多的是…), as the sentence above a page names it."""

from __future__ import annotations

from shuju.facts.selection import Selection


def most_frequent(selection: Selection, dimension: str) -> tuple[str, int] | None:
    """Return the label that most rows bear under all filters, unknown aside: its name and how many; None without any."""
    known = selection.chosen_counts(dimension).iloc[1:]
    if not known.sum():
        return None
    label = str(known.idxmax())
    return selection.name_of(dimension, label), int(known[label])
