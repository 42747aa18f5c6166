"""The filters on records that the panorama, its links, its drill-down and its exports share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shuju.library import Library, LibraryError
from shuju.views.filters import UNKNOWN, Filters


@dataclass(frozen=True)
class RecordFilters(Filters):
    """What is chosen among records."""

    NAMES: ClassVar[Mapping[str, str]] = {
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

    library: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    genre: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    source: tuple[str, ...] = ()


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
                sites = sites[sites[column].fillna("未知").isin(chosen)]
        conditions.append(("site_id", "in", sites["site_id"].tolist()))
    if filters.day:
        start, end = filters.day
        conditions += [
            ("published_at", ">=", dt.datetime.combine(start, dt.time())),
            ("published_at", "<", dt.datetime.combine(end + dt.timedelta(days=1), dt.time())),
        ]
    return conditions or None


def _any_of(column: str, labels: tuple[str, ...]) -> tuple[str, str, Any]:
    unknown = [label for label in labels if label in UNKNOWN]
    if unknown and len(labels) > len(unknown):
        raise LibraryError("“未知”不能与其他取值同时导出；请分别导出")
    return (column, "is null", None) if unknown else (column, "in", list(labels))
