"""Lazy dataframes over a table: only the files and columns that a question needs are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from shuju.library.errors import LibraryError
from shuju.library.home import Home
from shuju.library.schema import storage_schema
from shuju.library.store import DataFile, StoredTable

if TYPE_CHECKING:
    import dask.dataframe as dd

PART_ROWS = 250_000


@dataclass(frozen=True)
class Superseded:
    """The keys that were revised, sorted, and the revision of each that is current."""

    keys: np.ndarray
    revisions: np.ndarray

    def drop_from(self, rows: pa.Table) -> pa.Table:
        """Return the rows without those that a later revision replaced."""
        if not len(self.keys) or not rows.num_rows:
            return rows
        keys = rows.column("key_hash").to_numpy()
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        old = (self.keys[at] == keys) & (rows.column("revision").to_numpy() < self.revisions[at])
        return rows.filter(pa.array(~old)) if old.any() else rows


@dataclass(frozen=True)
class Plan:
    """What reading a part needs: the place, the schema, the conditions, what was superseded."""

    home: Home
    name: str
    schema: pa.Schema
    partition_columns: tuple[str, ...]
    condition: pc.Expression | None
    superseded: Superseded

    def dataset(self, files: Sequence[DataFile]) -> ds.FileSystemDataset:
        """Return the files as an Arrow dataset that knows each file's partition and bounds."""
        kind = ds.ParquetFileFormat()
        root = self.home.table_root(self.name)
        fragments = [
            kind.make_fragment(
                f"{root}/{f.path}", self.home.files, partition_expression=_bounds(f, self.schema)
            )
            for f in files
        ]
        return ds.FileSystemDataset(fragments, self.schema, kind, self.home.files)


def _bounds(file: DataFile, schema: pa.Schema) -> pc.Expression:
    known = pc.scalar(True)
    for column, value in file.partition:
        known &= pc.field(column) == pa.scalar(value, schema.field(column).type)
    for column, low in file.low.items():
        if column in schema.names:
            kind = schema.field(column).type
            known &= (pc.field(column) >= pa.scalar(low, kind)) & (
                pc.field(column) <= pa.scalar(file.high[column], kind)
            )
    return known


def plan(stored: StoredTable, condition: pc.Expression | None) -> tuple[Plan, list[DataFile]]:
    """Return how to read a table under a condition, and the files that can hold such rows.

    O(files); where rows were revised, also the keys of the files that hold revisions.
    """
    files = stored.files()
    superseded = _superseded(stored, [f for f in files if f.high.get("revision", 1) > 1])
    schema = storage_schema(stored.table)
    plan = Plan(stored.home, stored.name, schema, tuple(stored.table.partition_by), condition, superseded)
    if condition is None:
        return plan, files
    root = stored.home.table_root(stored.name)
    kept = {fragment.path for fragment in plan.dataset(files).get_fragments(condition)}
    return plan, [f for f in files if f"{root}/{f.path}" in kept]


def _superseded(stored: StoredTable, files: Sequence[DataFile]) -> Superseded:
    if not files:
        return Superseded(np.empty(0, np.int64), np.empty(0, np.int32))
    parts = [stored.read_columns(f.path, ["key_hash", "revision"]).to_pandas() for f in files]
    highest = pd.concat(parts).groupby("key_hash")["revision"].max().sort_index()
    return Superseded(highest.index.to_numpy(), highest.to_numpy())


def read_rows(part: Sequence[DataFile], columns: Sequence[str], plan: Plan) -> pa.Table:
    """Return the current rows of some files as an Arrow table of the columns asked for."""
    wanted = list(dict.fromkeys([*columns, *(("key_hash", "revision") if len(plan.superseded.keys) else ())]))
    rows = plan.dataset(part).to_table(columns=wanted, filter=plan.condition)
    return plan.superseded.drop_from(rows).select(list(columns))


def _read_frame(part: Sequence[DataFile], columns: Sequence[str], plan: Plan) -> pd.DataFrame:
    return to_frame(read_rows(part, columns, plan))


