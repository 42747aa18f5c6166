"""The draft (起草) of a source from its files: reader, header, mapping by names and contents; for a person to correct."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Catalog, Column
from shuju.library.errors import LibraryError, SourceError
from shuju.library.field_names import CONSTANTS, LONG, NAMES, PERSONAL, TIMES
from shuju.library.readers import reader
from shuju.library.readers.text_encoding import detect_encoding, shown
from shuju.standard import code_list
from shuju.standard.dates import parse_datetimes
from shuju.standard.region_names import read_region
from shuju.text import personal

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


@dataclass(frozen=True)
class Seen:
    """What the values of a raw field look like: shares of the values that are not empty, and their usual length."""

    name: str
    filled: float
    distinct: float
    usual: float
    times: float
    numbers: float
    regions: float
    addresses: float
    tags: float
    phones: float
    identity: float
    of_list: Mapping[str, float]


def draft_source(catalog: Catalog, name: str, paths: Sequence[Path]) -> Draft:
    """Return the draft of a source ``name`` from files that look alike. O(bytes of the first rows).

    Raises:
        LibraryError: no file, or none of a kind that can be read.
    """
    files = sorted(f for path in paths for f in (path.rglob("*") if path.is_dir() else [path]) if f.is_file())
    if not files:
        raise LibraryError(f"{'、'.join(map(str, paths))}：没有文件")
    kind = reader_of(files[0])
    options, notes = _options(files[0], kind)
    rows = _rows(files, kind, options)
    if not rows.num_columns:
        raise LibraryError(f"{files[0].name}：没有读到任何字段；请确认文件不是空的")
    seen = [_look(rows.column(i), rows.column_names[i]) for i in range(rows.num_columns)]
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
        raise LibraryError(f"{path.name}：不认识的格式；能读的有 CSV、JSON、Excel、网页、Word、Parquet")
    return "csv"


def _options(path: Path, kind: str) -> tuple[dict[str, Any], list[str]]:
    if kind == "json":
        return _json_options(path)
    if kind in ("csv", "xlsx"):
        notes = []
        if kind == "csv" and path.suffix not in (".gz", ".zst"):
            with path.open("rb") as file:
                notes = [f"编码：{shown(detect_encoding(file.read(1 << 20)))}（由程序识别，不必写明）"]
        return _table_options(path, kind), notes
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
    options: dict[str, Any] = {}
    top = _bare_rows(path, kind)
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


def _is_value(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d\s:：/.\-年月日]+", cell)) or len(cell) > 40


def _bare_rows(path: Path, kind: str) -> list[list[str]]:
    module = reader(kind)
    unit = next(module.units(None, path, {}))
    if kind == "xlsx":
        from shuju.library.readers.xlsx_files import sheet_rows

        return [[cell or "" for cell in row] for row in islice(sheet_rows(unit, {}), ROWS)]
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
                    parts.append(batch.rows.slice(0, left))
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


def _look(column: pa.ChunkedArray, name: str) -> Seen:
    values = pc.utf8_trim_whitespace(column.cast(pa.string())).combine_chunks()
    values = values.filter(pc.fill_null(pc.not_equal(values, ""), False))
    n = len(values)
    if not n:
        return Seen(name, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {})

    def share(pattern: str) -> float:
        return float(pc.mean(pc.match_substring_regex(values, pattern)).as_py() or 0)

    _, why = parse_datetimes(values)
    distinct = pc.unique(values).to_pylist()
    some = distinct[:60]
    lists = {
        listed: sum(value in code_list(listed).code_of for value in some) / len(some)
        for listed in ("sexes", "motives", "letter_statuses", "channels", "topics", "genres")
    }
    plain = share(r"^\d{5}(\.\d+)?$|^\d{10}$|^\d{13}$")  # numbers that may be times, and most often are not
    return Seen(
        name,
        filled=n / max(len(column), 1),
        distinct=len(distinct) / n,
        usual=float(np.median(np.asarray(pc.utf8_length(values)))),
        times=float((why == 0).mean()) - (plain if not _is_time_name(name) else 0.0),
        numbers=share(r"^[+-]?\d+(\.\d+)?$"),
        regions=sum(read_region(value) is not None for value in some if len(value) > 1) / len(some),
        addresses=share(r"^https?://"),
        tags=share(r"</?(p|div|br|span|a|table)\b|&nbsp;"),
        phones=share(r"^(\+?86)?1[3-9]\d{9}$|^0\d{2,3}-?\d{7,8}$"),
        identity=max(
            share(r"^\d{17}[\dXx]$"), sum("[身份证号" in str(v) for v in personal.mask(some)) / len(some)
        ),
        of_list=lists,
    )


def _is_time_name(name: str) -> bool:
    return re.search(r"时间|日期|time|date|_at$", name, re.IGNORECASE) is not None


def plain_name(name: str) -> str:
    """Return a name as names are compared: the last part of a path too is tried by the caller."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).lower()


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
            (_score(name, words.split(), columns[name], one), name, one.name)
            for name, words in NAMES[table].items()
            if name in columns
            for one in seen
        ),
        key=lambda pair: -pair[0],
    )
    fields: dict[str, str] = {}
    total = 0.0
    shared = "url" if table == "records" else None  # an address is the record's number too
    for score, name, raw in pairs:
        if score < LEAST:
            break
        if name not in fields and (
            raw not in fields.values() or name == shared or fields.get(shared or "") == raw
        ):
            fields[name] = raw
            weight = 2.0 if columns[name].required or name in LONG else 1.0
            total += score * weight
    return fields, total


