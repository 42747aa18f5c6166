"""The quarantine (隔离区): rows that could not be stored, why, and another try once the cause is mended."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.catalog import Input
from shuju.clock import now
from shuju.library import commit, ledger
from shuju.library.batch import RawBatch, strings
from shuju.library.commit import WAITING, Incoming, Reject
from shuju.library.errors import LibraryError, mendable_disk_errors
from shuju.library.ledger import Tally
from shuju.library.library import Library
from shuju.library.readers.files import Unit
from shuju.library.schema import content_schema
from shuju.library.sealing import opened
from shuju.library.standardise import Context, standardise
from shuju.text import personal

DONE = "已入库"
REREAD = "已重读"


def waiting(library: Library, source: str | None = None, reason: str | None = None) -> pd.DataFrame:
    """Return the rows that wait, newest first; of one source, or whose reason contains a text."""
    rows = library.read("quarantine", where=[("state", "==", WAITING)])
    if source is not None:
        rows = rows[rows["source"] == library_source(library, source)]
    if reason is not None:
        rows = rows[rows["reason"].str.contains(reason, regex=False)]
    return rows.sort_values(["quarantined_at", "path", "row_number"], ascending=[False, True, True])


def shown(library: Library, row: Mapping[str, Any]) -> str:
    """Return a waiting row's raw text as it may be shown: masked, and without what belongs to a private table."""
    raw = _raw(row["raw"], str(row.get("quarantine_id"))) or ""
    source = library.catalog.sources.get(str(row["source"]))
    number = int(row["input_number"] or 0)
    if row["is_parsed"] and source is not None and number < len(source.inputs):
        entry = source.inputs[number]
        columns = library.catalog.table(entry.table).columns
        private = {
            name for field, made in entry.fields.items() if field not in columns for name in made.source
        }
        values = {k: "[不予显示]" if k in private else v for k, v in json.loads(raw).items()}
        raw = json.dumps(values, ensure_ascii=False)
    return str(personal.mask([raw])[0])


def library_source(library: Library, name: str) -> str:
    """Return ``name`` if the catalog has such a source; a ``LibraryError`` suggests the nearest."""
    library.source(name)
    return name


def retry(
    library: Library,
    source: str | None = None,
    reason: str | None = None,
    location: str | Path | None = None,
) -> dict[str, Tally]:
    """Take the waiting rows through the catalog as it is now; return, by source, what became of them.

    A row that passes is stored, and its quarantine entry marked as done; the ledger notes both. A row
    that the reader could not take apart cannot be retried: its file must be mended and read again. Rows of
    a file that is not read to its end wait for that. ``location`` is where the source's files are, if not the
    catalog's own: look-up tables lie beside them. A retry that was killed is completed by the next.

    Raises:
        LibraryError: a look-up table that is not there, an input that the catalog no longer has; what could be
            stored is.
    """
    tallies: dict[str, Tally] = defaultdict(Tally)
    lines, faults = [], []
    run_id = f"{now():%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"
    with library.home.lock("retry"), mendable_disk_errors(library.home):
        rows = _to_retry(library, source, reason, run_id)
        for (run, name, number), group in rows.groupby(["run_id", "source", "input_number"], sort=False):
            try:
                entry, tally = _retry_input(library, str(name), int(number), group, str(run), location)
            except LibraryError as error:
                faults.append(f"{name}：{error}")
                continue
            for key, value in vars(tally).items():
                setattr(tallies[str(name)], key, getattr(tallies[str(name)], key) + value)
            if tally.n_quarantined:
                unit = Unit("隔离区重试", None, "", 0)
                lines.append(ledger.line(str(name), str(run), entry.table, unit, "", "retried", tally))
        library.ledger.note(lines)
        library.save_indexes()
    if faults:
        raise LibraryError("\n".join(faults))
    return dict(tallies)


def _to_retry(library: Library, source: str | None, reason: str | None, run_id: str) -> pd.DataFrame:
    """Return the rows to try under ``run_id``, and those that a killed retry marked but did not note, under its own."""
    lines = library.ledger.frame()
    closed = lines.loc[lines["state"].isin(["complete", ledger.ABANDONED]), "file_id"]
    noted = lines.loc[lines["state"] == "retried", "run_id"]
    fresh = waiting(library, source, reason)
    fresh = fresh[fresh["is_parsed"].fillna(False).astype(bool) & fresh["file_id"].isin(closed)]
    done = library.load("quarantine", where=[("state", "==", DONE)]).compute()
    return pd.concat([fresh.assign(run_id=run_id), done[~done["run_id"].isin(noted)]])


