"""Errors of the library: each message says in Chinese where, what, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shuju.library.home import Home


class LibraryError(Exception):
    """Something a user can mend; shown without a traceback."""


class SourceError(LibraryError):
    """A raw source cannot be read as a whole: it is gone, or of another format than the catalog says."""


class LedgerError(LibraryError):
    """The sums of the ledger do not add up: a row would have been lost or counted twice."""


@contextmanager
def mendable_disk_errors(home: Home) -> Iterator[None]:
    """Turn a full or failing disk into a message; what was not committed is not there, the rest is."""
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, DeltaError) as error:
        if getattr(error, "errno", None) == 28 or "No space left" in str(error):
            raise LibraryError(
                f"{home.uri}：磁盘已满，本批未入库，资源库未受影响；请清理磁盘后重新运行同一命令"
            ) from None
        raise LibraryError(f"{home.uri}：写入失败（{error}），资源库未受影响；请检查磁盘后重新运行") from None


def unreadable(home: Home, table: str, error: Exception) -> LibraryError:
    """Return the error for a table whose log is damaged, or whose store does not answer."""
    said = re.sub(r"\x1b\[\d*m|↳|\s+", " ", str(error))
    said = re.sub(r" +", " ", said.partition(" 0: <unknown>")[0]).strip()
    mend = "请检查磁盘，或由备份恢复" if home.is_local else "请检查网络、地址（AWS_ENDPOINT_URL）与密钥"
    return LibraryError(f"{home.table_uri(table)}：读不了这张表的日志：{said[:600]}；{mend}")
