"""What a pass reads of a table: its data files in partitions of like bytes, the function called for each file.

Results do not depend on how files are put into partitions, so they are the same on threads and on any cluster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from shuju.engine import Pass, run
from shuju.library import loading
from shuju.library.store import DataFile
from shuju.library.where import Where

if TYPE_CHECKING:
    from shuju.library.library import Library

PART_BYTES = 8 << 20  # of data files; a larger one is a partition of its own
IN_MEMORY = 6  # times the bytes on disk

Found = TypeVar("Found")
Numbered = tuple[tuple[int, DataFile], ...]


@dataclass(frozen=True)
class Rows:
    """The current rows of ``table`` that meet ``where``, of these columns, at a version (the newest)."""

    table: str
    columns: tuple[str, ...]
    where: Where = None
    version: int | str | dt.datetime | None = None


def over_rows(
    a_pass: Pass[pa.Table, Found, Iterator[Found]], library: Library, rows: Rows, shared: Any = None
) -> Iterator[Found]:
    """Yield what the pass's ``function(rows, shared)`` makes of each data file, in order."""
    reading, files = library.reading(rows.table, rows.where, rows.version)
    return over_files(
        replace(a_pass, function=_on_rows), files, (a_pass.function, reading, rows.columns, shared)
    )


def over_files(a_pass: Pass[Any, Any, Any], files: Sequence[DataFile], shared: Any) -> Iterator[Any]:
    """Yield what the pass's ``function((number, file), shared)`` makes of each data file, in order."""
    whole = replace(a_pass, function=_on_files, cost=_cost)
    return chain.from_iterable(run(whole, by_bytes(files), (a_pass.function, shared)))


def by_bytes(files: Iterable[DataFile]) -> Iterator[Numbered]:
    """Yield the files, each with its number, in partitions of about ``PART_BYTES``."""
    held: list[tuple[int, DataFile]] = []
    size = 0
    for number, file in enumerate(files):
        if held and size + file.n_bytes > PART_BYTES:
            yield tuple(held)
            held, size = [], 0
        held.append((number, file))
        size += file.n_bytes
    if held:
        yield tuple(held)


def _cost(part: Numbered) -> int:
    return IN_MEMORY * max(file.n_bytes for _, file in part)


def _on_files(part: Numbered, told: tuple[Callable[[tuple[int, DataFile], Any], Found], Any]) -> list[Found]:
    function, shared = told
    return [function(numbered, shared) for numbered in part]


def _on_rows(numbered: tuple[int, DataFile], told: tuple[Any, loading.Plan, Sequence[str], Any]) -> Any:
    function, reading, columns, shared = told
    return function(loading.read_rows([numbered[1]], columns, reading), shared)
