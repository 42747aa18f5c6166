"""The download of hot issues."""

from __future__ import annotations

from shuju.letters.issue_list import issue_export
from shuju.ui.exports import frame_of, register

register(
    frame_of(
        "issues",
        "热点诉求",
        "hot_issues",
        lambda selection, _: issue_export(selection),
        lambda selection: {
            name: column.name
            for name, column in selection.resources.catalog.table("hot_issues").columns.items()
        },
    )
)
