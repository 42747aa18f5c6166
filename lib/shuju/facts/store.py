"""Fact tables on disk: segments of memory-mapped Arrow IPC, named by a small JSON manifest.

A segment never changes once it is named. Writers (``writing.py``) write new segments, then replace the manifest
in one step; readers map every segment when they open, so what they hold stays readable whatever
is written, merged or deleted afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from shuju.facts.encode import DAY_SECONDS
from shuju.facts.schema import (
    SECOND,
    UNKNOWN,
    Bins,
    Codes,
    Days,
    FactSchema,
    FactsError,
    from_json,
)

MANIFEST = "manifest.json"


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


class Identity(NamedTuple):
    """What tells rows from all others: where they are, which version of what is there, and which part of it."""

    place: str
    version: Any
    part: Any


@dataclass(frozen=True, eq=False)
class Facts:
    """One version of a fact table, open for reading; it never changes, and threads may share it.

    ``version`` counts the writes, ``source_version`` is the writer's (the version of the
    library's table), ``as_of`` the moment of writing (Asia/Shanghai). A row is known by its
    position, 0 to ``n - 1``, which holds within this version; locators hold for ever. ``part``
    is empty for all rows, else it names the subset.
    """

    path: Path
    schema: FactSchema
    version: int
    source_version: str | int | None
    as_of: datetime
    segments: tuple[Segment, ...]
    code_lists: Mapping[str, tuple[str, ...]]
    last_days: Mapping[str, int]
    part: str = ""

    @property
    def identity(self) -> Identity:
        """What tells these rows from all others."""
        return Identity(str(self.path), self.version, self.part)

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


def open_facts(path: Path) -> Facts:
    """Open the newest version. O(segments), whatever the number of rows.

    Raises:
        FactsError: there is no fact table, or a file of it is gone.
    """
    path = Path(path)
    manifest = read_manifest(path)
    while True:
        try:
            segments = tuple(
                map_segment(path / entry["file"], entry["rows"]) for entry in manifest["segments"]
            )
            break
        except FileNotFoundError:
            # A writer may have merged segments since the manifest was read.
            newer = read_manifest(path)
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
    return read_manifest(Path(path))["version"]


def read_manifest(path: Path) -> dict[str, Any]:
    """Return what the newest version consists of."""
    try:
        return json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise FactsError(f"没有事实表 {path}") from None
    except ValueError:
        raise FactsError(f"事实表的清单 {path / MANIFEST} 已损坏，请重建") from None


def map_segment(path: Path, rows: int) -> Segment:
    """Return a segment's file, memory-mapped."""
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
