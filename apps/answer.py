"""``/answer?letter=…``: where a department answers a letter; its own page and its tasks lead here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.answers.answering import answer_html
from shuju.pages.answers.receiving import receive_answer

TITLE = "答复来信"
WHO = ("leader", "analyst", "department")
WRITERS = ("department",)
IS_LISTED = False


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return answer_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says and return the address of the answer."""
    return receive_answer(library, form)
