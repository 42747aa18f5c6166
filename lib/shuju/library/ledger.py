"""The ledger: what became of every row of every raw file, in every run."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.catalog import Input
from shuju.clock import now
from shuju.library.errors import LedgerError
from shuju.library.hashing import hash_columns
from shuju.library.readers.files import Unit
from shuju.library.store import Conflict, StoredTable

ABANDONED = "abandoned"
HELD = "held"
PROFILED = "profiled"
PROFILES = 2_000  # newest files of a source whose profiles are looked at
COUNTS = ("n_read", "n_stored", "n_revised", "n_merged", "n_quarantined")


@dataclass
class Tally:
    """The counts of one file, as they grow."""

    n_read: int = 0
    n_stored: int = 0
    n_revised: int = 0
    n_merged: int = 0
    n_quarantined: int = 0
    n_flagged: int = 0

    def check(self, path: str) -> None:
        """Raise ``LedgerError`` unless every row that was read went somewhere."""
        went = self.n_stored + self.n_revised + self.n_merged + self.n_quarantined
        if went != self.n_read:
            parts = f"入库 {self.n_stored:,}、修订 {self.n_revised:,}、合并 {self.n_merged:,}"
            raise LedgerError(
                f"{path}：台账不符：读入 {self.n_read:,} 行，去向合计 {went:,} 行"
                f"（{parts}、隔离 {self.n_quarantined:,}）"
            )


def file_id(source: str, unit: Unit, entry: Input) -> str:
    """Return a file's number in the ledger: it changes with the source, the file's content and its mapping."""
    # What an input carries does not change how its rows are read.
    spec = entry.model_dump(mode="json", exclude={"carries", "lacks", "hold"})
    spec = json.dumps(spec, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(
        f"{source}\n{unit.name}\n{unit.fingerprint}\n{spec}".encode(), digest_size=10
    ).hexdigest()


@dataclass
class Ledger:
    """The ledger of one library; the lines read once are kept, for data files never change."""

    stored: StoredTable
    _read: tuple[frozenset[str], pd.DataFrame | None] = (frozenset(), None)

    def note(self, lines: Iterable[dict[str, object]]) -> None:
        """Append lines in one commit; keys are the ledger's columns."""
        rows = pd.DataFrame(list(lines))
        if rows.empty:
            return
        self.stored.create()
        rows["line_id"] = [uuid.uuid4().hex for _ in range(len(rows))]
        rows["noted_at"] = rows["ingested_at"] = pd.Timestamp(now()).as_unit("us")
        rows["revision"] = 1
        rows["row_number"] = 0
        table = _table(rows, self.stored)
        file = self.stored.write_file(table, ())
        while True:
            try:
                self.stored.commit([file])
            except Conflict:
                self.stored.refresh()
                file = self.stored.write_file(table, ())
            else:
                return

    def frame(self) -> pd.DataFrame:
        """Return all lines in the order in which they were written; O(lines since the last call)."""
        columns = [*self.stored.table.columns, "source", "file_id", "run_id"]
        paths = frozenset(f.path for f in self.stored.refresh().files())
        if not paths:
            return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
        known, lines = self._read
        if lines is None or not known <= paths:  # nothing read yet, or compacted since
            known, lines = frozenset(), None
        if known != paths:
            parts = [self.stored.read_columns(path, columns).to_pandas() for path in sorted(paths - known)]
            lines = pd.concat(parts if lines is None else [lines, *parts])
            lines = lines.sort_values("noted_at", kind="stable", ignore_index=True)
            self._read = paths, lines
        assert lines is not None
        return lines.copy(deep=False)

    def states(self, source: str) -> dict[str, str]:
        """Return the state that each file reached: ``planned``, ``failed``, ``abandoned`` or ``complete``."""
        lines = self.frame()
        lines = lines[(lines["source"] == source) & ~lines["state"].isin(["retried", PROFILED])]
        complete = set(lines.loc[lines["state"] == "complete", "file_id"])
        last = lines.drop_duplicates("file_id", keep="last").set_index("file_id")["state"]
        return {file: "complete" if file in complete else state for file, state in last.items()}

    def earlier_readings(
        self, source: str, table_name: str, units: Sequence[Unit], files: Sequence[str]
    ) -> dict[str, frozenset[str]]:
        """Return by file those that are the same under an earlier mapping: name and content are equal, all of it was read."""
        lines = self.frame()
        lines = lines[(lines["source"] == source) & (lines["table_name"] == table_name)]
        lines = lines[lines["state"].isin(["complete", ABANDONED]) & lines["n_quarantined"].gt(0)]
        by: dict[tuple[str, str], set[str]] = {}
        for path, fingerprint, file in zip(lines["path"], lines["fingerprint"], lines["file_id"]):
            by.setdefault((path, fingerprint), set()).add(file)
        found = {
            file: frozenset(by.get((unit.name, unit.fingerprint), set()) - {file})
            for unit, file in zip(units, files, strict=True)
        }
        return {file: earlier for file, earlier in found.items() if earlier}

    def profiles(self, source: str, table_name: str, input_number: int, last: int) -> list[dict[str, Any]]:
        """Return the profiles of the ``last`` files of each series of an input that were taken in, oldest first.

        Of the newest ``PROFILES`` files alone.
        """
        lines = self.frame()
        lines = lines[(lines["source"] == source) & (lines["table_name"] == table_name)]
        lines = lines[lines["state"].isin(["complete", PROFILED]) & lines["profile"].notna()]
        found: list[dict[str, Any]] = []
        times: Counter[str] = Counter()
        for text in reversed(lines["profile"].to_list()[-PROFILES:]):
            profile = json.loads(text)
            series = profile.get("series", "")
            if profile["input"] == input_number and times[series] < last:
                times[series] += 1
                found.append(profile)
        return found[::-1]

    def warned(self, last: int) -> pd.DataFrame:
        """Return the newest lines that tell of a file unlike its predecessors, newest first."""
        lines = self.frame()
        lines = lines[lines["warnings"].notna()].drop_duplicates(
            ["source", "table_name", "file_id", "path"], keep="last"
        )
        return lines.iloc[::-1].head(last)

    def watermark(self, source: str, table_name: str, path: str) -> str | None:
        """Return the highest watermark that a query was read up to, if it was read."""
        lines = self.frame()
        hit = (lines["source"] == source) & (lines["table_name"] == table_name) & (lines["path"] == path)
        marks = lines.loc[hit & (lines["state"] == "complete"), "watermark"].dropna()
        return None if marks.empty else str(marks.iloc[-1])

    def sums(self) -> pd.DataFrame:
        """Return the counts by source and table: files that were closed, and retries of quarantined rows."""
        lines = self.frame()
        closed = lines[lines["state"].isin(["complete", ABANDONED])]
        closed = closed.drop_duplicates(["source", "table_name", "file_id"], keep="last")
        lines = pd.concat([closed, lines[lines["state"] == "retried"]])
        counts = [*COUNTS, "n_flagged", "n_bytes"]
        lines = lines.assign(n_files=(lines["state"] == "complete").astype("int64"))
        lines[counts] = lines[counts].fillna(0).astype("int64")
        return lines.groupby(["source", "table_name"], as_index=False)[["n_files", *counts]].sum()


def line(
    source: str,
    run_id: str,
    table_name: str,
    unit: Unit,
    file: str,
    state: str,
    tally: Tally | None = None,
    **more: object,
) -> dict[str, object]:
    """Return one line of the ledger."""
    where = {"source": source, "run_id": run_id, "table_name": table_name, "file_id": file}
    counts = asdict(tally) if tally else {}
    what = {"path": unit.name, "n_bytes": unit.n_bytes, "fingerprint": unit.fingerprint}
    return {**where, **what, "state": state, **counts, **more}


def _table(rows: pd.DataFrame, stored: StoredTable) -> pa.Table:
    from shuju.library.schema import storage_schema

    schema = storage_schema(stored.table)
    arrays = []
    for field in schema:
        values = rows[field.name] if field.name in rows else pd.Series([None] * len(rows), dtype=object)
        arrays.append(pa.array(values, field.type, from_pandas=True))
    table = pa.Table.from_arrays(arrays, schema=schema)
    keys = hash_columns(table.select([stored.table.key]))
    for name in ("key_hash", "content_hash"):
        at = schema.get_field_index(name)
        table = table.set_column(at, schema.field(at), pa.array(keys.astype(np.int64)))
    return table
