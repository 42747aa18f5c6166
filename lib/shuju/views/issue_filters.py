"""The filters on hot issues and warnings that the page, its links and its exports share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from shuju.views.filters import Filters


@dataclass(frozen=True)
class IssueFilters(Filters):
    """What is chosen among hot issues and warnings; ``words`` must all be said, a prefecture holds its counties.

    ``day``: what was going on at some time of these days. ``stage`` and ``words`` are about issues,
    ``warning`` (its kind) about warnings, the others about both.
    """

    NAMES: ClassVar[Mapping[str, str]] = {
        "stage": "阶段",
        "topic": "主题",
        "region": "地区",
        "words": "含有",
        "warning": "预警类别",
        "day": "日期",
    }

    stage: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    warning: tuple[str, ...] = ()


def issues_pass(issues: pd.DataFrame, filters: IssueFilters, but: str | None = None) -> np.ndarray:
    """Tell which hot issues (columns as of the catalog) pass all filters, that of the dimension ``but`` left out."""
    passes = np.ones(len(issues), bool)
    if filters.stage and but != "stage":
        passes &= issues["stage"].isin(filters.stage).to_numpy()
    if filters.topic and but != "topic":
        passes &= issues["topic_1"].fillna("未分类").isin(filters.topic).to_numpy()
    if filters.region and but != "region":
        where = issues["region_code"].fillna("") + "," + issues["regions"].fillna("")
        passes &= in_regions(where, filters.region)
    if filters.words:
        said = issues[["title", "words", "department"]].fillna("").agg(" ".join, axis=1)
        for word in filters.words:
            passes &= said.str.contains(word, regex=False, case=False).to_numpy(bool)
    if filters.day:
        passes &= _overlap(issues["first_at"], issues["last_at"], filters)
    return passes


def warnings_pass(warnings: pd.DataFrame, filters: IssueFilters) -> np.ndarray:
    """Tell which warnings (columns as of the catalog) pass the filters that are about warnings."""
    passes = np.ones(len(warnings), bool)
    if filters.warning:
        passes &= warnings["kind"].isin(filters.warning).to_numpy()
    if filters.topic:
        passes &= warnings["topic_1"].fillna("未分类").isin(filters.topic).to_numpy()
    if filters.region:
        passes &= in_regions(warnings["region_code"].fillna(""), filters.region)
    if filters.day:
        passes &= _overlap(warnings["first_day"], warnings["day"], filters)
    return passes


def in_regions(codes: pd.Series, chosen: tuple[str, ...]) -> np.ndarray:
    """Tell where ``codes`` (several are apart by commas) has a chosen region, or one that lies in it."""
    stems = [
        code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code for code in chosen
    ]
    known = [stem for stem in stems if stem.isdecimal()]
    if not known:
        return (codes == "").to_numpy(bool)
    return codes.str.contains(rf"\b(?:{'|'.join(known)})", regex=True).to_numpy(bool)


def _overlap(first: pd.Series, last: pd.Series, filters: IssueFilters) -> np.ndarray:
    start, end = (np.datetime64(day, "D") for day in filters.day)
    days = [pd.to_datetime(moments).to_numpy().astype("datetime64[D]") for moments in (first, last)]
    return (days[0] <= end) & (days[1] >= start)
