"""What can be changed on a list: the order, the columns, how many rows a page has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from shuju.facts.cards import Option
from shuju.ui.templates import render

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


def list_html(template: str, columns: Columns, options: Mapping[str, Option]) -> Callable[..., str]:
    """Return the function that shows a page of a list by ``template``; ``columns`` and ``options`` as of ``table_options``."""

    def html(found: pd.DataFrame, **chosen: Any) -> str:
        at = {name: place for place, name in enumerate(found.columns)}
        return render(template, rows=found, columns=columns, columns_at=at, chosen=chosen, options=options)

    return html
