"""Rows of JSON objects: nested values as ``outer.inner``, and lists within a row as rows of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from shuju.library.batch import BrokenRow, RawBatch


def flat_row(value: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    """Return an object as one row: values of inner objects as ``outer.inner``, lists and numbers as JSON writes them."""
    row: dict[str, str | None] = {}
    for name, item in value.items():
        if isinstance(item, dict):
            row |= flat_row(item, f"{prefix}{name}.")
        elif item is None or isinstance(item, str):
            row[prefix + name] = item
        else:
            row[prefix + name] = json.dumps(item, ensure_ascii=False)
    return row


def exploded(batches: Iterator[RawBatch], name: str) -> Iterator[RawBatch]:
    """Yield one row an item of the list ``name``: the fields of the whole, and the item's as ``name.field``.

    A row without items stays one row, so that nothing is lost. Rows are numbered anew. O(bytes).
    """
    row_number = 1
    for batch in batches:
        broken = []
        for row in batch.broken:
            broken.append(BrokenRow(row_number, row.reason, row.raw))
            row_number += 1
        lists = (
            batch.rows.column(name).to_pylist()
            if name in batch.rows.column_names
            else [None] * batch.rows.num_rows
        )
        places, items = [], []
        for place, text in enumerate(lists):
            for item in _items(text) or [None]:
                places.append(place)
                items.append(flat_row(item) if isinstance(item, dict) else {"": _as_text(item)})
        rows = batch.rows.take(pa.array(places, pa.int64()))
        rows = rows.drop_columns([name]) if name in rows.column_names else rows
        fields = dict.fromkeys(key for item in items for key in item)
        for field in fields:
            column = f"{name}.{field}" if field else name
            if column not in rows.column_names:
                rows = rows.append_column(column, pa.array([item.get(field) for item in items], pa.string()))
        numbers = np.arange(row_number, row_number + len(places), dtype=np.int64)
        row_number += len(places)
        yield RawBatch(rows, numbers, tuple(broken))


def _items(text: str | None) -> list[Any]:
    if text is None:
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return value if isinstance(value, list) else [value]


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