def _retry_input(
    library: Library,
    name: str,
    number: int,
    rows: pd.DataFrame,
    run_id: str,
    location: str | Path | None,
) -> tuple[Input, Tally]:
    source = library.source(name)
    if number >= len(source.inputs):
        raise LibraryError(f"目录中该来源已没有第 {number + 1} 个输入；请恢复，或重新入库")
    entry = source.inputs[number]
    raw = [json.loads(text) for text in _opened(rows)["raw"]]
    names = dict.fromkeys(key for row in raw for key in row)
    batch = RawBatch(
        strings({key: [row.get(key) for row in raw] for key in names}),
        rows["row_number"].to_numpy(dtype=np.int64),
    )
    context = Context(_place(library, name, location), now(), **library.site_maps(), is_retry=True)
    companion = library.catalog.tables.get(f"{entry.table}_private")
    result = standardise(batch, entry, library.catalog.table(entry.table), companion, context)
    files = pa.array(rows["file_id"].to_list(), pa.string())
    incoming = _incoming(result.rows, result.at, name, files, batch)
    tally = Tally(n_quarantined=-len(result.at))
    for part, outcome in commit.commit_rows(library, entry.table, incoming, run_id, set(rows["file_id"])):
        written = outcome.stored | outcome.revised
        tally.n_stored += int(outcome.stored.sum())
        tally.n_revised += int(outcome.revised.sum())
        tally.n_merged += int((~written).sum())
        tally.n_flagged += int((np.asarray(part.rows.column("quality_flags").is_valid()) & written).sum())
    if result.private is not None and result.private_at is not None:
        private = _incoming(result.private, result.private_at, name, files, batch)
        commit.commit_rows(library, f"{entry.table}_private", private, run_id, set())
    _mark(library, rows.iloc[result.at], DONE, run_id)
    return entry, tally


def _place(library: Library, name: str, location: str | Path | None) -> Path:
    if location is not None:
        return Path(location).expanduser()
    return library.location_of(name) if library.source(name).location is not None else Path()


def settle(
    library: Library,
    table: str,
    files: Collection[str],
    kept: Collection[str],
    run_id: str,
) -> None:
    """Mark the waiting rows of files that were read once more, besides those ``kept``: they are at fault no longer."""
    where = [("state", "==", WAITING), ("table_name", "==", table), ("file_id", "in", sorted(files))]
    rows = library.load("quarantine", where=where).compute()
    _mark(library, rows[~rows["quarantine_id"].isin(kept)], REREAD, run_id)


def settle_earlier(
    library: Library, source: str, table: str, earlier: Collection[str], run_id: str
) -> list[dict[str, object]]:
    """Settle what waits of files that were read once more under a mended mapping; return the lines for the ledger.

    Each row went somewhere this time, stored or waiting anew under its reason of today. A run that is killed between the
    settling and the note is completed by the next: rows that were settled and not noted are noted then.
    """
    if not earlier:
        return []
    lines = library.ledger.frame()
    noted = set(lines.loc[lines["state"] == "retried", "file_id"]) - {""}
    open_files = sorted(set(earlier) - noted)
    if not open_files:
        return []
    where = [("state", "in", [WAITING, REREAD]), ("table_name", "==", table), ("file_id", "in", open_files)]
    rows = library.load("quarantine", where=where).compute()
    _mark(library, rows[rows["state"] == WAITING], REREAD, run_id)
    found = []
    for file, group in rows.groupby("file_id"):
        unit = Unit(str(group["path"].iloc[0]), None, "", 0)
        tally = Tally(n_quarantined=-len(group), n_merged=len(group))
        found.append(ledger.line(source, run_id, table, unit, str(file), "retried", tally))
    return found


def _incoming(rows: pa.Table, at: np.ndarray, name: str, files: pa.Array, batch: RawBatch) -> list[Incoming]:
    if not len(at):
        return []
    return [
        Incoming(rows, name, files.take(pa.array(at)), batch.row_numbers[at], np.zeros(len(at), np.int32))
    ]


def _opened(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the quarantine with the raw text as it came: for another try, and to be written anew."""
    return rows.assign(raw=[_raw(raw, str(row)) for raw, row in zip(rows["raw"], rows["quarantine_id"])])


def _raw(kept: str | None, row: str) -> str | None:
    return opened(kept, "quarantine", "raw", row) if isinstance(kept, str) else None


def _mark(library: Library, rows: pd.DataFrame, state: str, run_id: str) -> None:
    if rows.empty:
        return
    rows = _opened(rows)
    schema = content_schema(library.catalog.table("quarantine"))
    done = pa.Table.from_pandas(rows.assign(state=state)[schema.names], schema, preserve_index=False)
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
    commit.write_quarantine(library, done, rejects, run_id)
