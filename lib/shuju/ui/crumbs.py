"""The way from the front door to one row (面包屑): a page, then its filters one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

Step = tuple[str, str]


def crumbs(page: str, title: str, filters: Iterable[tuple[str, str | None, str]]) -> list[Step]:
    """Return (name, address) of a page and of each filter on it, which keeps those before; a filter without a label is left out.

    ``filters`` are (dimension, label, name).
    """
    steps, chosen = [(title, page)], {}
    for dimension, label, name in filters:
        if label:
            chosen[dimension] = label
            steps.append((name, f"{page}?{urlencode(chosen, safe=',_')}"))
    return steps
