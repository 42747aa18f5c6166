"""Rows as files: CSV, XLSX, Parquet, written piece by piece, with what they are and the as-of in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

XLSX_ROWS = 1_048_575 - 3
XLSX_CHARACTERS = 32_767
CUT = "……（全文过长，见 CSV）"
# A cell that begins so is taken for a formula by spreadsheet programs.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Texts come from letters and web pages: nothing in them may become a formula or a link.
XLSX_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def csv_pieces(pieces: Iterable[pa.Table], titles: Mapping[str, str], header: str) -> Iterator[bytes]:
    """Yield a CSV file with a byte-order mark, so that spreadsheet programs read its Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([header])
    writer.writerow(titles.values())
    yield b"\xef\xbb\xbf" + text.getvalue().encode()
    for piece in pieces:
        text = io.StringIO()
        csv.writer(text).writerows([_safe(v) for v in row.values()] for row in piece.to_pylist())
        yield text.getvalue().encode()


def write_xlsx(pieces: Iterable[pa.Table], titles: Mapping[str, str], header: str, path: Path) -> None:
    """Write a workbook; what a sheet cannot hold goes to further sheets, what a cell cannot hold is cut and marked."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), XLSX_OPTIONS) as book:
        sheet, line = None, 0
        for piece in pieces:
            for row in piece.to_pylist():
                if sheet is None or line > XLSX_ROWS:
                    sheet, line = _new_sheet(book, titles, header), 2
                for at, value in enumerate(row.values()):
                    sheet.write(line, at, _cell(value))
                line += 1
        if sheet is None:
            _new_sheet(book, titles, header)


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


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ", timespec="seconds") if hasattr(value, "hour") else value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= XLSX_CHARACTERS else value[: XLSX_CHARACTERS - len(CUT)] + CUT
    return _safe(value)


def _new_sheet(book: Any, titles: Mapping[str, str], header: str) -> Any:
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, header)
    for at, title in enumerate(titles.values()):
        sheet.write_string(1, at, title)
    return sheet
