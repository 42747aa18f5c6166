"""The headline figures of spread (传播概况): how many documents were carried, how much of what is due arrived."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shuju.facts.newest_days import last_weeks
from shuju.facts.selection import Selection
from shuju.spread.due_counts import WITHIN, arrival_rate, by_group


@dataclass(frozen=True)
class Headline:
    """The headline figures of the documents that pass; ``shares`` by limit (NaN: nothing was due).

    ``n_nowhere`` documents were due somewhere and arrived nowhere of it; ``weeks`` are documents a week, the last twelve.
    """

    n_documents: int
    n_documents_all: int
    n_reprints: int
    n_due: int
    shares: dict[str, float]
    median_lag_hours: float
    n_nowhere: int
    weeks: tuple[int, ...] = ()


def headline_data(selection: Selection) -> Headline:
    """Return the headline figures. O(documents)."""
    held, passes = selection.held, selection.mask()  # type: ignore[attr-defined]
    rows, own = held.rows[passes], held.due.by_document[passes]
    counts = by_group(held.due, passes, np.zeros(len(passes), np.int64), 1)
    return Headline(
        n_documents=len(rows),
        n_documents_all=len(passes),
        n_reprints=int(rows["n_reprints"].sum()),
        n_due=int(own.sum()),
        shares={limit: float(arrival_rate(counts, limit)[0]) for limit in WITHIN},
        median_lag_hours=float(rows["median_lag_hours"].astype(float).median()),
        n_nowhere=int(((own.sum(1) > 0) & (own[:, -1] == own.sum(1))).sum()),
        weeks=last_weeks(selection),
    )
