"""Workbooks: .xlsx, .xls, and HTML tables that are called .xls; told by what they hold, not by their names.

Options of the catalog: ``sheet`` (number from 0, or name; default 0; of HTML, the number of the table among those of more
than one row), ``encoding`` (of HTML; default: detected), and how the table lies in the sheet: ``header``, ``skip_rows``,
``footer``, ``fill_down`` (``table_layout.py``). What is merged over several rows stands in each of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from shuju.library.batch import BATCH_ROWS, RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.readers.files import Unit, file_units
from shuju.library.readers.html_pages import page_encoding
from shuju.library.readers.table_layout import clean, header_rows, joined_names, laid_out, numbers_from

# Spreadsheets keep 15 digits of a number; beyond, its last ones are no longer those that were typed.
EXACT = 1e15


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the workbooks under ``location``."""
    return file_units(files or "**/*.xls*", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Stream one sheet; row 1 is the first below the header. Rows without any value are not rows.

    A sheet holds at most 1,048,576 rows, which bounds the memory.

    Raises:
        SourceError: it is neither a workbook nor an HTML table, or has no such sheet or header.
    """
    yield from laid_out(_batches(unit, options), options)


def _batches(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    rows = sheet_rows(unit, options)
    wanted = header_rows(options)
    top = list(islice(rows, wanted[-1] + 1))
    header = [top[i] for i in wanted if i < len(top)]
    if not any(clean(name) for row in header for name in row):
        raise SourceError(f"{unit.name}：列名行是空的；请用 options.header 写明列名在第几行")
    names = joined_names(header)
    row_number = 1
    filled = (row for row in rows if any(row))
    while block := list(islice(filled, BATCH_ROWS)):
        columns = {name: [row[i] if i < len(row) else None for row in block] for i, name in enumerate(names)}
        yield RawBatch(strings(columns), numbers_from(row_number, len(block)))
        row_number += len(block)


def sheet_rows(unit: Unit, options: Mapping[str, Any]) -> Iterator[list[str | None]]:
    """Return the rows of the sheet, names and all, as texts; raises as ``read``."""
    with unit.at.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _sheet_rows(unit, options)
    if re.search(rb"<(?:table|html|!doctype|style|div|meta|tr)\b", head, re.IGNORECASE):
        return _html_rows(unit, options)
    said = "空文件" if not head.strip() else "XML 表格" if head.lstrip().startswith(b"<?xml") else "别的内容"
    if head and b"\x00" not in head and not head.lstrip().startswith(b"<"):
        said = "文本，可试 reader: csv"
    raise SourceError(f"{unit.name}：不是 Excel 工作簿，而是{said}；请另存为 .xlsx，或在目录中改正 reader")


def _sheet_rows(unit: Unit, options: Mapping[str, Any]) -> Iterator[list[str | None]]:
    from python_calamine import CalamineError, CalamineWorkbook

    sheet = options.get("sheet", 0)
    try:
        workbook = CalamineWorkbook.from_path(str(unit.at))
        names = workbook.sheet_names
        if isinstance(sheet, str) and sheet not in names:
            raise SourceError(f"{unit.name}：没有工作表 {sheet!r}；现有：{'、'.join(names)}")
        found = workbook.get_sheet_by_name(sheet if isinstance(sheet, str) else names[sheet])
        spans, above, below_header = _spans_down(found), {}, header_rows(options)[-1]
        for number, values in enumerate(found.iter_rows()):
            row = [_text(value) for value in values]
            for column, top in spans.get(number, ()):
                if number == top and column < len(row):
                    above[column] = row[column]
                elif number > below_header and column < len(row) and row[column] is None:
                    row[column] = above.get(column)
            yield row
    except SourceError:
        raise
    except IndexError:
        raise SourceError(f"{unit.name}：没有第 {sheet} 个工作表（从 0 数起）") from None
    except (CalamineError, ValueError, OSError) as error:
        raise SourceError(f"{unit.name}：打不开工作表 {sheet!r}：{error}；请确认文件完整、没有密码") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what the parser did not expect of a damaged file
            raise
        raise SourceError(f"{unit.name}：工作簿已损坏，读不了；请重新导出") from None


def _spans_down(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Return by row the columns that are merged over several rows, with the first row of each."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom > top and bottom - top < 100_000:
            for row in range(top, bottom + 1):
                spans.setdefault(row, []).extend((column, top) for column in range(left, right + 1))
    return spans


def _html_rows(unit: Unit, options: Mapping[str, Any]) -> Iterator[list[str | None]]:
    import lxml.html
    from lxml.etree import LxmlError

    data = unit.at.read_bytes()
    text = (
        data.decode(page_encoding(data, options.get("encoding")), "replace")
        .removeprefix("\ufeff")
        .replace("\x00", "")
    )
    text = re.sub(r"(?is)<(style|script)\b.*?</(?:style|script)\s*>", "", text)
    try:
        page = lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (LxmlError, ValueError):
        raise SourceError(f"{unit.name}：像是网页，却没有内容；请重新导出") from None
    tables = [t for t in page.iter("table") if len(t.xpath("./tr|./*/tr")) > 1]
    number = options.get("sheet", 0)
    if isinstance(number, str) or not 0 <= number < len(tables):
        raise SourceError(
            f"{unit.name}：是网页而不是工作簿，其中有 {len(tables)} 个表格，没有第 {number!r} 个（从 0 数起）"
        )
    below: dict[
        int, tuple[int, str | None]
    ] = {}  # by column: how many rows more a cell reaches down, and its text
    for line in tables[number].xpath("./tr|./*/tr"):
        cells = [
            (
                " ".join(cell.text_content().split()) or None,
                _span(cell.get("rowspan")),
                _span(cell.get("colspan")),
            )
            for cell in line.iterchildren("td", "th")
        ]
        row, below = _laid_over(cells, below)
        yield row


def _laid_over(
    cells: list[tuple[str | None, int, int]], above: dict[int, tuple[int, str | None]]
) -> tuple[list[str | None], dict[int, tuple[int, str | None]]]:
    """Return one row of an HTML table, cells that reach down into it included, and what reaches below it."""
    row: list[str | None] = []
    below: dict[int, tuple[int, str | None]] = {}
    waiting = iter(cells)
    while True:
        if len(row) in above:
            left, value = above[len(row)]
            if left > 1:
                below[len(row)] = (left - 1, value)
            row.append(value)
            continue
        cell = next(waiting, None)
        if cell is None:
            return row, below
        value, down, across = cell
        for i in range(across):
            if down > 1:
                below[len(row)] = (down - 1, value)
            row.append(value if i == 0 else None)


def _span(text: str | None) -> int:
    return min(max(int(text), 1), 1000) if text and text.isdigit() else 1


def _text(value: Any) -> str | None:
    """Return a cell as text: whole numbers without a decimal point, times in ISO 8601.

    A number of which a spreadsheet does not keep all digits is given as it is kept: 2.02407051234568E+16.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if abs(value) >= EXACT:
            return f"{value:.14E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)
