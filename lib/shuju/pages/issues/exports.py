"""The download of hot issues."""

from __future__ import annotations

from shuju.facts.selection import Selection
from shuju.letters.issue_list import CODED, issue_export
from shuju.ui.exports import frame_of, register


def _titles(selection: Selection) -> dict[str, str]:
    """Return the name of each column; a code has its Chinese name in the column after it."""
    found = {}
    for name, column in selection.resources.catalog.table("hot_issues").columns.items():
        found[name] = f"{column.name}代码" if name in CODED else column.name
        if name in CODED:
            found[f"{name}_name"] = column.name
    return found


def _meanings(selection: Selection) -> dict[str, str]:
    return {
        name: column.meaning
        for name, column in selection.resources.catalog.table("hot_issues").columns.items()
    }


register(
    frame_of(
        "issues",
        "热点诉求",
        "hot_issues",
        lambda selection, _: issue_export(selection),
        _titles,
        meanings=_meanings,
    )
)
