"""The headline figures of letters (来信概况): how many, how many lately, how fast they are answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shuju.facts import Bins
from shuju.facts.selection import Selection
from shuju.standard import regions


@dataclass(frozen=True)
class Headline:
    """The headline figures under the filters; spans of days end on ``last_day`` and leave the day's filter aside."""

    n: int
    n_all: int
    n_counties: int
    newest: dt.datetime | None
    last_7: int
    before_7: int
    last_30: int
    before_30: int
    year_before_30: int
    n_unanswered: int
    median_days: float | None
    median_days_all: float | None
    last_day: dt.date
    as_of: dt.datetime | None
    is_synthetic: bool


def headline_data(selection: Selection) -> Headline:
    """Return the headline figures of a selection of letters.

    ``median_days`` is that of the letters that were answered; in ``median_days_all`` unanswered letters count
    as slowest (None where they are more than half).
    """
    replies = selection.codes_of("reply_fine") * 1
    by_day = selection.codes_of("day")
    last = selection.span[1]
    today = selection.schema.dimension("day").code(last)  # type: ignore[union-attr]
    counties = selection.chosen_counts("region").reindex([r.code for r in regions("county")])

    def between(first: int, end: int) -> int:
        return int(by_day[max(first, 1) : max(end + 1, 1)].sum())

    return Headline(
        n=selection.total,
        n_all=selection.n_all,
        n_counties=int((counties > 0).sum()),
        newest=selection.newest,
        last_7=between(today - 6, today),
        before_7=between(today - 13, today - 7),
        last_30=between(today - 29, today),
        before_30=between(today - 59, today - 30),
        year_before_30=between(today - 365 - 29, today - 365),
        n_unanswered=int(replies[0]),
        median_days=median_reply_days(selection, np.where(np.arange(len(replies)) > 0, replies, 0)),
        median_days_all=median_reply_days(selection, replies),
        last_day=last,
        as_of=selection.as_of,
        is_synthetic=selection.is_synthetic,
    )


def median_reply_days(selection: Selection, replies: npt.NDArray[np.int64]) -> float | None:
    """Return the days within which half of the letters are answered (答复用时中位数), to the step of ``reply_fine``.

    ``replies`` are counts by its code; code 0 holds those without a reply.
    """
    dimension = selection.schema.dimension("reply_fine")
    assert isinstance(dimension, Bins)
    reached = np.flatnonzero(np.cumsum(replies[1:]) >= replies.sum() / 2)
    if not replies.sum() or not len(reached):
        return None
    edges = (0.0, *dimension.edges, dimension.edges[-1])
    return (edges[reached[0]] + edges[reached[0] + 1]) / 2
