"""What can be changed on a list: the order, the columns, how many rows a page has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shuju.facts.cards import Option

SIZES = {"20": "20 行", "50": "50 行", "100": "100 行"}
Columns = Mapping[str, tuple[str, str]]


def table_options(columns: Columns, shown: Sequence[str]) -> dict[str, Option]:
    """Return the options of a list whose ``columns`` are (title, dimension by which it is sorted) by name; ``shown`` at first."""
    orders = {"": "最新在前"}
    for title, dimension in columns.values():
        if dimension:
            orders |= {dimension: f"{title} ↑", f"-{dimension}": f"{title} ↓"}
    return {
        "sort": Option("", "排序", orders),
        "columns": Option(list(shown), "列", {name: title for name, (title, _) in columns.items()}),
        "rows": Option("20", "每页", SIZES),
        "page": Option(1, "页码", follows=True),
    }
