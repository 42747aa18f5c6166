"""XLSX workbooks.

Options of the catalog: ``sheet`` (number from 0, or name; default 0), ``header`` (1-based number of
the row that holds the column names; default 1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from shuju.library.batch import BATCH_ROWS, RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.readers.files import Unit, file_units


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the workbooks under ``location``."""
    return file_units(files or "**/*.xlsx", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Stream one sheet; row 1 is the first below the header. Rows without any value are not rows.

    A sheet holds at most 1,048,576 rows, which bounds the memory.

    Raises:
        SourceError: it is not a workbook, or has no such sheet or header.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    sheet = options.get("sheet", 0)
    try:
        workbook = CalamineWorkbook.from_path(str(unit.at))
        name = sheet if isinstance(sheet, str) else workbook.sheet_names[sheet]
        rows = workbook.get_sheet_by_name(name).iter_rows()
    except (CalamineError, IndexError) as error:
        raise SourceError(
            f"{unit.name}：打不开工作表 {sheet!r}：{error}；请确认是 .xlsx 且工作表存在"
        ) from None
    header = next(islice(rows, options.get("header", 1) - 1, None), [])
    names = [_text(value) or f"第{i + 1}列" for i, value in enumerate(header)]
    if not any(_text(value) for value in header):
        raise SourceError(
            f"{unit.name}：工作表 {name!r} 的列名行是空的；请用 options.header 写明列名在第几行"
        )
    row_number = 1
    filled = (row for row in rows if any(value not in ("", None) for value in row))
    while block := list(islice(filled, BATCH_ROWS)):
        columns = {name: [_text(row[i]) for row in block] for i, name in enumerate(names)}
        yield RawBatch(strings(columns), np.arange(row_number, row_number + len(block), dtype=np.int64))
        row_number += len(block)


def _text(value: Any) -> str | None:
    """Return a cell as text: whole numbers without a decimal point, times in ISO 8601."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)
