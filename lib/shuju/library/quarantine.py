"""The quarantine (隔离区): rows that could not be stored, why, and another try once the cause is mended."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.library import commit, ledger
from shuju.library.batch import RawBatch, strings
from shuju.library.commit import Incoming, Reject
from shuju.library.ledger import Tally
from shuju.library.library import Library
from shuju.library.readers.files import Unit
from shuju.library.schema import content_schema
from shuju.library.standardise import Context, standardise

WAITING = "待处理"
DONE = "已入库"


def waiting(library: Library, source: str | None = None, reason: str | None = None) -> pd.DataFrame:
    """Return the rows that wait, newest first; of one source, or whose reason contains a text."""
    rows = library.read("quarantine", where=[("state", "==", WAITING)])
    if source is not None:
        rows = rows[rows["source"] == library_source(library, source)]
    if reason is not None:
        rows = rows[rows["reason"].str.contains(reason, regex=False)]
    return rows.sort_values(["quarantined_at", "path", "row_number"], ascending=[False, True, True])


def library_source(library: Library, name: str) -> str:
    """Return ``name`` if the catalog has such a source; a ``LibraryError`` suggests the nearest."""
    library.source(name)
    return name


def retry(library: Library, source: str | None = None, reason: str | None = None) -> dict[str, Tally]:
    """Take the waiting rows through the catalog as it is now; return, by source, what became of them.

    A row that passes is stored, and its quarantine entry marked as done; the ledger notes both. A row
    that the reader could not take apart cannot be retried: its file must be mended and read again.
    """
    tallies: dict[str, Tally] = {}
    rows = waiting(library, source, reason)
    rows = rows[rows["is_parsed"].fillna(False).astype(bool)]
    run_id = f"{ledger.now():%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"
    with ThreadPoolExecutor(2) as pool:
        for (name, number), group in rows.groupby(["source", "input_number"], sort=False):
            tally = _retry_input(library, str(name), int(number), group, run_id, pool)
            tallies[str(name)] = tally
    library.save_indexes()
    return tallies


def _retry_input(
    library: Library, name: str, number: int, rows: pd.DataFrame, run_id: str, pool: ThreadPoolExecutor
) -> Tally:
    entry = library.source(name).inputs[number]
    raw = [json.loads(text) for text in rows["raw"]]
    names = dict.fromkeys(key for row in raw for key in row)
    batch = RawBatch(
        strings({key: [row.get(key) for row in raw] for key in names}),
        rows["row_number"].to_numpy(dtype=np.int64),
    )
    context = Context(
        location=library.location_of(name), now=ledger.now(), is_retry=True, **library.site_maps()
    )
    companion = library.catalog.tables.get(f"{entry.table}_private")
    result = standardise(batch, entry, library.catalog.table(entry.table), companion, context)
    files = pa.array(rows["file_id"].to_list(), pa.string())
    incoming = _incoming(result.rows, result.at, name, files, batch)
    tally = Tally()
    for _, outcome in commit.commit_rows(library, entry.table, incoming, run_id, pool, set()):
        tally.n_stored += int(outcome.stored.sum())
        tally.n_revised += int(outcome.revised.sum())
        tally.n_merged += int((~outcome.stored & ~outcome.revised).sum())
    if result.private is not None and result.private_at is not None:
        private = _incoming(result.private, result.private_at, name, files, batch)
        commit.commit_rows(library, f"{entry.table}_private", private, run_id, pool, set())
    passed = rows.iloc[result.at]
    tally.n_quarantined -= len(passed)
    if len(passed):
        _mark_done(library, passed, run_id, pool)
        unit = Unit("隔离区重试", None, "", 0)
        library.ledger.note([ledger.line(name, run_id, entry.table, unit, "", "retried", tally)])
    return tally


def _incoming(rows: pa.Table, at: np.ndarray, name: str, files: pa.Array, batch: RawBatch) -> list[Incoming]:
    if not len(at):
        return []
    return [
        Incoming(rows, name, files.take(pa.array(at)), batch.row_numbers[at], np.zeros(len(at), np.int32))
    ]


def _mark_done(library: Library, rows: pd.DataFrame, run_id: str, pool: ThreadPoolExecutor) -> None:
    schema = content_schema(library.catalog.table("quarantine"))
    done = pa.Table.from_pandas(rows.assign(state=DONE)[schema.names], schema, preserve_index=False)
    rejects = [
        Reject(
            0,
            r.source,
            r.table_name,
            int(r.input_number),
            r.file_id,
            r.path,
            int(r.row_number),
            r.reason,
            r.raw,
            True,
        )
        for r in rows.itertuples()
    ]
    commit.write_quarantine(library, done, rejects, run_id, pool)
