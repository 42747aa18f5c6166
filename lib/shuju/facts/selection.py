"""A selection: what is chosen in each dimension of a table, and the counts, rows and address that follow from it.

No Panel here: a selection works in a script, in a notebook and behind a page alike.

Long, since it is the whole contract of a selection.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
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
from shuju.facts.periods import AGAINST, compare, counts_then, daily, group_names, starts_of
from shuju.facts.schema import UNKNOWN, Days, Dimension, FactSchema, FactsError, Words
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
UNITS = {"day": "日", "week": "周", "month": "月"}


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

    def cube(self, dimensions: Sequence[str]) -> xr.DataArray:
        """Return ``n``, the number of rows under all filters, by ``dimensions``; ``left_out`` counts rows without a day."""
        raise NotImplementedError

    def all_keys(self) -> np.ndarray:
        """Return the hashes of the keys of all rows that pass (int64, in no order)."""
        raise NotImplementedError

    def rows(
        self, n: int = 20, columns: Sequence[str] | None = None, *, first: int = 0, order: str = ""
    ) -> pd.DataFrame:
        """Return ``n`` rows from the ``first``-th on, newest first, or by ``order``, with public (masked) columns."""
        raise NotImplementedError

    def frame(self, columns: Sequence[str] | None = None) -> dd.DataFrame:
        """Return the rows that pass as a lazy dataframe, at the version that the counts are of."""
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
                values[name] = _days(value)
                continue
            values[name] = [] if value is None else [value] if isinstance(value, str) else list(value)
            if not isinstance(self.schema.dimension(name), Words):
                self._check_labels(name, values[name])
        self.param.update(**values)

    def counts(self, dimension: str) -> pd.Series:
        """Return the number of rows by label (int64, unknown included), under all filters but the dimension's own."""
        self.schema.dimension(dimension)
        return pd.Series(self.codes_of(dimension), pd.Index(self.labels(dimension), name=dimension), name="n")

    def chosen_counts(self, dimension: str) -> pd.Series:
        """Return the number of rows by label under all filters, that of the dimension too."""
        counts = self.counts(dimension)
        return counts * self.passing(dimension)

    def facet(self, dimension: str) -> pd.DataFrame:
        """Return the labels that any row has: ``label, name, n, n_all, is_on, is_unknown``; unknown comes last."""
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
        if unit not in UNITS:
            raise FactsError(did_you_mean("时间单位", unit, UNITS))
        if against and against not in AGAINST:
            raise FactsError(did_you_mean("对比", against, AGAINST))
        counted = daily(self, by)
        names = group_names(self, by, counted.columns) if by else ["n"]
        within = counted * self.passing(self._time.name)[2 : len(counted) + 2, None]
        known = np.flatnonzero(within.to_numpy().any(axis=1))
        if not len(known):
            empty = pd.DataFrame(columns=names, index=counted.index[:0], dtype="int64")
            if not against:
                return empty if by else empty["n"]
            beside = {name: empty[[name]].set_axis(["n"], axis=1).assign(then=np.nan) for name in names}
            return pd.concat(beside, axis=1, names=[by]) if by else beside["n"]
        shown = within.iloc[known[0] : known[-1] + 1]
        starts = starts_of(shown.index.to_numpy().astype("datetime64[D]"), unit)
        found = shown.groupby(pd.DatetimeIndex(starts.astype("datetime64[s]"), name=shown.index.name)).sum()
        found.columns = pd.Index(names, name=by or None)
        if not against:
            return found if by else found["n"]
        last = shown.index[-1].date()
        begins = found.index.to_numpy().astype("datetime64[D]")
        ends = np.r_[begins[1:], np.datetime64(last, "D") + 1]
        then = {
            name: counts_then(
                begins, ends, counted[label], compare(self, counted[label], against), unit, last
            )
            for name, label in zip(names, counted.columns, strict=True)
        }
        if not by:
            return found.assign(then=then["n"])
        return pd.concat(
            {name: pd.DataFrame({"n": found[name], "then": then[name]}) for name in names}, axis=1, names=[by]
        )

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

    # For subclasses

    def _like(self, **filters: Any) -> Self:
        raise NotImplementedError

    @property
    def _time(self) -> Days:
        dimension = self.schema.dimension(self.schema.time or "")
        assert isinstance(dimension, Days)
        return dimension

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


@cache
def selection_class(base: type[Selection], schema: FactSchema, **words: str) -> type[Selection]:
    """Return the class of selections of one table: a parameter for each dimension that has a title."""
    members: dict[str, Any] = {d.name: _parameter(d) for d in schema.filters}
    name = "".join(part.title() for part in schema.name.split("_")) + "Selection"
    return type(
        name,
        (base,),
        members | {"schema": schema, "__doc__": base.__doc__, "__module__": base.__module__} | words,
    )


def _parameter(dimension: Dimension) -> param.Parameter:
    if isinstance(dimension, Days):
        return param.CalendarDateRange(default=None, allow_None=True, label=dimension.title)
    if isinstance(dimension, Words):
        return param.List(default=[], item_type=str, label=dimension.title)
    return Labels(default=[], objects=[], check_on_set=True, label=dimension.title)


class Labels(param.ListSelector):
    """Labels chosen of one dimension; what it lacks is refused as ``select`` refuses it."""

    def _validate(self, val: Any) -> None:
        """Raise ``FactsError`` in Chinese where ``val`` is no list of labels that there are."""
        try:
            super()._validate(val)
        except ValueError:
            if not isinstance(val, list):
                raise FactsError(f"“{self.label}”应写成取值的列表，如 [{val!r}]") from None
            kind, known = f"“{self.label}”的取值", [str(label) for label in self.objects]
            wrong = next(label for label in val if label not in self.objects)
            raise FactsError(did_you_mean(kind, str(wrong), known)) from None


def _days(value: Any) -> tuple[dt.date, dt.date] | None:
    """Return two days, the first first; a text or a day stands for one day."""
    if value is None:
        return None
    ends = (value, value) if isinstance(value, str | dt.date) else tuple(value)
    try:
        days = tuple(
            v.date()
            if isinstance(v, dt.datetime)
            else v
            if isinstance(v, dt.date)
            else dt.date.fromisoformat(v)
            for v in ends
        )
    except (TypeError, ValueError):
        raise FactsError(f'日期 {value!r} 应写成 ("2024-01-01", "2024-06-30")') from None
    if len(days) != 2 or days[0] > days[1]:
        raise FactsError(f"日期 {value!r} 应有开始与结束，开始不晚于结束")
    return days


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(f'"{day}"' for day in value) + ")"
    return json.dumps(value, ensure_ascii=False)
