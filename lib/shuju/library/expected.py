"""What a catalog expects of a file: the raw fields that it names, held against those that the file has.

A field that is not there would be stored as empty without a word. A column (CSV, workbook, Parquet, query, feed) that is
missing stops the file, unless the mapping has another raw field to take, or is ``optional``. Rows of JSON need not all have the
same fields, and many systems leave out what is empty: a path that none of the first rows has stops the file where a field that the
catalog does not take has a like name, and is told else. Pages come one by one: what none of a run fills is told (``unseen``).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import pyarrow as pa

from shuju.catalog import FieldMapping, Input
from shuju.library.batch import RawBatch
from shuju.library.errors import SourceError

TABLES = ("csv", "xlsx", "parquet", "sql", "feed")
NEAR, NEARER = 0.4, 0.6  # likeness of two names
NUMBER = re.compile(r"-?\d+")
_WITHIN_ITEM = re.compile(r"(.+?\.-?\d+)\.(.+)")
HINT_ROWS = 12
SHOWN_NAMES = 40


def list_item(rows: pa.Table, name: str) -> pa.Array | None:
    """Return what ``list.0.field`` names in each row, None if the path begins with no list of the rows."""
    steps = name.split(".")
    for n in range(len(steps) - 1, 0, -1):
        column = ".".join(steps[:n])
        if column in rows.column_names and any(NUMBER.fullmatch(step) for step in steps[n:]):
            texts = rows.column(column).to_pylist()
            return pa.array([_item(text, steps[n:]) for text in texts], pa.string())
    return None


def _item(text: str | None, steps: Sequence[str]) -> str | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
        for step in steps:
            if isinstance(value, list) and NUMBER.fullmatch(step):
                value = value[int(step)]
            elif isinstance(value, dict):
                value = value[step]
            else:
                return None
    except (ValueError, KeyError, IndexError, RecursionError):
        return None
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_expected(entry: Input, unit_name: str, batches: Iterable[RawBatch]) -> Iterator[RawBatch]:
    """Yield the batches under the names of the catalog; a file that lacks what the catalog names is refused.

    Raises:
        SourceError: as ``refuse_missing``.
    """
    names: dict[str, str] | None = None
    for batch in batches:
        missing: Mapping[str, str] = {}
        if names is None and batch.rows.num_columns:
            names = renamed(entry, batch.rows.column_names)
            missing = refuse_missing(entry, unit_name, as_named(batch, names))
        yield replace(as_named(batch, names or {}), missing=missing)


def as_named(batch: RawBatch, names: Mapping[str, str]) -> RawBatch:
    """Return the batch with the columns ``names`` called as the catalog has them."""
    if not names:
        return batch
    return replace(
        batch, rows=batch.rows.rename_columns([names.get(name, name) for name in batch.rows.column_names])
    )


def renamed(entry: Input, columns: Iterable[str]) -> dict[str, str]:
    """Return the columns that the catalog names, but for blanks and the width of signs: as in the file → as in the catalog."""
    columns = list(columns)
    by_look: dict[str, list[str]] = {}
    for column in columns:
        by_look.setdefault(_look(column), []).append(column)
    found = {}
    for name in _names(entry.fields.values()):
        same = by_look.get(_look(name), [])
        if name not in columns and len(same) == 1:
            found[same[0]] = name
    return found


def _look(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).lower()


def _names(mappings: Iterable[FieldMapping]) -> Iterator[str]:
    for mapping in mappings:
        yield from mapping.source
        yield from _names(inner for inner in (mapping.otherwise, mapping.within) if inner is not None)


def missing_fields(entry: Input, columns: Iterable[str]) -> dict[str, str]:
    """Return the fields that a file with ``columns`` cannot fill: standard field → the raw field that is not there."""
    known = set(columns)
    return {
        field: found
        for field, mapping in entry.fields.items()
        if (found := _missing(mapping, known)) is not None
    }


def _missing(mapping: FieldMapping, known: set[str]) -> str | None:
    if mapping.optional or mapping.const is not None:
        return None
    lacking = [name for name in mapping.source if not _is_there(name, known)]
    if mapping.join is not None and lacking:
        return lacking[0]
    if len(lacking) < len(mapping.source):
        return None
    if mapping.otherwise is not None:
        return lacking[0] if _missing(mapping.otherwise, known) is not None else None
    return lacking[0]


def _is_there(name: str, known: set[str]) -> bool:
    if name in known:
        return True
    steps = name.split(".")
    return any(
        ".".join(steps[:n]) in known and NUMBER.fullmatch(steps[n]) is not None for n in range(1, len(steps))
    )


def filled(rows: pa.Table) -> set[str]:
    """Return the raw fields that hold a value in any of the rows."""
    return {name for name in rows.column_names if rows.column(name).null_count < rows.num_rows}


def unseen(entry: Input, seen: Collection[str]) -> list[str]:
    """Return one sentence for each raw field that the catalog names and none of the pages filled; [] without any page."""
    if not seen:
        return []
    missing = missing_fields(entry, seen)
    return [
        f"字段 {'、'.join(f for f, name in missing.items() if name == raw)}：没有一个网页有 {raw!r}{_perhaps(raw, seen, NEARER)}；"
        "请核对目录中的名称或选择器，确可没有的写 optional: true"
        for raw in dict.fromkeys(missing.values())
    ]


def refuse_missing(entry: Input, unit_name: str, batch: RawBatch) -> dict[str, str]:
    """Refuse a file that lacks what the catalog names, or return what to tell of it by field; ``batch`` are its first rows.

    Raises:
        SourceError: with the names that the file has, the nearest one, and the row that looks like the header.
    """
    columns = batch.rows.column_names
    through_list = _through_list(entry, batch)
    if through_list:
        raise SourceError(f"{unit_name}：{through_list}")
    is_json = entry.reader == "json" and batch.rows.num_rows > 0
    if not (entry.reader in TABLES or is_json) or not columns:
        return {}
    reached = _reached(entry, batch) if is_json else set()
    missing = missing_fields(entry, {*columns, *reached})
    missing |= _unfilled_items(entry, batch) if is_json else {}
    if not missing:
        return {}
    raws = list(dict.fromkeys(missing.values()))
    kind, names = ("字段", _free(entry, columns)) if is_json else ("列", columns)
    if is_json and not any(_near(raw, names, NEARER) for raw in raws):
        return {f: f"{_said(raw, names, kind)}；确可没有的请写 optional: true" for f, raw in missing.items()}
    said = "；".join(_said(raw, names, kind) for raw in raws)
    more = _header_hint(entry, batch) or "若它可有可无，请在目录的该字段写明 optional: true"
    shown = "、".join(columns[:SHOWN_NAMES]) + ("……" if len(columns) > SHOWN_NAMES else "")
    also = "".join(f"。{note}" for note in batch.notes)
    raise SourceError(
        f"{unit_name}：{said.removesuffix('？')}{'？' if said.endswith('？') else '。'}文件的{kind}：{shown}。{more}{also}"
    )


def _reached(entry: Input, batch: RawBatch) -> set[str]:
    """Return the paths whose outer value is empty in all rows: what would lie within it cannot be known."""
    empty = set(batch.rows.column_names) - filled(batch.rows)
    return {
        name for name in _names(entry.fields.values()) if any(name.startswith(f"{outer}.") for outer in empty)
    }


def _unfilled_items(entry: Input, batch: RawBatch) -> dict[str, str]:
    """Return the fields whose one path leads into items of a list that are there, and to nothing within them."""
    found = {}
    for field, mapping in entry.fields.items():
        path = _WITHIN_ITEM.fullmatch(mapping.source[0]) if len(mapping.source) == 1 else None
        if path is None or mapping.optional or mapping.otherwise or path[0] in batch.rows.column_names:
            continue
        items, values = list_item(batch.rows, path[1]), list_item(batch.rows, path[0])
        if items is not None and values is not None and values.null_count == len(values) > items.null_count:
            found[field] = path[0]
    return found


def _free(entry: Input, columns: Sequence[str]) -> list[str]:
    """Return the raw fields that the catalog does not take yet."""
    taken = set(_names(entry.fields.values()))
    return [column for column in columns if column not in taken]


def _near(name: str, columns: Collection[str], likeness: float) -> str | None:
    """Return the raw field whose name, or whose last part, is most like ``name``."""
    found = get_close_matches(name, columns, n=1, cutoff=likeness)
    return found[0] if found else None


def _perhaps(name: str, columns: Collection[str], likeness: float) -> str:
    near = _near(name, columns, likeness)
    return f"，是否为 {near!r}？" if near else ""


def _said(name: str, columns: Sequence[str], kind: str) -> str:
    numbered = [column for column in columns if column.rpartition("#")[0] == name]
    if numbered:
        return f"列名 {name!r} 出现了 {len(numbered)} 次，请在目录中写明 {' 或 '.join(numbered)}"
    near = _near(name, columns, NEAR)
    return f"缺少目录所写的{kind} {name!r}" + (f"，是否已改名为 {near!r}？" if near else "")


def _header_hint(entry: Input, batch: RawBatch) -> str | None:
    """Tell in which row the names seem to stand, where the first rows hold them as values."""
    wanted = {_look(name) for name in _names(entry.fields.values())}
    for number, row in enumerate(batch.rows.slice(0, HINT_ROWS).to_pylist()):
        values = {_look(value) for value in row.values() if value}
        if len(values & wanted) >= max(2, len(wanted) // 2):
            at = int(batch.row_numbers[number]) + 1
            return f"第 {at} 行像是列名：请写 options: {{header: {at}}}"
    for row in batch.broken:
        values = {_look(value) for value in re.split(r"[,\t;]", row.raw)}
        if len(values & wanted) >= max(2, len(wanted) // 2):
            return f"第 {row.row_number + 1} 行像是列名：请写 options: {{header: {row.row_number + 1}}}"
    return None


def _through_list(entry: Input, batch: RawBatch) -> str | None:
    """Return what is wrong with a path that goes through a list, or through a value that has no parts."""
    columns = batch.rows.column_names
    for name in dict.fromkeys(_names(entry.fields.values())):
        steps = name.split(".")
        for n in range(1, len(steps)):
            outer = ".".join(steps[:n])
            if name in columns or outer not in columns or NUMBER.fullmatch(steps[n]):
                continue
            first = next((v for v in batch.rows.column(outer).to_pylist()[:1000] if v), "")
            if first.startswith("["):
                rest = ".".join(steps[n:])
                return (
                    f"{outer!r} 是列表，{name!r} 取不到值；请写 {outer}.0.{rest}（第一项）或 {outer}.-1.{rest}（最后一项），"
                    f"或用 options: {{explode: {outer}}} 使每一项成为一行"
                )
    return None
