"""JSON Lines and JSON arrays, plain or packed.

Options of the catalog: ``encoding`` (default: detected), ``records`` (the key under which a JSON
document holds its list of rows), ``explode`` (a list within each row: one row an item, its fields as ``list.field``).
Nested values are reached as ``outer.inner``, items of a list as ``list.0.field``, from its end as ``list.-1.field``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json

from shuju.library.batch import BATCH_ROWS, BrokenRow, RawBatch, as_strings, strings
from shuju.library.errors import SourceError
from shuju.library.readers.csv_files import truncated
from shuju.library.readers.files import TruncatedFile, Unit, chunks, file_units
from shuju.library.readers.json_rows import exploded, flat_row
from shuju.library.readers.text_encoding import utf8_text

BLOCK_BYTES = 24 << 20
SLOW_BYTES = 16 << 10


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the JSON files under ``location``."""
    return file_units(files or "**/*.json*", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Stream one file; row 1 is the first line (or element).

    Whole blocks of lines go to Arrow's parser; a block that it refuses is halved, and at last parsed
    line by line, so that only the lines at fault are quarantined. O(size) for files with few faults,
    O(size · log block) at worst; memory bounded by the block
    (a JSON document that is one array is read whole).

    Raises:
        SourceError: a JSON document (not lines) that cannot be parsed or holds no list of rows.
    """
    rows = _rows(unit, options)
    yield from exploded(rows, options["explode"]) if "explode" in options else rows


def _rows(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    state = {"truncated": False}
    pieces = utf8_text(_pieces(unit.at, state), unit.name, options.get("encoding"))
    head = next(pieces, b"")
    while head and not head.strip():
        head = next(pieces, b"")
    pieces = chain([head], pieces)
    if head.lstrip()[:1] == b"[" or "records" in options:
        yield from _document(unit, b"".join(pieces), options.get("records"))
        return
    row_number = 1
    schema: pa.Schema | None = None
    for block in _line_blocks(pieces):
        schema = schema or _schema(block)
        for batch in _parse(block, schema, row_number):
            row_number += batch.n_read
            yield batch
    if state["truncated"]:
        yield truncated(row_number)


def _pieces(path: Path, state: dict[str, bool]) -> Iterator[bytes]:
    try:
        yield from chunks(path)
    except TruncatedFile:
        state["truncated"] = True


def _line_blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            block = b"".join(held)
            cut = block.rfind(b"\n") + 1
            if cut:
                yield block[:cut]
            held, size = [block[cut:]], len(block) - cut
    rest = b"".join(held)
    if rest:
        yield rest


def _schema(block: bytes) -> pa.Schema | None:
    """Return the types of the first lines' fields; strings stay strings, whatever they look like."""
    rows = []
    for line in block[: 1 << 20].split(b"\n", 200)[:200]:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    kinds: dict[str, set[type | pa.DataType]] = {}
    for row in rows:
        for name, value in row.items():
            kind = type(value)
            kinds.setdefault(name, set()).add(pa.infer_type([value]) if kind in (dict, list) else kind)
    fields = [(name, _arrow_type(found - {type(None)})) for name, found in kinds.items()]
    if any(kind is None for _, kind in fields):
        return None  # one field, several types: Arrow's parser would refuse it
    return pa.schema(fields)


_ARROW_TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


def _arrow_type(found: set[type | pa.DataType]) -> pa.DataType | None:
    """Return the type that holds values of all types found; None if there is none."""
    if found == {int, float}:
        return pa.float64()
    if len(found) > 1:
        return None
    (kind,) = found or {str}
    return _ARROW_TYPES.get(kind, kind)


def _parse(block: bytes, schema: pa.Schema | None, row_number: int) -> Iterator[RawBatch]:
    """Yield the block's rows; what Arrow refuses is halved until the lines at fault are nearly alone."""
    table = _parse_fast(block, schema)
    if table is not None:
        yield RawBatch(_flat(table), np.arange(row_number, row_number + table.num_rows, dtype=np.int64))
        return
    half = block.find(b"\n", len(block) // 2) + 1
    if len(block) <= SLOW_BYTES or schema is None or not 0 < half < len(block):
        yield _parse_slowly(block, row_number)
        return
    for part in (block[:half], block[half:]):
        yield from _parse(part, schema, row_number)
        row_number += _n_lines(part)


def _n_lines(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _parse_fast(block: bytes, schema: pa.Schema | None) -> pa.Table | None:
    """Return the block as Arrow reads it, None if that would lose or change anything."""
    if schema is None or b"\x00" in block or b"\\u0000" in block:
        return None
    try:
        table = pyarrow.json.read_json(
            pa.BufferReader(block),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="infer"
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if table.num_rows != _n_lines(block) or table.schema.names[: len(schema)] != schema.names:
        return None
    if any(pa.types.is_timestamp(kind) for kind in table.schema.types):
        return None  # a late field that Arrow took for a time: keep it as written
    return table


def _flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return as_strings(table)


def _parse_slowly(block: bytes, row_number: int) -> RawBatch:
    """Parse line by line; only for lines beside something malformed or of mixed types."""
    rows, numbers, broken = [], [], []
    for line in block.removesuffix(b"\n").split(b"\n"):
        text = line.rstrip(b"\r")
        if text.strip():
            row, reason = _row(text)
            if row is None:
                broken.append(BrokenRow(row_number, reason, text.decode("utf-8", "replace")))
            else:
                rows.append(row)
                numbers.append(row_number)
        else:
            broken.append(BrokenRow(row_number, "空行", ""))
        row_number += 1
    return RawBatch(_rows_table(rows), np.array(numbers, np.int64), tuple(broken))


class _TwiceError(ValueError):
    """A name that one object holds twice: which value is right cannot be known."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return found


def _row(line: bytes) -> tuple[dict[str, str | None] | None, str]:
    try:
        value = json.loads(line, object_pairs_hook=_once)
    except _TwiceError as twice:
        return None, f"字段 {str(twice)!r} 在同一行中出现两次，不知以哪个为准"
    except UnicodeDecodeError:
        return None, "编码有误：不是 UTF-8 文本"
    except (ValueError, RecursionError) as error:
        where = f"第 {error.colno} 个字符处" if isinstance(error, json.JSONDecodeError) else "嵌套过深"
        return None, f"JSON 格式有误：{where}"
    if not isinstance(value, dict):
        return None, "JSON 格式有误：一行应是一个对象 {…}"
    row = flat_row(value)
    if any(v is not None and not _is_text(v) for v in row.values()):
        return None, "含有孤立代理项：文字编码不完整"
    return row, ""


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _rows_table(rows: list[dict[str, str | None]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return strings({name: [row.get(name) for row in rows] for name in names})


def _document(unit: Unit, data: bytes, records: str | None) -> Iterator[RawBatch]:
    try:
        value = json.loads(data, object_pairs_hook=_once)
    except _TwiceError as twice:
        raise SourceError(
            f"{unit.name}：字段 {str(twice)!r} 在同一个对象中出现两次，不知以哪个为准"
        ) from None
    except RecursionError:
        raise SourceError(f"{unit.name}：不是完整的 JSON 文档：嵌套过深") from None
    except ValueError as error:
        where = (
            f"第 {error.lineno} 行第 {error.colno} 个字符处"
            if isinstance(error, json.JSONDecodeError)
            else str(error)
        )
        raise SourceError(f"{unit.name}：不是完整的 JSON 文档：{where}") from None
    for step in (records or "").split(".") if records else ():
        value = value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, list):
        raise SourceError(
            f"{unit.name}：{records or '文档'} 应是一个列表；请在目录的 options.records 写明行所在的键"
        )
    for start in range(0, len(value), BATCH_ROWS):
        lines = [json.dumps(row).encode() for row in value[start : start + BATCH_ROWS]]
        yield _parse_slowly(b"\n".join(lines), start + 1)
