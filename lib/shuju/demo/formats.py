"""Rows of columns to the bytes of raw files: JSON lines, CSV, worksheets, pages; no loop over rows.

Texts come from the demo's own vocabulary, which holds no quote, backslash, angle bracket or
ampersand; line breaks are the only characters that need escaping.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import zstandard

LEVEL = 1  # of zstd: the machine's time goes to writing, not to squeezing

TEXT = pa.large_string()


def text(values: Any) -> pa.LargeStringArray:
    """Return any array as ``large_string``; null becomes ''."""
    found = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return pc.fill_null(found.cast(TEXT), "")


def join(*parts: Any) -> pa.LargeStringArray:
    """Return the parts (arrays of one length, texts) written one after the other, row by row."""
    scalars = [pa.scalar(p, TEXT) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*scalars, pa.scalar("", TEXT))


def chosen(table: Any, index: Any) -> pa.LargeStringArray:
    """Return the text of ``table`` (a sequence) that each index names."""
    return pa.array(np.array(table, object)[index], TEXT)


def repeated(value: str, n: int) -> pa.LargeStringArray:
    """Return ``value`` n times."""
    return pa.repeat(pa.scalar(value, TEXT), n)


def numbered(prefix: str, numbers: Any, width: int) -> pa.LargeStringArray:
    """Return ``prefix`` and each number with leading zeros."""
    digits = pa.array(np.asarray(numbers, np.int64)).cast(TEXT)
    return join(prefix, pc.utf8_lpad(digits, width, "0"))


def json_lines(columns: Mapping[str, pa.Array]) -> pa.LargeStringArray:
    """Return one JSON object a row; numbers and booleans stay bare, null is left as ``null``."""
    parts: list[Any] = []
    for n, (name, values) in enumerate(columns.items()):
        head = f'{"{" if n == 0 else ","}"{name}":'
        if pa.types.is_large_string(values.type):
            parts += [head + '"', pc.replace_substring(values, "\n", "\\n"), '"']
        else:
            parts += [head, pc.fill_null(values.cast(TEXT), "null")]
    return join(*parts, "}\n")


def csv_lines(columns: Sequence[pa.Array], quoted: Sequence[bool]) -> pa.LargeStringArray:
    """Return one CSV line (CRLF) a row; ``quoted`` columns may hold commas and line breaks."""
    parts: list[Any] = []
    for n, (values, quote) in enumerate(zip(columns, quoted, strict=True)):
        comma = "," if n else ""
        parts += [comma + '"', values, '"'] if quote else [*([comma] if comma else []), values]
    return join(*parts, "\r\n")


def utf8(lines: pa.LargeStringArray) -> memoryview:
    """Return the bytes of all rows together, without a copy."""
    offsets = np.frombuffer(lines.buffers()[1], np.int64)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(lines.buffers()[2])[int(offsets[0]) : int(offsets[-1])]


def gb18030(lines: pa.LargeStringArray) -> bytes:
    """Return the rows encoded in GB18030; U+0001 stands for two bytes that are none of it."""
    return str(utf8(lines), "utf-8").encode("gb18030").replace(b"\x01", b"\xff\xff")


@contextmanager
def zst(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for zstd-compressed writing; same bytes in, same bytes out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file, zstandard.ZstdCompressor(level=LEVEL).stream_writer(file) as stream:
        yield stream


@contextmanager
def plain(path: Path, head: bytes = b"") -> Iterator[BinaryIO]:
    """Open ``path`` for writing, beginning with ``head``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(head)
        yield file


TEMPLATES = Path(__file__).with_name("templates")
_SHEET_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
_NO_TEXT = pa.scalar("<c/>", TEXT)


def _cells(values: pa.Array) -> pa.LargeStringArray:
    """Return the cells of one column of a worksheet."""
    if pa.types.is_large_string(values.type):
        return join('<c t="inlineStr"><is><t xml:space="preserve">', values, "</t></is></c>")
    style = ""
    if pa.types.is_timestamp(values.type):
        style = ' s="1"'
        seconds = pc.cast(values, pa.timestamp("s")).cast(pa.int64()).cast(pa.float64())
        values = pc.add(pc.divide(seconds, 86_400.0), 25_569.0)
    cells = join(f"<c{style}><v>", pc.fill_null(values.cast(TEXT), ""), "</v></c>")
    return pc.if_else(pc.is_null(values), _NO_TEXT, cells)


def xlsx(path: Path, columns: Mapping[str, pa.Array], n: int) -> None:
    """Write one worksheet: texts inline, numbers as numbers, ``timestamp`` columns as dates of Excel.

    Written here and not by a library because its cells are made column-wise and its bytes are the
    same every time. Null and '' are empty cells. ECMA-376 Part 1, 18.3.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = join("<row>", *(_cells(values) for values in columns.values()), "</row>")
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in columns)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for part in sorted(p for p in (TEMPLATES / "xlsx").rglob("*") if p.is_file()):
            name = zipfile.ZipInfo(part.relative_to(TEMPLATES / "xlsx").as_posix())
            file.writestr(name, part.read_bytes(), zipfile.ZIP_DEFLATED)
        with file.open(zipfile.ZipInfo("xl/worksheets/sheet1.xml"), "w") as sheet:
            sheet.write(f"{_SHEET_HEAD}<row>{head}</row>".encode())
            sheet.write(utf8(rows) if n else b"")
            sheet.write(b"</sheetData></worksheet>")
