"""Alignment (对齐): which passages of a document stand in a page, character by character.

Every run of characters that both have is found from the page's side, longest first, preferring to go on where the last
one ended (greedy string tiling with a hash table: Wise 1993; the seeds of which are extended as in BLAST). Runs that
are only a few characters apart on both sides are one passage: a changed word, a slip of the scanner. Passages may stand in another
order than in the document.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SEED = 6  # characters
RESUME = 3  # characters that suffice to go on after a change
GAP = 12  # characters that may be changed within a passage
DRIFT = 4  # characters by which one side of a change may be longer
MOST_PLACES = 16  # of one seed in the document that are tried
LEAST = 16  # characters in common that make a passage
IDENTITY = 0.6  # of a passage's characters are in common


def align(document: np.ndarray, page: np.ndarray) -> np.ndarray:
    """Return the passages (m, 5) int32: document from, to, page from, to (characters), characters in common.

    In the order of the page; a passage of the document that the page holds twice is there twice. O(characters of
    both), times ``MOST_PLACES`` for texts that repeat themselves.
    """
    return passages(document, page, *seed_table(document))


@njit(nogil=True, cache=True, inline="always")
def _seed(characters, k):
    hashed = np.uint64(0)
    for m in range(SEED):
        hashed = hashed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(characters[k + m])
    return hashed ^ (hashed >> np.uint64(29))


@njit(nogil=True, cache=True)
def seed_table(document):
    """Return the first place of each seed of the document by its hash, and the next of each place; -1 ends."""
    n = len(document)
    size = 64
    while size < 2 * n:
        size *= 2
    head = np.full(size, -1, np.int32)
    after = np.full(max(n, 1), -1, np.int32)
    mask = np.uint64(size - 1)
    for k in range(n - SEED, -1, -1):
        at = _seed(document, k) & mask
        after[k] = head[at]
        head[at] = k
    return head, after


@njit(nogil=True, cache=True, inline="always")
def _common(document, i, page, j):
    n = min(len(document) - i, len(page) - j)
    k = 0
    while k < n and document[i + k] == page[j + k]:
        k += 1
    return k


@njit(nogil=True, cache=True)
def passages(document, page, head, after):
    """Return what ``align`` does, by the seeds of the document."""
    mask = np.uint64(len(head) - 1)
    runs = np.empty((64, 3), np.int32)
    n = 0
    i_end = j_end = -GAP - 1  # where the last run ended
    j = 0
    while j + RESUME <= len(page):
        best = best_i = 0
        if j - j_end <= GAP:
            for d in range(2 * DRIFT + 1):
                drift = (d + 1) // 2 if d % 2 else -(d // 2)
                i = i_end + j - j_end + drift
                if i_end <= i < len(document):
                    length = _common(document, i, page, j)
                    if length >= RESUME and length > best:
                        best, best_i = length, i
        if best < 2 * SEED and j + SEED <= len(page):
            near = best
            place = head[_seed(page, j) & mask]
            for _ in range(MOST_PLACES):
                if place < 0:
                    break
                length = _common(document, place, page, j)
                # To leave the passage that one is in takes more than to go on in it.
                if length >= SEED and length > best and length > 2 * near:
                    best, best_i = length, place
                place = after[place]
        if best == 0:
            j += 1
            continue
        i, start = best_i, j
        while i > 0 and start > max(j_end, 0) and document[i - 1] == page[start - 1]:
            i -= 1
            start -= 1
        best += j - start
        if n == len(runs):
            more = np.empty((2 * n, 3), np.int32)
            more[:n] = runs
            runs = more
        runs[n, 0], runs[n, 1], runs[n, 2] = i, start, best
        n += 1
        i_end, j_end = i + best, start + best
        j = j_end
    return _joined(runs[:n], min(LEAST, len(document), len(page)))


@njit(nogil=True, cache=True)
def _joined(runs, least):
    found = np.empty((len(runs), 5), np.int32)
    n = 0
    for k in range(len(runs)):
        i, j, length = runs[k]
        if n > 0:
            before, apart = i - found[n - 1, 1], j - found[n - 1, 3]
            if -DRIFT <= before <= GAP + DRIFT and 0 <= apart <= GAP + DRIFT:
                found[n - 1, 1] = max(found[n - 1, 1], i + length)
                found[n - 1, 3] = j + length
                found[n - 1, 4] += length
                continue
            n -= not _is_passage(found[n - 1], least)
        found[n, 0], found[n, 1], found[n, 2], found[n, 3], found[n, 4] = i, i + length, j, j + length, length
        n += 1
    if n > 0:
        n -= not _is_passage(found[n - 1], least)
    return found[:n].copy()


@njit(nogil=True, cache=True, inline="always")
def _is_passage(found, least):
    return found[4] >= least and found[4] >= IDENTITY * (found[3] - found[2])


@njit(nogil=True, cache=True)
def covered(passages, n_characters):
    """Return how many characters of a document of ``n_characters`` stand in the passages, each counted once and by
    the share of its passage that is in common.
    """
    share = np.zeros(n_characters, np.float32)
    for k in range(len(passages)):
        first, end, page_first, page_end, common = passages[k]
        of = np.float32(min(1.0, common / max(end - first, page_end - page_first)))
        for i in range(max(first, 0), min(end, n_characters)):
            share[i] = max(share[i], of)
    return share.sum()
