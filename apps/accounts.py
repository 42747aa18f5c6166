"""``/accounts``: accounts, roles and sessions, for their two keepers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shuju.library import Library
from shuju.pages.accounts.accounts import accounts_html, receive_account

TITLE = "账号与角色"
WHO = ("administrator", "security")
WRITERS = ("administrator", "security")
ABOUT = "建立、停用账号，授予、收回角色"
ORDER = 95


def content(library: Library, query: Mapping[str, str], pages: Sequence[Any]) -> str:  # noqa: ARG001
    """Return what the page shows."""
    return accounts_html(library, query)


def receive(library: Library, form: Mapping[str, str]) -> str:
    """Do what a form says and return the address to go to."""
    return receive_account(library, form)
