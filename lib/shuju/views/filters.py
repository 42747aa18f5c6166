"""Filters on a fact table, as parameters, addresses, exports and words know them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from shuju.facts import Range
from shuju.facts.filters import Filters as FactFilters
from shuju.standard import code_list, region

# Which code list names a dimension's labels; what is not here names itself.
CODE_LISTS = {
    "library": "libraries",
    "region": "regions",
    "level": "levels",
    "kind": "site_kinds",
    "genre": "genres",
    "topic": "topics",
    "channel": "channels",
    "motive": "motives",
    "age": "age_bands",
    "sex": "sexes",
    "status": "letter_statuses",
    "stage": "stages",
    "warning": "warning_kinds",
    "shape": "spread_shapes",
}
UNKNOWN = ("未知", "未分类", "未答复")


@dataclass(frozen=True)
class Filters:
    """What is chosen in each dimension (any of the labels); nothing means all. ``day`` is inclusive.

    A subclass has a field for each dimension, and ``NAMES`` their Chinese names.
    """

    NAMES: ClassVar[Mapping[str, str]] = {}

    day: tuple[dt.date, dt.date] | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read the filters of an address: values apart by commas, ``day=2024-01-01_2024-06-30``.

        Raises:
            ValueError: a dimension or a value that does not exist; the message is for the user.
        """
        known = {f.name for f in fields(cls)}
        chosen: dict[str, Any] = {}
        for name, text in query.items():
            if name not in known:
                raise ValueError(f"没有筛选项 {name!r}；可用：{'、'.join(sorted(known))}")
            if not text:
                continue
            if name == "day":
                chosen[name] = _days(text)
            else:
                labels = tuple(part for part in text.split(",") if part)
                check_labels(name, cls.NAMES[name], labels)
                chosen[name] = labels
        return cls(**chosen)

    def to_query(self) -> dict[str, str]:
        """Return every filter as an address holds it, those not set too."""
        query = {name: ",".join(getattr(self, name)) for name in self.NAMES if name != "day"}
        return query | {"day": f"{self.day[0]}_{self.day[1]}" if self.day else ""}

    def for_facts(self) -> FactFilters:
        """Return the filters as ``shuju.facts`` takes them."""
        chosen: dict[str, Any] = {n: getattr(self, n) for n in self.NAMES if n != "day" and getattr(self, n)}
        if self.day:
            chosen["day"] = Range(*self.day)
        return chosen

    def describe(self) -> str:
        """Return the filters in words, for the head of an export or a chart."""
        parts = [
            f"{title}：{'、'.join(label_name(name, v) for v in getattr(self, name))}"
            for name, title in self.NAMES.items()
            if name != "day" and getattr(self, name)
        ]
        if self.day:
            parts.append(f"{self.NAMES['day']}：{self.day[0]} 至 {self.day[1]}")
        return "；".join(parts) or "全部"


def _days(text: str) -> tuple[dt.date, dt.date]:
    start, _, end = text.partition("_")
    try:
        days = dt.date.fromisoformat(start), dt.date.fromisoformat(end or start)
    except ValueError:
        raise ValueError(f"日期 {text!r} 应写成 2024-01-01_2024-06-30") from None
    if days[0] > days[1]:
        raise ValueError(f"日期 {text!r} 的开始晚于结束")
    return days


def check_labels(name: str, title: str, labels: tuple[str, ...]) -> None:
    """Raise ``ValueError`` where a label is not in its dimension's code list."""
    if name in CODE_LISTS:
        known = code_list(CODE_LISTS[name]).names
        for label in labels:
            if label not in known and label not in UNKNOWN:
                raise ValueError(f"{title} {label!r} 不在代码表中")


def label_name(name: str, label: str) -> str:
    """Return the Chinese name of a dimension's label, 湘西土家族苗族自治州 shortened as usual."""
    if label in UNKNOWN:
        return label
    if name == "region":
        return region(label).name
    if name == "reply_days":
        return label + "天"
    if name in CODE_LISTS:
        return code_list(CODE_LISTS[name]).names.get(label, label).replace("土家族苗族自治州", "州")
    return label
