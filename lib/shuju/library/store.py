"""Delta tables: schemas, data files with statistics, and commits that are whole or not at all.

Long, since whole or not at all depends on all of it.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from shuju.catalog import Table, did_you_mean
from shuju.library.errors import LibraryError, unreadable
from shuju.library.home import Home
from shuju.library.schema import INTERNAL, storage_schema

ROW_GROUP_ROWS = 32_768
# One writer's name in the log: a second commit made from the same version is refused by Delta, so
# that whoever lost looks again at what is there before writing (optimistic concurrency).
WRITER = "shuju"
OPERATION, COMPACT, DERIVE = "shujuOperation", "compact", "derive"
STATISTICS = ("revision", "origin_id", "region_code", "site_id", "file_id", "ingested_at", "row_number")


class Conflict(Exception):  # noqa: N818 - not an error: the caller looks again and retries
    """Another writer committed since this table was last looked at."""


@dataclass(frozen=True)
class DataFile:
    """One active data file: path within the table, rows, bytes, its partition.

    ``low`` and ``high`` bound the columns that have no nulls in this file.
    """

    path: str
    n_rows: int
    n_bytes: int
    partition: tuple[tuple[str, str | None], ...]
    low: dict[str, Any]
    high: dict[str, Any]

    @property
    def sealed_with(self) -> str:
        """The name of the key that the sealed columns are encrypted with, empty if they are not: the file's name tells."""
        found = re.search(r"\.sealed-([0-9a-f-]+)\.zstd\.parquet$", self.path)
        return found[1] if found else ""


