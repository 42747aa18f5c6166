"""Raw files on disk: which there are, their fingerprints, their bytes unpacked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from shuju.library.errors import SourceError

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Unit:
    """One thing to read: its name as the ledger shows it, where it is, and a fingerprint of its content."""

    name: str
    at: Any
    fingerprint: str
    n_bytes: int


def file_units(pattern: str | None, location: Path) -> Iterator[Unit]:
    """Yield the files under ``location`` that match the glob ``pattern``, sorted by name.

    ``location`` may itself be a file, which is then the only one.

    Raises:
        SourceError: the place does not exist.
    """
    if not location.exists():
        raise SourceError(f"{location}：没有这个文件或文件夹；请检查路径，或在目录中改正 location")
    if location.is_file():
        yield Unit(location.name, location, fingerprint(location), location.stat().st_size)
        return
    for path in sorted(location.glob(pattern or "**/*")):
        if path.is_file() and not path.name.startswith((".", "~$")):
            yield Unit(path.relative_to(location).as_posix(), path, fingerprint(path), path.stat().st_size)


def fingerprint(path: Path) -> str:
    """Return a digest of a file's content: O(size), once as long as size and time stay the same."""
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1_000_000)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


class TruncatedFile(Exception):  # noqa: N818 - a finding about the input, which the reader reports
    """The packed file breaks off before its end mark, or is damaged from here on."""


def chunks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes piece by piece, unpacking .gz and .zst on the way.

    Raises:
        TruncatedFile: after the last good piece, where a packed stream breaks off.
    """
    with path.open("rb") as file:
        if path.suffix == ".gz":
            yield from _gzip_chunks(file)
        elif path.suffix == ".zst":
            yield from _zstd_chunks(file)
        else:
            yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def _gzip_chunks(file: BinaryIO) -> Iterator[bytes]:
    import gzip
    import zlib

    unpacked = gzip.GzipFile(fileobj=file)
    try:
        yield from iter(lambda: unpacked.read(CHUNK_BYTES), b"")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TruncatedFile(str(error)) from None


def _zstd_chunks(file: BinaryIO) -> Iterator[bytes]:
    import zstandard

    new_frame = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj
    frame, pending = new_frame(), False
    try:
        while packed := file.read(CHUNK_BYTES // 8):
            while packed:
                yield frame.decompress(packed)
                pending = not frame.eof
                if pending:
                    break
                packed, frame = frame.unused_data, new_frame()
    except zstandard.ZstdError as error:
        raise TruncatedFile(str(error)) from None
    if pending:
        raise TruncatedFile("the last frame has no end")
