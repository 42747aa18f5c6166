"""One user's questions to the facts of the letters, answered piece by piece: the quick pieces first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shuju.facts import Counts, Crossfilter
from shuju.views.county_map import MapView, map_dots
from shuju.views.letter_data import (
    RegionBands,
    key_words,
    letters_page,
    region_bands,
    span_before,
    usual_letters,
)
from shuju.views.letter_filters import LetterFilters
from shuju.views.live import Snapshot, newest_of

# How long a hand must rest before the list is read, and then before words are counted.
LIST_SECONDS, WORDS_SECONDS = 0.15, 0.5


@dataclass(frozen=True)
class Question:
    """All that the page shows depends on; ``active`` is the dimension that the pointer is at."""

    snapshot: Snapshot
    filters: LetterFilters
    span: tuple[dt.date, dt.date]
    measure: str = "n"
    active: str = "day"
    map_view: MapView | None = None
    page: int = 1


@dataclass(frozen=True)
class Answer:
    """Some pieces of the answer to ``question``; what is None has not changed."""

    question: Question
    counts: Counts | None = None
    newest: dt.datetime | None = None
    bands: RegionBands | None = None
    dots: np.ndarray | None = None
    letters: pd.DataFrame | None = None
    words: pd.DataFrame | None = None


class Answers:
    """Remembers what was answered last, and computes only what a new question changes.

    Called from one thread at a time. The same days of the year before are counted by a crossfilter of their
    own, so that a brush costs a difference of sums there too.
    """

    def __init__(self) -> None:
        """Nothing is answered yet."""
        self._now: Crossfilter | None = None
        self._before: Crossfilter | None = None
        self._done: dict[str, tuple[object, ...]] = {}

    def pieces(
        self, asked: Question, is_outdated: Callable[[float], bool] = lambda _: False
    ) -> Iterator[Answer]:
        """Yield the pieces of the answer that changed: counts; the map; the page of letters; words.

        ``is_outdated(seconds)`` tells whether a newer question comes within that time: a hand that moves gets no
        lists. Where it does the rest is left for the next question. O(n) for dots; counts cost
        a pass only if another dimension than the active one changed; words read up to 1,600 letters.
        """
        facts = asked.snapshot.facts
        if self._now is None or self._now.facts is not facts:
            self._now, self._before = Crossfilter(facts), None
        filters = asked.filters
        counts = bands = dots = None
        if self._is_new("counts", facts, filters):
            counts, newest = self._count(asked)
            yield Answer(asked, counts=counts, newest=newest)
        if self._is_new("bands", facts, filters, asked.measure):
            bands = self._bands(asked)
        if asked.measure != "dots":
            self._done.pop("dots", None)
        elif asked.map_view is not None and self._is_new("dots", facts, filters, asked.map_view):
            dots = map_dots(facts, asked.map_view, filters.for_facts())
        if bands is not None or dots is not None:
            yield Answer(asked, bands=bands, dots=dots)
        if is_outdated(0):
            return
        # Falcon's way: what the pointer rests on will be changed next.
        self._now.activate(asked.active)
        if is_outdated(LIST_SECONDS):
            return
        if self._is_new("letters", facts, filters, asked.page):
            yield Answer(asked, letters=letters_page(asked.snapshot, self._now, asked.page))
        if is_outdated(WORDS_SECONDS):
            return
        if self._is_new("words", facts, filters):
            library = asked.snapshot.library
            yield Answer(asked, words=key_words(library, self._now, usual_letters(library, facts)))

    def _is_new(self, piece: str, *depends_on: object) -> bool:
        """Tell whether a piece depends on something else than when it was last answered."""
        last = self._done.get(piece)
        self._done[piece] = depends_on
        return last is None or last[0] is not depends_on[0] or last[1:] != depends_on[1:]

    def _count(self, asked: Question) -> tuple[Counts, dt.datetime | None]:
        assert self._now is not None
        _bring(self._now, asked.filters)
        if not asked.filters.for_facts():
            return asked.snapshot.totals, asked.snapshot.newest
        if self._now.active is None:
            self._now.activate(asked.active)
        return self._now.histograms(), newest_of(self._now)

    def _bands(self, asked: Question) -> RegionBands:
        assert self._now is not None
        facts = asked.snapshot.facts
        if asked.measure != "change":
            return region_bands(asked.measure, facts, self._now.histograms().by["region"], None)
        last = asked.span[1]
        day = asked.filters.day or (max(asked.span[0], last - dt.timedelta(days=364)), last)
        if self._before is None:
            self._before = Crossfilter(facts)
        by_region = []
        for days in (span_before(day), day):
            _bring(self._before, replace(asked.filters, day=days))
            self._before.activate("day")
            by_region.append(self._before.histograms().by["region"])
        return region_bands(asked.measure, facts, by_region[1], by_region[0])


def _bring(crossfilter: Crossfilter, filters: LetterFilters) -> None:
    """Set the filters that differ."""
    wanted, now = filters.for_facts(), crossfilter.filters
    for dimension in {d for d in {*wanted, *now} if wanted.get(d) != now.get(d)}:
        crossfilter.filter(dimension, wanted.get(dimension))
