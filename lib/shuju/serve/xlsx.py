"""Rows as a workbook, streamed: a named sheet with a frozen head, a filter and true types, and a sheet that explains it.

Rows are put into XML by Arrow, column by column, and sent as they are packed: neither the rows nor the file are ever
whole in memory. What belongs to the workbook (styles, names, the sheet of explanations) is made by XlsxWriter.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.engine.threads import pool_of

SHEET_ROWS = 1_048_575  # beside the head
CELL_CHARACTERS = 32_767
CUT = "……（全文过长，见 CSV）"
EXPLANATION = "说明"
# Texts come from letters and web pages: nothing in them may become a formula or a link.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
EPOCH_DAYS = 25_569  # of 1970-01-01 in a workbook
_SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NOT_IN_XML = r"[\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]"
_LOOKS_ESCAPED = r"_(x[0-9A-Fa-f]{4}_)"  # _x0041_ is A to a spreadsheet program


@dataclass(frozen=True)
class Styles:
    """The numbers of the styles of heads, times and days in the workbook."""

    head: int
    time: int
    day: int


def xlsx_pieces(
    pieces: Iterable[pa.Table], titles: Mapping[str, str], explained: Sequence[tuple[str, str]], name: str
) -> Iterator[bytes]:
    """Yield a workbook: the rows on a sheet ``name`` (further ones where a sheet is full), then what ``explained`` says of them.

    ``titles`` has the columns in order. What a cell cannot hold is cut and marked. O(bytes); memory is bounded by a piece.
    """
    sink = _Sink()
    sheets: list[int] = []
    with (
        pool_of(1, "workbook") as beside,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        rest = _parts(pieces)
        first = next(rest, None)
        while first is not None or not sheets:
            path = f"xl/worksheets/sheet{len(sheets) + 1}.xml"
            n = 0
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as sheet:
                sheet.write(_beginning(titles, first))
                ahead: Future[bytes] | None = None  # a piece is made while the one before is packed
                while first is not None and n + first.num_rows <= SHEET_ROWS:
                    made = beside.submit(_rows, first, n + 2)
                    if ahead is not None:
                        sheet.write(ahead.result())
                    ahead = made
                    n += first.num_rows
                    yield sink.taken()
                    first = next(rest, None)
                if ahead is not None:
                    sheet.write(ahead.result())
                if first is not None and n < SHEET_ROWS:
                    fits = SHEET_ROWS - n
                    sheet.write(_rows(first.slice(0, fits), n + 2))
                    first, n = first.slice(fits), SHEET_ROWS
                sheet.write(_end(len(titles), n))
            sheets.append(n)
            yield sink.taken()
        _add_workbook(archive, sheets, titles, explained, name)
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Takes bytes and hands them on; it cannot seek, so that the archive is written front to back."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


def _parts(pieces: Iterable[pa.Table], rows: int = 20_000) -> Iterator[pa.Table]:
    for piece in pieces:
        for first in range(0, piece.num_rows, rows):
            yield piece.slice(first, rows).combine_chunks()


def _beginning(titles: Mapping[str, str], rows: pa.Table | None) -> bytes:
    """Return a sheet up to and with its head row."""
    types = [pa.string()] * len(titles) if rows is None else [rows.column(name).type for name in titles]
    widths = "".join(
        f'<col min="{k}" max="{k}" width="{_width(name, kind)}" customWidth="1"/>'
        for k, (name, kind) in enumerate(zip(titles, types, strict=True), 1)
    )
    style = _styles().head
    heads = "".join(
        f'<c r="{_letters(k)}1" s="{style}" t="inlineStr"><is><t>{_escaped(pa.array([title]))[0].as_py()}</t></is></c>'
        for k, title in enumerate(titles.values())
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_SPACE}"><sheetViews>'
        f'<sheetView workbookViewId="0">{pane}</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f'<cols>{widths}</cols><sheetData><row r="1">{heads}</row>'
    ).encode()


def _end(n_columns: int, n: int) -> bytes:
    return f'</sheetData><autoFilter ref="A1:{_letters(n_columns - 1)}{n + 1}"/></worksheet>'.encode()


def _rows(rows: pa.Table, first: int) -> bytes:
    """Return rows as XML; ``first`` is the number of the first."""
    numbers = pa.array(range(first, first + rows.num_rows)).cast(pa.string())
    cells = [
        part for at in range(rows.num_columns) for part in _cells(rows.column(at), _letters(at), numbers)
    ]
    begun = (pa.scalar('<row r="'), numbers, pa.scalar('">'))
    line = pc.binary_join_element_wise(
        *begun, *cells, pa.scalar("</row>"), pa.scalar(""), null_handling="replace", null_replacement=""
    )
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(line)], line), "")
    return joined[0].as_py().encode()


def _cells(column: pa.ChunkedArray, letters: str, numbers: pa.Array) -> list[Any]:
    """Return what the cells of a column are joined of, as XML; nothing where there is no value."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind, styles = values.type, _styles()
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    if pa.types.is_boolean(kind):
        return _joined(letters, numbers, ' t="b"><v>', values.cast(pa.int8()).cast(pa.string()), "</v></c>")
    if pa.types.is_timestamp(kind):
        serial = pc.add(
            pc.divide(values.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64()), 86_400e6),
            EPOCH_DAYS,
        )
        return _joined(letters, numbers, f' s="{styles.time}"><v>', serial.cast(pa.string()), "</v></c>")
    if pa.types.is_date(kind):
        serial = pc.add(values.cast(pa.date32()).cast(pa.int32()), EPOCH_DAYS)
        return _joined(letters, numbers, f' s="{styles.day}"><v>', serial.cast(pa.string()), "</v></c>")
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_finite(values), values, None)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return _joined(letters, numbers, "><v>", values.cast(pa.string()), "</v></c>")
    text = _escaped(values.cast(pa.string()))
    held = _bytes_of(text)
    ends = pc.or_(pc.starts_with(text, " "), pc.ends_with(text, " "))
    has_space = any(mark in held for mark in (b"\n", b"\t", b"  ")) or pc.any(ends).as_py()
    opened = ' t="inlineStr"><is><t xml:space="preserve">' if has_space else ' t="inlineStr"><is><t>'
    return _joined(letters, numbers, opened, text, "</t></is></c>")


