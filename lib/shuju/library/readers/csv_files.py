"""CSV and TSV files, in any encoding, plain or packed.

Options of the catalog: ``encoding`` (default: detected), ``delimiter`` (default: tab for .tsv, else
the likelier of comma, tab and semicolon in the header), ``columns`` (names, where the file has no header),
and how the table lies in the file: ``header``, ``skip_rows``, ``footer``, ``fill_down`` (``table_layout.py``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from shuju.library.batch import BrokenRow, RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.readers.files import TruncatedFile, Unit, chunks, file_units
from shuju.library.readers.table_layout import clean, header_rows, joined_names, laid_out
from shuju.library.readers.text_encoding import utf8_text

BLOCK_BYTES = 16 << 20
HEAD_BYTES = 1 << 20


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
    source = _Pieces(unit.at)
    blocks = _line_blocks(utf8_text(source, unit.name, options.get("encoding")))
    yield from laid_out(_batches(unit, blocks, options, source), options)
    if source.truncated:
        yield truncated(source.next_row)


def _batches(
    unit: Unit, blocks: Iterator[bytes], options: Mapping[str, Any], source: _Pieces
) -> Iterator[RawBatch]:
    first = next(blocks, b"")
    if not first:
        return
    names, body, delimiter = _header(first, options, unit)
    row_number = 1
    for block in chain([body] if body else [], blocks):
        batch = _parse(block, names, delimiter, row_number)
        row_number += batch.n_read
        source.next_row = row_number
        yield batch


def truncated(row_number: int) -> RawBatch:
    """Return the batch that reports a packed file's breaking off where row ``row_number`` would come."""
    broken = BrokenRow(row_number, "压缩文件不完整：此行起无法解开，请重新传送该文件", "")
    return RawBatch(pa.table({}), np.empty(0, np.int64), (broken,))


class _Pieces:
    """The file's bytes, piece by piece; knows afterwards whether it broke off, and before which row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.truncated = False
        self.next_row = 1

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from chunks(self.path)
        except TruncatedFile:
            self.truncated = True


def _line_blocks(source: Iterable[bytes]) -> Iterator[bytes]:
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


def _delimiter(path: Path, line: str) -> str:
    if ".tsv" in path.suffixes:
        return "\t"
    return max((",", "\t", ";"), key=line.count)


def _header(block: bytes, options: Mapping[str, Any], unit: Unit) -> tuple[list[str], bytes, str]:
    """Return the names, what stands below them, and what divides the cells."""
    head = block[:HEAD_BYTES]
    if len(head) < len(block):
        head = head[: head.rfind(b"\n") + 1]
    text = head.decode("utf-8", "replace")
    lines = [line for line in text.splitlines()[: options.get("skip_rows", 0) + 20] if line.strip()]
    columns, delimiter = options.get("columns"), options.get("delimiter")
    if columns:
        body = block
        for _ in range(options.get("skip_rows", 0)):
            body = body[body.find(b"\n") + 1 :]
        return list(columns), body, delimiter or _delimiter(unit.at, max(lines, key=len, default=""))
    wanted = header_rows(options)
    if delimiter is None:
        at = next(iter(text.splitlines()[wanted[-1] :]), "") if wanted[-1] else next(iter(lines), "")
        delimiter = _delimiter(unit.at, at)
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=delimiter)
    limit = csv.field_size_limit(len(text) + 1)
    try:
        rows = list(islice(reader, wanted[-1] + 1))
    except csv.Error as error:
        raise SourceError(f"{unit.name}：列名行读不懂：{error}") from None
    finally:
        csv.field_size_limit(limit)
    found = [rows[i] for i in wanted if i < len(rows)]
    if not any(clean(name) for row in found for name in row):
        where = "、".join(str(i + 1) for i in wanted)
        raise SourceError(
            f"{unit.name}：第 {where} 行应是列名，却是空行；请用 options.header 写明列名在第几行"
        )
    end = len(text[: stream.tell()].encode("utf-8", "replace"))
    return joined_names(found), block[end:], delimiter


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
