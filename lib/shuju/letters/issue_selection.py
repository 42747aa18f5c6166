"""Selections of hot issues (热点诉求), hottest first."""

from __future__ import annotations

from datetime import date
from functools import cache

from shuju.facts.frame_selection import FrameTable, frame_selection
from shuju.facts.schema import Codes, Days, FactSchema, Words
from shuju.facts.selection import Selection
from shuju.facts.subset import RowSet
from shuju.fulltext.find import SEARCH, searched
from shuju.letters.ongoing import TABLES, OngoingSelection, ongoing_table
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.standard import code_list, regions


@cache
def schema() -> FactSchema:
    """Return the dimensions of hot issues."""
    return FactSchema(
        name="hot_issues",
        dimensions=(
            Codes("stage", code_list("stages").codes, title="阶段", names="stages"),
            Codes("topic", code_list("topics").codes, "未分类", title="主题", names="topics"),
            Codes("region", tuple(r.code for r in regions()), title="地区", names="regions"),
            Words("words"),
            SEARCH,
            Days("day", date(2000, 1, 1), title="日期"),
        ),
        time="day",
    )


@versioned(*TABLES)
def newest(library: Library) -> FrameTable:
    """Return the hot issues as they are now; an issue is in its region of origin and in all that it reached."""
    rows = library.read("hot_issues", [*library.catalog.table("hot_issues").columns, "key_hash"])
    rows = rows.sort_values(["heat", "issue_id"], ascending=[False, True], ignore_index=True)
    values = {
        "stage": rows["stage"],
        "topic": rows["topic_1"],
        "region": rows["region_code"].fillna("") + "," + rows["regions"].fillna(""),
    }
    text = rows["title"].fillna("") + " " + rows["words"].fillna("") + " " + rows["department"].fillna("")
    return ongoing_table(library, schema(), rows, values, ("first_at", "last_at"), text)


def selection(library: Library, row_set: RowSet | None = None, /, **filters: object) -> Selection:
    """Return a selection of hot issues."""
    holding = {SEARCH.name: searched("hot_issues")}
    made = frame_selection(newest, schema(), OngoingSelection, holding, unit="件", noun="热点诉求")
    return made(library, row_set, **filters)
