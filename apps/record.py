"""One record: ``/record?id=…``, where every list of records leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.detail.record import record_html

TITLE = "信息详情"
WHO = ("leader", "analyst", "department", "operator")
IS_LISTED = False


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows: the record that the address names."""
    return record_html(library, query.get("id", ""))
