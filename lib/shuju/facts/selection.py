"""A selection: what is chosen in each dimension of a table, and the counts, rows and address that follow from it.

No Panel here: a selection works in a script, in a notebook and behind a page alike.

Long, since it is the whole contract of a selection.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
import param
import xarray as xr

from shuju.catalog import did_you_mean
from shuju.facts.address import parse, take_query, to_query
from shuju.facts.cards import find
from shuju.facts.filters import Range
from shuju.facts.naming import names_of
from shuju.facts.periods import time_of
from shuju.facts.schema import UNKNOWN, Days, FactSchema, FactsError, Words
from shuju.facts.selection_class import labels_given, two_days
from shuju.facts.series import series
from shuju.facts.store import Identity
from shuju.library import Library
from shuju.library.scope import Scope

if TYPE_CHECKING:
    import dask.dataframe as dd
    from panel.viewable import Viewer

    from shuju.facts.subset import RowSet

# Days that hold fewer than one row in a thousand, at the very beginning, are not drawn.
STRAY_SHARE = 0.001
Holding = Callable[[Library, Sequence[str]], "RowSet"]


class Selection(param.Parameterized):
    """What is chosen among the rows of one table: a parameter for each dimension that has a title.

    A parameter of labels is a list (any of them; an empty one means all), ``day`` a pair of dates, both
    included. ``select`` makes selections; a subclass answers from one kind of table. One thread at a time
    may change a selection or ask it; ``copy`` gives one of its own.
    """

    schema: ClassVar[FactSchema]
    unit: ClassVar[str] = "条"
    noun: ClassVar[str] = "信息"
    time_label: ClassVar[str] = "日期"

    resources: Library
    row_set: RowSet | None
    # What keeps the cards on a page up to this selection; a page puts it here.
    link: Any = None

    def __init__(self, library: Library, row_set: RowSet | None = None, /, **filters: Any):
        """Choose ``filters`` among the rows of ``library`` that its scope shows, and that are in ``row_set``.

        Raises:
            FactsError: no such dimension, or no such label in it.
        """
        super().__init__(name=self.schema.name)
        self.resources, self.row_set = library, row_set
        self._take_labels()
        self.choose(**filters)

    # What a subclass answers

    @property
    def total(self) -> int:
        """How many rows pass all filters."""
        raise NotImplementedError

    @property
    def n_all(self) -> int:
        """How many rows there are without any filter."""
        raise NotImplementedError

    @property
    def identity(self) -> Identity:
        """What tells the rows behind this selection from all others."""
        raise NotImplementedError

    @property
    def as_of(self) -> dt.datetime | None:
        """The time of the newest row that these rest on: what the data reach to (数据截至; Asia/Shanghai)."""
        raise NotImplementedError

    @property
    def newest(self) -> dt.datetime | None:
        """The time of the newest row that passes; None if none has any."""
        raise NotImplementedError

    def labels(self, dimension: str) -> tuple[str, ...]:
        """Return all labels of a dimension in the order of their codes, that of unknown first."""
        raise NotImplementedError

    def codes_of(self, dimension: str) -> np.ndarray:
        """Return the count of each code under all filters but the dimension's own (int64)."""
        raise NotImplementedError

    def codes_of_all(self, dimension: str) -> np.ndarray:
        """Return the count of each code without any filter (int64)."""
        raise NotImplementedError

    def codes_by_day(self, dimension: str) -> np.ndarray:
        """Return the rows by code of the day and code of a dimension (int64, 2-d), under all filters but the day's.

        Raises:
            FactsError: a row may bear several labels of the dimension, so that sums would count it twice.
        """
        raise NotImplementedError

    def passing(self, dimension: str) -> np.ndarray:
        """Return for each code whether the dimension's own filter lets it pass (bool)."""
        raise NotImplementedError

    def cube(self, dimensions: str | Sequence[str]) -> xr.DataArray:
        """Return ``n``, the number of rows under all filters, by ``dimensions`` (a text is one); ``left_out`` counts rows without a day."""
        raise NotImplementedError

    def all_keys(self) -> np.ndarray:
        """Return the hashes of the keys of all rows that pass (int64, in no order)."""
        raise NotImplementedError

    def rows(
        self, n: int = 20, columns: str | Sequence[str] | None = None, *, first: int = 0, order: str = ""
    ) -> pd.DataFrame:
        """Return ``n`` rows from the ``first``-th on, newest first, or by ``order``, with public (masked) columns; a text is one column."""
        raise NotImplementedError

    def frame(self, columns: str | Sequence[str] | None = None) -> dd.DataFrame:
        """Return the rows that pass as a lazy dataframe, at the version that the counts are of; a text is one column."""
        raise NotImplementedError

    def look(self) -> None:
        """Find what the words chosen ask for; raises ``FactsError`` where that cannot be looked for."""

    def activate(self, dimension: str) -> None:
        """Make the next changes of one dimension's filter cheap; nothing by default."""

    # What follows from it

    @property
    def scope(self) -> Scope:
        """What part of the library is seen; it cannot be changed."""
        return self.resources.scope

    @property
    def table(self) -> str:
        """The name of the table."""
        return self.schema.name

    @classmethod
    def filter_names(cls) -> tuple[str, ...]:
        """Return the names of the dimensions that are parameters."""
        return tuple(d.name for d in cls.schema.filters)

    @classmethod
    def title_of(cls, dimension: str) -> str:
        """Return a dimension's Chinese name."""
        return cls.schema.dimension(dimension).title

    @property
    def searches(self) -> tuple[str, ...]:
        """The names of the dimensions of words."""
        return tuple(d.name for d in self.schema.filters if isinstance(d, Words))

    @property
    def filters(self) -> dict[str, Any]:
        """What is chosen, by dimension, as ``shuju.facts`` takes it: labels, or a ``Range`` of days."""
        chosen = {name: getattr(self, name) for name in self.filter_names()}
        return {n: Range(*v) if isinstance(v, tuple) else tuple(v) for n, v in chosen.items() if v}

    def choose(self, **filters: Any) -> None:
        """Set some filters; a text stands for one label, None for no filter.

        Raises:
            FactsError: no such dimension, or no such label in it.
        """
        values = {}
        for name, value in filters.items():
            if name not in self.filter_names():
                raise FactsError(did_you_mean("筛选项", name, self.filter_names()))
            if isinstance(self.schema.dimension(name), Days):
                values[name] = two_days(value)
                continue
            values[name] = labels_given(self.title_of(name), value)
            if not isinstance(self.schema.dimension(name), Words):
                self._check_labels(name, values[name])
        self.param.update(**values)

    def counts(self, dimension: str) -> pd.Series:
        """Return the number of rows by label (int64, unknown included), under all filters but the dimension's own."""
        self._check_countable(dimension)
        return pd.Series(self.codes_of(dimension), pd.Index(self.labels(dimension), name=dimension), name="n")

    def chosen_counts(self, dimension: str) -> pd.Series:
        """Return the number of rows by label under all filters, that of the dimension too."""
        counts = self.counts(dimension)
        return counts * self.passing(dimension)

    def facet(self, dimension: str) -> pd.DataFrame:
        """Return the labels that any row has: ``label, name, n, n_all, is_on, is_unknown``; unknown comes last."""
        self._check_countable(dimension)
        names, on = self.names(dimension), getattr(self, dimension, ())
        labels = self.labels(dimension)
        rows = pd.DataFrame(
            {
                "label": labels,
                "name": [names[label] for label in labels],
                "n": self.codes_of(dimension),
                "n_all": self.codes_of_all(dimension),
                "is_on": [label in on for label in labels],
                "is_unknown": [code == UNKNOWN for code in range(len(labels))],
            }
        )
        rows = pd.concat([rows[1:], rows[:1]])
        return rows[(rows["n_all"] > 0) | rows["is_on"]].reset_index(drop=True)

    def series(self, unit: str = "day", *, by: str = "", against: str = "") -> pd.Series | pd.DataFrame:
        """Return the number of rows under all filters by day, week (from Monday) or month; index: its first day.

        ``by`` is a dimension: a column for each of its most frequent labels, under their Chinese names, and one for all others.
        ``against`` (``before``, ``year``) adds the counts of the period before, or of the year before (float, NaN where the data
        do not reach back): columns ``n`` and ``then``, below each group with ``by``. O(days), with ``by`` a pass over the rows.

        Raises:
            FactsError: no such unit, dimension or comparison.
        """
        return series(self, unit, by, against)

    def names(self, dimension: str) -> Mapping[str, str]:
        """Return the Chinese name of each label of a dimension."""
        return names_of(self.schema.dimension(dimension), self.labels(dimension), self.resources)

    def name_of(self, dimension: str, label: str) -> str:
        """Return the Chinese name of one label."""
        one = names_of(self.schema.dimension(dimension), (label,), self.resources)
        return one[label]

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """The first and the last day of all rows; a few stray early ones are left aside."""
        by_day = self.codes_of_all(self._time.name).copy()
        by_day[:1] = 0
        days = np.flatnonzero(by_day)
        if not len(days):
            today = (self.as_of or dt.datetime(2000, 1, 31)).date()
            return today - dt.timedelta(days=30), today
        first = int(np.searchsorted(np.cumsum(by_day), STRAY_SHARE * by_day.sum(), side="right"))
        return self._time.day(max(first, int(days[0]))), self._time.day(int(days[-1]))

    @property
    def is_synthetic(self) -> bool:
        """Whether any row comes from a source that the catalog calls synthetic (演示数据)."""
        if "source" not in self.schema.names:
            return any(s.synthetic for s in self.resources.catalog.sources.values()) and self.n_all > 0
        sources = self.resources.catalog.sources
        return any(
            n and label in sources and sources[label].synthetic
            for label, n in zip(self.labels("source"), self.codes_of_all("source"), strict=True)
        )

    @property
    def query(self) -> str:
        """The address that holds every filter, those not set too; setting it takes the filters of one."""
        return to_query(self, self.filter_names())

    @query.setter
    def query(self, text: str) -> None:
        refused = self.take(parse(text))
        if refused:
            raise FactsError("；".join(refused))

    def take(self, query: Mapping[str, str]) -> list[str]:
        """Take the filters of an address; return a message in Chinese for each that was refused."""
        refused = take_query(self, self.filter_names(), query)
        if not any(getattr(self, name) for name in self.searches):
            return refused
        try:
            self.look()
        except (
            FactsError
        ) as error:  # what cannot be looked for is no filter: all rows are shown, and it is said
            self.param.update(**{name: [] for name in self.searches})
            refused.append(f"{error}（已去掉这一条件）")
        return refused

    def describe(self) -> str:
        """Return the filters in words."""
        parts = [self.row_set.name] if self.row_set is not None else []
        for name, choice in self.filters.items():
            is_span = isinstance(choice, Range)
            labels = (
                [f"{choice.start} 至 {choice.end}"] if is_span else [self.name_of(name, v) for v in choice]
            )
            parts.append(f"{self.title_of(name)}：{'、'.join(labels)}")
        return "；".join(parts) or "全部"

    def code(self) -> str:
        """Return the line of Python that makes this selection."""
        chosen = {n: v for n in self.filter_names() if (v := getattr(self, n))}
        told = "".join(f", {n}={_literal(v)}" for n, v in chosen.items())
        return f'selection = shuju.select("{self.table}"{told})'

    def card(self, name: str, **options: Any) -> Viewer:
        """Return a view of these rows by its name (``shuju.cards()`` lists them); it follows the filters.

        Raises:
            FactsError: no such card for this table, or no such option.
        """
        card = find(name, self.table)
        if card.table not in ("", self.table):
            raise FactsError(f"图卡 {card.name!r} 属于 {card.table}，不能用于 {self.table} 的选择")
        return card.live(card, self, card.settings(options))

    def view(self, function: Callable[[Self], Any], title: str = "", about: str = "") -> Viewer:
        """Return what ``function(selection)`` gives (an element, a frame, a Panel object) as a card that follows the filters.

        Raises:
            FactsError: ``function`` is none.
        """
        if not callable(function):
            raise FactsError(f"view 要一个函数，它收到选择、给出图或表；{function!r} 不是函数")
        card, name = find("view"), getattr(function, "__name__", type(function).__name__).strip("<>")
        own = replace(
            card, name=name, data=function, title=title or name.replace("_", " "), about=about, table=self.table, has_address=False
        )  # fmt: skip
        return card.live(own, self, {})

    def copy(self, **changes: Any) -> Self:
        """Return another selection of the same rows, with some filters changed."""
        chosen = {name: getattr(self, name) for name in self.filter_names()}
        return self._like(**(chosen | changes))

    def __repr__(self) -> str:
        """Return the table, the filters in words, and how many rows pass."""
        return f"<{self.table}：{self.describe()}；{self.total:,} {self.unit}>"

    __str__ = __repr__

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a filter, or what a selection is made of; a name that is neither would be no filter, and silently so.

        Raises:
            FactsError: there is no such filter; the message suggests the nearest.
        """
        if not name.startswith("_") and not hasattr(type(self), name) and name not in self._made_of:
            raise FactsError(did_you_mean("筛选项", name, self.filter_names()))
        super().__setattr__(name, value)

    # For subclasses

    # What is set of a selection beside its filters.
    _made_of: ClassVar[tuple[str, ...]] = ("resources", "row_set", "link")

    def _check_countable(self, dimension: str) -> None:
        if isinstance(self.schema.dimension(dimension), Words):
            raise FactsError(f"“{self.title_of(dimension)}”没有可列的取值，只能用来筛选")

    def _like(self, **filters: Any) -> Self:
        raise NotImplementedError

    @property
    def _time(self) -> Days:
        return time_of(self)

    def _check_labels(self, dimension: str, labels: Sequence[str]) -> None:
        known = set(self.labels(dimension))
        for label in labels:
            if label not in known:
                kind, seen = f"“{self.title_of(dimension)}”的取值", sorted(self._seen_labels(dimension))
                meant = [
                    code for code, name in self.names(dimension).items() if name == label and code in seen
                ]
                if meant:
                    raise FactsError(f"没有名为 {label!r} 的{kind}，请写代码 {meant[0]!r}")
                near = [f"{code}（{name}）" for code, name in self.names(dimension).items()
                        if label and name.startswith(label) and code in seen and name != code]  # fmt: skip
                if near:
                    raise FactsError(f"没有名为 {label!r} 的{kind}，请写代码，如 {'、'.join(near[:3])}")
                raise FactsError(did_you_mean(kind, str(label), seen))

    def _offered_labels(self, dimension: str) -> list[str]:
        """Return the labels that may be chosen: of those that rows brought, within a scope, only what is seen."""
        labels, found = list(self.labels(dimension)), self.schema.dimension(dimension)
        if getattr(found, "labels", ()) or not self.scope.of(self.table):
            return labels
        seen = self._seen_labels(dimension) | {labels[0]}
        return [label for label in labels if label in seen]

    def _seen_labels(self, dimension: str) -> set[str]:
        """Return the labels that may be suggested: within a scope, those that some row which is seen has."""
        labels = self.labels(dimension)
        if not self.scope.of(self.table):
            return set(labels)
        return {label for label, n in zip(labels, self.codes_of_all(dimension), strict=True) if n}

    def _take_labels(self) -> None:
        for name in self.filter_names():
            if isinstance(self.param[name], param.ListSelector):
                self.param[name].objects = self._offered_labels(name)


def nearest_page(page: int, n: int, rows: int) -> int:
    """Return the page of ``n`` things, ``rows`` a page, that is nearest to ``page``: from 1 to the last."""
    return min(max(page, 1), max(-(-n // rows), 1))


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(f'"{day}"' for day in value) + ")"
    return json.dumps(value, ensure_ascii=False)
