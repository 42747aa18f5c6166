"""What becomes of a standard row: stored, revised, or merged with one that is there already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shuju.library.keys import KeyIndex


@dataclass(frozen=True)
class Verdict:
    """For each row: whether it is to be written, and the revision it is or repeats (1, 2, …)."""

    is_new: np.ndarray
    revision: np.ndarray

    @property
    def is_stored(self) -> np.ndarray:
        """Rows whose key was not there before."""
        return self.is_new & (self.revision == 1)

    @property
    def is_revised(self) -> np.ndarray:
        """Rows whose key was there with another content."""
        return self.is_new & (self.revision > 1)


def classify(keys: np.ndarray, contents: np.ndarray, index: KeyIndex) -> Verdict:
    """Compare rows with the library and with each other, in the order in which they came.

    A row that repeats the content of any revision of its key is merged: files that arrive late or
    twice never undo a newer revision. O(m log n).
    """
    n = len(keys)
    known_revision, highest = index.probe(keys, contents)
    is_new = known_revision == 0
    position = np.arange(n)
    order = np.lexsort((position, contents, keys))
    repeats = np.zeros(n, bool)
    repeats[order[1:]] = (keys[order[1:]] == keys[order[:-1]]) & (contents[order[1:]] == contents[order[:-1]])
    is_new &= ~repeats
    revision = np.maximum(known_revision, 1).astype(np.int32)
    rows = np.flatnonzero(is_new)
    rows = rows[np.argsort(keys[rows], kind="stable")]
    if len(rows):
        starts = np.r_[True, keys[rows][1:] != keys[rows][:-1]]
        first = np.maximum.accumulate(np.where(starts, np.arange(len(rows)), 0))
        revision[rows] = highest[rows] + (np.arange(len(rows)) - first) + 1
    return Verdict(is_new, revision)
