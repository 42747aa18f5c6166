"""The downloads of letters: their rows as the page shows them, and the briefing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import pyarrow as pa

from shuju.facts.selection import Selection
from shuju.pages.letters.briefing import TITLE, write_briefing
from shuju.ui.exports import Briefing, register, rows_of

ISSUE = {"issue_id": "热点诉求编号", "issue_title": "所属热点诉求"}


def _issues(selection: Selection) -> Callable[[pa.Table], Mapping[str, pa.Array]]:
    """Return what gives letters the hot issue that they belong to; a matter of fewer people is none, and not told of."""
    library = selection.resources
    members = library.read("issue_letters", ["letter_id", "issue_id"]).set_index("letter_id")["issue_id"]
    titles = library.read("hot_issues", ["issue_id", "title"]).set_index("issue_id")["title"]

    def of(rows: pa.Table) -> Mapping[str, pa.Array]:
        issue = pd.Series(rows.column("letter_id").to_pandas()).map(members)
        issue = issue.where(issue.isin(titles.index))
        found = zip(ISSUE, (issue, issue.map(titles)), strict=True)
        return {name: pa.array(values, pa.string(), from_pandas=True) for name, values in found}

    return of


register(
    rows_of(
        "letters",
        "来信",
        (
            "letter_id", "title", "body", "written_at", "@library", "@region", "@channel", "@topic", "@topic_by",
            "topic_2", "@motive", "department", "@age", "@sex", "@status", "likes", "@answer", "reply", "replied_at", "@term",
            "reply_department", "satisfaction", "@source", "ingested_at", "revision",
        ),
        _issues,
        ISSUE,
    ),
    Briefing("letters-briefing", TITLE, "letters", lambda letters, _, path, as_of: write_briefing(letters, path, as_of)),
)  # fmt: skip
