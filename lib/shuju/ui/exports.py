"""The table of downloads: rows as CSV, Excel and Parquet, briefings as Word; each page adds its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from shuju.facts.schema import FactsError
from shuju.facts.selection import Selection

Query = Mapping[str, str]


@dataclass(frozen=True)
class Export:
    """Rows that can be downloaded under ``/export/<name>.<kind>``.

    ``pieces(selection, query)`` yields them piece by piece; ``titles(selection)`` gives the Chinese name of each
    column; ``about(selection, query)`` says in words which rows they are, the filters if not given.
    ``asks`` are names that the address may hold beside the filters.
    """

    name: str
    title: str
    table: str
    pieces: Callable[[Selection, Query], Iterator[pa.Table]]
    titles: Callable[[Selection], Mapping[str, str]]
    about: Callable[[Selection, Query], str] | None = None
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Briefing:
    """A Word document under ``/export/<name>.docx``: ``write(selection, query, path, as_of)`` makes it."""

    name: str
    title: str
    table: str
    write: Callable[[Selection, Query, Path, dt.datetime], None]
    asks: tuple[str, ...] = ()


_exports: dict[str, Export | Briefing] = {}


def register(*exports: Export | Briefing) -> None:
    """Add downloads to the table.

    Raises:
        ValueError: a name is taken already.
    """
    for export in exports:
        if export.name in _exports:
            raise ValueError(f"两项导出同名：{export.name}")
        _exports[export.name] = export


def find(name: str) -> Export | Briefing:
    """Return the download ``name``.

    Raises:
        FactsError: there is none.
    """
    if name not in _exports:
        raise FactsError(f"没有名为 {name!r} 的导出；现有：{'、'.join(_exports)}")
    return _exports[name]


def rows_of(table: str, title: str, columns: tuple[str, ...]) -> Export:
    """Return the download of all rows of a fact table that pass, with these columns of the library's table."""

    def titles(selection: Any) -> dict[str, str]:
        from shuju.library.schema import PROVENANCE

        known = dict(selection.resources.catalog.table(table).columns) | PROVENANCE
        return {name: known[name].name for name in columns}

    def pieces(selection: Any, _query: Query) -> Iterator[pa.Table]:
        return selection.stream(columns)

    return Export(table, title, table, pieces, titles)


def frame_of(
    name: str, title: str, table: str, frame: Callable[[Any, Query], Any], titles: Callable[[Any], Mapping[str, str]],
    about: Callable[[Selection, Query], str] | None = None, asks: tuple[str, ...] = (),
) -> Export:  # fmt: skip
    """Return the download of a frame that fits into memory; ``titles`` names its columns and their order."""

    def pieces(selection: Any, query: Query) -> Iterator[pa.Table]:
        rows = frame(selection, query)
        yield pa.Table.from_pandas(rows[list(titles(selection))], preserve_index=False)

    return Export(name, title, table, pieces, titles, about, asks)
