"""The filters on letters that the page of letters, its links, its drill-down and its exports share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from shuju.facts import Crossfilter, Facts
from shuju.library import Library
from shuju.views.filters import Filters


@dataclass(frozen=True)
class LetterFilters(Filters):
    """What is chosen among letters."""

    NAMES: ClassVar[Mapping[str, str]] = {
        "library": "资源库",
        "region": "地区",
        "channel": "渠道",
        "topic": "主题",
        "topic_by": "主题来源",
        "motive": "来信目的",
        "department": "承办部门",
        "age": "年龄",
        "sex": "性别",
        "status": "办理状态",
        "reply_days": "答复用时",
        "source": "来源系统",
        "day": "来信日期",
    }

    library: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    topic_by: tuple[str, ...] = ()
    motive: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    age: tuple[str, ...] = ()
    sex: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    reply_days: tuple[str, ...] = ()
    source: tuple[str, ...] = ()


def filtered_letters(
    library: Library, facts: Facts, filters: LetterFilters, columns: Sequence[str]
) -> Iterator[pa.Table]:
    """Yield the letters that pass, piece by piece, also by what only the facts know (a topic from the text).

    O(letters of the library); memory is bounded by the piece and 8 bytes a letter that passes.

    Raises:
        FactsError: a label that the facts do not have.
    """
    crossfilter = Crossfilter(facts, filters=filters.for_facts())
    parts = [facts.take("key", positions) for positions in crossfilter.chunks()]
    keys = np.sort(np.concatenate([np.empty(0, np.int64), *parts]))
    for rows in library.stream("letters", [*columns, "key_hash"]):
        found = rows.column("key_hash").to_numpy()
        at = np.minimum(np.searchsorted(keys, found), max(len(keys) - 1, 0))
        inside = keys[at] == found if len(keys) else np.zeros(len(found), bool)
        if inside.any():
            yield rows.filter(pa.array(inside)).select(list(columns))
