"""What a fact table is made of: dimensions of small integer codes, coordinates, row locators.

In every dimension code 0 means that the value is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from shuju.catalog import did_you_mean

UNKNOWN = 0
MAX_DIMENSIONS = 100
SECOND = "second_of_day"


class FactsError(ValueError):
    """A fact table, or a question put to it, is wrong; the message is Chinese and for the user."""


def one_or_more(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names that somebody gave; a text is one name.

    Raises:
        FactsError: they are no names, or one is there twice.
    """
    if not isinstance(names, Iterable):
        raise FactsError(f"应写一个名字，或名字的列表，不能是 {names!r}")
    found = (names,) if isinstance(names, str) else tuple(names)
    if twice := [name for at, name in enumerate(found) if name in found[:at]]:
        raise FactsError(f"{twice[0]!r} 写了两次")
    return found


@dataclass(frozen=True)
class Codes:
    """A dimension of labels; code ``k`` is the ``k``-th label.

    ``labels`` are those known beforehand, in the order to show; others follow as they arrive.
    A null, an empty string and ``null`` itself are all code 0. ``title`` is the Chinese name, under
    which people filter by it; without one it is counted only. ``names`` says what gives the labels their
    Chinese names: a code list, ``sources`` or ``sites``; ``column`` is the column of the library's table
    that holds the same values, by which files are pruned.
    """

    name: str
    labels: tuple[str, ...] = ()
    null: str = "未知"
    title: str = ""
    names: str = ""
    column: str = ""


@dataclass(frozen=True)
class Days:
    """A dimension of days; code ``k`` is the day ``epoch + (k - 2)``.

    Days before ``epoch`` are counted together under code 1, the day before it, so that one
    stray date does not stretch every histogram.
    """

    name: str
    epoch: date
    null: str = "未知"
    title: str = ""
    column: str = ""

    def day(self, code: int) -> date:
        """Return the day of ``code`` (at least 1)."""
        return self.epoch + timedelta(days=int(code) - 2)

    def code(self, day: date) -> int:
        """Return the code of ``day``, 1 for any day before the epoch."""
        return max((day - self.epoch).days + 2, 1)


@dataclass(frozen=True)
class Bins:
    """A dimension of numbers; code ``k`` is ``edges[k - 2] <= value < edges[k - 1]``, open at both ends."""

    name: str
    edges: tuple[float, ...]
    null: str = "未知"
    title: str = ""
    unit: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The Chinese label of each bin, from code 1 on."""
        shown = [f"{edge:g}" for edge in self.edges]
        inner = (f"{low}至{high}" for low, high in pairwise(shown))
        return (f"{shown[0]}以下", *inner, f"{shown[-1]}及以上")


@dataclass(frozen=True)
class Words:
    """What a row's text must hold: every word, or what every search finds. No table has a column of it."""

    name: str
    title: str = "含有"


Dimension = Codes | Days | Bins | Words
_KINDS: Mapping[str, type] = {"codes": Codes, "days": Days, "bins": Bins}


@dataclass(frozen=True)
class FactSchema:
    """The columns of a fact table; a batch must have a column of each name.

    ``time`` names the ``Days`` dimension by which rows are ordered; the second of the day is
    kept beside it. ``x`` and ``y`` (float32) place a row on a map. ``locators`` (int64, no
    nulls) lead from a row back to the library. ``made_of`` names what else than the rows the codes depend on:
    where it changes, the table is written anew.

    Raises:
        FactsError: a name is used twice, ``time`` is no ``Days`` dimension, or edges do not rise.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    time: str | None = None
    x: str | None = None
    y: str | None = None
    locators: tuple[str, ...] = ()
    made_of: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be stored."""
        names = [*self.columns, SECOND]
        if len(set(names)) < len(names):
            raise FactsError(f"事实表 {self.name!r} 的列名有重复：{'、'.join(names)}")
        if not 1 <= len(self.dimensions) <= MAX_DIMENSIONS:
            raise FactsError(f"事实表 {self.name!r} 须有 1 至 {MAX_DIMENSIONS} 个维度")
        if (self.x is None) != (self.y is None):
            raise FactsError(f"事实表 {self.name!r} 的坐标 x 与 y 须同时给出")
        if self.time is not None and not isinstance(self.dimension(self.time), Days):
            raise FactsError(f"{self.time!r} 不是日期维度，不能作为时间")
        for dimension in self.dimensions:
            if isinstance(dimension, Bins) and not (
                dimension.edges and np.all(np.diff(np.asarray(dimension.edges, float)) > 0)
            ):
                raise FactsError(f"维度 {dimension.name!r} 的分界须由小到大")
            if isinstance(dimension, Codes) and len({*dimension.labels, dimension.null, ""}) < 2 + len(
                dimension.labels
            ):
                raise FactsError(f"维度 {dimension.name!r} 的标签有重复")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the dimensions."""
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that a batch must have."""
        return (*self.names, *(name for name in (self.x, self.y) if name is not None), *self.locators)

    @property
    def filters(self) -> tuple[Dimension, ...]:
        """The dimensions by which people filter: those with a title."""
        return tuple(dimension for dimension in self.dimensions if dimension.title)

    def dimension(self, name: str) -> Dimension:
        """Return the dimension ``name``, or raise ``FactsError``."""
        for dimension in self.dimensions:
            if dimension.name == name:
                return dimension
        raise FactsError(did_you_mean("维度", name, self.names))


def to_json(schema: FactSchema) -> dict[str, Any]:
    """Return ``schema`` as plain data for the manifest."""
    kind_of = {cls: kind for kind, cls in _KINDS.items()}
    plain = asdict(schema)
    plain["dimensions"] = [{"kind": kind_of[type(d)], **asdict(d)} for d in schema.dimensions]
    for dimension in plain["dimensions"]:
        if "epoch" in dimension:
            dimension["epoch"] = dimension["epoch"].isoformat()
    return plain


def from_json(plain: Mapping[str, Any]) -> FactSchema:
    """Return the schema that ``to_json`` made ``plain`` of."""
    rest = {f.name: plain[f.name] for f in fields(FactSchema) if f.name != "dimensions" and f.name in plain}
    rest["locators"] = tuple(rest["locators"])
    return FactSchema(dimensions=tuple(_dimension(d) for d in plain["dimensions"]), **rest)


def _dimension(plain: Mapping[str, Any]) -> Dimension:
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items() if k != "kind"}
    if "epoch" in values:
        values["epoch"] = date.fromisoformat(values["epoch"])
    return _KINDS[plain["kind"]](**values)
