"""``/audit``: the audit trail, for the auditor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.audit.audit import audit_html

TITLE = "审计日志"
WHO = ("auditor",)
ABOUT = "谁看了什么；日志是否完整"
ORDER = 96


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return audit_html(library, query)
