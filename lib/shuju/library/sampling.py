"""What a catalog makes of a file, before anything is stored: its first rows, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from shuju.catalog import Catalog, FieldMapping, Input, did_you_mean
from shuju.clock import now
from shuju.library.batch import RawBatch
from shuju.library.errors import LibraryError, SourceError
from shuju.library.expected import as_expected, filled, unseen
from shuju.library.findings import Found
from shuju.library.readers import reader
from shuju.library.reading import PAGE_READERS
from shuju.library.standardise import Context, standardise

LIMIT = 1_000
EXAMPLES = 3
SHOWN = 30


@dataclass(frozen=True)
class FieldSample:
    """What becomes of one field: the raw fields it is made of, how many rows it fills, examples as they would be stored."""

    field: str
    title: str
    raw: str
    n_filled: int
    n_flagged: int
    examples: Sequence[str]


@dataclass(frozen=True)
class Sample:
    """What one input makes of the first rows of a file; ``rejected``: by reason, how many would be quarantined; ``notes`` are to be looked at."""

    source: str
    input_number: int
    table: str
    n_rows: int
    fields: Sequence[FieldSample]
    rejected: Mapping[str, int]
    failure: str | None = None
    notes: Sequence[str] = ()


def sample_file(catalog: Catalog, source: str, path: Path, limit: int = LIMIT) -> list[Sample]:
    """Return what each input of ``source`` that takes such a file makes of its first ``limit`` rows.

    Nothing is written. O(rows).

    Raises:
        LibraryError: no such source or file, no input for it.
    """
    if source not in catalog.sources:
        raise LibraryError(did_you_mean("来源", source, catalog.sources))
    if not path.is_file():
        raise LibraryError(f"{path}：{'是文件夹，请给其中一个文件' if path.is_dir() else '没有这个文件'}")
    inputs = list(enumerate(catalog.sources[source].inputs))
    fitting = [(n, entry) for n, entry in inputs if entry.files is None or path.match(entry.files)]
    if not fitting:
        patterns = "、".join(entry.files or "*" for _, entry in inputs)
        raise LibraryError(f"{path.name}：来源 {source} 不收这样的文件（files: {patterns}）")
    return [_sample(catalog, source, number, entry, path, limit) for number, entry in fitting]


def _sample(catalog: Catalog, source: str, number: int, entry: Input, path: Path, limit: int) -> Sample:
    try:
        batches = list(_first_rows(entry, path, limit))
    except (SourceError, OSError) as error:
        return Sample(source, number, entry.table, 0, (), {}, str(error))
    rejected = Counter(row.reason for batch in batches for row in batch.broken)
    rows = (
        pa.concat_tables([batch.rows for batch in batches], promote_options="default")
        if batches
        else pa.table({})
    )
    n = sum(len(batch.row_numbers) for batch in batches)
    numbers = np.concatenate([batch.row_numbers for batch in batches]) if batches else np.empty(0, np.int64)
    table, companion = catalog.table(entry.table), catalog.tables.get(f"{entry.table}_private")
    made = standardise(RawBatch(rows, numbers), entry, table, companion, Context(path.parent, now()))
    rejected.update(reason for _, reason in made.rejected)
    flags = Counter(
        f for flags in made.rows.column("quality_flags").to_pylist() if flags for f in flags.split(",")
    )
    fields = []
    for name, mapping in entry.fields.items():
        held = made.rows if name in table.columns else made.private
        title = (
            (table.columns.get(name) or companion.columns[name]).name
            if companion
            else table.columns[name].name
        )
        column = held.column(name) if held is not None else pa.nulls(0, pa.string())
        values = column.drop_null()
        examples = [_short(value) for value in values.unique()[:EXAMPLES].to_pylist()]
        if name not in table.columns:
            examples = ["（个人信息，不予显示）"] if examples else []
        fields.append(FieldSample(name, title, raw_fields(mapping), len(values), flags[name], examples))
    found = Found()
    for finding in made.findings:
        found.add(finding, len(finding.at))
    notes = [note for batch in batches for note in (*batch.notes, *dict.fromkeys(batch.missing.values()))]
    notes += unseen(entry, filled(rows)) if entry.reader in PAGE_READERS else ()
    notes += found.told({one.field: one.title for one in fields})
    notes += _empty_fields(entry, fields, made.rows.num_rows)
    n_rows = n + sum(len(b.broken) for b in batches)
    return Sample(source, number, entry.table, n_rows, fields, dict(rejected), notes=notes)


def _empty_fields(entry: Input, fields: Sequence[FieldSample], n: int) -> list[str]:
    """Tell of fields that none of the rows fills, though the catalog does not call them optional."""
    return [
        f"{one.title}（{one.field}）：{n:,} 行都没有值（取自 {one.raw}）"
        for one in fields
        if n and not one.n_filled and not entry.fields[one.field].optional
    ]


def _first_rows(entry: Input, path: Path, limit: int) -> Iterator[RawBatch]:
    module, options, left = reader(entry.reader), entry.reader_options, limit
    for unit in islice(module.units(entry.files, path, options), 1):
        for batch in as_expected(entry, unit.name, module.read(unit, options)):
            yield replace(
                batch,
                rows=batch.rows.slice(0, min(left, batch.rows.num_rows)),
                row_numbers=batch.row_numbers[:left],
            )
            left -= batch.n_read
            if left <= 0:
                return


def raw_fields(mapping: FieldMapping) -> str:
    """Return what a field is made of, in words: 标题、题名 → html_text, or the constant."""
    if mapping.const is not None:
        return f"= {mapping.const}"
    steps = [step if isinstance(step, str) else next(iter(step)) for step in mapping.transforms]
    said = "、".join(mapping.source) + "".join(f" → {step}" for step in steps)
    said += f"；否则 {raw_fields(mapping.otherwise)}" if mapping.otherwise else ""
    return said + (f"；须在 {raw_fields(mapping.within)} 所在的市州内" if mapping.within else "")


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