def _joined(letters: str, numbers: pa.Array, opened: str, values: pa.Array, closed: str) -> list[Any]:
    """Return what a column's cells are joined of; cells without a value are joined here, for they are not there at all."""
    parts = [pa.scalar(f'<c r="{letters}'), numbers, pa.scalar(f'"{opened}'), values, pa.scalar(closed)]
    return [pc.binary_join_element_wise(*parts, pa.scalar(""))] if values.null_count else parts


def _escaped(text: pa.Array) -> pa.Array:
    """Return texts as a cell can hold them, in XML."""
    if len(text) and (pc.max(pc.binary_length(text)).as_py() or 0) > CELL_CHARACTERS:
        is_long = pc.greater(pc.utf8_length(text), CELL_CHARACTERS)
        cut = pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(text, 0, CELL_CHARACTERS - len(CUT)), pa.scalar(CUT), pa.scalar("")
        )
        text = pc.if_else(is_long, cut, text)
    # Most pieces hold nothing to replace, and looking at their bytes costs far less than replacing.
    held = _bytes_of(text)
    low = np.frombuffer(held, np.uint8)
    if ((low < 0x20) & (low != 0x09) & (low != 0x0A)).any() or b"\xef\xbf" in held:
        text = pc.replace_substring_regex(text, _NOT_IN_XML, "")
    if b"_x" in held:
        text = pc.replace_substring_regex(text, _LOOKS_ESCAPED, r"_x005F_\1")
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if sign.encode() in held:
            text = pc.replace_substring(text, sign, name)
    return text


def _bytes_of(text: pa.Array) -> bytes:
    """Return the bytes of all texts, one after the other."""
    if not len(text) or text.buffers()[2] is None:
        return b""
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    return bytes(memoryview(text.buffers()[2])[offsets[0] : offsets[-1]])


def _letters(at: int) -> str:
    """Return the letters of a column: A, B, …, Z, AA."""
    found, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        found = chr(65 + rest) + found
    return found


def _width(name: str, kind: pa.DataType) -> int:
    if pa.types.is_timestamp(kind):
        return 19
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return {"title": 44, "body": 60, "reply": 60}.get(name, 16)
    return 12


@cache
def _styles() -> Styles:
    """Return the styles' numbers, read from a workbook that XlsxWriter made."""
    made = zipfile.ZipFile(io.BytesIO(_workbook(1, (0,), (), "a")))
    found = re.findall(r'<c r="[ABC]1" s="(\d+)"', made.read("xl/worksheets/sheet1.xml").decode())
    return Styles(*map(int, found))


def _add_workbook(
    archive: zipfile.ZipFile,
    sheets: Sequence[int],
    titles: Mapping[str, str],
    explained: Sequence[tuple[str, str]],
    name: str,
) -> None:
    """Add all that is not rows."""
    made = zipfile.ZipFile(io.BytesIO(_workbook(len(titles), sheets, explained, name)))
    rows = {f"xl/worksheets/sheet{k}.xml" for k in range(1, len(sheets) + 1)}
    for entry in made.namelist():
        if entry not in rows:
            archive.writestr(entry, made.read(entry))


def _workbook(
    n_columns: int,
    sheets: Sequence[int],
    explained: Sequence[tuple[str, str]],
    name: str,
) -> bytes:
    """Return a workbook with empty sheets of the right names and filters, and the sheet of explanations."""
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, OPTIONS) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1})
        time, day = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"))
        for number, n in enumerate(sheets, 1):
            sheet = book.add_worksheet(_sheet_name(name, number))
            for at, form in enumerate((head, time, day)):
                sheet.write_blank(0, at, None, form)
            sheet.autofilter(0, 0, n, n_columns - 1)
        sheet = book.add_worksheet(EXPLANATION)
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100, wrap)
        for line, (what, told) in enumerate(explained):
            sheet.write_string(line, 0, what, head)
            sheet.write_string(line, 1, told[:CELL_CHARACTERS])
    return held.getvalue()


def _sheet_name(name: str, number: int) -> str:
    bare = re.sub(r"[\[\]:*?/\\']", "", name)[:25] or "数据"
    return bare if number == 1 else f"{bare} {number}"
