"""Derived tables (派生表): what analyses make of the library, kept beside it with every earlier version."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.catalog import Table
from shuju.clock import now
from shuju.library.hashing import hash_columns
from shuju.library.library import Library
from shuju.library.schema import content_schema, storage_schema
from shuju.library.store import DERIVE, Conflict

STATE = "state.json"
Source = TypeVar("Source")


@dataclass(frozen=True)
class Work(Generic[Source]):
    """One run of a build: what it reads, a folder for files of its own, and what the last run left for it.

    ``known`` is empty where all is to be made anew. ``tell`` hears in Chinese what is begun.
    """

    library: Library
    source: Source
    folder: Path
    known: dict[str, Any]
    tell: Callable[[str], None]

    def has(self, *names: str) -> bool:
        """Tell whether the last run left files under these names of ``known``, and all are still there."""
        return all(name in self.known and (self.folder / self.known[name]).exists() for name in names)


@dataclass(frozen=True)
class Derived(Generic[Source]):
    """Derived tables that are made together: their names, what they are made from, and how.

    ``method``: bump when the method changes; what another method made is made anew. ``inputs`` tells one state of the
    source from another, as JSON. ``build`` writes the tables and returns what the next run must know, as JSON; the
    files of its folder that the next run needs are listed there under ``files``.
    """

    name: str
    tables: tuple[str, ...]
    method: int
    inputs: Callable[[Source], dict[str, Any]]
    build: Callable[[Work[Source]], dict[str, Any]]


@dataclass(frozen=True)
class Made:
    """What the last build returned, and whether it ran just now."""

    known: dict[str, Any]
    is_new: bool


def bring_up(
    derived: Derived[Source], library: Library, source: Source, tell: Callable[[str], None] | None = None
) -> Made:
    """Build the tables unless method, inputs and tables are those of the last build; one process at a time.

    The state is written last, in one step, and only then files that it does not need are deleted: after a run that
    was killed, the next one builds from the state before it.
    """
    folder = library.home.cache / derived.name
    folder.mkdir(parents=True, exist_ok=True)
    with library.home.lock(derived.name):
        place = folder / STATE
        state = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
        made_of = {"method": derived.method, "inputs": json.loads(json.dumps(derived.inputs(source)))}
        if state == made_of | {"tables": _versions(derived, library), "known": state.get("known")}:
            return Made(state["known"], is_new=False)
        known = state.get("known", {}) if state.get("method") == derived.method else {}
        known = derived.build(Work(library, source, folder, known, tell or (lambda _: None)))
        state = made_of | {"tables": _versions(derived, library), "known": known}
        draft = folder / f"{STATE}.new"
        draft.write_text(json.dumps(state), encoding="utf-8")
        draft.replace(place)
        for path in folder.iterdir():
            if path.is_file() and path.name not in {STATE, *known.get("files", ())}:
                path.unlink()
    return Made(known, is_new=True)


def _versions(derived: Derived[Any], library: Library) -> dict[str, int | None]:
    stored = [library.stored(name).refresh() for name in derived.tables]
    return {table.name: table.newest if table.exists else None for table in stored}


def replace_table(library: Library, name: str, rows: pd.DataFrame, *, made_by: str) -> int:
    """Make ``rows`` the whole content of a derived table, in one commit; return the table's version.

    ``rows`` has the catalog's columns, those not required may be missing. Readers see the old content or the
    new, and ``load(…, version=…)`` the earlier ones. ``made_by`` names the analysis. O(rows).

    Raises:
        ValueError: the table is not a derived one, or a key stands twice.
    """
    stored = library.stored(name)
    if not stored.table.derived:
        raise ValueError(f"表 {name!r} 由来源入库，不能改写")
    key = stored.table.key
    if rows[key].duplicated().any():
        raise ValueError(f"表 {name!r} 的主键 {key!r} 有重复")
    file_rows = _storage_rows(rows, stored.table, made_by)
    stored.create()
    while True:
        old = stored.refresh().files()
        try:
            stored.commit([stored.write_file(file_rows, ())], replaced=old, operation=DERIVE)
        except Conflict:
            continue
        return stored.refresh().newest


def _storage_rows(rows: pd.DataFrame, table: Table, made_by: str) -> pa.Table:
    content = content_schema(table)
    given = pa.table(
        {
            field.name: pa.array(rows[field.name], field.type, from_pandas=True)
            if field.name in rows
            else pa.nulls(len(rows), field.type)
            for field in content
        }
    )
    n = given.num_rows
    keys = hash_columns(given.select([table.key])).astype(np.int64)
    extra = {
        "source": pa.repeat(pa.scalar(made_by), n),
        "file_id": pa.repeat(pa.scalar(""), n),
        "row_number": pa.array(np.arange(1, n + 1)),
        "run_id": pa.repeat(pa.scalar(uuid.uuid4().hex[:12]), n),
        "ingested_at": pa.repeat(pa.scalar(now(), pa.timestamp("us")), n),
        "revision": pa.repeat(pa.scalar(1, pa.int32()), n),
        "quality_flags": pa.nulls(n, pa.string()),
        "key_hash": pa.array(keys),
        "content_hash": pa.array(keys),
    }
    columns = {name: given.column(name) for name in content.names} | extra
    return pa.table(columns).select(storage_schema(table).names).cast(storage_schema(table))
