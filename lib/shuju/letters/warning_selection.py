"""Selections of warnings (预警), newest first, and those that go with a selection of hot issues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from shuju.facts.frame_selection import FrameTable, frame_selection
from shuju.facts.schema import Codes, Days, FactSchema
from shuju.facts.selection import Selection
from shuju.facts.subset import RowSet
from shuju.letters.ongoing import TABLES, OngoingSelection, ongoing_table
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.standard import code_list, regions


@cache
def schema() -> FactSchema:
    """Return the dimensions of warnings."""
    return FactSchema(
        name="warnings",
        dimensions=(
            Codes("warning", code_list("warning_kinds").codes, title="预警类别", names="warning_kinds"),
            Codes("topic", code_list("topics").codes, "未分类", title="主题", names="topics"),
            Codes("region", tuple(r.code for r in regions()), title="地区", names="regions"),
            Days("day", date(2000, 1, 1), title="日期"),
        ),
        time="day",
    )


SHARED = ("topic", "region", "day")


@versioned(*TABLES)
def newest(library: Library) -> FrameTable:
    """Return the warnings as they are now, the surest of a day first."""
    rows = library.read("warnings", [*library.catalog.table("warnings").columns, "key_hash"])
    rows = rows.sort_values(["day", "p", "warning_id"], ascending=[False, True, True], ignore_index=True)
    values = {"warning": rows["kind"], "topic": rows["topic_1"], "region": rows["region_code"]}
    return ongoing_table(
        library, schema(), rows, values, ("first_day", "day"), pd.Series("", rows.index, dtype=str)
    )


def selection(library: Library, row_set: RowSet | None = None, /, **filters: object) -> Selection:
    """Return a selection of warnings."""
    made = frame_selection(newest, schema(), OngoingSelection, unit="条", noun="预警")
    return made(library, row_set, **filters)


def warnings_beside(issues: Selection, kinds: Sequence[str] = ()) -> Selection:
    """Return the warnings of the topics, regions and days that are chosen among hot issues, of some ``kinds`` (all)."""
    chosen = {name: getattr(issues, name) for name in SHARED}
    return selection(issues.resources, warning=list(kinds), **chosen)


def issue_counted(warning_id: str, issue_id: Any) -> str:
    """Return the issue whose letters alone a warning counts; nothing where it counts all letters of its place, topic and days."""
    return issue_id if isinstance(issue_id, str) and warning_id.startswith(f"{issue_id}-") else ""


def where_counted(warning: Any) -> str:
    """Return the address of the page that shows the letters which a warning (a row of the table) counts."""
    if issue := issue_counted(warning.warning_id, warning.issue_id):
        return f"issue?{urlencode({'id': issue})}"
    days = "_".join(f"{pd.Timestamp(at):%Y-%m-%d}" for at in (warning.first_day, warning.day))
    chosen = {"region": warning.region_code, "topic": warning.topic_1, "day": days}
    told = {name: value for name, value in chosen.items() if isinstance(value, str) and value}
    return f"letters?{urlencode(told, safe=',_')}"
