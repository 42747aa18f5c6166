"""The draft (起草) of a source from its files: reader, header, mapping by names and contents; for a person to correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from shuju.catalog import Catalog
from shuju.library.draft_keys import joined_key, own_key
from shuju.library.draft_layout import ROWS, options_of, reader_of
from shuju.library.errors import LibraryError, SourceError
from shuju.library.field_names import CONSTANTS, LONG, NAMES
from shuju.library.raw_fields import Seen, look_at, score
from shuju.library.readers import reader
from shuju.library.readers.files import TruncatedFile
from shuju.library.value_words import READ, translations

SHOWN = 8  # values in a note
# What every page gives, where the first is one that not all of them have.
PAGES = ("html", "sitemap")
PAGE_FALLBACKS = {"record_id": "file_name", "title": "title", "published_at": "date"}
LEAST = 0.45  # the least score of a field that is mapped


@dataclass(frozen=True)
class Draft:
    """A source as drafted: ``fields`` maps standard fields to raw ones, ``unused`` are raw fields that fit none;
    ``joined``: fields that several raw ones make together; ``fallbacks``: raw fields to take where the first is
    empty.

    ``notes`` tell what was seen and what a person must decide.
    """

    name: str
    reader: str
    pattern: str
    options: Mapping[str, Any]
    table: str
    fields: Mapping[str, str]
    constants: Mapping[str, str]
    joined: Mapping[str, Sequence[str]]
    fallbacks: Mapping[str, str]
    transforms: Mapping[str, Sequence[Any]]
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
        options, notes = options_of(files[0], kind)
        rows = _rows(files, kind, options)
    except TruncatedFile:
        raise LibraryError(f"{files[0].name}：压缩文件不完整；请重新传送") from None
    if not rows.num_columns:
        raise LibraryError(
            f"{files[0].name}：作为 {kind} 没有读到一行数据；文件可能是空的、只有列名、没有传完，或扩展名与内容不符"
        )
    seen = [look_at(rows.column(i), rows.column_names[i]) for i in range(rows.num_columns)]
    table, fields = _best_table(catalog, seen)
    fields = {name: fields[name] for name in NAMES[table] if name in fields}  # in the order of the standard
    by_name = {one.name: one for one in seen}
    key = catalog.table(table).key
    joined: dict[str, tuple[str, ...]] = {}
    if key not in fields and (found := own_key(seen, set(fields.values()), rows.num_rows)):
        fields[key] = found
        notes.append(f"主键 {key} 取自 {found}（各行互不相同）；请核对它是否稳定不变")
    elif key not in fields and (pair := joined_key(rows, seen)):
        joined[key] = pair
        notes.append(f"主键 {key} 由 {'、'.join(pair)} 相连（各行互不相同）；请核对它是否稳定不变")
    constants = {f: v for f, v in CONSTANTS.get(table, {}).items() if f not in fields}
    missing = [
        f
        for f, c in catalog.table(table).columns.items()
        if c.required and f not in fields | constants | joined and f != "library"
    ]
    if missing:
        notes.append(f"必需的字段没有找到：{'、'.join(missing)}；请补上 from 或 const")
    notes += (f"{c} 是常量，请改成实际的值" for c in constants)
    fallbacks = {
        name: raw
        for name, raw in (PAGE_FALLBACKS.items() if kind in PAGES else ())
        if name in fields and fields[name] != raw and raw in by_name and by_name[fields[name]].filled < 1
    }
    notes += (
        f"必需的字段 {name} 有 {1 - by_name[raw].filled:.0%} 的行没有值，这些行会被隔离；请补上 else，或另选字段"
        for name, raw in fields.items()
        if _is_required(catalog, table, name) and name not in fallbacks and by_name[raw].filled < 1
    )
    used = {*fields.values(), *fallbacks.values(), *(raw for raws in joined.values() for raw in raws)}
    notes += (
        f"{one.name} 中有证件号码：未映射，不入库"
        if one.identity > 0.3
        else f"{one.name} 中有电话号码：按个人信息存放"
        for one in seen
        if one.identity > 0.3 or (one.phones > 0.5 and one.name in used)
    )
    transforms: dict[str, list[Any]] = {
        f: ["html_text"] for f, raw in fields.items() if by_name[raw].tags > 0.2
    }
    for field_name, raw in fields.items():
        translated, unknown = translations(_list_of(catalog, table, field_name), by_name[raw].values)
        if translated:
            transforms.setdefault(field_name, []).append({"map": translated})
        if unknown:
            notes.append(f"{raw} 中有认不出的值：{'、'.join(unknown[:SHOWN])}；请补在 {field_name} 的 map 中")
    return Draft(
        name, kind, _pattern(files), options, table, fields, constants, joined, fallbacks, transforms,
        [one.name for one in seen if one.name not in used], notes,
    )  # fmt: skip


def _is_required(catalog: Catalog, table: str, name: str) -> bool:
    column = catalog.table(table).columns.get(name)
    return column is not None and column.required


def _list_of(catalog: Catalog, table: str, name: str) -> str:
    """Return the code list of a field whose words are known, '' if it has none."""
    column = catalog.table(table).columns.get(name)
    listed = name if name == "satisfaction" else column.codes if column else None
    return listed if listed in READ else ""


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


def _pattern(files: Sequence[Path]) -> str:
    if len(files) == 1:
        return files[0].name
    ends = {"".join(path.suffixes[-2:]) if path.suffix in (".gz", ".zst") else path.suffix for path in files}
    return f"**/*{ends.pop()}" if len(ends) == 1 else "**/*"
