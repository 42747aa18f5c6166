"""The key index: which keys a table holds, with which contents, in which file and row.

Sorted runs of fixed-width arrays, as in a log-structured merge tree (O'Neil et al. 1996): each commit
adds a run, neighbours of like size are merged, so a lookup probes O(log n) runs by binary search and
n additions cost O(n log n) in all. The index is a cache: it can always be made anew from the table.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numba import njit

from shuju.library.store import StoredTable

FIELDS = {"key": np.int64, "content": np.int64, "revision": np.int32, "file": np.int32, "row": np.int32}
FORMAT = 1


@dataclass
class Run:
    """Entries sorted by (key, revision), 28 bytes each; ``saved_as`` names its folder once it is on disk."""

    key: np.ndarray
    content: np.ndarray
    revision: np.ndarray
    file: np.ndarray
    row: np.ndarray
    saved_as: str | None = None

    def __len__(self) -> int:
        return len(self.key)

    def take(self, order: np.ndarray) -> Run:
        """Return the entries in another order, or those where ``order`` is true."""
        return Run(*(getattr(self, name)[order] for name in FIELDS))


@dataclass
class KeyIndex:
    """The index of one table; ``files`` are the data files it covers, by their number, empty where one is gone."""

    folder: Path
    files: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(run) for run in self.runs)

    def probe(self, keys: np.ndarray, contents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return, for each (key, content): the revision that has just this content (0: none), and the
        highest revision of the key (0: none). O(m log n).
        """
        same = np.zeros(len(keys), np.int32)
        highest = np.zeros(len(keys), np.int32)
        for run in self.runs:
            _probe(run.key, run.content, run.revision, keys, contents, same, highest)
        return same, highest

    def locate(self, key: int) -> list[tuple[int, str, int]]:
        """Return (revision, file, row) of each revision of a key, oldest first. O(log n)."""
        found = []
        for run in self.runs:
            low, high = np.searchsorted(run.key, [key, key + 1]) if key < 2**63 - 1 else (0, 0)
            found += [
                (int(run.revision[i]), self.files[run.file[i]], int(run.row[i])) for i in range(low, high)
            ]
        return sorted(found)

    def nearest(self, key: int) -> list[tuple[int, str, int]]:
        """Return (revision, file, row) of the row whose key follows; of the last if none does, nothing without rows. O(log n)."""
        run = max(self.runs, key=len, default=None)
        if run is None or not len(run):
            return []
        at = min(int(np.searchsorted(run.key, key)), len(run) - 1)
        return [(int(run.revision[at]), self.files[run.file[at]], int(run.row[at]))]

    def add(self, file: str, keys: np.ndarray, contents: np.ndarray, revisions: np.ndarray) -> None:
        """Add the rows of a new data file, in the order in which it holds them."""
        if "" in self.files:
            number = self.files.index("")
            self.files[number] = file
        else:
            number = len(self.files)
            self.files.append(file)
        n = len(keys)
        order = np.lexsort((revisions, keys))
        run = Run(
            keys,
            contents,
            revisions.astype(np.int32),
            np.full(n, number, np.int32),
            np.arange(n, dtype=np.int32),
        )
        self.runs.append(run.take(order))
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            b, a = self.runs.pop(), self.runs.pop()
            self.runs.append(_merge(a, b))

    def drop(self, files: Iterable[str]) -> None:
        """Forget the rows of data files that are gone. O(n), in memory only for the runs that hold such rows."""
        is_gone = np.isin(self.files, list(files))
        self.files = ["" if gone else file for file, gone in zip(self.files, is_gone, strict=True)]
        runs = []
        for run in self.runs:
            is_left = ~is_gone[run.file]
            if is_left.all():
                runs.append(run)
            elif is_left.any():
                runs.append(run.take(is_left))
        self.runs = runs

    def save(self) -> None:
        """Write the index, so that the next process need not read the table; atomic."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for run in self.runs:
            if run.saved_as is None:
                name = uuid.uuid4().hex
                (self.folder / name).mkdir()
                for part in FIELDS:
                    np.save(self.folder / name / f"{part}.npy", getattr(run, part))
                run.saved_as = name
        names = [run.saved_as for run in self.runs]
        manifest = self.folder / f"{uuid.uuid4().hex}.tmp"
        manifest.write_text(
            json.dumps({"format": FORMAT, "files": self.files, "runs": names}), encoding="utf-8"
        )
        manifest.replace(self.folder / "manifest.json")
        for old in self.folder.iterdir():
            if old.is_dir() and old.name not in names:
                shutil.rmtree(old, ignore_errors=True)


def open_index(folder: Path, stored: StoredTable) -> KeyIndex:
    """Return the index of a table, brought up to its present state (O(rows added since it was saved))."""
    index = _read(folder)
    catch_up(index, stored)
    return index


def catch_up(index: KeyIndex, stored: StoredTable) -> None:
    """Add the data files that other writers committed, and drop those that went, as by a compaction.

    O(rows of new files); O(n) in memory where some went.
    """
    active = [file.path for file in stored.files()]
    known = set(index.files) - {""}
    if gone := known.difference(active):
        index.drop(gone)
    for path in active:
        if path not in known:
            columns = stored.read_columns(path, ["key_hash", "content_hash", "revision"])
            index.add(path, *(columns.column(i).to_numpy() for i in range(3)))


def _read(folder: Path) -> KeyIndex:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            return KeyIndex(folder)
        runs = [
            Run(*(np.load(folder / name / f"{part}.npy", mmap_mode="r") for part in FIELDS), saved_as=name)
            for name in manifest["runs"]
        ]
    except (FileNotFoundError, ValueError, KeyError):
        return KeyIndex(folder)  # nothing saved, or another process is replacing it: made anew
    return KeyIndex(folder, manifest["files"], runs)


@njit(nogil=True, cache=True)
def _probe(run_key, run_content, run_revision, keys, contents, same, highest):
    n = len(run_key)
    for i in range(len(keys)):
        low, high = 0, n
        while low < high:
            middle = (low + high) // 2
            if run_key[middle] < keys[i]:
                low = middle + 1
            else:
                high = middle
        while low < n and run_key[low] == keys[i]:
            if run_content[low] == contents[i]:
                same[i] = run_revision[low]
            highest[i] = max(highest[i], run_revision[low])
            low += 1


def _merge(a: Run, b: Run) -> Run:
    order = _merge_order(a.key, a.revision, b.key, b.revision)
    return Run(*(np.concatenate((getattr(a, name), getattr(b, name)))[order] for name in FIELDS))


@njit(nogil=True, cache=True)
def _merge_order(key_a, revision_a, key_b, revision_b):
    n_a, n_b = len(key_a), len(key_b)
    order = np.empty(n_a + n_b, np.int64)
    i = j = 0
    for k in range(n_a + n_b):
        if j >= n_b or (
            i < n_a and (key_a[i] < key_b[j] or (key_a[i] == key_b[j] and revision_a[i] <= revision_b[j]))
        ):
            order[k] = i
            i += 1
        else:
            order[k] = n_a + j
            j += 1
    return order
