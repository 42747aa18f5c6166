"""Selections over a fact table: every count is a pass over small codes, or a difference of Falcon's tiles.

Long, since it answers each question of ``Selection`` in turn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr

from shuju.facts.crossfilter import Counts, Crossfilter
from shuju.facts.cube import cube
from shuju.facts.filters import Range, all_passing, passing
from shuju.facts.ordering import check_page, in_label_order, label_order
from shuju.facts.passes import count_cells, pick_rows
from shuju.facts.schema import Words, one_or_more
from shuju.facts.selection import Holding, Selection
from shuju.facts.selection_class import selection_class
from shuju.facts.store import Facts, Identity
from shuju.facts.subset import RowSet, within_rows, within_scope
from shuju.library import Library
from shuju.library.schema import INTERNAL
from shuju.library.scope import EVERYTHING

if TYPE_CHECKING:
    import dask.dataframe as dd

Build = Callable[[Library], Facts]


class FactSelection(Selection):
    """What is chosen among the rows of a fact table.

    A parameter of labels is a list (any of them; an empty one means all), ``day`` a pair of dates, both
    included. A dimension of words lets the rows pass that hold every word chosen. Counts cost O(codes) while one
    dimension is changed, a pass over the rows else.
    """

    build: ClassVar[Build]
    holding: ClassVar[Mapping[str, Holding]] = {}
    _made_of = (*Selection._made_of, "whole", "facts")

    def __init__(
        self, library: Library, row_set: RowSet | None = None, facts: Facts | None = None, /, **filters: Any
    ):
        """Choose among the rows of ``facts``, the newest ones of the library if not given."""
        self.whole = facts if facts is not None else type(self).build(library.limited_to(EVERYTHING))
        self.facts = _part(self.whole, library, row_set)
        self._crossfilter: Crossfilter | None = None
        self._held: tuple[tuple[Any, ...], Facts] = ((), self.facts)
        self._by_day: tuple[Any, np.ndarray] | None = None
        super().__init__(library, row_set, **filters)

    def renew(self, facts: Facts) -> None:
        """Go over to another version of the facts; filters stay, also on labels that are gone."""
        self.whole = facts
        self.facts = _part(facts, self.resources, self.row_set)
        self._crossfilter, self._held = None, ((), self.facts)
        self._take_labels()

    @property
    def shown(self) -> Facts:
        """The rows that hold the words chosen; all of them where none is."""
        words = tuple((name, tuple(getattr(self, name))) for name in self.searches if getattr(self, name))
        if words != self._held[0]:
            shown, everything = self.facts, self.resources.limited_to(EVERYTHING)
            for name, chosen in words:
                shown = within_rows(shown, type(self).holding[name](everything, chosen))
            self._held, self._crossfilter = (words, shown), None
        return self._held[1]

    @property
    def fact_filters(self) -> dict[str, Any]:
        """The filters on dimensions of the fact table."""
        return {n: v for n, v in self.filters.items() if not isinstance(self.schema.dimension(n), Words)}

    @property
    def crossfilter(self) -> Crossfilter:
        """The linked histograms under the filters as they are now."""
        shown = self.shown
        if self._crossfilter is None:
            self._crossfilter = Crossfilter(shown)
        wanted, now = self.fact_filters, self._crossfilter.filters
        for name in {d for d in {*wanted, *now} if wanted.get(d) != now.get(d)}:
            self._crossfilter.filter(name, wanted.get(name))
        return self._crossfilter

    @property
    def histograms(self) -> Counts:
        """The counts of all dimensions at once."""
        if not self.fact_filters:
            return totals(self.shown)
        return self.crossfilter.histograms()

    @property
    def total(self) -> int:
        """How many rows pass all filters."""
        return self.histograms.total

    @property
    def n_all(self) -> int:
        """How many rows there are without any filter."""
        return self.facts.n

    @property
    def identity(self) -> Identity:
        """What tells the rows behind this selection from all others."""
        return self.facts.identity

    @property
    def as_of(self) -> dt.datetime | None:
        """The time of the newest row of the table: what its data reach to (数据截至)."""
        return newest_of(self.whole)

    @property
    def newest(self) -> dt.datetime | None:
        """The time of the newest row that passes; None if none has any."""
        if not self.fact_filters:
            return newest_of(self.shown)
        return _newest(self.crossfilter)

    @property
    def positions(self) -> np.ndarray:
        """The positions (int64, rising) among ``shown`` of the rows that pass all filters. O(n)."""
        return pick_rows(self.shown, all_passing(self.shown, self.fact_filters))

    def labels(self, dimension: str) -> tuple[str, ...]:
        """Return all labels of a dimension in the order of their codes, that of unknown first."""
        return self.facts.labels(dimension)

    def codes_of(self, dimension: str) -> np.ndarray:
        """Return the count of each code under all filters but the dimension's own."""
        return self.histograms.by[dimension].astype(np.int64)

    def codes_of_all(self, dimension: str) -> np.ndarray:
        """Return the count of each code without any filter."""
        return totals(self.facts).by[dimension]

    def codes_by_day(self, dimension: str) -> np.ndarray:
        """Return the rows by day and code, under all filters but the day's. O(rows) once, while only days are chosen O(1)."""
        time, filters = self._time.name, self.fact_filters
        filters.pop(time, None)
        key = (self.shown.identity, dimension, str(filters))
        if self._by_day is None or self._by_day[0] != key:
            sizes = self.facts.size(time), self.facts.size(dimension)
            parts = {time: np.arange(sizes[0]) * sizes[1], dimension: np.arange(sizes[1])}
            counts = count_cells(self.shown, parts, all_passing(self.shown, filters), sizes[0] * sizes[1])
            self._by_day = key, counts.reshape(sizes).astype(np.int64)
        return self._by_day[1]

    def passing(self, dimension: str) -> np.ndarray:
        """Return for each code whether the dimension's own filter lets it pass."""
        return passing(self.facts, dimension, self.filters.get(dimension))

    def activate(self, dimension: str) -> None:
        """Make the next changes of one dimension's filter cheap: one pass over the rows now."""
        self.crossfilter.activate(dimension)

    def cube(self, dimensions: str | Sequence[str]) -> xr.DataArray:
        """Return ``n``, the number of rows under all filters, by ``dimensions``; O(rows + cells)."""
        dimensions = one_or_more(dimensions)
        for name in dimensions:
            self._check_countable(name)
        counted = cube(self.shown, dimensions, self.fact_filters)
        n = counted["n"].assign_attrs(**counted.attrs, long_name="数量", units=self.unit)
        time = self.schema.time
        if time not in dimensions:
            return n
        known = np.flatnonzero(self.codes_of_all(time)[1:])
        return n.isel({time: slice(known[0], known[-1] + 1)}) if len(known) else n.isel({time: slice(0)})

    def look(self) -> None:
        """Find the rows that hold the words chosen; raises ``FactsError`` where they cannot be looked for."""
        assert self.shown is not None

    def all_keys(self) -> np.ndarray:
        """Return the hashes of the keys of all rows that pass (int64, in no order). O(n)."""
        parts = [self.shown.take(self._locator, rows) for rows in self.crossfilter.chunks()]
        return np.concatenate([np.empty(0, np.int64), *parts])

    def places(self, n: int, *, first: int = 0, order: str = "") -> np.ndarray:
        """Return the positions among ``shown`` of ``n`` rows from the ``first``-th on.

        Newest first, or by the dimension ``order`` (``-name`` the other way round), the newest of each label first, unknown last.
        O(days read), O(rows) with ``order``.

        Raises:
            FactsError: no such dimension.
        """
        check_page(n, first)
        name, time = order.removeprefix("-"), self._time.name
        if not order or name == time:
            return self.crossfilter.rows(n, first, newest_first=order != time)
        shown, passes = self.shown, all_passing(self.shown, self.fact_filters)
        codes = label_order(shown, name, self.names(name), descending=order.startswith("-"))
        counts = self.codes_of(name) * self.passing(name)
        return in_label_order(shown, passes, name, codes, counts, first=first, n=n)

    def keys(self, n: int, *, first: int = 0, order: str = "") -> np.ndarray:
        """Return the hashes of the keys of ``n`` rows from the ``first``-th on (``places``)."""
        return self.shown.take(self._locator, self.places(n, first=first, order=order))

    def rows(
        self, n: int = 20, columns: str | Sequence[str] | None = None, *, first: int = 0, order: str = ""
    ) -> pd.DataFrame:
        """Return ``n`` rows from the ``first``-th on, newest first or by ``order`` (``places``), with public (masked) columns.

        O(n log rows), O(rows) with ``order``.
        """
        return self.rows_at(self.places(n, first=first, order=order), columns).reset_index(drop=True)

    def rows_at(self, places: np.ndarray, columns: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Return the rows at some places among ``shown`` with public columns; index: the place. O(k log rows).

        Rows that the library no longer has are left out.
        """
        wanted = self._columns(columns)
        keys = self.shown.take(self._locator, places).tolist()
        found = self.resources.take(self.table, keys, list(dict.fromkeys([*wanted, "key_hash"]))).to_pandas()
        at = dict(zip(keys, places.tolist(), strict=True))
        return found.set_index(found["key_hash"].map(at).rename("place"))[list(wanted)]

    def labels_at(self, dimension: str, places: np.ndarray) -> list[str]:
        """Return the label that the facts give each row at some places among ``shown``. O(k)."""
        labels = self.labels(dimension)
        return [labels[code] for code in self.shown.take(dimension, places)]

    def frame(self, columns: str | Sequence[str] | None = None, version: Any = None) -> dd.DataFrame:
        """Return the rows that pass as a lazy dataframe, at the version that the counts are of.

        At another ``version`` (a number or a time) they are those that the table had then; what no column of it tells is as it is now.

        Files that no chosen label of a column of the table can be in are not read. O(rows of the others).
        """
        wanted = self._columns(columns)
        read = self._version if version is None else version
        lazy = self.resources.load(self.table, [*wanted, "key_hash"], self._pruning(), read)
        keys = self._chosen_keys()
        if keys is None:
            return lazy[list(wanted)]
        return lazy.map_partitions(
            _among, keys, wanted, meta=lazy._meta[list(wanted)], enforce_metadata=False
        )

    def stream(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield the rows that pass piece by piece, for a download; memory is bounded by the piece and 8 bytes a row."""
        keys, where = self._chosen_keys(), self._pruning()
        read = list(dict.fromkeys([*columns, "key_hash"]))
        for rows in self.resources.stream(self.table, read, where, version=self._version):
            if keys is not None:
                rows = rows.filter(pa.array(_is_among(rows.column("key_hash").to_numpy(), keys)))  # noqa: PLW2901
            if rows.num_rows:
                yield rows.select(list(columns))

    def codes_at(self, dimension: str, keys: np.ndarray) -> list[str]:
        """Return the label that the facts give each row, by the hash of its key. O(rows log k)."""
        order = np.argsort(keys, kind="stable")
        found = self.facts.column(self._locator)
        at = np.minimum(np.searchsorted(keys, found, sorter=order), max(len(keys) - 1, 0))
        is_hit = keys[order[at]] == found if len(keys) else np.zeros(len(found), bool)
        labels, told = self.labels(dimension), np.zeros(len(keys), np.int64)
        told[order[at[is_hit]]] = self.facts.take(dimension, np.flatnonzero(is_hit))
        return [labels[code] for code in told]

    # Behind it

    @property
    def _locator(self) -> str:
        return self.schema.locators[0]

    @property
    def _version(self) -> int | None:
        version = self.facts.source_version
        return int(version) if version is not None and int(version) >= 0 else None

    def _like(self, **filters: Any) -> Self:
        return type(self)(self.resources, self.row_set, self.whole, **filters)

    def _columns(self, columns: str | Sequence[str] | None) -> tuple[str, ...]:
        table = self.resources.catalog.table(self.table)
        return one_or_more(
            columns if columns is not None else [c for c in table.columns if c not in INTERNAL]
        )

    def _pruning(self) -> list[tuple[str, str, Any]]:
        """Return conditions on columns of the table that every row which passes meets."""
        conditions: list[tuple[str, str, Any]] = []
        for name, choice in self.fact_filters.items():
            dimension = self.schema.dimension(name)
            column = getattr(dimension, "column", "")
            if not column:
                continue
            if isinstance(choice, Range):
                conditions += _of_days(column, choice)
            elif dimension.null not in choice:
                conditions.append((column, "in", list(choice)))
        return conditions

    def _chosen_keys(self) -> np.ndarray | None:
        """Return the sorted hashes of the keys of all rows that pass; None where the table's columns say it all."""
        is_exact = all(
            getattr(self.schema.dimension(name), "column", "")
            and (isinstance(choice, Range) or self.schema.dimension(name).null not in choice)
            for name, choice in self.fact_filters.items()
        )
        if is_exact and self.row_set is None and self.shown is self.facts:
            return None
        return np.sort(self.all_keys())


def fact_selection(
    build: Build, schema: Any, holding: Mapping[str, Holding] | None = None, **words: str
) -> type[Selection]:
    """Return the class of selections over the fact table that ``build`` brings up to the library.

    ``schema`` may have dimensions of words beside those of the table; ``holding`` finds for each the rows that hold some.
    """
    made = selection_class(FactSelection, schema, **words)
    made.build = staticmethod(build)
    made.holding = dict(holding or {})
    return made


_totals: WeakKeyDictionary[Facts, Counts] = WeakKeyDictionary()
_newest_times: WeakKeyDictionary[Facts, dt.datetime | None] = WeakKeyDictionary()


def totals(facts: Facts) -> Counts:
    """Return the counts of all dimensions without filters; one pass over the rows, once for each open table."""
    if facts not in _totals:
        _totals[facts] = Crossfilter(facts).histograms()
    return _totals[facts]


def newest_of(facts: Facts) -> dt.datetime | None:
    """Return the time of the newest row, found once for each open table."""
    if facts not in _newest_times:
        _newest_times[facts] = _newest(Crossfilter(facts))
    return _newest_times[facts]


def _newest(crossfilter: Crossfilter) -> dt.datetime | None:
    times = crossfilter.facts.times(crossfilter.rows(1))
    return times[0].item() if len(times) and not np.isnat(times[0]) else None


def _part(facts: Facts, library: Library, row_set: RowSet | None) -> Facts:
    seen = within_scope(facts, library)
    return seen if row_set is None else within_rows(seen, row_set)


def _of_days(column: str, days: Range) -> list[tuple[str, str, Any]]:
    assert isinstance(days.start, dt.date)
    assert isinstance(days.end, dt.date)
    after = days.end + dt.timedelta(days=1)
    return [
        (column, ">=", dt.datetime.combine(days.start, dt.time())),
        (column, "<", dt.datetime.combine(after, dt.time())),
    ]


def _is_among(found: np.ndarray, keys: np.ndarray) -> np.ndarray:
    if not len(keys):
        return np.zeros(len(found), bool)
    return keys[np.minimum(np.searchsorted(keys, found), len(keys) - 1)] == found


def _among(rows: pd.DataFrame, keys: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
    return rows.loc[_is_among(rows["key_hash"].to_numpy(), keys), list(columns)]
