"""The headline figures of letters (来信概况): how many, how many lately, how fast they are answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from shuju.facts.most_frequent import most_frequent
from shuju.facts.newest_days import last_weeks
from shuju.facts.selection import Selection
from shuju.letters.measures import measured


@dataclass(frozen=True)
class Headline:
    """The headline figures under the filters, those that are measures under their names (``MEASURES``).

    Spans of days end on ``last_day`` and leave the day's filter aside; ``weeks`` are the last twelve of them. ``topic`` is
    the most frequent of those known (name, number).
    """

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
    n_unknown: int
    share_unanswered: float | None
    median_days: float | None
    median_days_all: float | None
    last_day: dt.date
    as_of: dt.datetime | None
    is_synthetic: bool
    weeks: tuple[int, ...] = ()
    topic: tuple[str, int] | None = None


def headline_data(selection: Selection) -> Headline:
    """Return the headline figures of a selection of letters."""
    values = measured(selection)
    shown = {name: value for name, value in values.items() if name in Headline.__dataclass_fields__}
    return Headline(
        n_all=selection.n_all,
        newest=selection.newest,
        last_day=selection.span[1],
        as_of=selection.as_of,
        is_synthetic=selection.is_synthetic,
        weeks=last_weeks(selection),
        topic=most_frequent(selection, "topic"),
        **shown,  # type: ignore[arg-type]
    )
