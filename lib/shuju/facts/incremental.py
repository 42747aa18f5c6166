"""A fact table that follows a table of the library: only what was added since is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from shuju.engine import Pass
from shuju.facts.schema import Codes, FactSchema
from shuju.facts.store import MANIFEST, Facts, open_facts
from shuju.facts.writing import append_facts, write_facts
from shuju.library import Library, loading
from shuju.library.partitions import over_files
from shuju.library.store import DataFile, StoredTable

Batch = Callable[[pa.Table, int], pa.Table]


def facts_path(library: Library, name: str) -> Path:
    """Return where a fact table lies: a cache, made anew from the library when missing."""
    return library.home.cache / "facts" / name


def update_facts(
    library: Library, schema: FactSchema, columns: Sequence[str], dimensions: Batch, made_of: str = ""
) -> Facts:
    """Bring the fact table of the library's table ``schema.name`` to its newest version; return it open.

    ``dimensions(rows, seed)``, of a module or a partial of one, makes of the table's ``columns`` (``key_hash`` among them) the columns of the
    fact table, of which ``key`` holds ``key_hash``. The table is written anew where its schema changed, or
    ``made_of`` (what ``dimensions`` depends on beside the rows).
    Only data files that were added since are read: O(rows added), O(n) the first time.
    """
    schema = replace(schema, made_of=made_of)
    path = facts_path(library, schema.name)
    stored = library.stored(schema.name).refresh()
    version = stored.newest
    facts = open_facts(path) if (path / MANIFEST).exists() else None
    if facts is not None and facts.source_version == version and _is_alike(facts.schema, schema):
        return facts
    if not stored.exists:
        return write_facts(path, schema, [], source_version=version)
    reading, files = loading.plan(stored, None)

    def batches(files: Sequence[DataFile]) -> Iterator[pa.Table]:
        return over_files(DIMENSIONS, files, (dimensions, columns, reading))

    if facts is None or not _is_alike(facts.schema, schema):
        return write_facts(path, schema, batches(files), source_version=version)
    new = stored.added_since(int(facts.source_version))
    replaced = _revised_keys(stored, new)
    return append_facts(
        path,
        batches(new),
        source_version=version,
        replaced=("key", replaced) if len(replaced) else None,
    )


def _dimensions_of(
    numbered: tuple[int, DataFile], told: tuple[Batch, Sequence[str], loading.Plan]
) -> pa.Table:
    (number, file), (dimensions, columns, reading) = numbered, told
    return dimensions(loading.read_rows([file], columns, reading), number)


DIMENSIONS = Pass("事实表", _dimensions_of)


def _is_alike(old: FactSchema, new: FactSchema) -> bool:
    """Tell whether both have the same columns under the same names; labels may have come since."""
    kinds = [[replace(d, labels=()) if isinstance(d, Codes) else d for d in s.dimensions] for s in (old, new)]
    return kinds[0] == kinds[1] and old.columns == new.columns and old.made_of == new.made_of


def _revised_keys(stored: StoredTable, files: Sequence[DataFile]) -> np.ndarray:
    parts = [
        stored.read_columns(f.path, ["key_hash"]).column(0).to_numpy()
        for f in files
        if f.high.get("revision", 1) > 1
    ]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)
