"""The draft (起草) of a source from its files: reader, header, mapping by names and contents; for a person to correct."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from shuju.catalog import Catalog
from shuju.library.errors import LibraryError, SourceError
from shuju.library.field_names import CONSTANTS, LONG, NAMES
from shuju.library.raw_fields import Seen, look_at, score
from shuju.library.readers import reader
from shuju.library.readers.files import TruncatedFile
from shuju.library.readers.text_encoding import detect_encoding, shown
from shuju.library.readers.xlsx_files import opened

ROWS = 1_000
HEADER_ROWS = 15
SUMS = "^(合计|总计|小计|共计|制表)"
LEAST = 0.45  # the least score of a field that is mapped


@dataclass(frozen=True)
class Draft:
    """A source as drafted: ``fields`` maps standard fields to raw ones, ``unused`` are raw fields that fit none.

    ``notes`` tell what was seen and what a person must decide.
    """

    name: str
    reader: str
    pattern: str
    options: Mapping[str, Any]
    table: str
    fields: Mapping[str, str]
    constants: Mapping[str, str]
    transforms: Mapping[str, str]
    unused: Sequence[str]
    notes: Sequence[str] = field(default=())


def draft_source(catalog: Catalog, name: str, paths: Sequence[Path]) -> Draft:
    """Return the draft of a source ``name`` from files that look alike. O(bytes of the first rows).

    Raises:
        LibraryError: no file, or none of a kind that can be read.
    """
    files = sorted(f for path in paths for f in (path.rglob("*") if path.is_dir() else [path]) if f.is_file())
    if not files:
        raise LibraryError(f"{'、'.join(map(str, paths))}：没有文件")
    kind = reader_of(files[0])
    try:
        options, notes = _options(files[0], kind)
        rows = _rows(files, kind, options)
    except TruncatedFile:
        raise LibraryError(f"{files[0].name}：压缩文件不完整；请重新传送") from None
    if not rows.num_columns:
        raise LibraryError(
            f"{files[0].name}：作为 {kind} 没有读到一行数据；文件可能是空的、只有列名、没有传完，或扩展名与内容不符"
        )
    seen = [look_at(rows.column(i), rows.column_names[i]) for i in range(rows.num_columns)]
    table, fields = _best_table(catalog, seen)
    by_name = {one.name: one for one in seen}
    key = catalog.table(table).key
    if key not in fields and (found := _key(seen, set(fields.values()), rows.num_rows)):
        fields[key] = found
        notes.append(f"主键 {key} 取自 {found}（各行互不相同）；请核对它是否稳定不变")
    constants = {f: v for f, v in CONSTANTS.get(table, {}).items() if f not in fields}
    missing = [
        f
        for f, c in catalog.table(table).columns.items()
        if c.required and f not in fields | constants and f != "library"
    ]
    if missing:
        notes.append(f"必需的字段没有找到：{'、'.join(missing)}；请补上 from 或 const")
    notes += (f"{c} 是常量，请改成实际的值" for c in constants)
    used = set(fields.values())
    notes += (
        f"{one.name} 中有证件号码：未映射，不入库"
        if one.identity > 0.3
        else f"{one.name} 中有电话号码：按个人信息存放"
        for one in seen
        if one.identity > 0.3 or (one.phones > 0.5 and one.name in used)
    )
    transforms = {f: "html_text" for f, raw in fields.items() if by_name[raw].tags > 0.2}
    return Draft(
        name, kind, _pattern(files), options, table, fields, constants, transforms,
        [one.name for one in seen if one.name not in used], notes,
    )  # fmt: skip


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


def _options(path: Path, kind: str) -> tuple[dict[str, Any], list[str]]:
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


def _rows(files: Sequence[Path], kind: str, options: Mapping[str, Any]) -> pa.Table:
    module, parts, left = reader(kind), [], ROWS
    failure: Exception | None = None
    for path in files[:200]:
        try:
            for unit in module.units(None, path, options):
                for batch in module.read(unit, options):
                    parts.append(batch.rows.slice(0, min(left, batch.rows.num_rows)))
                    left -= batch.n_read
                    if left <= 0:
                        break
        except (SourceError, OSError) as error:
            failure = error
        if left <= 0:
            break
    if not parts and failure is not None:
        raise LibraryError(str(failure))
    return pa.concat_tables(parts, promote_options="default") if parts else pa.table({})


def _best_table(catalog: Catalog, seen: Sequence[Seen]) -> tuple[str, dict[str, str]]:
    found = []
    for table in NAMES:
        if table not in catalog.tables:
            continue
        fields, score = _assigned(catalog, table, seen)
        found.append((score, table, fields))
    score, table, fields = max(found, key=lambda one: one[0])
    if score <= 0:
        raise LibraryError("没有一个字段像资源库的字段；请参照 docs/tutorial-own-source.md 自己写")
    return table, fields


def _assigned(catalog: Catalog, table: str, seen: Sequence[Seen]) -> tuple[dict[str, str], float]:
    """Return the mapping of one table, the surest pairs first, and how much of the table and of the file it covers."""
    columns = dict(catalog.table(table).columns)
    if f"{table}_private" in catalog.tables:
        columns |= {f: c for f, c in catalog.table(f"{table}_private").columns.items() if f not in columns}
    pairs = sorted(
        (
            (score(name, words.split(), columns[name], one), name, one.name)
            for name, words in NAMES[table].items()
            if name in columns
            for one in seen
        ),
        key=lambda pair: -pair[0],
    )
    fields: dict[str, str] = {}
    total = 0.0
    shared = "url" if table == "records" else None  # an address is the record's number too
    for sure, name, raw in pairs:
        if sure < LEAST:
            break
        if name not in fields and (
            raw not in fields.values() or name == shared or fields.get(shared or "") == raw
        ):
            fields[name] = raw
            weight = 2.0 if columns[name].required or name in LONG else 1.0
            total += sure * weight
    return fields, total


def _key(seen: Sequence[Seen], used: set[str], n: int) -> str | None:
    """Return a field that tells the rows apart: a number or an address, all of it filled and each value once."""
    fits = [s for s in seen if s.filled > 0.99 and s.distinct > 0.999 and s.usual <= 120 and s.times < 0.5]
    fits.sort(
        key=lambda s: (
            s.name in used,
            not re.search(r"号|id|no|序|码|url|地址|file_name", s.name, re.IGNORECASE),
            s.usual,
        )
    )
    return fits[0].name if fits and n > 1 else None


def _pattern(files: Sequence[Path]) -> str:
    if len(files) == 1:
        return files[0].name
    ends = {"".join(path.suffixes[-2:]) if path.suffix in (".gz", ".zst") else path.suffix for path in files}
    return f"**/*{ends.pop()}" if len(ends) == 1 else "**/*"
