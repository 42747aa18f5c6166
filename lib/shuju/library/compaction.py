"""Compaction (合并小文件): many small data files become few, in order of time; no row changes.

Each arrival writes a file for itself. Readers stay fast only if such files are put together now and then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from shuju.library.loading import PART_ROWS
from shuju.library.store import Conflict, DataFile, StoredTable

SMALL_ROWS = PART_ROWS // 4
SMALL_FILES = 16
MANY_FILES = 200


def compact_many(stored: StoredTable) -> int:
    """Compact a table once it has more than ``MANY_FILES`` small files, as where letters come one by one all day; return how many went."""
    n = sum(len(files) for files in _small_files(stored).values())
    return compact(stored) if n > MANY_FILES else 0


def compact(stored: StoredTable) -> int:
    """Put the small files of each partition together, in one commit a partition; return how many went.

    Old versions of the table stay readable: the files that were put together are not deleted. A writer
    that commits meanwhile goes first: that partition is left for the next time. O(bytes of small files).
    """
    gone = 0
    for files in _small_files(stored.refresh()).values():
        for group in _groups(files):
            new = stored.write_file(_together(stored, group), group[0].partition, group[0].sealed_with)
            try:
                stored.commit([new], replaced=group)
            except Conflict:
                stored.refresh()
                break
            gone += len(group)
    return gone


def _small_files(stored: StoredTable) -> dict[object, list[DataFile]]:
    """Return the small files by partition; revisions apart, so that readers can tell them from the log, and each key's.

    What is plain and should not be is left for ``seal_library``.
    """
    found: dict[object, list[DataFile]] = defaultdict(list)
    for file in stored.files():
        if file.n_rows < SMALL_ROWS and (file.sealed_with or not stored.table.sealed):
            found[file.partition, file.high.get("revision", 1) > 1, file.sealed_with].append(file)
    return {key: files for key, files in found.items() if len(files) >= SMALL_FILES}


def _groups(files: Sequence[DataFile]) -> list[list[DataFile]]:
    groups: list[list[DataFile]] = [[]]
    for file in files:
        if groups[-1] and sum(f.n_rows for f in groups[-1]) + file.n_rows > PART_ROWS:
            groups.append([])
        groups[-1].append(file)
    return [group for group in groups if len(group) > 1]


def _together(stored: StoredTable, files: Sequence[DataFile]) -> pa.Table:
    """Return the rows of the files, in order of the table's time, with the column of their partition."""
    rows = pa.concat_tables([stored.read_file(f) for f in files])
    if stored.table.time is None:
        return rows
    return rows.take(pa.array(np.argsort(rows.column(stored.table.time).to_numpy(), kind="stable")))
