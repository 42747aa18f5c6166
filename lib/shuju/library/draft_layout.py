"""How an unknown file lies (起草): its reader by its content, the sheet, the row of names, where JSON holds its rows."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from shuju.library.errors import LibraryError
from shuju.library.readers import reader
from shuju.library.readers.text_encoding import detect_encoding, shown
from shuju.library.readers.xlsx_files import opened

ROWS = 1_000
HEADER_ROWS = 15
SUMS = "^(合计|总计|小计|共计|制表)"


def reader_of(path: Path) -> str:
    """Return the reader of a file, told by its content."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PAR1"):
        return "parquet"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xlsx"
    if head.startswith(b"PK\x03\x04"):
        return "docx" if b"word/" in head or path.suffix.lower() == ".docx" else "xlsx"
    if re.search(rb"<(?:!doctype html|html|head|body|table|div)\b", head, re.IGNORECASE):
        return "xlsx" if path.suffix.lower() in (".xls", ".xlsx") else "html"
    name = "".join(path.suffixes).lower()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if ".json" in name or start[:1] in (b"{", b"["):
        return "json"
    if b"\x00" in head[:200] and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and ".csv" not in name:
        raise LibraryError(f"{path.name}：不认识的格式；能读的有 CSV、JSON、Excel、网页、Word、PDF、Parquet")
    return "csv"


def options_of(path: Path, kind: str) -> tuple[dict[str, Any], list[str]]:
    """Return the options with which a reader takes a file, and notes on what was seen."""
    if kind == "json":
        return _json_options(path)
    if kind in ("csv", "xlsx"):
        notes: list[str] = []
        if kind == "csv" and path.suffix not in (".gz", ".zst"):
            with path.open("rb") as file:
                notes = [f"编码：{shown(detect_encoding(file.read(1 << 20)))}（由程序识别，不必写明）"]
        options = _table_options(path, kind)
        if "sheet" in options:
            notes.append(f"数据取自工作表 {options['sheet']}：第一个工作表几乎是空的")
        return options, notes
    return {}, []


def _json_options(path: Path) -> tuple[dict[str, Any], list[str]]:
    if path.suffix in (".gz", ".zst", ".jsonl", ".ndjson") or path.stat().st_size > 200 << 20:
        return {}, []
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return {}, []  # lines
    if not isinstance(value, dict):
        return {}, []
    lists = sorted(_lists(value), key=lambda one: -one[1])
    return ({"records": lists[0][0]}, [f"各行在 {lists[0][0]} 之下"]) if lists else ({}, [])


def _lists(value: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, int]]:
    for name, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], dict):
            yield prefix + name, len(item)
        elif isinstance(item, dict) and depth < 5:
            yield from _lists(item, f"{prefix}{name}.", depth + 1)


def _table_options(path: Path, kind: str) -> dict[str, Any]:
    """Find the row of the names, and sums below the records, among the rows as they stand."""
    options: dict[str, Any] = _sheet_options(path) if kind == "xlsx" else {}
    top = _bare_rows(path, kind, options)
    widths = [sum(bool(cell) for cell in row) for row in top[:HEADER_ROWS]]
    if not widths:
        return options
    wide = max(widths)
    for number, row in enumerate(top[:HEADER_ROWS]):
        cells = [cell for cell in row if cell]
        if (
            len(cells) >= max(2, 0.7 * wide)
            and len(set(cells)) == len(cells)
            and not any(map(_is_value, cells))
        ):
            if number:
                options["header"] = number + 1
            break
    if any(cells and re.match(SUMS, cells[0]) for cells in ([c for c in row if c] for row in top)):
        options["footer"] = SUMS
    return options


def _sheet_options(path: Path) -> dict[str, Any]:
    """Return the sheet that holds the rows, where that is not the first: a first sheet that explains is passed over."""
    sheet = opened(next(reader("xlsx").units(None, path, {})), {})
    with closing(sheet.rows):
        n_rows = sum(sum(map(bool, row)) > 1 for row in islice(sheet.rows, ROWS)) - 1
    fullest = max(sheet.others, key=lambda name: sheet.others[name], default="")
    return {"sheet": fullest} if fullest and 5 * n_rows < min(sheet.others[fullest], ROWS) else {}


def _is_value(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d\s:：/.\-年月日]+", cell)) or len(cell) > 40


def _bare_rows(path: Path, kind: str, options: Mapping[str, Any]) -> list[list[str]]:
    module = reader(kind)
    unit = next(module.units(None, path, {}))
    if kind == "xlsx":
        rows = opened(unit, options).rows
        with closing(rows):
            return [[cell or "" for cell in row] for row in islice(rows, ROWS)]
    import csv

    from shuju.library.readers.files import chunks
    from shuju.library.readers.text_encoding import utf8_text

    text = next(utf8_text(islice(chunks(path), 1), path.name, None), b"").decode("utf-8", "replace")
    longest = max(text.splitlines()[:50], key=len, default="")
    delimiter = "\t" if ".tsv" in path.suffixes else max((",", "\t", ";"), key=longest.count)
    try:
        return [
            [c.strip() for c in row]
            for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), ROWS)
        ]
    except csv.Error:
        return []
