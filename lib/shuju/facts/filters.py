"""What a user chooses on a dimension → which codes pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from numbers import Integral

import numpy as np
import pandas as pd

from shuju.facts.schema import Days, FactsError
from shuju.facts.store import Facts
from shuju.standard import regions_within

Label = str | int | date | np.datetime64


@dataclass(frozen=True)
class Range:
    """All codes from ``start`` to ``end``, both included; ``None`` leaves a side open.

    Unknown is never in a range. Ends beyond the data are cut to it, so a brush may overshoot.
    """

    start: Label | None = None
    end: Label | None = None


Choice = Range | Collection[Label]
Filters = Mapping[str, Choice]


def passing(facts: Facts, name: str, choice: Choice | None) -> np.ndarray:
    """Return for each code of the dimension whether it passes (bool, ``facts.size(name)``).

    ``choice`` is a ``Range``, a collection of labels (or codes), or ``None`` for everything; an
    empty collection lets nothing pass. A label is a string, a day also a date; an ``int`` is a code.

    Raises:
        FactsError: there is no such dimension or label.
    """
    passes = np.zeros(facts.size(name), bool)
    if choice is None:
        passes[:] = True
    elif isinstance(choice, Range):
        start = 1 if choice.start is None else max(code_of(facts, name, choice.start), 1)
        end = len(passes) - 1 if choice.end is None else code_of(facts, name, choice.end)
        passes[start : max(end + 1, 0)] = True
    elif isinstance(choice, Collection) and not isinstance(choice, str):
        codes = np.array([code for label in choice for code in _codes_under(facts, name, label)], np.int64)
        passes[codes[(codes >= 0) & (codes < len(passes))]] = True
    else:
        raise FactsError(f"维度 {name!r} 的选择应为一组标签或一个范围，实为 {choice!r}")
    return passes


def _codes_under(facts: Facts, name: str, label: Label) -> list[int]:
    """Return the codes that a label stands for: a region holds the regions that lie in it."""
    code = code_of(facts, name, label)
    if getattr(facts.schema.dimension(name), "names", "") != "regions" or not isinstance(label, str):
        return [code]
    known = facts.codes[name]
    return [code, *(known[inner] for inner in regions_within(label) if inner in known)]


def code_of(facts: Facts, name: str, label: Label) -> int:
    """Return the code of ``label``; that of a day or an integer may lie beyond those in use."""
    dimension = facts.schema.dimension(name)
    if isinstance(label, Integral) and not isinstance(label, bool):
        return int(label)
    if isinstance(label, str) and label in facts.codes[name]:
        return facts.codes[name][label]
    day = _as_day(label) if isinstance(dimension, Days) else None
    if day is None:
        raise FactsError(f"维度 {name!r} 没有 {label!r} 这个值")
    return dimension.code(day)


def _as_day(label: Label) -> date | None:
    if pd.isna(label):
        return None
    try:
        if isinstance(label, str):
            label = datetime.fromisoformat(label)
        elif isinstance(label, np.datetime64):
            label = label.astype("datetime64[D]").item()
    except ValueError:
        return None
    if isinstance(label, datetime):
        return label.date()
    return label if isinstance(label, date) else None


def all_passing(facts: Facts, filters: Filters | None) -> dict[str, np.ndarray]:
    """Return ``passing`` for each filtered dimension, without those where everything passes."""
    luts = {name: passing(facts, name, choice) for name, choice in (filters or {}).items()}
    return {name: lut for name, lut in luts.items() if not lut.all()}