@dataclass
class StoredTable:
    """One Delta table of a library, as it stood when it was last looked at; threads may share it."""

    home: Home
    name: str
    table: Table
    version: int | None = None
    # Delta's own object must not be used while another thread brings it up to date.
    _lock: RLock = field(default_factory=RLock, repr=False)
    # The files of the version last asked for: a ledger asks again and again.
    _listed: tuple[int, list[DataFile]] = field(default=(-1, []), repr=False)

    @property
    def schema(self) -> pa.Schema:
        """The columns as stored."""
        return storage_schema(self.table)

    @cached_property
    def delta(self) -> DeltaTable:
        """The table's log, at ``version`` or at its newest state."""
        return DeltaTable(self.home.table_uri(self.name), version=self.version)

    @property
    def exists(self) -> bool:
        """Whether anything was ever written.

        Raises:
            LibraryError: the table's log cannot be read; a damaged table is not an empty one.
        """
        try:
            with self._lock:
                return self.delta is not None
        except TableNotFoundError:
            return False
        except (DeltaError, OSError) as error:
            raise unreadable(self.home, self.name, error) from None

    def refresh(self) -> StoredTable:
        """Look again at the newest state; errors as those of ``exists``."""
        if self.exists:
            try:
                with self._lock:
                    self.delta.update_incremental()
            except (DeltaError, OSError) as error:
                raise unreadable(self.home, self.name, error) from None
        return self

    @property
    def newest(self) -> int:
        """The version last looked at, -1 before anything was written."""
        with self._lock:
            return self.delta.version() if self.exists else -1

    def history(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return what the log says of the last ``limit`` commits, newest first."""
        with self._lock:
            return self.delta.history(limit) if self.exists else []

    def create(self) -> StoredTable:
        """Create the table if it is not there yet."""
        if not self.exists:
            DeltaTable.create(
                self.home.table_uri(self.name),
                Schema.from_arrow(storage_schema(self.table)),
                mode="ignore",
                partition_by=list(self.table.partition_by),
                name=self.name,
                description=self.table.title,
                # Old versions stay readable: an analysis can be repeated on the library of that day.
                configuration={"delta.logRetentionDuration": "interval 36500 days"},
            )
            self.__dict__.pop("delta", None)
        return self

    def files(self) -> list[DataFile]:
        """Return the active data files, oldest first."""
        if not self.exists:
            return []
        with self._lock:
            version = self.delta.version()
            if self._listed[0] == version:
                return list(self._listed[1])
            actions = pa.table(self.delta.get_add_actions(flatten=True))
        rows = actions.sort_by([("modification_time", "ascending"), ("path", "ascending")]).to_pylist()
        files = [
            DataFile(
                path=row["path"],
                n_rows=row["num_records"],
                n_bytes=row["size_bytes"],
                partition=tuple((c, row.get(f"partition.{c}")) for c in self.table.partition_by),
                low=_bounds(row, "min."),
                high=_bounds(row, "max."),
            )
            for row in rows
        ]
        self._listed = version, files
        return list(files)

    def write_file(
        self, rows: pa.Table, partition: Sequence[tuple[str, str | None]], sealed_with: str = ""
    ) -> AddAction:
        """Write rows of one partition as a data file that no one sees until it is committed.

        ``sealed_with`` names the key under which the sealed columns were encrypted.

        Raises:
            ValueError: the table has sealed columns, and they were not.
        """
        if self.table.sealed and not sealed_with:
            raise ValueError(f"the sealed columns of {self.name} are plain")
        folder = "/".join(f"{column}={value}" for column, value in partition)
        name = f"part-{uuid.uuid4().hex}{f'.sealed-{sealed_with}' if sealed_with else ''}.zstd.parquet"
        path = "/".join(p for p in (folder, name) if p)
        full = f"{self.home.table_root(self.name)}/{path}"
        if self.home.is_local:
            self.home.files.create_dir(full.rpartition("/")[0], recursive=True)
        stored = rows.drop_columns([column for column, _ in partition])
        codes = [
            f.name
            for f in stored.schema
            if pa.types.is_string(f.type)
            and (f.name not in self.table.columns or self.table.columns[f.name].type == "code")
        ]
        with self.home.files.open_output_stream(full) as stream:
            pq.write_table(
                stored,
                stream,
                row_group_size=ROW_GROUP_ROWS,
                compression="zstd",
                compression_level=1,
                use_dictionary=[
                    *codes,
                    *[c for c in ("site_id", "column_name", "content_source") if c in stored.column_names],
                ],
                write_statistics=[n for n in stored.column_names if n in self._statistics_columns],
            )
            n_bytes = stream.tell()
        return AddAction(
            path=path,
            size=n_bytes,
            partition_values=dict(partition),
            modification_time=int(time.time() * 1000),
            data_change=True,
            stats=json.dumps(self._statistics(stored)),
        )

    @cached_property
    def _statistics_columns(self) -> tuple[str, ...]:
        return tuple(c for c in (self.table.time, *STATISTICS) if c is not None)

    def _statistics(self, rows: pa.Table) -> dict[str, Any]:
        low, high, nulls = {}, {}, {}
        for name in self._statistics_columns:
            if name not in rows.column_names:
                continue
            nulls[name] = rows.column(name).null_count
            bounds = pc.min_max(rows.column(name)).as_py()
            if bounds["min"] is not None:
                low[name], high[name] = _stat(bounds["min"]), _stat(bounds["max"])
        return {"numRecords": rows.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls}

    def commit(
        self, files: Sequence[AddAction], replaced: Sequence[DataFile] = (), operation: str = COMPACT
    ) -> None:
        """Add the files in one atomic commit, made on the state last looked at.

        ``replaced`` are files whose rows the new ones hold, or stand for where the ``operation`` is
        ``DERIVE``: they leave the table's present, not its past.

        Raises:
            Conflict: another writer committed since; nothing was added.
        """
        if not files:
            return
        with self._lock:
            self._commit(files, replaced, operation)

    def _commit(self, files: Sequence[AddAction], replaced: Sequence[DataFile], operation: str) -> None:
        number = (self.delta.transaction_version(WRITER) or 0) + 1
        properties = CommitProperties(
            custom_metadata={OPERATION: operation} if replaced else {},
            app_transactions=[Transaction(WRITER, number)],
            max_commit_retries=0,
        )
        moment = int(time.time() * 1000)
        # A derived table is written whole, and takes the columns that the catalog has now.
        is_whole = operation == DERIVE
        removals = [RemoveAction(f.path, False, moment, f.n_bytes, dict(f.partition)) for f in replaced]
        try:
            self.delta.create_write_transaction(
                [*files] if is_whole else [*files, *removals],
                mode="overwrite" if is_whole else "append",
                schema=Schema.from_arrow(storage_schema(self.table)),
                partition_by=list(self.table.partition_by),
                commit_properties=properties,
            )
        except CommitFailedError:
            self.discard(files)
            raise Conflict(self.name) from None
        self.delta.update_incremental()

    def added_since(self, version: int) -> list[DataFile]:
        """Return the files that brought rows after ``version``, also those compacted since.

        O(versions since), besides the log of each compaction.
        """
        known = {f.path for f in self._files_at(version)} if version >= 0 else set()
        compacted: dict[str, DataFile] = {}
        born: set[str] = set()
        now = {f.path: f for f in self.files()}
        for number in self._compactions_since(version):
            before = {f.path: f for f in self._files_at(number - 1)}
            after = {f.path for f in self._files_at(number)}
            born |= after - set(before)
            compacted |= {path: file for path, file in before.items() if path not in after}
        return [f for path, f in (compacted | now).items() if path not in known and path not in born]

    def _files_at(self, version: int) -> list[DataFile]:
        return StoredTable(self.home, self.name, self.table, version).files()

    def _compactions_since(self, version: int) -> list[int]:
        history = self.history(self.newest - version) if self.newest > version else []
        return [h["version"] for h in history if h.get(OPERATION) == COMPACT and h["version"] > version]

    def discard(self, files: Iterable[AddAction]) -> None:
        """Delete data files that were written but not committed."""
        for file in files:
            self.home.files.delete_file(f"{self.home.table_root(self.name)}/{file.path}")

    def paths_on_disk(self) -> set[str]:
        """Return the data files that lie in the table's folder, whether they are part of it or not."""
        root = self.home.table_root(self.name)
        found = self.home.files.get_file_info(pafs.FileSelector(root, recursive=True))
        return {f.path.removeprefix(f"{root}/") for f in found if f.path.endswith(".zstd.parquet")}

    def read_file(self, file: DataFile) -> pa.Table:
        """Return all columns of one data file, those of its partition too."""
        partition = dict(file.partition)
        rows = self.read_columns(file.path, [name for name in self.schema.names if name not in partition])
        for name, value in partition.items():
            rows = rows.append_column(name, pa.repeat(pa.scalar(value, pa.string()), rows.num_rows))
        return rows.select(self.schema.names)

    def read_columns(self, path: str, columns: Sequence[str]) -> pa.Table:
        """Return some columns of one data file, in the order of its rows; those that the catalog has since the file was written are null.

        Raises:
            LibraryError: the file lacks a column without which a row is none: an older version wrote it otherwise.
        """
        full, files = f"{self.home.table_root(self.name)}/{path}", self.home.files
        try:
            return pq.read_table(full, columns=list(columns), filesystem=files, partitioning=None)
        except pa.ArrowInvalid:
            there = set(pq.read_schema(full, filesystem=files).names)
            missing = [name for name in columns if name not in there]
            if not missing:
                raise
        lacking = [name for name in missing if name not in self._optional_columns]
        if lacking:
            told = f"由旧版本写成，缺少“{'、'.join(lacking)}”列；请换一个资源库位置重新入库（shuju ingest）"
            raise LibraryError(f"{self.home.table_uri(self.name)}：{told}")
        kept = [name for name in columns if name in there] or ["key_hash"]
        rows = pq.read_table(full, columns=kept, filesystem=files, partitioning=None)
        for name in missing:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, self.schema.field(name).type))
        return rows.select(list(columns))

    @cached_property
    def _optional_columns(self) -> set[str]:
        return {name for name, column in self.table.columns.items() if not column.required} - {self.table.key}


