"""Fact tables on disk: segments of memory-mapped Arrow IPC, named by a small JSON manifest.

A segment never changes once it is named. Writers write new segments, then replace the manifest
in one step; readers map every segment when they open, so what they hold stays readable whatever
is written, merged or deleted afterwards.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shuju.clock import now
from shuju.facts.encode import DAY_SECONDS, Batch, CodeLists, encode, new_code_lists, record_batches
from shuju.facts.schema import (
    SECOND,
    UNKNOWN,
    Bins,
    Codes,
    Days,
    FactSchema,
    FactsError,
    from_json,
    to_json,
)

SEGMENT_ROWS = 1 << 22
SMALL_ROWS = 1 << 17
SMALL_SEGMENTS = 32
MANIFEST = "manifest.json"

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Segment:
    """Rows of one file: ``data`` is the whole file, ``offsets`` and ``dtypes`` say where columns are in it.

    Rows are ordered by time, oldest first, unknown times before all.
    """

    data: np.ndarray
    rows: int
    offsets: Mapping[str, int]
    dtypes: Mapping[str, np.dtype]

    def column(self, name: str) -> np.ndarray:
        """Return the column as a read-only view of the file."""
        start, dtype = self.offsets[name], self.dtypes[name]
        return self.data[start : start + self.rows * dtype.itemsize].view(dtype)


@dataclass(frozen=True)
class Facts:
    """One version of a fact table, open for reading; it never changes, and threads may share it.

    ``version`` counts the writes, ``source_version`` is the writer's (the version of the
    library's table), ``as_of`` the moment of writing (Asia/Shanghai). A row is known by its
    position, 0 to ``n - 1``, which holds within this version; locators hold for ever.
    """

    path: Path
    schema: FactSchema
    version: int
    source_version: str | int | None
    as_of: datetime
    segments: tuple[Segment, ...]
    code_lists: Mapping[str, tuple[str, ...]]
    last_days: Mapping[str, int]

    @cached_property
    def n(self) -> int:
        """The number of rows."""
        return int(self.starts[-1])

    @cached_property
    def starts(self) -> np.ndarray:
        """The position at which each segment begins, and at last ``n``."""
        return np.concatenate([[0], np.cumsum([s.rows for s in self.segments], dtype=np.int64)]).astype(
            np.int64
        )

    def size(self, name: str) -> int:
        """Return how many codes the dimension has, 0 (unknown) included."""
        match self.schema.dimension(name):
            case Codes():
                return len(self.code_lists[name]) + 1
            case Days():
                return self.last_days[name] + 1
            case Bins() as bins:
                return len(bins.edges) + 2

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the label of every code; days as ``2024-07-29``."""
        return self._labels[name]

    @cached_property
    def _labels(self) -> Mapping[str, tuple[str, ...]]:
        labels = {}
        for dimension in self.schema.dimensions:
            match dimension:
                case Codes(name):
                    known = self.code_lists[name]
                case Days(name) as days:
                    known = tuple(days.day(code).isoformat() for code in range(1, self.size(name)))
                case Bins(name) as bins:
                    known = bins.labels
            labels[name] = (dimension.null, *known)
        return labels

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, int]]:
        """For each dimension the code of every label."""
        return {
            name: {label: code for code, label in enumerate(labels)} for name, labels in self._labels.items()
        }

    def coordinate(self, name: str) -> np.ndarray:
        """Return the labels as an array: ``datetime64[s]`` with NaT for unknown, or Python strings."""
        if isinstance(self.schema.dimension(name), Days):
            return np.array(["NaT", *self.labels(name)[1:]], "datetime64[s]")
        return np.array(self.labels(name), object)

    def parts(self, name: str) -> tuple[np.ndarray, ...]:
        """Return the column of each segment as a read-only view; widths may differ between segments."""
        return tuple(segment.column(name) for segment in self.segments)

    def column(self, name: str) -> np.ndarray:
        """Return the whole column: a view if there is one segment, else a copy. O(n)."""
        parts = self.parts(name)
        return parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, np.uint8)])

    def take(self, name: str, positions: np.ndarray) -> np.ndarray:
        """Return the column's values at ``positions`` (int64, any order). O(k)."""
        positions = np.asarray(positions, np.int64)
        parts = self.parts(name)
        taken = np.empty(len(positions), np.result_type(*parts) if parts else np.uint8)
        where = np.searchsorted(self.starts, positions, side="right") - 1
        for number in np.unique(where):
            here = where == number
            taken[here] = parts[number][positions[here] - self.starts[number]]
        return taken

    def times(self, positions: np.ndarray) -> np.ndarray:
        """Return the time of each row as ``datetime64[s]``, NaT where unknown; before the epoch, its eve."""
        days = self.schema.dimension(self.schema.time)
        codes = self.take(days.name, positions).astype(np.int64)
        seconds = self.take(SECOND, positions).astype(np.int64)
        times = (
            np.datetime64(days.epoch, "s").astype(np.int64) + (codes - 2) * DAY_SECONDS + seconds
        ).astype("datetime64[s]")
        return np.where(codes == UNKNOWN, np.datetime64("NaT", "s"), times)


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
        old = _read_manifest(path) if (path / MANIFEST).exists() else None
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
        old = _read_manifest(path)
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


def open_facts(path: Path) -> Facts:
    """Open the newest version. O(segments), whatever the number of rows.

    Raises:
        FactsError: there is no fact table, or a file of it is gone.
    """
    path = Path(path)
    manifest = _read_manifest(path)
    while True:
        try:
            segments = tuple(_map(path / entry["file"], entry["rows"]) for entry in manifest["segments"])
            break
        except FileNotFoundError:
            # A writer may have merged segments since the manifest was read.
            newer = _read_manifest(path)
            if newer["version"] == manifest["version"]:
                raise FactsError(f"事实表 {path} 的文件不全，请重建") from None
            manifest = newer
    return Facts(
        path=path,
        schema=from_json(manifest["schema"]),
        version=manifest["version"],
        source_version=manifest["source_version"],
        as_of=datetime.fromisoformat(manifest["as_of"]),
        segments=segments,
        code_lists={name: tuple(labels) for name, labels in manifest["labels"].items()},
        last_days=manifest["last_days"],
    )


def facts_version(path: Path) -> int:
    """Return the newest version's number, to see cheaply whether to open again."""
    return _read_manifest(Path(path))["version"]


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


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        return json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise FactsError(f"没有事实表 {path}") from None
    except ValueError:
        raise FactsError(f"事实表的清单 {path / MANIFEST} 已损坏，请重建") from None


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
    segment = _map(path / entry["file"], entry["rows"])
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
    segments = _read_manifest(path)["segments"] if (path / MANIFEST).exists() else []
    named = {entry["file"] for entry in segments}
    for file in path.glob("*.arrow"):
        if file.name not in named:
            file.unlink()


def _map(path: Path, rows: int) -> Segment:
    source = pa.memory_map(str(path))
    whole = source.read_buffer(source.size())
    try:
        batch = pa.ipc.open_file(whole).get_batch(0)
    except pa.ArrowInvalid:
        raise FactsError(f"事实表的文件 {path} 已损坏，请重建") from None
    if batch.num_rows != rows:
        raise FactsError(f"事实表的文件 {path} 与清单不符，请重建")
    offsets = {
        name: column.buffers()[1].address - whole.address + column.offset * column.type.byte_width
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    dtypes = {field.name: np.dtype(field.type.to_pandas_dtype()) for field in batch.schema}
    return Segment(np.frombuffer(whole, np.uint8), rows, offsets, dtypes)
