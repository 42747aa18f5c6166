"""Where commands write: what they tell to standard error, what was asked for to standard output."""

from __future__ import annotations

import errno
import sys
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

console = Console(stderr=True)
out = Console(width=None if sys.stdout.isatty() else 160)  # a pipe has no width: numbers stay whole


def tell_error(why: object) -> NoReturn:
    """Tell why the command was not done, and end it."""
    console.print("[bold red]错误[/]：" + escape(str(why)), highlight=False, soft_wrap=True)
    sys.exit(2)


def reason(error: Exception) -> str:
    """Return in Chinese what a file, a disk, the library or the desk's database refuses; empty where the fault is another."""
    from sqlalchemy.exc import ArgumentError, OperationalError

    from shuju.catalog import CatalogError
    from shuju.engine import EngineError
    from shuju.keys import KeyFileError
    from shuju.library import LibraryError
    from shuju.standard import PackError

    if isinstance(error, (CatalogError, EngineError, KeyFileError, LibraryError, PackError)):
        return str(error)
    if isinstance(error, ArgumentError):
        return "SHUJU_DESK 不是能用的数据库地址；应如 postgresql+psycopg://用户@主机/库名，或 sqlite:////文件夹/desk.db"
    if isinstance(error, OperationalError):
        return f"标注与账号的数据库（desk）读写失败：{error.orig}；请检查它的位置（SHUJU_DESK，否则在资源库中）、权限与磁盘"
    if not isinstance(error, OSError) or error.errno is None:
        return ""
    known = {
        errno.ENOENT: "没有这个文件或文件夹",
        errno.EACCES: "没有权限",
        errno.EROFS: "所在的磁盘是只读的",
        errno.ENOSPC: "磁盘已满",
        errno.EDQUOT: "磁盘配额已满",
        errno.EISDIR: "是文件夹，不是文件",
        errno.ENOTDIR: "路径中有一段不是文件夹",
        errno.EADDRINUSE: "端口已被占用",
    }
    why = known.get(error.errno, "读写失败")
    return f"{error.filename}：{why}（{error.strerror}）" if error.filename else f"{why}（{error.strerror}）"


class Told(TyperGroup):
    """Commands whose errors a user can mend: each is told in one message, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run one of them."""
        try:
            return super().invoke(ctx)
        except ValueError as error:
            tell_error(error)
        except Exception as error:
            if why := reason(error):
                tell_error(why)
            raise
