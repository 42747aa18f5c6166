"""Which fields a row's input carries (来源含有的字段): what an input does not give is unknown in its rows, not "no"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Input
from shuju.library.library import Library


def carries_any(
    library: Library, table: str, fields: Sequence[str], source: pa.ChunkedArray, file_id: pa.ChunkedArray
) -> np.ndarray:
    """Tell for each row (by its ``source`` and ``file_id``) whether its input carries any of ``fields``.

    A source that the catalog does not have any more is taken to carry all. Where the inputs of one source
    differ, the ledger tells which file came through which; a file that none of them matches carries nothing.
    O(rows), and the ledger's lines.
    """
    found = np.ones(len(source), bool)
    for name in pc.unique(source).to_pylist():
        entries = _inputs(library, table, name)
        answers = {_gives(entry, fields) for entry in entries}
        if not answers:
            continue
        mine = pc.equal(source, name).to_numpy(zero_copy_only=False).astype(bool)
        if len(answers) == 1:
            found[mine] = answers.pop()
            continue
        by_file = _by_file(library, table, name, entries, fields)
        files = file_id.filter(pa.array(mine)).combine_chunks().dictionary_encode()
        told = np.array([by_file.get(file, False) for file in files.dictionary.to_pylist()], bool)
        found[mine] = told[files.indices.to_numpy(zero_copy_only=False)]
    return found


def carried_signature(library: Library, table: str, fields: Sequence[str]) -> str:
    """Return a text that changes when the catalog says anew who carries ``fields``."""
    told = (
        f"{name}:{','.join(f'{entry.files}={_given(entry, fields)}' for entry in entries)}"
        for name in sorted(library.catalog.sources)
        if (entries := _inputs(library, table, name))
    )
    return ";".join(told)


def _inputs(library: Library, table: str, source: str) -> list[Input]:
    known = library.catalog.sources.get(source)
    return [] if known is None else [entry for entry in known.inputs if entry.table == table]


def _gives(entry: Input, fields: Sequence[str]) -> bool:
    return not entry.carried.isdisjoint(fields)


def _given(entry: Input, fields: Sequence[str]) -> str:
    return "+".join(sorted(entry.carried.intersection(fields)))


def _by_file(
    library: Library, table: str, source: str, entries: Sequence[Input], fields: Sequence[str]
) -> Mapping[str, bool]:
    """Return for each file of a source whether all inputs that can have read it carry any of ``fields``."""
    lines = library.ledger.frame()
    lines = lines[(lines["source"] == source) & (lines["table_name"] == table)].drop_duplicates("file_id")
    found = {}
    for file, path in zip(lines["file_id"], lines["path"], strict=True):
        readers = [e for e in entries if e.files is None or PurePosixPath(path).match(e.files)]
        found[file] = bool(readers) and all(_gives(entry, fields) for entry in readers)
    return found