def _score(name: str, words: Sequence[str], column: Column, one: Seen) -> float:
    """Return how surely a raw field is a standard one: by its name, then by whether its values can be that."""
    if one.identity > 0.3 or (one.filled == 0 and name not in PERSONAL):
        return 0.0
    raw = plain_name(one.name)
    tails = {raw, plain_name(one.name.rpartition(".")[2]), plain_name(re.sub(r"[（(].*?[)）]", "", one.name))}
    best = 0.0
    for rank, word in enumerate(words):
        sure = 1.0 - 0.02 * rank
        if tails & {word}:
            best = max(best, sure)
        elif len(word) > 2 and any(word in tail or (len(tail) > 2 and tail in word) for tail in tails):
            best = max(best, 0.75 * sure * min(len(word) / max(len(raw), 1), 1.0) ** 0.5)
    return best * _fits(name, column, one) if best else 0.0


def _fits(name: str, column: Column, one: Seen) -> float:
    """Return whether values can be of a field: 1 they are, 0 they cannot."""
    if one.filled == 0:
        return 1.0
    if name in TIMES or column.type in ("date", "datetime"):
        return 1.0 if one.times > 0.5 else 0.0
    if column.codes == "regions":
        return 1.0 if one.regions > 0.3 else 0.4
    if column.codes in one.of_list:
        return 1.0 if one.of_list[column.codes] > 0.3 else 0.55
    if column.type.startswith(("int", "float")):
        return 1.0 if one.numbers > 0.5 else 0.1
    if name == "url":
        return 1.0 if one.addresses > 0.5 else 0.2
    if name in ("phone",):
        return 1.0 if one.phones > 0.3 else 0.6
    if column.required and name.endswith("_id") and name != "site_id":
        return 1.0 if one.distinct > 0.9 else 0.2
    if name == "title":
        return 1.0 if 2 < one.usual < 120 and one.times < 0.5 and one.numbers < 0.5 else 0.3
    if name in LONG:
        return 1.0 if one.usual >= 8 and one.times < 0.5 else 0.4
    return 0.2 if one.usual > 200 else 1.0


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


def as_yaml(draft: Draft, location: Path) -> str:
    """Return the draft as a catalog file, with its notes as comments."""

    def quote(text: object) -> str:
        return json.dumps(str(text), ensure_ascii=False)  # YAML reads JSON

    lines = [
        "# 由 shuju source new 起草，请核对每一行；核对用 shuju check --catalog 本文件 --sample 数据文件"
    ]
    lines += [f"# - {note}" for note in draft.notes]
    lines += [
        "version: 1", "sources:", f"  {draft.name}:", f"    title: {quote(draft.name)}", '    licence: "（请写明）"',
        "    refresh: monthly", f"    location: {quote(location)}", "    inputs:", f"      - table: {draft.table}",
        f"        reader: {draft.reader}", f"        files: {quote(draft.pattern)}",
    ]  # fmt: skip
    if draft.options:
        lines.append(f"        options: {json.dumps(dict(draft.options), ensure_ascii=False)}")
    lines.append("        fields:")
    for name, raw in draft.fields.items():
        more = [f"as: [{draft.transforms[name]}]"] if name in draft.transforms else []
        if name not in ("title", "body") and name in _UNSURE:
            more.append("invalid: empty")
        made = f"{{from: {quote(raw)}, {', '.join(more)}}}" if more else quote(raw)
        lines.append(f"          {name}: {made}")
    lines += [f"          {name}: {{const: {quote(value)}}}" for name, value in draft.constants.items()]
    if draft.unused:
        lines.append(f"# 没有用到的字段：{'、'.join(name.replace(chr(10), ' ') for name in draft.unused)}")
    return "\n".join(lines) + "\n"


# Values that one source writes otherwise than the next: left empty and flagged rather than quarantined.
_UNSURE = (
    *("region_code", "topic_1", "motive", "status", "channel", "writer_sex", "satisfaction", "birth_year"),
    *("replied_at", "closes_on", "likes", "dislikes"),
)
