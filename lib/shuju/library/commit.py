"""Commits of standard rows: compared with what is there, written as data files, added atomically."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake.transaction import AddAction

from shuju.clock import now
from shuju.engine.threads import WORKERS, kept_pool
from shuju.library.classify import Verdict, classify
from shuju.library.hashing import hash_columns
from shuju.library.keys import KeyIndex, catch_up
from shuju.library.schema import content_schema, storage_schema
from shuju.library.sealing import check_keys, check_no_plain, compared_hashes, sealed
from shuju.library.store import Conflict, StoredTable, split_by_partition

if TYPE_CHECKING:
    from shuju.library.library import Library

WAITING = "待处理"  # the state of a row in quarantine that nobody has settled


@dataclass(frozen=True)
class Incoming:
    """Standard rows (content, quality_flags and hashes) and where each came from."""

    rows: pa.Table
    source: str
    file_id: pa.Array
    row_number: np.ndarray
    unit_of_row: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """For each row, whether it is in the library because of this file: as new, or as a revision."""

    stored: np.ndarray
    revised: np.ndarray


@dataclass(frozen=True)
class Reject:
    """A row that could not be stored; ``unit`` numbers its file within the run."""

    unit: int
    source: str
    table: str
    input_number: int
    file_id: str
    path: str
    row_number: int
    reason: str
    raw: str
    is_parsed: bool


def commit_rows(
    library: Library,
    table_name: str,
    incoming: Sequence[Incoming],
    run_id: str,
    resumed: set[str],
) -> list[tuple[Incoming, Outcome]]:
    """Write the rows that are new, in one commit, and return what became of each.

    ``resumed`` are files that an earlier run began: rows that it stored count as stored, not as merged.
    When another writer was faster, what it wrote is looked at and the rows are compared anew. Sealed columns are encrypted
    as they are written, and compared by hashes under a key.

    Raises:
        LibraryError: sealed columns whose key is missing, or that an older library has in plain.
    """
    if not incoming:
        return []
    stored = library.stored(table_name).create()
    index = library.index(table_name)
    rows = _provenance(incoming, run_id, stored)
    if stored.table.sealed:
        rows = _compared_under_key(rows, stored)
    keys, contents = rows.column("key_hash").to_numpy(), rows.column("content_hash").to_numpy()
    while True:
        catch_up(index, stored.refresh())
        verdict = classify(keys, contents, index)
        try:
            _write(stored, index, rows, verdict)
        except Conflict:
            continue
        break
    before = _stored_before(stored, rows, verdict, resumed)
    stored_mask = verdict.is_stored | (before & (verdict.revision == 1))
    revised_mask = verdict.is_revised | (before & (verdict.revision > 1))
    outcomes, at = [], 0
    for part in incoming:
        here = slice(at, at + part.rows.num_rows)
        outcomes.append((part, Outcome(stored_mask[here], revised_mask[here])))
        at += part.rows.num_rows
    return outcomes


def _provenance(incoming: Sequence[Incoming], run_id: str, stored: StoredTable) -> pa.Table:
    tables = []
    moment = pa.scalar(now(), pa.timestamp("us"))
    for part in incoming:
        n = part.rows.num_rows
        columns = {name: part.rows.column(name) for name in part.rows.column_names}
        columns |= {
            "source": pa.repeat(part.source, n),
            "file_id": part.file_id,
            "row_number": pa.array(part.row_number, pa.int64()),
            "run_id": pa.repeat(run_id, n),
            "ingested_at": pa.repeat(moment, n),
            "revision": pa.repeat(pa.scalar(1, pa.int32()), n),
        }
        schema = storage_schema(stored.table)
        tables.append(pa.table({f.name: columns[f.name] for f in schema}, schema=schema))
    return pa.concat_tables(tables)


def _compared_under_key(rows: pa.Table, stored: StoredTable) -> pa.Table:
    check_keys(stored.refresh())
    check_no_plain(stored)
    keyed = compared_hashes(*(rows.column(c).to_numpy() for c in ("content_hash", "key_hash")))
    at = schema_position(rows, "content_hash")
    return rows.set_column(at, rows.schema.field(at), pa.array(keyed))


def _write(stored: StoredTable, index: KeyIndex, rows: pa.Table, verdict: Verdict) -> None:
    """Write and commit the new rows; revisions go to files of their own, so that readers can tell."""
    at = schema_position(rows, "revision")
    rows = rows.set_column(at, rows.schema.field(at), pa.array(verdict.revision))
    rows = (
        rows.combine_chunks()
    )  # strings are taken in another order much faster from one chunk than from many
    indexed = [rows.column(name).to_numpy() for name in ("key_hash", "content_hash", "revision")]
    jobs = []
    for wanted in (verdict.is_stored, verdict.is_revised):
        places = np.flatnonzero(wanted)
        jobs += [(order, partition) for partition, order in split_by_partition(rows, places, stored.table)]
    write = kept_pool("data files", WORKERS).map
    files = list(write(lambda job: _write_file(stored, rows.take(pa.array(job[0])), job[1]), jobs))
    stored.commit(files)
    for file, (order, _) in zip(files, jobs, strict=True):
        index.add(file.path, *(column[order] for column in indexed))


def _write_file(
    stored: StoredTable, rows: pa.Table, partition: tuple[tuple[str, str | None], ...]
) -> AddAction:
    if not stored.table.sealed:
        return stored.write_file(rows, partition)
    key, rows = sealed(rows, stored.name, stored.table)
    return stored.write_file(rows, partition, key)


def schema_position(rows: pa.Table, name: str) -> int:
    """Return the position of a column."""
    return rows.schema.get_field_index(name)


def _stored_before(stored: StoredTable, rows: pa.Table, verdict: Verdict, resumed: set[str]) -> np.ndarray:
    """Tell which rows that look like repeats were stored by an earlier, unfinished run of their own file."""
    before = np.zeros(rows.num_rows, bool)
    again = pc.is_in(rows.column("file_id"), pa.array(sorted(resumed), pa.string()))
    again = np.asarray(again) & ~verdict.is_new
    if not again.any():
        return before
    mine = set(pc.unique(rows.column("file_id").filter(pa.array(again))).to_pylist())
    for file in stored.files():
        low, high = file.low.get("file_id", ""), file.high.get("file_id", "~")
        if not any(low <= one <= high for one in mine):
            continue
        there = stored.read_columns(file.path, ["file_id", "row_number", "key_hash", "content_hash"])
        there = there.filter(pc.is_in(there.column("file_id"), pa.array(sorted(mine))))
        before |= _same_rows(rows, there)
    return before & again


def _same_rows(rows: pa.Table, there: pa.Table) -> np.ndarray:
    names = ["file_id", "row_number", "key_hash", "content_hash"]
    return np.isin(hash_columns(rows.select(names)), hash_columns(there.select(names)))


def quarantine_rows(library: Library, rejects: Sequence[Reject], run_id: str) -> None:
    """Write rejected rows to the quarantine; the same row twice is there once."""
    if not rejects:
        return
    table = library.catalog.table("quarantine")
    moment = now()
    columns = {
        "quarantine_id": [quarantine_id(r.file_id, r.row_number, r.table) for r in rejects],
        "table_name": [r.table for r in rejects],
        "input_number": [r.input_number for r in rejects],
        "path": [r.path for r in rejects],
        "reason": [r.reason for r in rejects],
        "raw": [r.raw for r in rejects],
        "is_parsed": [r.is_parsed for r in rejects],
        "state": [WAITING] * len(rejects),
        "quarantined_at": [moment] * len(rejects),
    }
    write_quarantine(library, pa.table(columns, content_schema(table)), rejects, run_id)


def write_quarantine(library: Library, rows: pa.Table, rejects: Sequence[Reject], run_id: str) -> None:
    """Write rows of the quarantine table; a changed state is a revision of its row."""
    table = library.catalog.table("quarantine")
    same = [name for name in table.columns if name != "quarantined_at"]
    rows = (
        rows.append_column("quality_flags", pa.nulls(rows.num_rows, pa.string()))
        .append_column("key_hash", pa.array(hash_columns(rows.select([table.key]))))
        .append_column("content_hash", pa.array(hash_columns(rows.select(same))))
    )
    for source in dict.fromkeys(r.source for r in rejects):
        at = [i for i, r in enumerate(rejects) if r.source == source]
        incoming = Incoming(
            rows=rows.take(pa.array(at)),
            source=source,
            file_id=pa.array([rejects[i].file_id for i in at], pa.string()),
            row_number=np.array([rejects[i].row_number for i in at], np.int64),
            unit_of_row=np.array([rejects[i].unit for i in at], np.int32),
        )
        commit_rows(library, "quarantine", [incoming], run_id, set())


def quarantine_id(file_id: str, row_number: int, table: str) -> str:
    """Return the number of a quarantined row: the same row of the same file has the same."""
    return hashlib.blake2b(f"{file_id}\n{row_number}\n{table}".encode(), digest_size=8).hexdigest()
