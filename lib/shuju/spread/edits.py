"""What a copy did to its document (改动印记): which words it added, which it left out, what it is called.

Copies of a copy inherit what it did; so marks that two copies share tell who had it from whom (as scribal errors do in
stemmatics: Maas 1927; Salemans 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from shuju.text.plain import Plain

RUN = 6  # characters
LEAST = 8  # characters in a row that are missing
PARTS = 128  # of a document, of which is told whether they are missing
_BASE = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Edits:
    """What each copy did: its marks (uint64) are ``marks[starts[k]:starts[k + 1]]``; ``missing`` (copies, 2) uint64 has a
    bit for each of the 128 parts of the document, set where the copy lacks it.
    """

    marks: np.ndarray
    starts: np.ndarray
    missing: np.ndarray

    @classmethod
    def none(cls, n: int) -> Edits:
        """Return the edits of ``n`` texts that are as they were."""
        return cls(np.empty(0, np.uint64), np.zeros(n + 1, np.int64), np.zeros((n, 2), np.uint64))


def edit_marks(
    documents: Plain,
    pages: Plain,
    document: np.ndarray,
    page: np.ndarray,
    spans: np.ndarray,
    bounds: np.ndarray,
) -> Edits:
    """Return what each copy did to its document.

    Copy k is the page ``page[k]`` of the document ``document[k]``, with the passages ``spans[bounds[k]:bounds[k + 1]]`` in
    characters (document from, to, page from, to). Marks are how an added piece begins and ends, and where a missing
    piece begins and ends: an edit has few, however long it is. O(characters of the copies), without the GIL.
    """
    return Edits(
        *_marks(
            documents.characters, documents.places, documents.bounds, pages.characters, pages.places, pages.bounds,
            document, page, spans, bounds,
        )
    )  # fmt: skip


def without_frames(origin: np.ndarray, edits: Edits) -> Edits:
    """Return the edits without the marks that copies of several documents have: headers, footers, buttons of a page.

    ``origin`` numbers the document of each copy. O(marks log marks).
    """
    copy = np.repeat(np.arange(len(origin)), np.diff(edits.starts))
    unique, at = np.unique(edits.marks, return_inverse=True)
    low = np.full(len(unique), np.iinfo(np.int64).max)
    high = np.full(len(unique), -1)
    np.minimum.at(low, at, origin[copy])
    np.maximum.at(high, at, origin[copy])
    kept = (low == high)[at]
    counts = np.bincount(copy[kept], minlength=len(origin))
    return Edits(edits.marks[kept], np.concatenate([[0], np.cumsum(counts)]), edits.missing)


@njit(nogil=True, cache=True, inline="always")
def _mix(value):
    value = (value ^ (value >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(29))


@njit(nogil=True, cache=True)
def _outside(places, spans, side):
    """Return which characters (given by place) lie outside all passages."""
    is_out = np.ones(len(places), np.bool_)
    for k in range(len(spans)):
        first = np.searchsorted(places, spans[k, side])
        end = np.searchsorted(places, spans[k, side + 1])
        is_out[first:end] = False
    return is_out


@njit(nogil=True, cache=True, inline="always")
def _hash(characters, first, end, salt):
    hashed = np.uint64(salt)
    for i in range(first, end):
        hashed = hashed * _BASE + np.uint64(characters[i])
    return _mix(hashed)


def are_words(marks: np.ndarray) -> np.ndarray:
    """Tell which marks are added words; the others are cuts, which two copies may share by chance."""
    return (marks & np.uint64(1)).astype(bool)


@njit(nogil=True, cache=True)
def _marks(d_characters, d_places, d_bounds, p_characters, p_places, p_bounds, document, page, spans, bounds):
    found = np.empty(1024, np.uint64)
    starts = np.zeros(len(page) + 1, np.int64)
    missing = np.zeros((len(page), 2), np.uint64)
    n = 0
    for k in range(len(page)):
        own = spans[bounds[k] : bounds[k + 1]]
        first, end = p_bounds[page[k]], p_bounds[page[k] + 1]
        characters, is_added = p_characters[first:end], _outside(p_places[first:end], own, 2)
        first, end = d_bounds[document[k]], d_bounds[document[k] + 1]
        is_missing = _outside(d_places[first:end], own, 0)
        # Places in two documents are not the same mark.
        name = _hash(d_characters, first, min(end, first + 4 * RUN), end - first)
        if n + 2 * (len(characters) + len(is_missing)) > len(found):
            more = np.empty(2 * len(found) + 2 * (len(characters) + len(is_missing)), np.uint64)
            more[:n] = found[:n]
            found = more
        run = 0
        for j in range(len(characters) + 1):
            if j < len(characters) and is_added[j]:
                run += 1
                continue
            if run >= RUN:
                found[n] = _hash(characters, j - run, j - run + RUN, 1) | np.uint64(1)
                found[n + 1] = _hash(characters, j - RUN, j, 2) | np.uint64(1)
                n += 2
            run = 0
        size = len(is_missing)
        for j in range(size + 1):
            if j < size and is_missing[j]:
                run += 1
                continue
            if run >= LEAST:
                found[n] = _mix((name + np.uint64(j - run)) * _BASE + np.uint64(3)) & ~np.uint64(1)
                found[n + 1] = _mix((name + np.uint64(j)) * _BASE + np.uint64(4)) & ~np.uint64(1)
                n += 2
                for part in range((j - run) * PARTS // size, (j * PARTS + size - 1) // size):
                    low, high = part * size // PARTS, (part + 1) * size // PARTS
                    if 2 * is_missing[low : max(high, low + 1)].sum() > max(high, low + 1) - low:
                        missing[k, part >> 6] |= np.uint64(1) << np.uint64(part & 63)
            run = 0
        starts[k + 1] = n
    return found[:n].copy(), starts, missing
