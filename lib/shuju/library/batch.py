"""What readers hand on: raw rows as columns of strings, each with its row number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

BATCH_ROWS = 50_000


@dataclass(frozen=True)
class BrokenRow:
    """A raw row that could not even be taken apart: its 1-based number, the reason in Chinese, its text."""

    row_number: int
    reason: str
    raw: str


@dataclass(frozen=True)
class RawBatch:
    """Raw rows as a table of string columns (null = not given).

    ``row_numbers`` (int64, 1-based within the file) has one entry a row of ``rows``; the rows of
    ``broken`` are not among them. ``notes`` are to be told of the file, in Chinese; so are
    the sentences of ``missing``, by the standard field that the file has nothing for.
    """

    rows: pa.Table
    row_numbers: np.ndarray
    broken: Sequence[BrokenRow] = field(default=())
    notes: Sequence[str] = field(default=())
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_read(self) -> int:
        """How many input rows this batch accounts for."""
        return len(self.row_numbers) + len(self.broken)


def strings(columns: Mapping[str, Sequence[str | None]]) -> pa.Table:
    """Return columns of Python strings as a table of string columns."""
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def as_strings(table: pa.Table) -> pa.Table:
    """Return a table of any types as strings: times in ISO 8601, nested values as JSON."""
    columns = {}
    for name in dict.fromkeys(table.column_names):
        column = table.column(table.column_names.index(name))
        columns[str(name)] = _as_string(column)
    return pa.table(columns)


def _as_string(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_null(kind):
        return pa.chunked_array([pa.nulls(len(column), pa.string())])
    if pa.types.is_nested(kind):
        import json

        values = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()
        ]
        return pa.chunked_array([pa.array(values, pa.string())])
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        values = [None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.string())])
    return column.cast(pa.string())
