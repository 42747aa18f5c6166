"""Fingerprints (文本指纹): which texts are nearly the same, found without comparing all with all.

A text is the set of its runs of five letters or digits, without blanks and punctuation. One-permutation MinHash keeps 128 minima
of that set; texts that agree on a band of them are compared exactly, by Jaccard similarity.

Sources: A. Broder, On the resemblance and containment of documents, 1997; P. Li, A. Owen, C.-H. Zhang, One
permutation hashing, NIPS 2012; A. Shrivastava, Optimal densification for fast and accurate minwise
hashing, ICML 2017.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba as nb
import numpy as np

from shuju.text.plain import plain

RUN = 5
SLOTS = 128
# 25 bands of 5 slots miss a pair of similarity 0.8 once in 20,000, one of 0.7 once in 100.
BANDS, ROWS = 25, 5
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
_STEP = np.uint64(0x9E3779B97F4A7C15)


def minhash(codes: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the (texts, 128) uint64 signatures of texts given as characters (``plain``) and where each ends.

    A text shorter than five characters is one run. An empty text has the signature of nothing: all ones.
    Linear in the characters.
    """
    return _minhash(codes, ends)


def similar_pairs(texts: Sequence[str | None], at_least: float = 0.8) -> tuple[np.ndarray, ...]:
    """Return the pairs of texts whose Jaccard similarity is ``at_least``: first, second, similarity.

    ``first < second`` are places in ``texts``; empty texts are like none. Where more than 32 texts agree, each is
    held against the 32 before it, so that a template written a thousand times gives 32,000 pairs and not
    half a million; ``groups`` of them are whole all the same. Time is linear in the characters and in the
    candidates, memory is 1 KB a text.
    """
    texts = plain(texts, with_places=False)
    codes, ends = texts.characters, texts.bounds[1:]
    filled = np.flatnonzero(np.diff(ends, prepend=0) > 0)
    pairs = _candidates(minhash(codes, ends)[filled], filled)
    similarity = _similarities(codes, ends, pairs)
    kept = similarity >= at_least
    return pairs[kept, 0], pairs[kept, 1], similarity[kept]


def groups(n: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return for each of ``n`` texts the least member of its group: texts joined by pairs, over any steps."""
    return _groups(n, np.asarray(first, np.int64), np.asarray(second, np.int64))


def _candidates(signatures: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the pairs of places that agree on a band, each once, in order."""
    found = []
    for band in range(BANDS):
        keys = _fold(signatures[:, band * ROWS : (band + 1) * ROWS])
        order = np.argsort(keys, kind="stable")
        found.append(_pairs_of_buckets(places[order], *_buckets(keys[order])))
    both = np.unique(np.concatenate(found))
    return np.column_stack([both >> 32, both & 0xFFFFFFFF])


def _buckets(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    edges = np.flatnonzero(np.diff(keys)) + 1
    start = np.concatenate([[0], edges]) if len(keys) else edges
    end = np.concatenate([edges, [len(keys)]]) if len(keys) else edges
    many = end - start > 1
    return start[many], end[many]


@nb.njit(cache=True)
def _pairs_of_buckets(places: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return pairs of places as one number each: the lesser one times 2³², plus the other."""
    # A bucket of more than 32 texts is a phrase that all the world writes: each is held against 32 before it.
    n = 0
    for b in range(len(start)):
        for i in range(start[b], end[b]):
            n += min(i - start[b], 32)
    pairs = np.empty(n, np.int64)
    n = 0
    for b in range(len(start)):
        for i in range(start[b], end[b]):
            for j in range(max(start[b], i - 32), i):
                pairs[n] = (min(places[i], places[j]) << 32) | max(places[i], places[j])
                n += 1
    return pairs


@nb.njit(cache=True, inline="always")
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@nb.njit(cache=True, inline="always")
def _hash(codes: np.ndarray, start: int, end: int) -> np.uint64:
    hashed = np.uint64(0)
    for k in range(start, end):
        hashed = hashed * _STEP + np.uint64(codes[k])
    return _mix(hashed + _STEP)


@nb.njit(cache=True, nogil=True)
def _minhash(codes: np.ndarray, ends: np.ndarray) -> np.ndarray:
    found = np.full((len(ends), SLOTS), _EMPTY)
    first = 0
    for text in range(len(ends)):
        slots = found[text]
        for k in range(first, max(ends[text] - RUN + 1, min(first + 1, ends[text]))):
            hashed = _hash(codes, k, min(k + RUN, ends[text]))
            slot = np.int64(hashed & np.uint64(SLOTS - 1))
            slots[slot] = min(slots[slot], hashed >> np.uint64(7))
        if ends[text] > first:
            _densify(slots)
        first = ends[text]
    return found


@nb.njit(cache=True, inline="always")
def _densify(slots: np.ndarray) -> None:
    """Fill each empty slot from a filled one, chosen by the slot's number alone."""
    filled = slots != _EMPTY
    for slot in range(SLOTS):
        attempt = np.uint64(0)
        at = slot
        while not filled[at]:
            attempt += np.uint64(1)
            at = np.int64(_mix(np.uint64(slot) * _STEP + attempt) & np.uint64(SLOTS - 1))
        slots[slot] = slots[at]


@nb.njit(cache=True, nogil=True)
def _fold(rows: np.ndarray) -> np.ndarray:
    found = np.zeros(len(rows), np.uint64)
    for i in range(len(rows)):
        for value in rows[i]:
            found[i] = _mix(found[i] * _STEP + value)
    return found


@nb.njit(cache=True, nogil=True)
def _runs(codes: np.ndarray, first: int, end: int) -> np.ndarray:
    n = max(end - first - RUN + 1, min(end - first, 1))
    runs = np.empty(n, np.uint64)
    for k in range(n):
        runs[k] = _hash(codes, first + k, min(first + k + RUN, end))
    runs.sort()
    kept = 0
    for k in range(n):
        if k == 0 or runs[k] != runs[kept - 1]:
            runs[kept] = runs[k]
            kept += 1
    return runs[:kept]


@nb.njit(cache=True, nogil=True)
def _similarities(codes: np.ndarray, ends: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    found = np.zeros(len(pairs))
    held, runs = -1, np.empty(0, np.uint64)
    for p in range(len(pairs)):
        a, b = pairs[p]
        if a != held:
            held, runs = a, _runs(codes, ends[a - 1] if a else 0, ends[a])
        others = _runs(codes, ends[b - 1] if b else 0, ends[b])
        i = j = both = 0
        while i < len(runs) and j < len(others):
            if runs[i] == others[j]:
                both += 1
                i += 1
                j += 1
            elif runs[i] < others[j]:
                i += 1
            else:
                j += 1
        found[p] = both / (len(runs) + len(others) - both)
    return found


@nb.njit(cache=True)
def _groups(n: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    root = np.arange(n)
    for k in range(len(first)):
        a, b = first[k], second[k]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        root[max(a, b)] = min(a, b)
    for i in range(n):
        root[i] = root[root[i]]
    return root
