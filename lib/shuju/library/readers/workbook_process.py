"""One sheet of a workbook, read in a process of its own: ``python -P workbook_process.py FILE SHEET HEADER``.

A damaged .xls makes its parser ask for all the memory there is, and a stray cell in the last row and column asks for a table of
17 billion: either ends this process, whose memory and time are bounded, and not the one that reads the library.

SHEET and HEADER (number from 0 of the last row of names) are JSON; SHEET is null where none is given. Writes JSON lines: first
``{"sheet", "others", "is_1904"}`` or ``{"refused": why}``, then lists of rows of texts. Imports nothing of the package, so
that it starts fast.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

LEAST_MEMORY, MOST_MEMORY, TIMES_THE_FILE = 3 << 29, 4 << 30, 100
LEAST_SECONDS, MOST_SECONDS, BYTES_A_SECOND = 20, 900, 100_000
BLOCK_ROWS = 2_000
# Spreadsheets keep 15 digits of a number; beyond, its last ones are no longer those that were typed.
EXACT = 1e15
_ERROR_CELL = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_ELEMENT = re.compile(r"<[^<>?!/][^<>]*>")
_KIND = re.compile(r"<(?:\w+:)?(\w+)")
_ATTRIBUTE = re.compile(r'\s(?:\w+:)?(\w+)="([^"]*)"')
CHUNK_BYTES = 1 << 20
LONGEST_CELL = 1 << 16


def main(path: str, sheet: int | str | None, below_header: int) -> None:
    """Write what ``read`` yields as JSON lines, within bounds of memory and time."""
    n_bytes = Path(path).stat().st_size
    memory = min(LEAST_MEMORY + TIMES_THE_FILE * n_bytes, MOST_MEMORY)
    seconds = min(LEAST_SECONDS + n_bytes // BYTES_A_SECOND, MOST_SECONDS)
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))
    try:
        for told in read(path, sheet, below_header):
            sys.stdout.write(json.dumps(told) + "\n")
    except MemoryError:
        sys.exit(3)
    except Exception as error:  # noqa: BLE001 - whatever the parser makes of a damaged file is said to the reader
        sys.stdout.write(json.dumps({"refused": f"{error}"}) + "\n")


def read(path: str, sheet: int | str | None, below_header: int) -> Iterator[Any]:
    """Yield what the file is, then its rows in blocks; see the module."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    workbook = CalamineWorkbook.from_path(path)
    names = workbook.sheet_names
    if isinstance(sheet, str) and sheet not in names:
        yield {"refused": f"没有工作表 {sheet!r}；现有：{'、'.join(names)}", "is_told": True}
        return
    if not isinstance(sheet, str) and not 0 <= (sheet or 0) < len(names):
        yield {"refused": f"没有第 {sheet or 0} 个工作表（从 0 数起）", "is_told": True}
        return
    name = sheet if isinstance(sheet, str) else names[sheet or 0]
    shown = [one.name for one in workbook.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    others = {one: _n_rows(workbook, one) for one in shown if one != name} if sheet is None else {}
    parts = _parts(path)
    yield {
        "sheet": name,
        "others": {k: n for k, n in others.items() if n},
        "is_1904": parts.get("", "") == "1904",
    }
    rows = _rows(workbook.get_sheet_by_name(name), _errors(path, parts.get(name)), below_header)
    while block := list(islice(rows, BLOCK_ROWS)):
        yield block


def _n_rows(workbook: Any, name: str) -> int:
    """Return how many rows of a sheet below its first hold two values or more."""
    rows = workbook.get_sheet_by_name(name).iter_rows()
    return max(sum(sum(value != "" for value in row) > 1 for row in rows) - 1, 0)


def _rows(sheet: Any, errors: dict[tuple[int, int], str], below_header: int) -> Iterator[list[str | None]]:
    spans, above = _spans_down(sheet), {}
    for number, values in enumerate(sheet.iter_rows()):
        row = [_text(value) for value in values]
        if errors:
            row = [errors.get((number, i)) if value is None else value for i, value in enumerate(row)]
        for column, top in spans.get(number, ()):
            if number == top and column < len(row):
                above[column] = row[column]
            elif number > below_header and column < len(row) and row[column] is None:
                row[column] = above.get(column)
        yield row


def _spans_down(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Return by row the columns that are merged over several rows, with the first row of each."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom > top and bottom - top < 100_000:
            for row in range(top, bottom + 1):
                spans.setdefault(row, []).extend((column, top) for column in range(left, right + 1))
    return spans


def _parts(path: str) -> dict[str, str]:
    """Return by sheet the part of an .xlsx that holds it; under '' whether its days are counted from 1904."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as packed:
            book, links = packed.read("xl/workbook.xml"), packed.read("xl/_rels/workbook.xml.rels")
    except (KeyError, zipfile.BadZipFile, OSError):
        return {}
    targets = {}
    for element in _ELEMENT.findall(links.decode("utf-8", "replace")):
        told = _attributes(element)
        targets[told.get("Id")] = told.get("Target", "")
    parts = {}
    for element in _ELEMENT.findall(book.decode("utf-8", "replace")):
        kind, told = _KIND.match(element), _attributes(element)
        if kind and kind[1] == "workbookPr" and told.get("date1904") in ("1", "true"):
            parts[""] = "1904"
        if kind and kind[1] == "sheet":
            target = targets.get(told.get("id"), "")
            parts[told.get("name", "")] = target.removeprefix("/") if target[:1] == "/" else f"xl/{target}"
    return parts


def _attributes(element: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(element)}


def _errors(path: str, part: str | None) -> dict[tuple[int, int], str]:
    """Return by row and column the error of each cell that holds one (#N/A): the parser gives them as empty."""
    found: dict[tuple[int, int], str] = {}
    if part is None:
        return found
    with zipfile.ZipFile(path) as packed:
        if part not in packed.namelist():
            return found
        with packed.open(part) as file:
            held = b""
            while piece := file.read(CHUNK_BYTES):
                held += piece
                if b't="e"' in held:
                    for cell in _ERROR_CELL.finditer(held):
                        if place := _PLACE.search(cell[0].partition(b">")[0]):
                            at = int(place[2]) - 1, _column(place[1])
                            found[at] = cell[1].decode("ascii", "replace")
                held = held[-LONGEST_CELL:]
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if abs(value) >= EXACT:
            return f"{value:.14E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]))
