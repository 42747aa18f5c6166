"""Rows as CSV and Parquet, written piece by piece."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

# What a spreadsheet program would run, and what it would turn into a number: 4.3E+17, or 00731 into 731.
FORMULA = r"^[=+\-@\t\r]"
LIKE_A_NUMBER = r"^(?:0\d+|\d{12,})$"


def csv_pieces(pieces: Iterable[pa.Table], titles: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a CSV file: its head, then the rows; a byte-order mark tells spreadsheet programs that it is UTF-8.

    A text that a spreadsheet program would run, or take for a number, has an apostrophe before it.
    """
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(titles.values())
    yield b"\xef\xbb\xbf" + head.getvalue().encode()
    plain = pyarrow.csv.WriteOptions(include_header=False)
    for piece in pieces:
        held = io.BytesIO()
        columns = {name: _told(piece.column(name)) for name in piece.column_names}
        pyarrow.csv.write_csv(pa.table(columns), held, plain)
        yield held.getvalue()


def write_parquet(pieces: Iterable[pa.Table], titles: Mapping[str, str], header: str, path: Path) -> None:
    """Write a Parquet file; the header is in its metadata under ``shuju``."""
    writer = None
    try:
        for piece in pieces:
            if writer is None:
                schema = piece.schema.with_metadata({"shuju": header})
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_table(piece.cast(writer.schema))
        if writer is None:
            empty = pa.schema([(name, pa.string()) for name in titles], {"shuju": header})
            pq.write_table(empty.empty_table(), path)
    finally:
        if writer is not None:
            writer.close()


def _told(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as CSV has it: times and days as people write them, texts safe for spreadsheet programs."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        return pc.strftime(column.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
    if pa.types.is_date(kind):
        return pc.strftime(column, "%Y-%m-%d")
    if pa.types.is_boolean(kind):
        return pc.if_else(column, pa.scalar("是"), pa.scalar("否"))
    if pa.types.is_nested(kind):
        column, kind = (
            pa.chunked_array([[None if v is None else str(v) for v in column.to_pylist()]], pa.string()),
            pa.string(),
        )
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return column
    text = column.cast(pa.string())
    unsafe = pc.or_(pc.match_substring_regex(text, FORMULA), pc.match_substring_regex(text, LIKE_A_NUMBER))
    return pc.if_else(unsafe, pc.binary_join_element_wise(pa.scalar("'"), text, pa.scalar("")), text)
