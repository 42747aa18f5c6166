"""The filters on records that the panorama, its links, its drill-down and its exports share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from shuju.facts import Range
from shuju.facts.filters import Filters
from shuju.library import Library, LibraryError
from shuju.standard import code_list, region

# Which code list names a dimension's labels; sites and sources name themselves.
CODE_LISTS = {
    "library": "libraries",
    "region": "regions",
    "level": "levels",
    "kind": "site_kinds",
    "genre": "genres",
    "topic": "topics",
}
NAMES = {
    "library": "资源库",
    "region": "地区",
    "level": "层级",
    "kind": "网站类别",
    "genre": "信息类别",
    "topic": "主题",
    "site": "网站",
    "source": "来源系统",
    "day": "发布日期",
}
UNKNOWN = "未知"


@dataclass(frozen=True)
class RecordFilters:
    """What is chosen in each dimension (any of the labels); nothing means all. ``day`` is inclusive."""

    library: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    genre: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    day: tuple[dt.date, dt.date] | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> RecordFilters:
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
                check_labels(name, labels)
                chosen[name] = labels
        return cls(**chosen)

    def to_query(self) -> dict[str, str]:
        """Return every filter as an address holds it, those not set too."""
        query = {name: ",".join(getattr(self, name)) for name in NAMES if name != "day"}
        return query | {"day": f"{self.day[0]}_{self.day[1]}" if self.day else ""}

    def for_facts(self) -> Filters:
        """Return the filters as ``shuju.facts`` takes them."""
        chosen: dict[str, Any] = {n: getattr(self, n) for n in NAMES if n != "day" and getattr(self, n)}
        if self.day:
            chosen["day"] = Range(*self.day)
        return chosen


def _days(text: str) -> tuple[dt.date, dt.date]:
    start, _, end = text.partition("_")
    try:
        days = dt.date.fromisoformat(start), dt.date.fromisoformat(end or start)
    except ValueError:
        raise ValueError(f"日期 {text!r} 应写成 2024-01-01_2024-06-30") from None
    if days[0] > days[1]:
        raise ValueError(f"日期 {text!r} 的开始晚于结束")
    return days


def check_labels(name: str, labels: tuple[str, ...]) -> None:
    """Raise ``ValueError`` where a label is not in its dimension's code list."""
    if name in CODE_LISTS:
        known = code_list(CODE_LISTS[name]).names
        for label in labels:
            if label not in known and label not in (UNKNOWN, "未分类"):
                raise ValueError(f"{NAMES[name]} {label!r} 不在代码表中")


def label_name(name: str, label: str) -> str:
    """Return the Chinese name of a dimension's label, 湘西土家族苗族自治州 shortened as usual."""
    if name == "region" and label not in (UNKNOWN,):
        return region(label).name
    if name in CODE_LISTS:
        return code_list(CODE_LISTS[name]).names.get(label, label).replace("土家族苗族自治州", "州")
    return label


def describe(filters: RecordFilters) -> str:
    """Return the filters in words, for the head of an export or a chart."""
    parts = [
        f"{NAMES[name]}：{'、'.join(label_name(name, v) for v in getattr(filters, name))}"
        for name in NAMES
        if name != "day" and getattr(filters, name)
    ]
    if filters.day:
        parts.append(f"发布日期：{filters.day[0]} 至 {filters.day[1]}")
    return "；".join(parts) or "全部"


def where(filters: RecordFilters, library: Library) -> list[tuple[str, str, Any]] | None:
    """Return the filters as conditions on the table of records.

    Level and kind belong to sites: they become the list of those sites.
    """
    conditions: list[tuple[str, str, Any]] = []
    columns = {
        "library": "library",
        "genre": "genre",
        "topic": "topic_1",
        "site": "site_id",
        "source": "source",
    }
    for name, column in columns.items():
        if getattr(filters, name):
            conditions.append(_any_of(column, getattr(filters, name)))
    if filters.region or filters.level or filters.kind:
        sites = library.sites_frame()
        for name, column in (("region", "region_code"), ("level", "level"), ("kind", "kind")):
            chosen = getattr(filters, name)
            if chosen:
                sites = sites[sites[column].fillna(UNKNOWN).isin(chosen)]
        conditions.append(("site_id", "in", sites["site_id"].tolist()))
    if filters.day:
        start, end = filters.day
        conditions += [
            ("published_at", ">=", dt.datetime.combine(start, dt.time())),
            ("published_at", "<", dt.datetime.combine(end + dt.timedelta(days=1), dt.time())),
        ]
    return conditions or None


def _any_of(column: str, labels: tuple[str, ...]) -> tuple[str, str, Any]:
    unknown = [label for label in labels if label in (UNKNOWN, "未分类")]
    if unknown and len(labels) > len(unknown):
        raise LibraryError("“未知”不能与其他取值同时导出；请分别导出")
    return (column, "is null", None) if unknown else (column, "in", list(labels))
