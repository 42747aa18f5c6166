"""What a full or failing disk says, of a backup."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from shuju.backup.manifest import BackupError


@contextmanager
def writing(place: object) -> Iterator[None]:
    """Turn what a disk says into a message; what was copied stays, the same command goes on from there."""
    try:
        yield
    except OSError as error:
        full = "磁盘已满" if error.errno == errno.ENOSPC else f"写入失败（{error}）"
        raise BackupError(f"{place}：{full}；已复制的保留，处理后重新运行同一命令即可接着做") from None
