"""Workbooks: .xlsx, .xls, and HTML tables that are called .xls; told by what they hold, not by their names.

Options of the catalog: ``sheet`` (number from 0, or name; default 0, and other sheets that hold rows are told of; of HTML, the
number of the table among those of more than one row), ``encoding`` (of HTML; default: detected), and how the table lies in the
sheet: ``header``, ``skip_rows``, ``footer``, ``fill_down`` (``table_layout.py``). What is merged over several rows stands in
each of them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from shuju.library.batch import BATCH_ROWS, RawBatch, strings
from shuju.library.errors import SourceError
from shuju.library.readers import workbook_process
from shuju.library.readers.files import Unit, file_units
from shuju.library.readers.html_tables import html_rows
from shuju.library.readers.table_layout import clean, header_rows, joined_names, laid_out, numbers_from

# Days are counted from 1904-01-01 instead of 1899-12-30 in books that were begun on a Mac.
DAYS_TO_1904 = 1462
_SERIAL = re.compile(r"[1-6]\d{4}(\.\d+)?")
_TIME_NAME = re.compile(r"时间|日期|date|time", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A sheet as it is read: its rows, names and all, as texts; ``others`` that hold rows too, if none was asked for."""

    rows: Generator[list[str | None]]
    name: str = ""
    others: Mapping[str, int] = field(default_factory=dict)
    is_1904: bool = False


def units(files: str | None, location: Path, options: Mapping[str, Any]) -> Iterator[Unit]:
    """Yield the workbooks under ``location``."""
    return file_units(files or "**/*.xls*", location)


def read(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    """Stream one sheet; row 1 is the first below the header. Rows without any value are not rows.

    A sheet holds at most 1,048,576 rows, which bounds the memory.

    Raises:
        SourceError: it is neither a workbook nor an HTML table, has no such sheet or header, or the rows are in another sheet.
    """
    yield from laid_out(_batches(unit, options), options)


def _batches(unit: Unit, options: Mapping[str, Any]) -> Iterator[RawBatch]:
    sheet = opened(unit, options)
    rows = sheet.rows
    wanted = header_rows(options)
    top = list(islice(rows, wanted[-1] + 1))
    header = [top[i] for i in wanted if i < len(top)]
    if not any(clean(name) for row in header for name in row):
        raise SourceError(
            f"{unit.name}：列名行是空的；请用 options.header 写明列名在第几行{_elsewhere(sheet)}"
        )
    names = joined_names(header)
    row_number = 1
    filled = (row for row in rows if any(row))
    notes = _notes(sheet)
    while block := list(islice(filled, BATCH_ROWS)):
        columns = {name: [row[i] if i < len(row) else None for row in block] for i, name in enumerate(names)}
        if sheet.is_1904:
            columns = {
                name: _of_1904(values) if _TIME_NAME.search(name) else values
                for name, values in columns.items()
            }
        yield RawBatch(strings(columns), numbers_from(row_number, len(block)), notes=notes)
        row_number += len(block)
        notes = ()
    if row_number == 1 and sheet.others:
        raise SourceError(f"{unit.name}：工作表 {sheet.name!r} 没有数据行{_elsewhere(sheet)}")


def _elsewhere(sheet: Sheet) -> str:
    if not sheet.others:
        return ""
    first = next(iter(sheet.others))
    return f"。另有工作表 {_counted(sheet)}：若数据在那里，请写 options: {{sheet: {first}}}"


def _notes(sheet: Sheet) -> tuple[str, ...]:
    if not sheet.others:
        return ()
    return (
        f"只读了工作表 {sheet.name}，没有读的还有 {_counted(sheet)}：要读请写 options 的 sheet，不要读请写 sheet: 0",
    )


def _counted(sheet: Sheet) -> str:
    return "、".join(f"{name}（{n:,} 行）" for name, n in sheet.others.items())


def _of_1904(values: list[str | None]) -> list[str | None]:
    """Return days that stand as bare numbers in a book of 1904 as those of 1900, which is how they are read."""
    return [
        repr(float(value) + DAYS_TO_1904) if value and _SERIAL.fullmatch(value) else value for value in values
    ]


def opened(unit: Unit, options: Mapping[str, Any]) -> Sheet:
    """Return the sheet that the options name; raises as ``read``."""
    with unit.at.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook_sheet(unit, options)
    if re.search(rb"<(?:table|html|!doctype|style|div|meta|tr)\b", head, re.IGNORECASE):
        return Sheet(html_rows(unit, options))
    said = "空文件" if not head.strip() else "XML 表格" if head.lstrip().startswith(b"<?xml") else "别的内容"
    if head and b"\x00" not in head and not head.lstrip().startswith(b"<"):
        said = "文本，可试 reader: csv"
    raise SourceError(f"{unit.name}：不是 Excel 工作簿，而是{said}；请另存为 .xlsx，或在目录中改正 reader")


def _workbook_sheet(unit: Unit, options: Mapping[str, Any]) -> Sheet:
    told = _lines(unit, options)
    about = next(told)
    return Sheet((row for block in told for row in block), about["sheet"], about["others"], about["is_1904"])


def _lines(unit: Unit, options: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what the process says that reads a workbook: about the sheet, then its rows in blocks."""
    sheet, below_header = json.dumps(options.get("sheet")), str(header_rows(options)[-1])
    command = [sys.executable, "-P", workbook_process.__file__, str(unit.at), sheet, below_header]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            yield from _said(unit, options, process.stdout)
        except BaseException:  # the reader wants no more, or cannot go on
            process.kill()
            raise
    if process.returncode:
        raise SourceError(
            f"{unit.name}：工作簿已损坏或过大，读不了；请重新导出，或另存为 .xlsx、拆成几个文件"
        )


def _said(unit: Unit, options: Mapping[str, Any], lines: IO[bytes]) -> Iterator[Any]:
    for line in lines:
        if not line.endswith(b"\n"):
            return  # the process ended in the middle of a line
        told = json.loads(line)
        if isinstance(told, dict) and "refused" in told:
            if told.get("is_told"):
                raise SourceError(f"{unit.name}：{told['refused']}")
            raise SourceError(
                f"{unit.name}：打不开工作表 {options.get('sheet', 0)!r}：{told['refused']}；请确认文件完整、没有密码"
            )
        yield told
