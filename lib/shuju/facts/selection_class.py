"""The class of selections of one table: a parameter for each dimension that people filter by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import param

from shuju.catalog import did_you_mean
from shuju.facts.schema import Days, Dimension, FactSchema, FactsError, Words

if TYPE_CHECKING:
    from shuju.facts.selection import Selection


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
        return Span(default=None, allow_None=True, label=dimension.title)
    if isinstance(dimension, Words):
        return param.List(default=[], item_type=str, label=dimension.title)
    return Labels(default=[], objects=[], check_on_set=True, label=dimension.title)


class Span(param.CalendarDateRange):
    """Two days, both included, as ``select`` takes them."""

    def __set__(self, obj: Any, val: Any) -> None:
        """Take two days, one, or none; raise ``FactsError`` in Chinese for anything else."""
        super().__set__(obj, two_days(val))


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
            labels_given(self.label, val)
            wrong = next(label for label in val if label not in self.objects)
            raise FactsError(did_you_mean(kind, str(wrong), known)) from None


def two_days(value: Any) -> tuple[dt.date, dt.date] | None:
    """Return two days, the first first; a text or a day stands for one day, None for no filter.

    Raises:
        FactsError: it is none of them.
    """
    if value is None:
        return None
    is_one = isinstance(value, str | dt.date | np.datetime64) or not isinstance(value, Iterable)
    try:
        days = tuple(map(_day, (value, value) if is_one else value))
    except (TypeError, ValueError):
        raise FactsError(f'日期 {value!r} 应写成 "2024-01-01"，或 ("2024-01-01", "2024-06-30")') from None
    if len(days) != 2 or days[0] > days[1]:
        raise FactsError(f"日期 {value!r} 应有开始与结束，开始不晚于结束")
    return days


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value).date()
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def labels_given(title: str, value: Any) -> list[str]:
    """Return the labels that somebody chose: a text is one, None is none.

    Raises:
        FactsError: a label that is no text: codes are texts, too.
    """
    if value is None or isinstance(value, str):
        return [] if value is None else [value]
    labels = list(value) if isinstance(value, Iterable) else [value]
    for label in labels:
        if not isinstance(label, str):
            raise FactsError(f"“{title}”的取值是文字，应写 {str(label)!r}，不能是 {label!r}")
    return labels
