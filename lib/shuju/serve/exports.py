"""Downloads of all filtered rows, streamed: CSV, XLSX, Parquet, with the filters and the as-of written in."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from shuju.library import Library, LibraryError
from shuju.library.ledger import now
from shuju.views.live import live
from shuju.views.record_filters import RecordFilters, where

COLUMNS = (
    "record_id", "title", "published_at", "site_id", "library", "region_code", "genre", "topic_1",
    "column_name", "content_source", "document_number", "url", "source", "ingested_at", "revision",
)  # fmt: skip
XLSX_ROWS = 1_048_575 - 3
# A cell that begins so is taken for a formula by spreadsheet programs.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportHandler(RequestHandler):
    """``/export/records.csv?library=…``: all rows under the filters of the address."""

    async def get(self, kind: str) -> None:
        """Answer with a file; a wrong filter is refused with a message."""
        library = live().library
        try:
            filters = RecordFilters.from_query({k: self.get_argument(k) for k in self.request.arguments})
            conditions = where(filters, library)
        except (LibraryError, ValueError) as error:
            raise HTTPError(400, reason="bad filter", log_message=str(error)) from None
        name = f"数聚-网页信息-{now():%Y%m%d-%H%M}.{kind}"
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header(
            "Content-Type", {"csv": "text/csv; charset=utf-8"}.get(kind, "application/octet-stream")
        )
        header = f"数聚 网页信息；筛选：{filters.describe()}；数据截至 {now():%Y-%m-%d %H:%M}"
        try:
            if kind == "csv":
                await self._send(csv_pieces(library, conditions, header))
            else:
                with tempfile.TemporaryDirectory() as folder:
                    make = write_xlsx if kind == "xlsx" else write_parquet
                    path = Path(folder) / f"export.{kind}"
                    await asyncio.to_thread(make, library, conditions, header, path)
                    with path.open("rb") as file:
                        await self._send(iter(lambda: file.read(1 << 20), b""))
        except StreamClosedError:
            return  # the reader left: nothing more to send

    async def _send(self, pieces: Iterator[bytes]) -> None:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            self.write(piece)
            await self.flush()


def rows(library: Library, conditions: Any) -> Iterator[pa.Table]:
    """Yield the rows of an export piece by piece."""
    return library.stream("records", COLUMNS, conditions)


def _titles(library: Library) -> list[str]:
    from shuju.library.schema import PROVENANCE

    columns = dict(library.catalog.table("records").columns) | PROVENANCE
    return [columns[c].name for c in COLUMNS]


def csv_pieces(library: Library, conditions: Any, header: str) -> Iterator[bytes]:
    """Yield a CSV file with a byte-order mark, so that spreadsheet programs read its Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([header])
    writer.writerow(_titles(library))
    yield b"\xef\xbb\xbf" + text.getvalue().encode()
    for piece in rows(library, conditions):
        text = io.StringIO()
        csv.writer(text).writerows([_safe(v) for v in row.values()] for row in piece.to_pylist())
        yield text.getvalue().encode()


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ", timespec="seconds")
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def write_xlsx(library: Library, conditions: Any, header: str, path: Path) -> None:
    """Write a workbook; what a sheet cannot hold goes to further sheets."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet, line = None, 0
        for piece in rows(library, conditions):
            for row in piece.to_pylist():
                if sheet is None or line > XLSX_ROWS:
                    sheet, line = _new_sheet(book, library, header), 2
                for at, value in enumerate(row.values()):
                    sheet.write(line, at, _safe(value) if not isinstance(value, str) else value)
                line += 1
        if sheet is None:
            _new_sheet(book, library, header)


def _new_sheet(book: Any, library: Library, header: str) -> Any:
    sheet = book.add_worksheet()
    sheet.write(0, 0, header)
    sheet.write_row(1, 0, _titles(library))
    return sheet


def write_parquet(library: Library, conditions: Any, header: str, path: Path) -> None:
    """Write a Parquet file; the header is in its metadata under ``shuju``."""
    writer = None
    try:
        for piece in rows(library, conditions):
            if writer is None:
                schema = piece.schema.with_metadata({"shuju": header})
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_table(piece.cast(writer.schema))
        if writer is None:
            empty = library.load("records", COLUMNS, where=[("record_id", "==", "")]).compute()
            pq.write_table(pa.Table.from_pandas(empty, preserve_index=False), path)
    finally:
        if writer is not None:
            writer.close()
