"""Derived tables (派生表): what analyses make of the library, kept beside it with every earlier version."""

from __future__ import annotations

import uuid

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.catalog import Table
from shuju.clock import now
from shuju.library.hashing import hash_columns
from shuju.library.library import Library
from shuju.library.schema import content_schema, storage_schema
from shuju.library.store import DERIVE, Conflict


def replace_table(library: Library, name: str, rows: pd.DataFrame, *, made_by: str) -> int:
    """Make ``rows`` the whole content of a derived table, in one commit; return the table's version.

    ``rows`` has the catalog's columns, those not required may be missing. Readers see the old content or the
    new, and ``load(…, version=…)`` the earlier ones. ``made_by`` names the analysis. O(rows).

    Raises:
        ValueError: the table is not a derived one, or a key stands twice.
    """
    stored = library.stored(name)
    if not stored.table.derived:
        raise ValueError(f"表 {name!r} 由来源入库，不能改写")
    key = stored.table.key
    if rows[key].duplicated().any():
        raise ValueError(f"表 {name!r} 的主键 {key!r} 有重复")
    file_rows = _storage_rows(rows, stored.table, made_by)
    stored.create()
    while True:
        old = stored.refresh().files()
        try:
            stored.commit([stored.write_file(file_rows, ())], replaced=old, operation=DERIVE)
        except Conflict:
            continue
        return stored.refresh().newest


def _storage_rows(rows: pd.DataFrame, table: Table, made_by: str) -> pa.Table:
    content = content_schema(table)
    given = pa.table(
        {
            field.name: pa.array(rows[field.name], field.type, from_pandas=True)
            if field.name in rows
            else pa.nulls(len(rows), field.type)
            for field in content
        }
    )
    n = given.num_rows
    keys = hash_columns(given.select([table.key])).astype(np.int64)
    extra = {
        "source": pa.repeat(pa.scalar(made_by), n),
        "file_id": pa.repeat(pa.scalar(""), n),
        "row_number": pa.array(np.arange(1, n + 1)),
        "run_id": pa.repeat(pa.scalar(uuid.uuid4().hex[:12]), n),
        "ingested_at": pa.repeat(pa.scalar(now(), pa.timestamp("us")), n),
        "revision": pa.repeat(pa.scalar(1, pa.int32()), n),
        "quality_flags": pa.nulls(n, pa.string()),
        "key_hash": pa.array(keys),
        "content_hash": pa.array(keys),
    }
    columns = {name: given.column(name) for name in content.names} | extra
    return pa.table(columns).select(storage_schema(table).names).cast(storage_schema(table))
