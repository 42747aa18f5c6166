"""``/supervision``: how tasks stand, by organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.tasks.supervision import supervision_html

TITLE = "督办"
WHO = ("leader", "analyst", "department")
ABOUT = "三率、超期、延期、退回"
ORDER = 61
IS_LISTED = False  # 在线交办 leads here


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return supervision_html(library, query)
