"""From raw rows to standard rows: map, normalise, convert, derive, validate, protect, hash.

Each step works on whole columns. A row that fails leaves with its reason; the others are not touched
by it.

Long, since the steps of a row are read in order.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.catalog import Column, FieldMapping, Input, Table
from shuju.library.batch import RawBatch
from shuju.library.conversion import convert
from shuju.library.findings import Finding, Words, found_in, half_width
from shuju.library.hashing import hash_columns
from shuju.library.raw_columns import joined, raw_column, within
from shuju.library.schema import content_schema
from shuju.standard import code_list, province, regions
from shuju.text import personal
from shuju.text.characters import NUL, REPLACEMENT, scan

EARLIEST = np.datetime64("1949-10-01", "us")
FUTURE_TOLERANCE = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Context:
    """What standardising needs to know beside the rows: where the source is, the sites, the present.

    ``is_retry``: the rows come from the quarantine.
    """

    location: Path
    now: dt.datetime
    site_library: Mapping[str, str] = field(default_factory=dict)
    site_region: Mapping[str, str] = field(default_factory=dict)
    is_retry: bool = False


@dataclass(frozen=True)
class Standardised:
    """The good rows as standard columns with hashes, and the rest with their reasons.

    ``at`` (int64) gives, for each good row, its position among ``batch.row_numbers``; ``rejected`` holds
    (position, reason). ``private`` has one row for each position in ``private_at``. ``findings`` are to be told of the file.
    """

    rows: pa.Table
    at: np.ndarray
    rejected: Sequence[tuple[int, str]]
    findings: Sequence[Finding]
    private: pa.Table | None = None
    private_at: np.ndarray | None = None


class _Faults:
    """The first reason found against each row, and the flags of fields that were left empty."""

    def __init__(self, n: int) -> None:
        self.reason = np.full(n, None, object)
        self.flags = np.full(n, None, object)
        self.findings: list[Finding] = []

    def add(self, hit: np.ndarray, reason: str) -> None:
        self.reason[hit & (self.reason == None)] = reason  # noqa: E711 - elementwise

    def flag(self, hit: np.ndarray, name: str) -> None:
        for i in np.flatnonzero(hit):
            self.flags[i] = name if self.flags[i] is None else f"{self.flags[i]},{name}"


def standardise(
    batch: RawBatch, entry: Input, table: Table, companion: Table | None, context: Context
) -> Standardised:
    """Return a batch of raw rows as rows of ``table``, and of its private companion if it has one.

    O(bytes); no step loops over rows except over those at fault.
    """
    n = len(batch.row_numbers)
    faults = _Faults(n)
    columns = _columns_of(entry.fields, table, batch, context, faults)
    _derive(columns, table, context, faults)
    _validate(columns, table, context, faults)
    private = None
    if companion is not None:
        extra = {k: v for k, v in entry.fields.items() if k not in table.columns}
        private = _columns_of(extra, companion, batch, context, faults)
        private |= {name: columns[name] for name in companion.columns if name in columns}
        _check_text(private, companion, faults)
    contacts = _protect(columns, table, context)
    good = faults.reason == None  # noqa: E711 - elementwise
    at = np.flatnonzero(good)
    rows = _table(columns, content_schema(table), n)
    rows = rows.append_column("quality_flags", pa.array(faults.flags, pa.string()))
    rows = _hashed(rows if len(at) == n else rows.take(pa.array(at)), table)
    rejected = [(int(i), str(faults.reason[i])) for i in np.flatnonzero(~good)]
    if private is None or companion is None:
        return Standardised(rows, at, rejected, faults.findings)
    private["found_in_text"] = contacts
    return Standardised(rows, at, rejected, faults.findings, *_private_rows(private, companion, good, n))


def _columns_of(
    fields: Mapping[str, FieldMapping], table: Table, batch: RawBatch, context: Context, faults: _Faults
) -> dict[str, pa.Array]:
    """Map and convert the fields; rows whose value cannot be converted get a fault or a flag."""
    n = len(batch.row_numbers)
    columns: dict[str, pa.Array] = {}
    for name, mapping in fields.items():
        if name not in table.columns:
            continue
        column = table.columns[name]
        words = Words()
        raw = raw_column(mapping, batch.rows, context.location, n, words)
        _note(found_in(raw, words, name, column, table.private), faults)
        flags = scan(raw)
        _check_characters(flags, column, faults)
        if column.type == "string" and name.endswith("_id"):
            raw, wide = half_width(raw)
            faults.findings += [Finding(name, "wide", wide)] if len(wide) else []
        if column.type == "string":
            raw = _check_digits(raw, name, name == table.key, column, faults)
        values, bad = convert(raw, column, flags)
        for reason, hit in bad:
            if mapping.invalid == "empty":
                faults.flag(hit, name)
            else:
                faults.add(hit, reason)
        if mapping.within is not None:
            beside, _ = convert(
                inner := raw_column(mapping.within, batch.rows, context.location, n, Words()),
                column,
                scan(inner),
            )
            values = within(values, beside)
        columns[name] = values
    return columns


def _note(findings: Iterable[Finding], faults: _Faults) -> None:
    """Keep what was found; an error of a spreadsheet, which is left empty, is flagged too."""
    for finding in findings:
        faults.findings.append(finding)
        if finding.kind == "error_word":
            hit = np.zeros(len(faults.reason), bool)
            hit[finding.at] = True
            faults.flag(hit, finding.field)


def _check_characters(flags: np.ndarray, column: Column, faults: _Faults) -> None:
    for flag, reason in ((NUL, "含有 NUL 字符"), (REPLACEMENT, "编码有误，有无法识别的文字")):
        hit = flags & flag != 0
        if hit.any():
            faults.add(hit, f"{column.name}{reason}")


# 2.02407E+13, as spreadsheets write long numbers; and what 15 exact digits leave of a longer one.
_SCIENTIFIC = r"^\s*[+-]?\d(?:\.\d+)?[eE]\+\d{1,3}\s*$"
_ROUNDED = r"^\d{15}0+$"


def _check_digits(raw: pa.Array, name: str, is_key: bool, column: Column, faults: _Faults) -> pa.Array:
    """Find numbers of which a spreadsheet kept only the first digits: a key is at fault, another field is left empty."""
    spoilt = np.zeros(len(raw), bool)
    if pc.any(
        pc.match_substring(raw, "+")
    ).as_py():  # the expression takes longer, and most columns hold none
        spoilt = np.asarray(pc.fill_null(pc.match_substring_regex(raw, _SCIENTIFIC), False))
    if is_key or column.required:
        word = "编号" if is_key else "数字"
        faults.add(spoilt, f"{column.name}：{word}被改成科学计数法，请以文本格式重新导出")
        if is_key:
            faults.add(_rounded(raw), f"{column.name}：编号末尾的数字被舍去成 0，请以文本格式重新导出")
        return raw
    if not spoilt.any():
        return raw
    faults.flag(spoilt, name)
    return pc.if_else(pa.array(spoilt), None, raw)


def _rounded(raw: pa.Array) -> np.ndarray:
    """Tell keys of more than 15 digits that end in zeros, where all long keys of the batch do."""
    none = np.zeros(len(raw), bool)
    if (pc.max(pc.binary_length(raw)).as_py() or 0) < 16:
        return none
    long = np.asarray(pc.fill_null(pc.match_substring_regex(raw, r"^\d{16,}$"), False))
    if not long.any():
        return none
    zeros = np.asarray(pc.fill_null(pc.match_substring_regex(raw, _ROUNDED), False))
    return zeros if zeros.sum() == long.sum() and (zeros.sum() > 1 or len(raw) == 1) else none


def _derive(columns: dict[str, pa.Array], table: Table, context: Context, faults: _Faults) -> None:
    """Fill what follows from other fields: the library, the region, the age band."""
    n = len(faults.reason)
    if (
        "site_id" in columns
        and "region_code" in table.columns
        and "region_code" not in columns
        and context.site_region
    ):
        columns["region_code"] = _mapped(columns["site_id"], context.site_region)
    if "library" in table.columns and "library" not in columns:
        known: list[pa.Array] = []
        if "site_id" in columns and context.site_library:
            known.append(_mapped(columns["site_id"], context.site_library))
        if "region_code" in columns:
            known.append(_mapped(columns["region_code"], _library_of_region()))
        columns["library"] = (
            pc.coalesce(*known, pa.scalar(province().code)) if known else pa.repeat(province().code, n)
        )
    if (
        "age_band" in table.columns
        and "age_band" not in columns
        and {"birth_year", "written_at"} <= set(columns)
    ):
        columns["age_band"] = _age_bands(columns["birth_year"], columns["written_at"])


def _mapped(column: pa.Array, mapping: Mapping[str, str]) -> pa.Array:
    keys, values = pa.array(list(mapping), pa.string()), pa.array(list(mapping.values()), pa.string())
    return values.take(pc.index_in(column, keys))


def _library_of_region() -> dict[str, str]:
    return {r.code: r.code if r.level != "county" else str(r.parent_code) for r in regions()}


def _age_bands(birth_year: pa.Array, written_at: pa.Array) -> pa.Array:
    age = pc.subtract(pc.year(written_at), birth_year.cast(pa.int64()))
    bands = code_list("age_bands").codes
    bounds = pa.array([18, 30, 40, 50, 60, 70], pa.int64())
    place = np.searchsorted(bounds.to_numpy(), np.asarray(pc.fill_null(age, 0)), side="right")
    known = pc.fill_null(pc.and_(pc.greater_equal(age, 0), pc.less_equal(age, 120)), False)
    return pc.if_else(known, pa.array(bands, pa.string()).take(pa.array(place)), None)


def _validate(columns: dict[str, pa.Array], table: Table, context: Context, faults: _Faults) -> None:
    n = len(faults.reason)
    now = np.datetime64(context.now, "us")
    for name, column in table.columns.items():
        values = columns.get(name)
        if values is None:
            if column.required:
                faults.add(np.ones(n, bool), f"缺少{column.name}")
            continue
        if column.required:
            faults.add(np.asarray(values.is_null()), f"缺少{column.name}")
        if column.type == "datetime":
            times = values.to_numpy(zero_copy_only=False)
            faults.add(times > now + FUTURE_TOLERANCE, f"{column.name}晚于入库时间")
            faults.add(times < EARLIEST, f"{column.name}早于 1949 年 10 月")
        if column.refers_to == "sites" and context.site_library:
            known = pc.is_in(values, pa.array(list(context.site_library), pa.string()))
            faults.add(np.asarray(pc.and_(values.is_valid(), pc.invert(known))), f"{column.name}不在网站表中")
    _check_text(columns, table, faults)


def _check_text(columns: Mapping[str, pa.Array], table: Table, faults: _Faults) -> None:
    for name, column in table.columns.items():
        if column.max_length is not None and name in columns:
            # Bytes bound characters, so that most columns need no counting of characters.
            if (pc.max(pc.binary_length(columns[name])).as_py() or 0) <= column.max_length:
                continue
            long = pc.greater(pc.utf8_length(columns[name]), column.max_length)
            faults.add(
                np.asarray(pc.fill_null(long, False)), f"{column.name}过长，超过 {column.max_length:,} 个字符"
            )


def _protect(columns: dict[str, pa.Array], table: Table, context: Context) -> pa.Array | None:
    """Mask personal data in titles and texts; return what was found where a person wrote."""
    contacts: list[pa.Array] = []
    for name, column in table.columns.items():
        if (
            name in columns
            and (column.type == "text" or column.personal or name == "title")
            and not table.private
        ):
            columns[name], found = personal.mask_array(columns[name])
            if context.is_retry:  # the quarantine kept what an identity number tells
                columns[name] = pc.replace_substring_regex(
                    columns[name], r"\[身份证号 \d{4} [男女]\]", "[身份证号]"
                )
            if column.personal:
                contacts.append(found)
    return joined(contacts, "\n") if contacts else None


def _table(columns: Mapping[str, pa.Array], schema: pa.Schema, n: int) -> pa.Table:
    arrays = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(n, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _hashed(rows: pa.Table, table: Table) -> pa.Table:
    content = rows.select(list(table.columns))
    return rows.append_column("key_hash", pa.array(hash_columns(content.select([table.key])))).append_column(
        "content_hash", pa.array(hash_columns(content))
    )


def _private_rows(
    columns: dict[str, pa.Array], companion: Table, good: np.ndarray, n: int
) -> tuple[pa.Table, np.ndarray]:
    """Return the companion's rows: those good rows that hold anything private."""
    shared = {companion.key, companion.time, *companion.partition_by}
    own = [
        pc.not_equal(pc.fill_null(c, ""), "") for k, c in columns.items() if k not in shared and c is not None
    ]
    holds = np.zeros(n, bool)
    for column in own:
        holds |= np.asarray(column)
    at = np.flatnonzero(good & holds)
    present = {k: v for k, v in columns.items() if v is not None}
    for name in (
        present.keys() & {c for c in companion.columns if companion.columns[c].type == "string"} - shared
    ):
        present[name] = _without_identity_numbers(present[name])
    if "found_in_text" in present:
        present["found_in_text"] = pc.if_else(
            pc.equal(present["found_in_text"], ""), None, present["found_in_text"]
        )
    rows = _table(present, content_schema(companion), n)
    rows = rows.append_column("quality_flags", pa.nulls(n, pa.string()))
    return _hashed(rows.take(pa.array(at)), companion), at


def _without_identity_numbers(column: pa.Array) -> pa.Array:
    masked, _ = personal.mask_array(column)
    changed = np.flatnonzero(np.asarray(pc.fill_null(pc.not_equal(masked, column), False)))
    if not len(changed):
        return column
    values = np.array(column.to_pylist(), object)
    values[changed] = [personal.without_identity_numbers(values[i]) for i in changed]
    return pa.array(values, pa.string())


def raw_row(batch: RawBatch, position: int) -> str:
    """Return one raw row as JSON, for the quarantine."""
    row = batch.rows.slice(position, 1).to_pylist()[0]
    return json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False)
