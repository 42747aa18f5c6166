"""Selections over a frame in memory: tables of some ten thousand rows, each of which may bear several labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
import xarray as xr

from shuju.catalog import did_you_mean
from shuju.facts.frame_cube import frame_cube
from shuju.facts.ordering import check_page
from shuju.facts.schema import Codes, Days, FactSchema, FactsError, Words, one_or_more
from shuju.facts.selection import Holding, Selection
from shuju.facts.selection_class import selection_class
from shuju.facts.store import Identity
from shuju.facts.subset import RowSet
from shuju.library import Library
from shuju.standard import regions_within

if TYPE_CHECKING:
    import dask.dataframe as dd

SEPARATOR = ","


@dataclass(frozen=True, eq=False)
class FrameTable:
    """Rows in the order to show, and how they are filtered.

    ``values[name]`` holds the labels of a row, several apart by commas, for each dimension of labels;
    ``first`` and ``last`` (datetime64[D]) the days that a row lasted; ``text`` (lower case) what words are looked
    for in; ``keys`` (object) what a row set names; ``version`` tells this state from all others.
    """

    rows: pd.DataFrame
    schema: FactSchema
    values: Mapping[str, pd.Series]
    first: np.ndarray
    last: np.ndarray
    text: pd.Series
    version: tuple[Any, ...]
    as_of: dt.datetime | None
    is_synthetic: bool
    members: Mapping[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        """Note for each dimension which rows (lines) bear which code (columns)."""
        found = {}
        for dimension in self.schema.dimensions:
            if isinstance(dimension, Codes):
                found[dimension.name] = _members(dimension, self.values[dimension.name])
        object.__setattr__(self, "members", found)


def _members(dimension: Codes, values: pd.Series) -> np.ndarray:
    """Return which row bears which code (bool, rows × codes); a row in a region lies in those around it too."""
    code_of = {label: code for code, label in enumerate(dimension.labels, start=1)}
    parts = values.astype(object).fillna("").astype(str).str.split(SEPARATOR)
    row = np.repeat(np.arange(len(values)), parts.str.len())
    code = np.array([code_of.get(label, 0) for labels in parts for label in labels], np.int64)
    held = np.zeros((len(values), len(code_of) + 1), bool)
    held[row, code] = True
    if dimension.names == "regions":
        for label, outer in code_of.items():
            inner = [code_of[within] for within in regions_within(label) if within in code_of]
            if inner:
                held[:, outer] |= held[:, inner].any(axis=1)
    held[:, 0] &= ~held[:, 1:].any(axis=1)
    return held


class FrameSelection(Selection):
    """What is chosen among the rows of a frame.

    A parameter of labels is a list (any of them; an empty one means all), ``day`` a pair of dates, both
    included. A row that bears several labels counts under each. O(rows) a question.
    """

    read: ClassVar[Callable[[Library], FrameTable]]
    holding: ClassVar[Mapping[str, Holding]] = {}
    _made_of = (*Selection._made_of, "held")

    def __init__(
        self,
        library: Library,
        row_set: RowSet | None = None,
        held: FrameTable | None = None,
        /,
        **filters: Any,
    ):
        """Choose among the rows of ``held``, the newest state of the library if not given."""
        self.held = held if held is not None else type(self).read(library)
        self._held_keys: tuple[tuple[str, tuple[str, ...]], np.ndarray] | None = None
        super().__init__(library, row_set, **filters)

    def renew(self, held: FrameTable) -> None:
        """Go over to another state of the rows; filters stay."""
        self.held, self._held_keys = held, None

    @property
    def total(self) -> int:
        """How many rows pass all filters."""
        return int(self.mask().sum())

    @property
    def n_all(self) -> int:
        """How many rows there are without any filter."""
        return len(self.held.rows)

    @property
    def identity(self) -> Identity:
        """What tells the rows behind this selection from all others."""
        part = "" if self.row_set is None else (self.row_set.name, hash(self.row_set.keys.tobytes()))
        return Identity(self.resources.home.uri, self.held.version, (self.resources.scope, part))

    @property
    def as_of(self) -> dt.datetime | None:
        """The time of the newest row that these rest on: what the data reach to (数据截至)."""
        return self.held.as_of

    @property
    def newest(self) -> dt.datetime | None:
        """The last day that any row that passes lasted; None if none does."""
        days = self.held.last[self.mask()]
        days = days[~np.isnat(days)]
        return pd.Timestamp(days.max()).to_pydatetime() if len(days) else None

    @property
    def is_synthetic(self) -> bool:
        """Whether any row comes from a source that the catalog calls synthetic (演示数据)."""
        return self.held.is_synthetic

    def labels(self, dimension: str) -> tuple[str, ...]:
        """Return all labels of a dimension in the order of their codes, that of unknown first."""
        found = self.schema.dimension(dimension)
        if isinstance(found, Days):
            return (
                found.null,
                *(found.day(code).isoformat() for code in range(1, self._last_code(found) + 1)),
            )
        if not isinstance(found, Codes):
            raise FactsError(f"“{found.title}”没有可列的取值")
        return (found.null, *found.labels)

    def mask(self, but: str | None = None) -> np.ndarray:
        """Return which rows pass all filters, that of the dimension ``but`` left aside (bool)."""
        passes = np.ones(self.n_all, bool)
        for name in self.filter_names():
            chosen = getattr(self, name)
            if name == but or not chosen:
                continue
            match self.schema.dimension(name):
                case Codes():
                    passes &= self.held.members[name][:, self.passing(name)].any(axis=1)
                case Days():
                    start, end = (np.datetime64(day, "D") for day in chosen)
                    passes &= (self.held.first <= end) & (self.held.last >= start)
                case Words():
                    if name in type(self).holding:
                        passes &= np.isin(self.held.rows["key_hash"].to_numpy(), self._found(name, chosen))
                        continue
                    for word in chosen:
                        passes &= self.held.text.str.contains(word.lower(), regex=False).to_numpy(bool)
        if self.row_set is not None:
            passes &= np.isin(self.held.rows["key_hash"].to_numpy(), self.row_set.keys)
        return passes

    def codes_of(self, dimension: str) -> np.ndarray:
        """Return the count of each code under all filters but the dimension's own."""
        return self._count(dimension, self.mask(but=dimension))

    def codes_of_all(self, dimension: str) -> np.ndarray:
        """Return the count of each code without any filter."""
        return self._count(dimension, np.ones(self.n_all, bool))

    def codes_by_day(self, dimension: str) -> np.ndarray:
        """Return the rows by day and code, under all filters but the day's. O(rows × labels)."""
        self.schema.dimension(dimension)
        time = self._time.name
        passes, members = self.mask(but=time), self.held.members[dimension]
        if (members.sum(axis=1) > 1).any():
            raise FactsError(f"一行可以有几个“{self.title_of(dimension)}”，不能按它分组累计")
        counts = np.zeros((len(self.codes_of(time)), members.shape[1]), np.int64)
        np.add.at(counts, (self._day_codes(passes), members[passes].argmax(axis=1)), 1)
        return counts

    def passing(self, dimension: str) -> np.ndarray:
        """Return for each code whether the dimension's own filter lets it pass."""
        labels, chosen = self.labels(dimension), getattr(self, dimension)
        if isinstance(chosen, tuple):
            ends = [day.isoformat() for day in chosen]
            return np.array([False, *(ends[0] <= label <= ends[1] for label in labels[1:])])
        return np.array([not chosen or label in chosen for label in labels])

    def cube(self, dimensions: str | Sequence[str]) -> xr.DataArray:
        """Return ``n``, the number of rows under all filters, by ``dimensions``. O(rows × labels each bears)."""
        return frame_cube(self, one_or_more(dimensions))

    def rows(
        self, n: int = 20, columns: str | Sequence[str] | None = None, *, first: int = 0, order: str = ""
    ) -> pd.DataFrame:
        """Return ``n`` rows from the ``first``-th on, in the order of the table, or by the column ``order``.

        ``-name`` is the other way round; rows of one value stay in the order of the table, those of none come last.
        O(n log n).

        Raises:
            FactsError: no such column.
        """
        check_page(n, first)
        found = self.held.rows.iloc[np.flatnonzero(self.mask())]
        wanted, name = None if columns is None else list(one_or_more(columns)), order.removeprefix("-")
        for column in (*filter(None, [name]), *(wanted or ())):
            if column not in found:
                raise FactsError(did_you_mean("列", column, found.columns))
        if name:
            found = found.sort_values(name, ascending=order == name, kind="stable", na_position="last")
        found = found.iloc[first : first + n]
        return found if wanted is None else found[wanted]

    def all_keys(self) -> np.ndarray:
        """Return the hashes of the keys of all rows that pass (int64)."""
        return self.held.rows["key_hash"].to_numpy(np.int64)[self.mask()]

    def frame(self, columns: str | Sequence[str] | None = None) -> dd.DataFrame:
        """Return the rows that pass as a lazy dataframe."""
        import dask.dataframe as dd

        return dd.from_pandas(self.rows(self.n_all, columns), npartitions=1)

    def look(self) -> None:
        """Find the rows that hold the words chosen; raises ``FactsError`` where they cannot be looked for."""
        self.mask()

    # Behind it

    def _found(self, name: str, chosen: Sequence[str]) -> np.ndarray:
        """Return the keys of the rows that a search finds, looked for once."""
        asked = (name, tuple(chosen))
        if self._held_keys is None or self._held_keys[0] != asked:
            rows = type(self).holding[name](self.resources, asked[1])
            self._held_keys = asked, rows.keys
        return self._held_keys[1]

    def _like(self, **filters: Any) -> Self:
        return type(self)(self.resources, self.row_set, self.held, **filters)

    def _last_code(self, dimension: Days) -> int:
        days = self.held.first[~np.isnat(self.held.first)]
        return dimension.code(days.max().item()) if len(days) else 0

    def _count(self, dimension: str, passes: np.ndarray) -> np.ndarray:
        found = self.schema.dimension(dimension)
        if isinstance(found, Codes):
            return self.held.members[dimension][passes].sum(axis=0, dtype=np.int64)
        if not isinstance(found, Days):
            raise FactsError(f"“{found.title}”不能计数")
        return np.bincount(self._day_codes(passes), minlength=self._last_code(found) + 1).astype(np.int64)

    def _day_codes(self, passes: np.ndarray) -> np.ndarray:
        """Return the code of the first day of each row that passes."""
        epoch = np.datetime64(self._time.epoch, "D")
        day = self.held.first[passes]
        known = ~np.isnat(day)
        return np.where(known, np.maximum((np.where(known, day, epoch) - epoch).astype(np.int64) + 2, 1), 0)


def frame_selection(
    read: Callable[[Library], FrameTable],
    schema: FactSchema,
    base: type[FrameSelection] = FrameSelection,
    holding: Mapping[str, Holding] | None = None,
    **words: str,
) -> type[Selection]:
    """Return the class of selections over the frame that ``read`` gives; it extends ``base``.

    ``holding`` finds the rows that hold some words, for dimensions of words that are not looked for in ``text``.
    """
    made = selection_class(base, schema, **words)
    made.read = staticmethod(read)
    made.holding = dict(holding or {})
    return made
