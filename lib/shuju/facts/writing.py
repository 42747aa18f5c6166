"""Fact tables written: new segments, then the manifest in one step; one writer at a time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.clock import now
from shuju.facts.encode import DAY_SECONDS, Batch, CodeLists, encode, new_code_lists, record_batches
from shuju.facts.schema import SECOND, Days, FactSchema, FactsError, from_json, to_json
from shuju.facts.store import MANIFEST, Facts, map_segment, open_facts, read_manifest

SEGMENT_ROWS = 1 << 22
SMALL_ROWS = 1 << 17
SMALL_SEGMENTS = 32

Columns = dict[str, np.ndarray]


def write_facts(
    path: Path, schema: FactSchema, batches: Iterable[Batch], source_version: str | int | None = None
) -> Facts:
    """Write the table anew from ``batches`` (Arrow or pandas) and return it open.

    Where a table of the same schema stands already, its codes keep their meaning.
    O(n log n) for the order of time; memory is bounded by one segment.

    Raises:
        FactsError: a column is missing or of the wrong type; what was there before still is.
    """
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    with _writing(path):
        old = read_manifest(path) if (path / MANIFEST).exists() else None
        keep = old is not None and from_json(old["schema"]) == schema
        new = _Manifest(
            schema,
            version=old["version"] + 1 if old else 1,
            lists=_code_lists(old) if keep else new_code_lists(schema),
            last_days=dict(old["last_days"]) if keep else {},
            segments=[],
        )
        _add(path, new, batches)
        _publish(path, new, source_version)
    return open_facts(path)


def append_facts(
    path: Path,
    batches: Iterable[Batch],
    source_version: str | int | None = None,
    replaced: tuple[str, Iterable[int]] | None = None,
) -> Facts:
    """Add the rows of ``batches`` as new segments and return the table open. O(rows added).

    Once there are many small segments they are merged, so that one append moves a bounded
    number of older rows on average. ``replaced`` is a locator's name and values: rows that have
    one of them are dropped first (a record was revised), which reads that column and rewrites
    the segments concerned.
    """
    path = Path(path)
    with _writing(path):
        old = read_manifest(path)
        new = _Manifest(
            from_json(old["schema"]),
            version=old["version"] + 1,
            lists=_code_lists(old),
            last_days=dict(old["last_days"]),
            segments=list(old["segments"]),
        )
        if replaced is not None:
            _drop(path, new, *replaced)
        _add(path, new, batches)
        _merge_small(path, new)
        _publish(path, new, source_version)
    return open_facts(path)


@dataclass
class _Manifest:
    """The next version while it is being written."""

    schema: FactSchema
    version: int
    lists: CodeLists
    last_days: dict[str, int]
    segments: list[dict[str, Any]]
    files: int = 0


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Hold the only right to write; the system drops it if the process dies."""
    if not path.is_dir():
        raise FactsError(f"没有事实表 {path}")
    with (path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            _sweep(path)


def _code_lists(manifest: Mapping[str, Any]) -> CodeLists:
    return {
        name: {label: code for code, label in enumerate(labels, start=1)}
        for name, labels in manifest["labels"].items()
    }


def _add(path: Path, new: _Manifest, batches: Iterable[Batch]) -> None:
    waiting: list[Columns] = []
    rows = 0
    for batch in record_batches(batches, new.schema.columns):
        waiting.append(encode(new.schema, new.lists, batch))
        rows += batch.num_rows
        if rows >= SEGMENT_ROWS:
            _write_segment(path, new, _together(waiting))
            waiting, rows = [], 0
    if rows:
        _write_segment(path, new, _together(waiting))


def _together(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _write_segment(path: Path, new: _Manifest, columns: Columns) -> None:
    """Order ``columns`` by time, narrow the codes, write them as one record batch and name the file."""
    for dimension in new.schema.dimensions:
        codes = columns[dimension.name]
        largest = int(codes.max())
        if isinstance(dimension, Days):
            new.last_days[dimension.name] = max(new.last_days.get(dimension.name, 0), largest)
        narrow = np.min_scalar_type(largest)
        columns[dimension.name] = codes.astype(narrow if narrow.itemsize <= 2 else np.int32)
    time = new.schema.time
    if time is not None:
        key = columns[time].astype(np.int64) * DAY_SECONDS + columns[SECOND]
        if np.any(key[1:] < key[:-1]):
            order = np.argsort(key, kind="stable")
            columns = {name: values[order] for name, values in columns.items()}
    batch = pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()})
    name = f"{new.version:08d}-{new.files:04d}.arrow"
    with (path / name).open("wb") as file:
        with pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())
    new.files += 1
    new.segments.append({"file": name, "rows": batch.num_rows})


def _load(path: Path, entry: Mapping[str, Any]) -> Columns:
    segment = map_segment(path / entry["file"], entry["rows"])
    return {name: segment.column(name) for name in segment.offsets}


def _merge_small(path: Path, new: _Manifest) -> None:
    small = [entry for entry in new.segments if entry["rows"] < SMALL_ROWS]
    if len(small) < SMALL_SEGMENTS:
        return
    new.segments = [entry for entry in new.segments if entry["rows"] >= SMALL_ROWS]
    _write_segment(path, new, _together([_load(path, entry) for entry in small]))


def _drop(path: Path, new: _Manifest, locator: str, values: Iterable[int]) -> None:
    if locator not in new.schema.locators:
        raise FactsError(f"{locator!r} 不是定位列；现有：{'、'.join(new.schema.locators) or '（无）'}")
    gone = pa.array(np.fromiter(values, np.int64))
    entries, new.segments = new.segments, []
    for entry in entries:
        columns = _load(path, entry)
        kept = ~pc.is_in(pa.array(columns[locator]), value_set=gone).to_numpy(zero_copy_only=False)
        if kept.all():
            new.segments.append(entry)
        elif kept.any():
            _write_segment(path, new, {name: column[kept] for name, column in columns.items()})


def _publish(path: Path, new: _Manifest, source_version: str | int | None) -> None:
    """Make the new version the newest, in one step."""
    days = [d.name for d in new.schema.dimensions if isinstance(d, Days)]
    manifest = {
        "version": new.version,
        "source_version": source_version,
        "as_of": now().isoformat(timespec="seconds"),
        "schema": to_json(new.schema),
        "labels": {name: list(codes) for name, codes in new.lists.items()},
        "last_days": {name: new.last_days.get(name, 0) for name in days},
        "segments": new.segments,
    }
    draft = path / f"{MANIFEST}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path / MANIFEST)


def _sweep(path: Path) -> None:
    """Delete the segments that no manifest names: merged, replaced, or left by a write that failed."""
    segments = read_manifest(path)["segments"] if (path / MANIFEST).exists() else []
    named = {entry["file"] for entry in segments}
    for file in path.glob("*.arrow"):
        if file.name not in named:
            file.unlink()
