"""Downloads of all filtered rows, streamed: CSV, XLSX, Parquet, with the filters and the as-of written in."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from shuju.clock import now
from shuju.facts import FactsError
from shuju.library import Library, LibraryError
from shuju.library.schema import PROVENANCE
from shuju.views.filters import Filters
from shuju.views.letter_filters import LetterFilters, filtered_letters
from shuju.views.live import Live, live
from shuju.views.record_filters import RecordFilters, where


@dataclass(frozen=True)
class Export:
    """What can be downloaded of one table: its columns, and the rows that pass the filters of an address."""

    table: str
    title: str
    columns: tuple[str, ...]
    filters: type[Filters]
    rows: Callable[[Live, Any, Sequence[str]], Iterator[pa.Table]]


def _records(shared: Live, filters: Any, columns: Sequence[str]) -> Iterator[pa.Table]:
    return shared.library.stream("records", columns, where(filters, shared.library))


def _letters(shared: Live, filters: Any, columns: Sequence[str]) -> Iterator[pa.Table]:
    return filtered_letters(shared.library, shared.letters.facts, filters, columns)


EXPORTS = {
    "records": Export(
        "records",
        "网页信息",
        (
            "record_id", "title", "published_at", "site_id", "library", "region_code", "genre", "topic_1",
            "column_name", "content_source", "document_number", "url", "source", "ingested_at", "revision",
        ),
        RecordFilters,
        _records,
    ),
    "letters": Export(
        "letters",
        "来信",
        (
            "letter_id", "title", "body", "written_at", "library", "region_code", "channel", "topic_1", "topic_2",
            "motive", "department", "age_band", "writer_sex", "status", "likes", "reply", "replied_at",
            "reply_department", "satisfaction", "source", "ingested_at", "revision",
        ),
        LetterFilters,
        _letters,
    ),
}  # fmt: skip
XLSX_ROWS = 1_048_575 - 3
# A cell that begins so is taken for a formula by spreadsheet programs.
XLSX_CHARACTERS = 32_767
CUT = "……（全文过长，见 CSV）"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportHandler(RequestHandler):
    """``/export/letters.csv?region=…``: all rows under the filters of the address."""

    async def get(self, table: str, kind: str) -> None:
        """Answer with a file; a wrong filter is refused with a message."""
        export, shared = EXPORTS[table], live()
        try:
            filters = export.filters.from_query({k: self.get_argument(k) for k in self.request.arguments})
            # Nothing is sent before the first piece is there: what is wrong with the filters shows then.
            pieces = await asyncio.to_thread(_begun, export.rows(shared, filters, export.columns))
        except (LibraryError, FactsError, ValueError) as error:
            raise HTTPError(400, reason="bad filter", log_message=str(error)) from None
        name = f"数聚-{export.title}-{now():%Y%m%d-%H%M}.{kind}"
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header(
            "Content-Type", {"csv": "text/csv; charset=utf-8"}.get(kind, "application/octet-stream")
        )
        header = f"数聚 {export.title}；筛选：{filters.describe()}；数据截至 {now():%Y-%m-%d %H:%M}"
        titles = column_titles(shared.library, export)
        try:
            if kind == "csv":
                await self._send(csv_pieces(pieces, titles, header))
            else:
                with tempfile.TemporaryDirectory() as folder:
                    make = write_xlsx if kind == "xlsx" else write_parquet
                    path = Path(folder) / f"export.{kind}"
                    await asyncio.to_thread(make, pieces, titles, header, path)
                    with path.open("rb") as file:
                        await self._send(iter(lambda: file.read(1 << 20), b""))
        except StreamClosedError:
            return  # the reader left: nothing more to send

    async def _send(self, pieces: Iterator[bytes]) -> None:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            self.write(piece)
            await self.flush()


def _begun(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    first = next(pieces, None)
    return iter(()) if first is None else chain([first], pieces)


def column_titles(library: Library, export: Export) -> dict[str, str]:
    """Return the export's columns with their Chinese names."""
    columns = dict(library.catalog.table(export.table).columns) | PROVENANCE
    return {name: columns[name].name for name in export.columns}


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


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ", timespec="seconds")
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def whole_file(table: pa.Table, titles: Mapping[str, str], header: str, kind: str) -> bytes:
    """Return a table that fits into memory as a file of ``kind``."""
    if kind == "csv":
        return b"".join(csv_pieces([table], titles, header))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{kind}"
        (write_xlsx if kind == "xlsx" else write_parquet)([table], titles, header, path)
        return path.read_bytes()


def send_file(handler: RequestHandler, content: bytes, title: str, kind: str) -> None:
    """Answer with a file that the browser keeps under its title and the present time."""
    name = f"数聚-{title}-{now():%Y%m%d-%H%M}.{kind}"
    handler.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header(
        "Content-Type", "text/csv; charset=utf-8" if kind == "csv" else "application/octet-stream"
    )
    handler.finish(content)


def write_xlsx(pieces: Iterable[pa.Table], titles: Mapping[str, str], header: str, path: Path) -> None:
    """Write a workbook; what a sheet cannot hold goes to further sheets, what a cell cannot hold is cut and marked."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
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


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= XLSX_CHARACTERS else value[: XLSX_CHARACTERS - len(CUT)] + CUT
    return _safe(value)


def _new_sheet(book: Any, titles: Mapping[str, str], header: str) -> Any:
    sheet = book.add_worksheet()
    sheet.write(0, 0, header)
    sheet.write_row(1, 0, list(titles.values()))
    return sheet


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
