"""The filters on documents and their spread that the page, its links and its exports share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from shuju.views.filters import Filters
from shuju.views.issue_filters import in_regions


@dataclass(frozen=True)
class SpreadFilters(Filters):
    """What is chosen among documents that were carried; ``words`` must all be said, a prefecture holds its counties.

    ``level`` and ``region`` are those of the site that published the document; ``day`` when it did.
    """

    NAMES: ClassVar[Mapping[str, str]] = {
        "genre": "类别",
        "topic": "主题",
        "level": "首发层级",
        "region": "首发地区",
        "shape": "形态",
        "words": "含有",
        "day": "首发日期",
    }

    genre: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def documents_pass(documents: pd.DataFrame, filters: SpreadFilters, but: str | None = None) -> np.ndarray:
    """Tell which documents (as of ``spread_data``) pass all filters, that of the dimension ``but`` left out. O(documents)."""
    passes = np.ones(len(documents), bool)
    for name, column, unknown in (
        ("genre", "genre", "未知"), ("topic", "topic_1", "未分类"), ("level", "level", "未知"), ("shape", "shape", "未知"),
    ):  # fmt: skip
        chosen = getattr(filters, name)
        if chosen and but != name:
            passes &= documents[column].astype(object).fillna(unknown).isin(chosen).to_numpy(bool)
    if filters.region and but != "region":
        passes &= in_regions(documents["region_code"].fillna(""), filters.region)
    for word in filters.words:
        passes &= documents["said"].str.contains(word.lower(), regex=False).to_numpy(bool)
    if filters.day:
        day = documents["published_at"].to_numpy().astype("datetime64[D]")
        passes &= (day >= np.datetime64(filters.day[0])) & (day <= np.datetime64(filters.day[1]))
    return passes