def _stat(value: Any) -> Any:
    return (
        value.isoformat(timespec="microseconds")
        if hasattr(value, "hour")
        else str(value)
        if hasattr(value, "year")
        else value
    )


def _bounds(row: dict[str, Any], side: str) -> dict[str, Any]:
    names = (k.removeprefix(side) for k, v in row.items() if k.startswith(side) and v is not None)
    return {name: row[side + name] for name in names if row.get(f"null_count.{name}") == 0}


def split_by_partition(
    rows: pa.Table, places: np.ndarray, table: Table
) -> list[tuple[tuple[tuple[str, str | None], ...], np.ndarray]]:
    """Return each partition among the rows at ``places``, with their places in order of the table's time."""
    order = places
    if table.time is not None:
        order = places[np.argsort(rows.column(table.time).to_numpy()[places], kind="stable")]
    if not table.partition_by:
        return [((), order)] if len(places) else []
    (column,) = table.partition_by
    codes = rows.column(column).combine_chunks().dictionary_encode()
    codes = codes.chunk(0) if isinstance(codes, pa.ChunkedArray) else codes
    indices = np.asarray(codes.indices)[order]
    return [
        (((column, value),), order[indices == i])
        for i, value in enumerate(codes.dictionary.to_pylist())
        if (indices == i).any()
    ]


def public_columns(table: Table) -> list[str]:
    """Return the columns that users see, in the order of the catalog, then the provenance."""
    return [name for name in storage_schema(table).names if name not in INTERNAL]


def wanted_columns(table: Table, columns: str | Sequence[str] | None) -> list[str]:
    """Return the columns asked for, a text being one of them; all public ones for None.

    Raises:
        LibraryError: no such column; the message names the nearest.
    """
    known = public_columns(table)
    if columns is None:
        return known
    columns = [columns] if isinstance(columns, str) else columns
    for column in columns:
        if column not in known and column not in INTERNAL:
            raise LibraryError(did_you_mean("列", column, known))
    return list(columns)
