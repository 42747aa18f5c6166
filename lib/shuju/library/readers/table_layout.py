"""How a table lies in its file: which rows hold the names, where the records end, which cells mean those above.

The options are those of ``shuju.catalog.options.TableOptions``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.library.batch import BrokenRow, RawBatch

_LINE_BREAKS = re.compile(r"\s*[\r\n\v\f\u2028]+\s*|[\u200b\ufeff]")


def header_rows(options: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the numbers, from 0 in the file, of the rows that hold the names."""
    header = options.get("header", 1)
    rows = (header,) if isinstance(header, int) else tuple(header)
    return tuple(int(options.get("skip_rows", 0)) + row - 1 for row in rows)


def joined_names(rows: Sequence[Sequence[str | None]]) -> list[str]:
    """Return one name a column from the rows of the header: ``诉求.标题`` where one stands above the other.

    In all rows but the last an empty cell belongs to the name on its left, as merged cells do. A column
    without a name is called by its place (第3列), names that occur several times are numbered (内容#1, 内容#2).
    """
    width = max((len(row) for row in rows), default=0)
    levels = [[clean(row[i]) if i < len(row) else "" for i in range(width)] for row in rows]
    for upper, lower in pairwise(levels):
        for i in range(1, width):
            if not upper[i] and lower[i]:
                upper[i] = upper[i - 1]
    names = [".".join(dict.fromkeys(filter(None, parts))) for parts in zip(*levels)]
    names = [name or f"第{i + 1}列" for i, name in enumerate(names)]
    seen: dict[str, int] = {}
    numbered = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        numbered.append(f"{name}#{seen[name]}" if names.count(name) > 1 else name)
    return numbered


def clean(name: str | None) -> str:
    """Return a name without line breaks and blanks around it."""
    return _LINE_BREAKS.sub("", name or "").strip()


def laid_out(batches: Iterable[RawBatch], options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Yield the batches without what stands below the records, and with cells filled from above."""
    footer, fill = options.get("footer", 0), options.get("fill_down", ())
    if footer:
        batches = (
            _without_footer(batches, footer)
            if isinstance(footer, int)
            else _until(batches, re.compile(footer))
        )
    return _filled_down(batches, fill) if fill else iter(batches)


def _without_footer(batches: Iterable[RawBatch], n: int) -> Iterator[RawBatch]:
    held: list[RawBatch] = []
    last = 0
    for batch in batches:
        held.append(batch)
        last = max([last, *batch.row_numbers[-1:].tolist(), *(row.row_number for row in batch.broken)])
        while len(held) > 1 and _first(held[1]) <= last - n:
            yield held.pop(0)
    for batch in held:
        yield _up_to(batch, last - n)


def _first(batch: RawBatch) -> int:
    return min([*batch.row_numbers[:1].tolist(), *(row.row_number for row in batch.broken)], default=0)


def _until(batches: Iterable[RawBatch], mark: re.Pattern[str]) -> Iterator[RawBatch]:
    for batch in batches:
        cut = min(
            [
                *_marked_rows(batch, mark),
                *(b.row_number for b in batch.broken if mark.search(b.raw.lstrip(",\t; "))),
            ],
            default=None,
        )
        if cut is not None:
            yield _up_to(batch, cut - 1)
            return
        yield batch


def _marked_rows(batch: RawBatch, mark: re.Pattern[str]) -> Iterator[int]:
    if not batch.rows.num_rows:
        return
    first = pc.coalesce(*[column.combine_chunks() for column in batch.rows.columns])
    for number, value in zip(batch.row_numbers.tolist(), first.to_pylist()):
        if value and mark.search(value.strip()):
            yield number
            return


def _up_to(batch: RawBatch, last: int) -> RawBatch:
    keep = batch.row_numbers <= last
    broken: tuple[BrokenRow, ...] = tuple(row for row in batch.broken if row.row_number <= last)
    rows = batch.rows.filter(pa.array(keep)) if batch.rows.num_columns else batch.rows
    return replace(batch, rows=rows, row_numbers=batch.row_numbers[keep], broken=broken)


def _filled_down(batches: Iterable[RawBatch], names: bool | Sequence[str]) -> Iterator[RawBatch]:
    carried: dict[str, str | None] = {}
    for batch in batches:
        rows = batch.rows
        for name in rows.column_names if names is True else names:
            if name not in rows.column_names or not rows.num_rows:
                continue
            column = rows.column(name).combine_chunks()
            column = pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column)
            column = pc.fill_null_forward(column)
            if (above := carried.get(name)) is not None:
                column = pc.fill_null(column, above)
            carried[name] = column[-1].as_py()
            rows = rows.set_column(rows.column_names.index(name), name, column)
        yield replace(batch, rows=rows)


def numbers_from(first: int, n: int) -> np.ndarray:
    """Return ``n`` row numbers from ``first``."""
    return np.arange(first, first + n, dtype=np.int64)
