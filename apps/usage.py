"""``/usage``: what cards and pages are used for, for those who run the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.usage.usage import usage_html

TITLE = "使用情况"
WHO = ("operator",)
ABOUT = "各页面打开了几次，哪些图卡有人固定、订阅、由它交办，哪些没有人用"
ORDER = 95


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return usage_html(library, {page.route: page.title for page in pages})
