"""``/whatif``: what would happen, asked of each analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.whatif.whatif import whatif_html

TITLE = "假设推演"
WHO = ("leader", "analyst", "department", "operator")
ABOUT = "换一个条件，看会怎样：来信的人手与期限，文件的转载与到达，预警的方法与限额"
ORDER = 45


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return whatif_html()
