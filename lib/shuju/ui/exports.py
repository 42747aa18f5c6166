"""The table of downloads: rows as CSV, Excel and Parquet, briefings as Word; each page adds its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shuju.facts.schema import FactsError
from shuju.facts.selection import Selection

Query = Mapping[str, str]


@dataclass(frozen=True)
class Export:
    """Rows that can be downloaded under ``/export/<name>.<kind>``.

    ``pieces(selection, query)`` yields them piece by piece; ``titles(selection)`` gives the Chinese name of each
    column, ``meanings`` says what some hold; ``about(selection, query)`` says in words which rows they are, the filters if
    not given. ``asks`` are names that the address may hold beside the filters.
    """

    name: str
    title: str
    table: str
    pieces: Callable[[Selection, Query], Iterator[pa.Table]]
    titles: Callable[[Selection], Mapping[str, str]]
    about: Callable[[Selection, Query], str] | None = None
    asks: tuple[str, ...] = ()
    meanings: Callable[[Selection], Mapping[str, str]] = lambda _: {}


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


def all_exports() -> tuple[Export | Briefing, ...]:
    """Return every download, in the order in which pages added them."""
    return tuple(_exports.values())


AS_COUNTED = "与网页上的筛选项相同：来源系统给出的照用，没有的由文字判断"
Added = Callable[[Selection], Callable[[pa.Table], Mapping[str, pa.Array]]]


def rows_of(
    table: str,
    title: str,
    columns: tuple[str, ...],
    added: Added | None = None,
    added_titles: Mapping[str, str] | None = None,
) -> Export:
    """Return the download of all rows of a fact table that pass.

    ``columns`` are those of the library's table, and ``@name`` for a dimension as the page counts it: its label, and the Chinese
    name beside it where the label is a code. ``added(selection)`` returns what makes further columns of the ``key_hash`` and
    ``columns`` of a piece; ``added_titles`` names these.
    """
    dimensions = [name[1:] for name in columns if name.startswith("@")]

    def titles(selection: Selection) -> dict[str, str]:
        known = _columns_of(selection, table)
        found: dict[str, str] = {}
        for name in columns:
            if not name.startswith("@"):
                found[name] = known[name].name
                continue
            own = selection.title_of(name[1:])
            if _is_coded(selection, name[1:]):
                found[f"{name[1:]}_code"] = f"{own}代码"
            found[name[1:]] = own
        return found | dict(added_titles or {})

    def meanings(selection: Selection) -> dict[str, str]:
        known = _columns_of(selection, table)
        told = {name: known[name].meaning for name in columns if name in known}
        return told | dict.fromkeys(dimensions, AS_COUNTED)

    def pieces(selection: Any, _query: Query) -> Iterator[pa.Table]:
        wanted = [name for name in columns if not name.startswith("@")]
        label, more = _labels(selection, dimensions), None if added is None else added(selection)
        for rows in selection.stream([*wanted, "key_hash"]):
            found = {name: rows.column(name) for name in wanted} | label(rows.column("key_hash").to_numpy())
            if more is not None:
                found |= more(rows)
            yield pa.table({name: found[name] for name in titles(selection)})

    return Export(table, title, table, pieces, titles, meanings=meanings)


def _columns_of(selection: Selection, table: str) -> dict[str, Any]:
    from shuju.library.schema import PROVENANCE

    return dict(selection.resources.catalog.table(table).columns) | PROVENANCE


def _is_coded(selection: Selection, dimension: str) -> bool:
    """Whether the labels of a dimension are codes that have Chinese names; topics name themselves."""
    return any(label != name for label, name in list(selection.names(dimension).items())[1:])


def _labels(selection: Any, dimensions: list[str]) -> Callable[[np.ndarray], dict[str, pa.Array]]:
    """Return what gives rows, by the hashes of their keys, the labels of some dimensions as the facts have them."""
    facts = selection.whole
    keys = facts.column(selection.schema.locators[0])
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    named = {}
    for name in dimensions:
        labels, names = selection.labels(name), selection.names(name)
        codes = pa.array([None, *labels[1:]], pa.string())
        named[name] = (
            codes,
            pa.array([names[label] for label in labels], pa.string()),
            _is_coded(selection, name),
        )

    def of(wanted: np.ndarray) -> dict[str, pa.Array]:
        at = order[np.minimum(np.searchsorted(sorted_keys, wanted), max(len(keys) - 1, 0))]
        found = {}
        for name, (codes, names, is_coded) in named.items():
            code = pa.array(facts.take(name, at).astype(np.int64))
            if is_coded:
                found[f"{name}_code"] = codes.take(code)
            found[name] = names.take(code)
        return found

    return of


def frame_of(
    name: str, title: str, table: str, frame: Callable[[Any, Query], Any], titles: Callable[[Any], Mapping[str, str]],
    about: Callable[[Selection, Query], str] | None = None, asks: tuple[str, ...] = (),
    meanings: Callable[[Any], Mapping[str, str]] = lambda _: {},
) -> Export:  # fmt: skip
    """Return the download of a frame that fits into memory; ``titles`` names its columns and their order."""

    def pieces(selection: Any, query: Query) -> Iterator[pa.Table]:
        rows = frame(selection, query)
        yield pa.Table.from_pandas(rows[list(titles(selection))], preserve_index=False)

    return Export(name, title, table, pieces, titles, about, asks, meanings)
