"""``/whatif``: what would happen, asked of each analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.whatif.saved import receive_saved
from shuju.pages.whatif.whatif import whatif_html

TITLE = "假设推演"
WHO = ("leader", "analyst", "department", "operator")
WRITERS = WHO
ABOUT = "换一个条件，看会怎样：来信的人手与期限，文件的转载与到达，预警的方法与限额，热点的门槛"
ORDER = 45


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return whatif_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Keep a scenario, delete one or put it back; return the address to go to."""
    return receive_saved(library, form)
