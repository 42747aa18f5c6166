"""``/task?id=…``: one task, where every list of tasks leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.tasks.one_task import receive_action, task_html

TITLE = "交办任务"
WHO = ("leader", "analyst", "department")
WRITERS = ("leader", "analyst", "department")
IS_LISTED = False


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return task_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says and return the task's address."""
    return receive_action(library, form)
