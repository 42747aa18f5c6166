"""CSV and TSV files, in any encoding, plain or packed.

Options of the catalog: ``encoding`` (default: detected), ``delimiter`` (default: tab for .tsv, else
the likelier of comma, tab and semicolon in the header), ``columns`` (names, where the file has no header).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from shuju.library.batch import BrokenRow, RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.readers.files import TruncatedFile, Unit, chunks, file_units
from shuju.library.readers.text_encoding import detect_encoding, to_utf8

BLOCK_BYTES = 16 << 20


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the CSV files under ``location``."""
    return file_units(files or "**/*.[ct]sv*", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Stream one file; row 1 is the first below the header.

    The fast path hands whole blocks of lines to Arrow's parser. A block that it refuses is
    parsed again row by row, so that only the rows at fault are quarantined. O(size), memory
    bounded by the block.

    Raises:
        SourceError: the file has no header that fits its catalog entry.
    """
    source = _Stream(unit.at, options.get("encoding"))
    blocks = _line_blocks(source)
    first = next(blocks, "")
    if not first:
        return
    delimiter = options.get("delimiter") or _delimiter(unit.at, first)
    names, body = _header(first, delimiter, options.get("columns"), unit)
    row_number = 1
    for block in chain([body] if body else [], blocks):
        batch = _parse(block, names, delimiter, row_number)
        row_number += batch.n_read
        yield batch
    if source.truncated:
        yield truncated(row_number)


def truncated(row_number: int) -> RawBatch:
    """Return the batch that reports a packed file's breaking off where row ``row_number`` would come."""
    broken = BrokenRow(row_number, "压缩文件不完整：此行起无法解开，请重新传送该文件", "")
    return RawBatch(pa.table({}), np.empty(0, np.int64), (broken,))


class _Stream:
    """The file's text as UTF-8, piece by piece; knows afterwards whether it broke off."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self.path = path
        self.encoding = encoding
        self.truncated = False

    def __iter__(self) -> Iterator[bytes]:
        pieces = self._pieces()
        head = next(pieces, b"")
        encoding = self.encoding or detect_encoding(head)
        if encoding in ("utf-8-sig", "utf8", "utf-8"):
            yield from to_utf8(chain([head.removeprefix(b"\xef\xbb\xbf")], pieces), "utf-8")
        else:
            yield from to_utf8(chain([head], pieces), encoding)

    def _pieces(self) -> Iterator[bytes]:
        try:
            yield from chunks(self.path)
        except TruncatedFile:
            self.truncated = True


def _line_blocks(source: _Stream) -> Iterator[bytes]:
    """Yield blocks of whole records: cut at a line end outside of quotes."""
    rest = b""
    for piece in source:
        rest += piece
        if len(rest) < BLOCK_BYTES:
            continue
        cut = _last_record_end(rest)
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > 16 * BLOCK_BYTES:  # a quote left open: let the slow path find where
            yield rest
            rest = b""
    if rest:
        yield rest


def _last_record_end(block: bytes) -> int:
    """Return where the last whole record of ``block`` ends, 0 if none does (O(size), vectorised)."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    quotes = np.flatnonzero(data == ord('"'))
    outside = np.searchsorted(quotes, ends) % 2 == 0
    return int(ends[outside][-1]) + 1 if outside.any() else 0


def _delimiter(path: Path, head: bytes) -> str:
    if ".tsv" in path.suffixes:
        return "\t"
    line = head.split(b"\n", 1)[0]
    return max((",", "\t", ";"), key=lambda mark: line.count(mark.encode()))


def _header(block: bytes, delimiter: str, columns: list[str] | None, unit: Unit) -> tuple[list[str], bytes]:
    if columns:
        return list(columns), block
    text = io.StringIO(block.decode("utf-8", "replace"), newline="")
    row = next(csv.reader(text, delimiter=delimiter), [])
    names = [name.strip() for name in row]
    if not any(names):
        raise SourceError(f"{unit.name}：第一行应是列名，却是空行")
    end = len(text.getvalue()[: _consumed(text)].encode("utf-8", "replace"))
    return [name or f"第{i + 1}列" for i, name in enumerate(names)], block[end:]


def _consumed(text: io.StringIO) -> int:
    return text.tell()


def _parse(block: bytes, names: list[str], delimiter: str, row_number: int) -> RawBatch:
    broken: list[BrokenRow] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        broken.append(
            _wrong_width(row_number + (row.number or 1) - 1, len(names), row.actual_columns, row.text)
        )
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(block),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=max(len(block) + 1, 1024)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                invalid_row_handler=skip,
                ignore_empty_lines=True,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return _parse_slowly(block, names, delimiter, row_number)
    numbers = np.arange(row_number, row_number + table.num_rows + len(broken), dtype=np.int64)
    if broken:
        numbers = np.setdiff1d(numbers, [b.row_number for b in broken])
        if len(numbers) != table.num_rows:
            return _parse_slowly(block, names, delimiter, row_number)
    return RawBatch(table, numbers, tuple(broken))


def _wrong_width(row_number: int, expected: int, actual: int, text: str) -> BrokenRow:
    return BrokenRow(row_number, f"列数不符：应有 {expected} 列，实有 {actual} 列", text)


def _parse_slowly(block: bytes, names: list[str], delimiter: str, row_number: int) -> RawBatch:
    """Parse row by row; only for blocks that hold something malformed."""
    good: list[list[str | None]] = []
    numbers: list[int] = []
    broken: list[BrokenRow] = []
    reader = csv.reader(io.StringIO(block.decode("utf-8", "replace"), newline=""), delimiter=delimiter)
    limit = csv.field_size_limit(len(block) + 1)
    try:
        for row in reader:
            if not row:
                continue
            if len(row) == len(names):
                good.append([value or None for value in row])
                numbers.append(row_number)
            else:
                broken.append(_wrong_width(row_number, len(names), len(row), delimiter.join(row)))
            row_number += 1
    except csv.Error as error:
        broken.append(BrokenRow(row_number, f"CSV 格式有误：{error}", ""))
    finally:
        csv.field_size_limit(limit)
    table = strings({name: [row[i] for row in good] for i, name in enumerate(names)})
    return RawBatch(table, np.array(numbers, np.int64), tuple(broken))
