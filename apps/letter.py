"""One letter: ``/letter?id=…``, where every list of letters leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.detail.letter import correct_topic, letter_html

TITLE = "来信详情"
WHO = ("leader", "analyst", "department")
WRITERS = ("analyst", "department")
IS_LISTED = False


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows: the letter that the address names."""
    return letter_html(library, query.get("id", ""))


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Take a corrected topic and return the letter's address."""
    return correct_topic(library, form)
