"""Sketches (文本草图) of all records: a thin sample of long runs of characters, kept file by file.

A run of 24 characters that two sites have is one that somebody copied, or the frame of a page; phrases of the office
language are shorter. Passages of a few sentences share at least one sampled run. What is kept lets one find, among all
records, the documents that others carried.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.engine import Pass, beside, run
from shuju.library import Library, loading
from shuju.library.hashing import hash_columns
from shuju.library.partitions import IN_MEMORY
from shuju.library.store import DataFile, StoredTable
from shuju.text.plain import plain
from shuju.text.shingles import sampled_runs, whole

RUN = 24
ONE_IN = 32
SHORT = 256  # characters: texts of fewer are told by their least hashes too
PART_ROWS = 50_000
FORMAT = 2
COLUMNS = ("key_hash", "revision", "site_id", "published_at", "content_source", "body")
_FIELDS = ("hash", "row", "key", "revision", "site", "source", "second")


@dataclass
class Sketches:
    """The sketches of the library's records, as rows in the order of their data files.

    ``key`` (int64) is the record's ``key_hash``, ``site`` (int64) the hash of its site, ``source`` (uint64) the hash of
    the source that it names (0: none), ``revision`` (int16), ``second`` (int64) when it was published, ``is_current`` whether no later
    revision replaced it. ``parts`` hold, file by file, the sampled hashes in order (uint64) and the row within
    the file of each (int32).
    """

    version: int
    files: list[str] = field(default_factory=list)
    n_rows: list[int] = field(default_factory=list)
    parts: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    key: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    site: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    source: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    revision: np.ndarray = field(default_factory=lambda: np.empty(0, np.int16))
    second: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    is_current: np.ndarray = field(default_factory=lambda: np.empty(0, np.bool_))

    def __len__(self) -> int:
        return len(self.key)

    @property
    def starts(self) -> np.ndarray:
        """Return the row at which each file begins, and the number of rows."""
        return np.concatenate([[0], np.cumsum(self.n_rows, dtype=np.int64)]).astype(np.int64)

    def between(self, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the hashes of ``[low, high)`` in order and the row of each, of all current records."""
        hashes, rows = [], []
        for (hashed, row), start in zip(self.parts, self.starts[:-1], strict=True):
            bounds = np.array([low, min(high, 2**64 - 1)], np.uint64)
            first, end = (
                np.searchsorted(hashed, bounds)
                if high < 2**64
                else (np.searchsorted(hashed, bounds[0]), len(hashed))
            )
            hashes.append(hashed[first:end])
            rows.append(row[first:end] + start)
        if not hashes:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        hashed, row = np.concatenate(hashes), np.concatenate(rows)
        current = self.is_current[row]
        hashed, row = hashed[current], row[current]
        order = np.argsort(hashed, kind="stable")
        return hashed[order], row[order]

    def n_hashes(self) -> np.ndarray:
        """Return how many hashes each record has (int32); 0 of what is not current."""
        counts = [np.bincount(row, minlength=n) for (_, row), n in zip(self.parts, self.n_rows, strict=True)]
        return np.where(self.is_current, np.concatenate([np.empty(0, np.int64), *counts]), 0).astype(np.int32)

    def without_hashes(self) -> Sketches:
        """Return the sketches without the hashes that only the search for origins needs: most of their memory."""
        return replace(self, parts=[])


