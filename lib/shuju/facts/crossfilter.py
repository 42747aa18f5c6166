"""Linked histograms: each dimension counted under the filters on all the others.

The dimension that is being brushed is *active*. For it one pass makes Falcon's tiles: for each
active code the histograms of all other dimensions, summed up along the active codes, so that
any brush is one difference of two rows whatever the number of records. Moritz, Howe, Heer:
Falcon, CHI 2019. docs/methods/crossfilter.md tells more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock

import numpy as np

from shuju.facts import passes as run
from shuju.facts.filters import Choice, Filters, passing
from shuju.facts.rows import in_time_order, in_written_order
from shuju.facts.schema import FactsError
from shuju.facts.store import Facts


@dataclass(frozen=True)
class Counts:
    """What all linked views show: ``total`` rows pass every filter; ``by[name]`` is int64 by code."""

    total: int
    by: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Tiles:
    """Cumulative tiles of the ``active`` dimension; with ``None`` one step over all rows."""

    active: str | None
    sums: np.ndarray
    begins: Mapping[str, slice]

    def counts(self, passes: np.ndarray | None) -> Counts:
        """Return the counts of the rows whose active code passes."""
        edges = np.flatnonzero(np.diff(passes, prepend=False, append=False)) if passes is not None else [0, 1]
        line = np.zeros(self.sums.shape[1], np.int64)
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            line += self.sums[stop] - self.sums[start]
        by = {name: line[begin] for name, begin in self.begins.items()}
        if self.active is not None:
            by[self.active] = np.diff(self.sums[:, -1].astype(np.int64))
        return Counts(int(line[-1]), by)


class Crossfilter:
    """The filters of one user over shared ``facts``, and the counts under them.

    A filter on any of ``dimensions`` is a ``Range`` of labels or a collection of them. Methods
    may be called from several threads.
    """

    def __init__(self, facts: Facts, dimensions: Sequence[str] | None = None, filters: Filters | None = None):
        """Begin with ``filters`` over ``dimensions`` (all of the table's if not given).

        Raises:
            FactsError: no such dimension or label.
        """
        self.facts = facts
        self.dimensions = tuple(dimensions if dimensions is not None else facts.schema.names)
        self._lock = RLock()
        self._filters: dict[str, Choice] = {}
        self._passes: dict[str, np.ndarray] = {}
        self._tiles: _Tiles | None = None
        for name in self.dimensions:
            facts.schema.dimension(name)
        for name, choice in (filters or {}).items():
            self.filter(name, choice)

    @property
    def filters(self) -> dict[str, Choice]:
        """The filters as given, a copy: what ``raster``, ``cube`` and ``points`` take."""
        with self._lock:
            return dict(self._filters)

    @property
    def active(self) -> str | None:
        """The dimension whose brush is answered without a pass over the rows, if tiles stand."""
        tiles = self._tiles
        return tiles.active if tiles is not None else None

    def filter(self, dimension: str, choice: Choice | None) -> None:
        """Set the filter on ``dimension``; ``None`` takes it away. Tiles of another dimension fall."""
        if dimension not in self.dimensions:
            raise FactsError(f"{dimension!r} 不在联动的维度之中：{'、'.join(self.dimensions)}")
        passes = passing(self.facts, dimension, choice)
        with self._lock:
            if choice is None:
                self._filters.pop(dimension, None)
            else:
                self._filters[dimension] = choice
            before = self._passes.pop(dimension, None)
            if not passes.all():
                self._passes[dimension] = passes
            is_same = np.array_equal(before, passes) if before is not None else passes.all()
            if not is_same and self.active != dimension:
                self._tiles = None

    def clear(self) -> None:
        """Take every filter away."""
        for dimension in self.filters:
            self.filter(dimension, None)

    def activate(self, dimension: str) -> None:
        """Make ``dimension`` the active one: one pass over the rows, unless it is already. O(n)."""
        if dimension not in self.dimensions:
            raise FactsError(f"{dimension!r} 不在联动的维度之中：{'、'.join(self.dimensions)}")
        with self._lock:
            if self.active != dimension:
                self._tiles = self._fill(dimension)

    def brush(self, dimension: str, choice: Choice | None) -> Counts:
        """Set the filter on ``dimension``, made active if it was not, and return all linked counts.

        While one dimension is brushed this costs O(bins × runs of chosen codes), not O(n).
        """
        with self._lock:
            self.activate(dimension)
            self.filter(dimension, choice)
            return self.histograms()

    def histograms(self) -> Counts:
        """Return for every dimension the counts under all *other* dimensions' filters, and the total."""
        with self._lock:
            if self._tiles is None:
                self._tiles = self._fill(None)
            tiles = self._tiles
            if tiles.active is None:
                return tiles.counts(None)
            everything = np.ones(self.facts.size(tiles.active), bool)
            return tiles.counts(self._passes.get(tiles.active, everything))

    def count(self) -> int:
        """Return how many rows pass all filters."""
        return self.histograms().total

    def rows(self, limit: int, offset: int = 0, newest_first: bool = True) -> np.ndarray:
        """Return the positions (int64) of the rows that pass, in order of time, unknown times last.

        Only the days that hold the rows asked for are read: O(n) once for the number of rows a
        day, then O(rows of those days).
        """
        if limit < 0 or offset < 0:
            raise FactsError(f"行数与起点不能为负：{limit}、{offset}")
        taken: list[np.ndarray] = []
        for positions in self._in_order(offset, limit, newest_first):
            taken.append(positions[:limit])
            limit -= len(taken[-1])
            if limit <= 0:
                break
        return np.concatenate(taken or [np.empty(0, np.int64)])

    def chunks(self, size: int = 100_000, newest_first: bool = True) -> Iterator[np.ndarray]:
        """Return an iterator over the positions of all rows that pass, ``size`` at a time, in order of time.

        Filters set meanwhile do not touch it. Memory is bounded by ``size`` and the fullest day.
        """
        return _rechunked(self._in_order(0, size, newest_first), size)

    def _in_order(self, first: int, size: int, newest_first: bool) -> Iterator[np.ndarray]:
        time = self.facts.schema.time
        with self._lock:
            passes = dict(self._passes)
            if time is None:
                return in_written_order(self.facts, passes, first, newest_first)
            if time in self.dimensions:
                per_day = self.histograms().by[time] * passes.get(time, True)
            else:
                codes = np.arange(self.facts.size(time))
                per_day = run.count_cells(self.facts, {time: codes}, passes, len(codes)).astype(np.int64)
        return in_time_order(self.facts, passes, per_day, first=first, size=size, newest_first=newest_first)

    def _fill(self, active: str | None) -> _Tiles:
        names = [name for name in self.dimensions if name != active]
        sums = run.fill_tiles(self.facts, names, self._passes, active)
        ends = np.cumsum([0, *(self.facts.size(name) for name in names)])
        begins = {
            name: slice(begin, end) for name, begin, end in zip(names, ends[:-1], ends[1:], strict=True)
        }
        return _Tiles(active, sums, begins)


def _rechunked(groups: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    left = np.empty(0, np.int64)
    for group in groups:
        left = np.concatenate([left, group])
        while len(left) >= size:
            yield left[:size]
            left = left[size:]
    if len(left):
        yield left
