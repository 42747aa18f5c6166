"""Attempts that nobody will complete: a run was killed, and the file or its mapping changed before the next.

What such a run stored is in the library and stays there; the ledger says so in a line of its own.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from shuju.library import ledger
from shuju.library.ledger import ABANDONED, Tally
from shuju.library.library import Library
from shuju.library.quarantine import WAITING
from shuju.library.readers.files import Unit


def close_abandoned(library: Library, source: str, listed: Collection[str], run_id: str) -> None:
    """Note what unfinished attempts at files that are not ``listed`` any more left behind.

    O(rows of the tables concerned), only where there are such attempts. A file that comes back is completed
    as any other, and its line replaces this one.
    """
    lines = library.ledger.frame()
    lines = lines[lines["source"] == source].drop_duplicates("file_id", keep="last")
    lines = lines[lines["state"].isin(["planned", "failed"]) & ~lines["file_id"].isin(listed)]
    noted = []
    for table, attempts in lines.groupby("table_name"):
        tallies = _left_behind(library, source, str(table), set(attempts["file_id"]))
        noted += [
            ledger.line(
                source,
                run_id,
                str(table),
                Unit(a.path, None, "", a.n_bytes),
                a.file_id,
                ABANDONED,
                tallies[a.file_id],
            )
            for a in attempts.itertuples()
        ]
    library.ledger.note(noted)


def _left_behind(library: Library, source: str, table: str, files: set[str]) -> dict[str, Tally]:
    """Return what is in the table and in the quarantine because of each file."""
    stored = library.stored(table).refresh()
    columns = ["source", "file_id", "revision"]
    parts = [stored.read_columns(f.path, columns).to_pandas() for f in stored.files()]
    rows = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    rows = rows[rows["source"] == source]
    where = [("state", "==", WAITING), ("table_name", "==", table), ("source", "==", source)]
    waiting = library.load("quarantine", ["file_id"], where).compute()
    first = rows.loc[rows["revision"] == 1, "file_id"].value_counts()
    later = rows.loc[rows["revision"] > 1, "file_id"].value_counts()
    held = waiting["file_id"].value_counts()
    tallies = {}
    for file in files:
        counts = [int(found.get(file, 0)) for found in (first, later, held)]
        tallies[file] = Tally(sum(counts), counts[0], counts[1], 0, counts[2])
    return tallies