# Whole numbers and truth values may be missing: pandas' nullable types keep them what they are.
_NULLABLE = {
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def to_frame(rows: pa.Table) -> pd.DataFrame:
    """Return rows as a pandas frame: nullable integers and booleans, dates as datetime64."""
    return rows.to_pandas(types_mapper=_NULLABLE.get, date_as_object=False)


def parts(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """Return the files in parts of about ``PART_ROWS`` rows, in order."""
    found: list[list[DataFile]] = []
    size = PART_ROWS
    for file in files:
        if not found or size + file.n_rows > PART_ROWS:
            found.append([])
            size = 0
        found[-1].append(file)
        size += file.n_rows
    return found


def lazy_frame(stored: StoredTable, columns: Sequence[str], condition: pc.Expression | None) -> dd.DataFrame:
    """Return the current rows as a lazy dataframe of the columns asked for."""
    import dask.dataframe as dd

    reading, files = plan(stored, condition)
    schema = pa.schema([reading.schema.field(c) for c in columns])
    meta = to_frame(schema.empty_table())
    if not files:
        return dd.from_pandas(meta, npartitions=1)
    return dd.from_map(
        _read_frame, parts(files), columns=list(columns), plan=reading, meta=meta, enforce_metadata=False
    )


def mapped(rows: dd.DataFrame, function: Callable[[pd.DataFrame], pd.DataFrame], table: str) -> dd.DataFrame:
    """Return ``function`` of each partition; its columns are those that it gives for a frame without rows.

    Raises:
        LibraryError: it fails for such a frame, or gives none; the message tells of the function, its error and the columns.
    """
    name = getattr(function, "__name__", repr(function))
    try:
        meta = function(rows._meta)
    except Exception as error:
        raise LibraryError(
            f"函数 {name} 不能用于 {table}：先以没有行的数据框试算，得 {type(error).__name__}：{error}。"
            f"现有的列：{'、'.join(rows.columns)}；没有行时也应给出同样几列"
        ) from error
    if not isinstance(meta, pd.DataFrame | pd.Series):
        raise LibraryError(f"函数 {name} 应给出数据框（一行一条），实为 {type(meta).__name__}：{meta!r}")
    return rows.map_partitions(_same_columns, function, name, _columns_of(meta), meta=meta)


def _same_columns(
    rows: pd.DataFrame, function: Callable[[pd.DataFrame], pd.DataFrame], name: str, columns: tuple[str, ...]
) -> pd.DataFrame:
    found = function(rows)
    if not isinstance(found, pd.DataFrame | pd.Series) or _columns_of(found) != columns:
        got = (
            "、".join(_columns_of(found))
            if isinstance(found, pd.DataFrame | pd.Series)
            else type(found).__name__
        )
        raise LibraryError(
            f"函数 {name} 给出的列与没有行时不同：没有行时是 {'、'.join(columns)}，这一段（{len(rows):,} 行）是 {got}"
        )
    return found


def _columns_of(found: pd.DataFrame | pd.Series) -> tuple[str, ...]:
    return tuple(map(str, found.columns if isinstance(found, pd.DataFrame) else [found.name]))


def take_rows(
    stored: StoredTable, places: Sequence[tuple[DataFile, int]], columns: Sequence[str]
) -> pa.Table:
    """Return the rows at (file, row number), in that order; only their row groups are read."""
    schema = pa.schema([storage_schema(stored.table).field(c) for c in columns])
    found: list[pa.Table] = []
    order: list[int] = []
    for path in dict.fromkeys(file.path for file, _ in places):
        here = [i for i, (file, _) in enumerate(places) if file.path == path]
        found.append(_take_from(stored, places[here[0]][0], [places[i][1] for i in here], schema))
        order += here
    rows = pa.concat_tables(found) if found else schema.empty_table()
    return rows.take(pa.array(np.argsort(order, kind="stable")))


def _take_from(stored: StoredTable, file: DataFile, rows: Sequence[int], schema: pa.Schema) -> pa.Table:
    partition = dict(file.partition)
    with stored.home.files.open_input_file(f"{stored.home.table_root(stored.name)}/{file.path}") as stream:
        parquet = pq.ParquetFile(stream)
        sizes = [parquet.metadata.row_group(g).num_rows for g in range(parquet.metadata.num_row_groups)]
        starts = np.r_[0, np.cumsum(sizes)]
        groups = np.searchsorted(starts, rows, side="right") - 1
        own = [c for c in schema.names if c not in partition]
        pieces = {
            g: _as_stored(parquet.read_row_group(int(g), columns=own), schema).take(
                pa.array([row - starts[g] for row, group in zip(rows, groups, strict=True) if group == g])
            )
            for g in np.unique(groups)
        }
    together = pa.concat_tables(pieces.values())
    place = np.argsort(np.argsort(groups, kind="stable"), kind="stable")
    together = together.take(pa.array(place))
    for column, value in partition.items():
        if column in schema.names:
            together = together.append_column(column, pa.repeat(pa.scalar(value, pa.string()), len(rows)))
    for name in set(schema.names) - set(
        together.column_names
    ):  # the catalog has it since the file was written
        together = together.append_column(name, pa.nulls(len(rows), schema.field(name).type))
    return together.select(schema.names).cast(schema)


def _as_stored(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows in the types of the catalog: other tools (a ``DELETE`` of Delta) write views of strings, which cannot be taken from."""
    return rows.cast(pa.schema([schema.field(name) for name in rows.column_names]))
