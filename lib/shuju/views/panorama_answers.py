"""One user's questions to the facts, answered piece by piece: the quick pieces first. No Panel here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shuju.facts import Counts, Crossfilter
from shuju.views.county_map import MapView, map_dots
from shuju.views.live import Snapshot, newest_of
from shuju.views.panorama_data import records_page
from shuju.views.record_filters import RecordFilters
from shuju.views.site_raster import Grid, GridView, grid_data

LIST_SECONDS = 0.15  # how long a hand must rest before the list is read


@dataclass(frozen=True)
class Question:
    """All that the page shows depends on; ``active`` is the dimension that the pointer is at."""

    snapshot: Snapshot
    order: pd.DataFrame
    filters: RecordFilters
    active: str = "day"
    map_view: MapView | None = None
    grid_view: GridView | None = None
    page: int = 1


@dataclass(frozen=True)
class Answer:
    """Some pieces of the answer to ``question``; what is None has not changed."""

    question: Question
    counts: Counts | None = None
    newest: dt.datetime | None = None
    by_region: np.ndarray | None = None
    dots: np.ndarray | None = None
    grid: Grid | None = None
    records: pd.DataFrame | None = None


class Answers:
    """Remembers what was answered last, and computes only what a new question changes.

    Called from one thread at a time.
    """

    def __init__(self) -> None:
        """Nothing is answered yet."""
        self._crossfilter: Crossfilter | None = None
        self._done: dict[str, tuple] = {}

    def pieces(
        self, asked: Question, is_outdated: Callable[[float], bool] = lambda _: False
    ) -> Iterator[Answer]:
        """Yield the pieces of the answer that changed: counts; map and raster; the page of records.

        ``is_outdated(seconds)`` tells whether a newer question comes within that time: a hand that moves gets no
        lists. Where it does the last is left for the next question. O(n) for dots and
        raster; counts cost a pass only if another dimension than the active one changed.
        """
        facts = asked.snapshot.facts
        if self._crossfilter is None or self._crossfilter.facts is not facts:
            self._crossfilter = Crossfilter(facts)
        filters = asked.filters
        others = replace(filters, day=None)
        by_region = dots = grid = None
        if self._is_new("counts", facts, filters):
            counts, newest = self._count(asked)
            by_region = counts.by["region"]
            yield Answer(asked, counts=counts, newest=newest)
        if asked.map_view is not None and self._is_new("dots", facts, filters, asked.map_view):
            dots = map_dots(facts, asked.map_view, filters.for_facts())
        if asked.grid_view is not None and self._is_new("grid", facts, others, asked.grid_view):
            grid = grid_data(facts, asked.order, asked.grid_view, others.for_facts())
        if by_region is not None or dots is not None or grid is not None:
            # The counties' numbers go with the dots, so that the map is painted once.
            yield Answer(asked, by_region=by_region, dots=dots, grid=grid)
        if is_outdated(0):
            return
        # Falcon's way: what the pointer rests on will be changed next.
        self._crossfilter.activate(asked.active)
        if is_outdated(LIST_SECONDS):
            return
        if self._is_new("records", facts, filters, asked.page):
            yield Answer(asked, records=records_page(asked.snapshot, self._crossfilter, asked.page))

    def _is_new(self, piece: str, *depends_on: object) -> bool:
        """Tell whether a piece depends on something else than when it was last answered."""
        last = self._done.get(piece)
        self._done[piece] = depends_on
        return last is None or last[0] is not depends_on[0] or last[1:] != depends_on[1:]

    def _count(self, asked: Question) -> tuple[Counts, dt.datetime | None]:
        wanted, crossfilter = asked.filters.for_facts(), self._crossfilter
        assert crossfilter is not None
        changed = {d for d in {*wanted, *crossfilter.filters} if wanted.get(d) != crossfilter.filters.get(d)}
        for dimension in changed:
            crossfilter.filter(dimension, wanted.get(dimension))
        if not wanted:
            return asked.snapshot.totals, asked.snapshot.newest
        if crossfilter.active is None:
            crossfilter.activate(asked.active)
        return crossfilter.histograms(), newest_of(crossfilter)
