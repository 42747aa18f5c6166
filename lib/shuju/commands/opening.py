"""What commands open: the library, its desk, the cluster that was named; and who runs them."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from shuju.commands.terminal import console

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from shuju.library import Library


def opened(home: str | None, catalogs: list[Path] | None = None) -> Library:
    """Return the library at ``home``, with further catalogs."""
    from shuju.library import open_library

    return open_library(home, *(catalogs or ()))


def existing(home: str | None, catalogs: list[Path] | None = None) -> Library:
    """Return the same for a command that wants one which is there; of a new one it is told: its name may be misspelt."""
    from shuju.library.home import find_home, is_there

    if not is_there(home):
        told = f"{find_home(home).uri} 原来没有；若不是您的本意，请核对 --home 或 SHUJU_HOME"
        console.print(f"[yellow]新建资源库[/]：{told}", highlight=False, soft_wrap=True)
    return opened(home, catalogs)


def compute_on(scheduler: str | None) -> None:
    """Have all passes run on the cluster, if one is named, and tell where that is seen."""
    from shuju.engine import use

    if told := use(scheduler):
        console.print(told, highlight=False, soft_wrap=True)


def desk_of(home: str | None) -> Engine:
    """Return the desk of the library at ``home``."""
    from shuju.desk.store import open_desk
    from shuju.library.home import find_home

    return open_desk(find_home(home))


def operator() -> str:
    """Return who runs the command, as the trail names them: the machine's user."""
    return f"命令行:{getpass.getuser()}"
