"""The raw text of a standard field: from the first raw field that holds one, transformed, joined, or constant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import FieldMapping
from shuju.library import transforms
from shuju.library.empty_words import blanked
from shuju.library.expected import list_item
from shuju.library.findings import Words


def within(codes: pa.Array, beside: pa.Array) -> pa.Array:
    """Return region codes, those of another prefecture than ``beside`` replaced by it."""
    is_apart = pc.not_equal(pc.utf8_slice_codeunits(codes, 0, 4), pc.utf8_slice_codeunits(beside, 0, 4))
    return pc.if_else(pc.fill_null(is_apart, False), beside, codes)


def raw_column(mapping: FieldMapping, rows: pa.Table, location: Path, n: int, words: Words) -> pa.Array:
    """Return what a mapping takes from the rows, as text; words that mean nothing become null and are noted in ``words``."""
    if mapping.const is not None:
        return pa.repeat(str(mapping.const), n)
    found = []
    for raw_name in mapping.source:
        if raw_name in rows.column_names:
            column = rows.column(raw_name)
            raw = column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
        else:
            raw = list_item(rows, raw_name)
        if raw is not None:
            made, nulls, errors = blanked(
                transforms.apply(raw.cast(pa.string()), mapping.transforms, location)
            )
            found.append(made)
            words.nulls += [] if nulls is None else [nulls]
            words.errors += [] if errors is None else [errors]
    if mapping.join is not None and found:
        return joined(found, mapping.join)
    if mapping.otherwise is not None:
        found.append(raw_column(mapping.otherwise, rows, location, n, words))
    if not found:
        return pa.nulls(n, pa.string())
    *first, last = found
    return pc.coalesce(*[pc.if_else(pc.equal(pc.utf8_trim_whitespace(f), ""), None, f) for f in first], last)


def joined(columns: Sequence[pa.Array], separator: str) -> pa.Array:
    """Return the values of each row that are not null, ``separator`` between them."""
    joined = columns[0]
    for column in columns[1:]:
        both = pc.binary_join_element_wise(joined, column, separator)
        joined = pc.coalesce(both, joined, column)
    return joined