def site_keys(site_ids: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Return the hash (int64) by which the sketches know a site."""
    return hash_columns(pa.table({"site_id": site_ids.cast(pa.string())})).astype(np.int64)


def site_names(sites: pd.DataFrame) -> pd.DataFrame:
    """Return the names of sites as hashes (columns site, source); a name shared by two sites is left out.

    ``sites`` has site_id, name, sponsor.
    """
    key = site_keys(pa.array(sites["site_id"], pa.string()))
    names = pd.concat(
        [
            pd.DataFrame({"site": key, "source": whole(plain(sites[c], with_places=False))})
            for c in ("name", "sponsor")
        ]
    ).drop_duplicates()
    return names[(names["source"] > 0) & ~names["source"].duplicated(keep=False)]


def build_sketches(library: Library, progress: Callable[[int, int], None] | None = None) -> Sketches:
    """Bring the sketches up to the library, one process at a time; return them, new files last.

    ``progress`` hears rows done and rows to do. Data files that are known are not read again. O(characters added); memory: a
    piece of texts a worker, and 30 bytes a record.
    """
    folder = library.home.cache / "spread" / "sketches"
    folder.mkdir(parents=True, exist_ok=True)
    stored = library.stored("records").refresh()
    if not stored.exists:
        return Sketches(-1)
    with library.home.lock("sketches"):
        return _bring_up(folder, stored, progress)


def _bring_up(folder: Path, stored: StoredTable, progress: Callable[[int, int], None] | None) -> Sketches:
    reading, files = loading.plan(stored, None)
    known = _known(folder)
    kept = [path for path in known if path in {f.path for f in files}]
    new = [f for f in files if f.path not in known]
    done, to_do = 0, sum(f.n_rows for f in new)
    for file, sketched in run(SKETCH, new, reading):
        known[file.path] = _write(folder, sketched)
        kept.append(file.path)
        done += file.n_rows
        if progress:
            progress(done, to_do)
    names = {path: known[path] for path in kept}
    _keep(folder, names)
    return _open(folder, names, stored.newest, reading.superseded)


def _known(folder: Path) -> dict[str, str]:
    place = folder / "files.json"
    state = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    return state.get("files", {}) if state.get("format") == FORMAT else {}


def _keep(folder: Path, names: dict[str, str]) -> None:
    fresh = folder / f"files.{uuid.uuid4().hex}.json"
    fresh.write_text(json.dumps({"format": FORMAT, "files": names}), encoding="utf-8")
    fresh.replace(folder / "files.json")
    for path in folder.iterdir():
        if path.is_dir() and path.name not in set(names.values()):
            for part in path.iterdir():
                part.unlink()
            path.rmdir()


def _sketch(file: DataFile, reading: loading.Plan) -> dict[str, np.ndarray]:
    """Sketch one data file, superseded rows included: which rows are superseded changes with later files."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in _FIELDS}
    start = 0
    for rows in pieces(reading, file, COLUMNS):
        texts = plain(rows.column("body"), with_places=False)
        hashed, bounds = sampled_runs(texts, RUN, ONE_IN, SHORT)
        row = np.repeat(np.arange(start, start + len(texts), dtype=np.int32), np.diff(bounds))
        values = {
            "hash": hashed,
            "row": row,
            "key": rows.column("key_hash").to_numpy(),
            "revision": rows.column("revision").to_numpy().astype(np.int16),
            "site": site_keys(rows.column("site_id")),
            "source": whole(plain(rows.column("content_source"), with_places=False)),
            "second": rows.column("published_at").to_numpy().astype("datetime64[s]").astype(np.int64),
        }
        for name, value in values.items():
            found[name].append(value)
        start += len(texts)
    joined = {name: np.concatenate(parts) if parts else np.empty(0) for name, parts in found.items()}
    order = np.argsort(joined["hash"], kind="stable")
    joined["hash"], joined["row"] = joined["hash"][order], joined["row"][order]
    again = (joined["hash"][1:] == joined["hash"][:-1]) & (joined["row"][1:] == joined["row"][:-1])
    once = np.concatenate([np.ones(min(1, len(again) + 1), bool), ~again])[: len(joined["hash"])]
    joined["hash"], joined["row"] = joined["hash"][once], joined["row"][once]
    return joined


def piece_cost(file: DataFile) -> int:
    """Return about how many bytes one piece of a data file takes in memory."""
    return IN_MEMORY * file.n_bytes * min(file.n_rows, PART_ROWS) // max(file.n_rows, 1)


SKETCH = Pass("取文本草图", _sketch, join=beside, cost=piece_cost)


def _write(folder: Path, sketched: dict[str, np.ndarray]) -> str:
    name = uuid.uuid4().hex
    (folder / name).mkdir()
    for column, values in sketched.items():
        np.save(folder / name / f"{column}.npy", values)
    return name


def pieces(reading: loading.Plan, file: DataFile, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield all rows of a data file, superseded ones too, in parts of ``PART_ROWS`` at most, in order."""
    scanner = reading.dataset([file]).scanner(columns=list(columns), batch_size=PART_ROWS, use_threads=False)
    for batch in scanner.to_batches():
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def _open(folder: Path, names: dict[str, str], version: int, superseded: loading.Superseded) -> Sketches:
    found: dict[str, list[np.ndarray]] = {name: [] for name in _FIELDS}
    for name in names.values():
        for column in _FIELDS:
            found[column].append(np.load(folder / name / f"{column}.npy", mmap_mode="r"))
    key, revision, site, source, second = (
        np.concatenate(found[c]) if found[c] else np.empty(0, np.int64)
        for c in ("key", "revision", "site", "source", "second")
    )
    is_current = np.ones(len(key), bool)
    if len(superseded.keys):
        at = np.minimum(np.searchsorted(superseded.keys, key), len(superseded.keys) - 1)
        is_current = ~((superseded.keys[at] == key) & (revision < superseded.revisions[at]))
    return Sketches(
        version,
        list(names),
        [len(k) for k in found["key"]],
        list(zip(found["hash"], found["row"], strict=True)),
        key,
        site,
        source,
        revision,
        second,
        is_current,
    )
