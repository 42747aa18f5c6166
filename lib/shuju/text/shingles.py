"""Sampled runs (抽样字片): of all runs of n characters of a text, those whose hash falls into the sample.

A run is in the sample wherever it stands, so texts that share words share fingerprints, however much stands around
them: containment can be estimated both ways (Broder 1997; Schleimer, Wilkerson and Aiken 2003 call it "0 mod p").
"""

from __future__ import annotations

import numpy as np
from numba import njit

from shuju.text.plain import Plain

SHINGLE = 6
ONE_IN = 4

_LONGEST = 1 << 20
_LEAST = 4
_BASE = np.uint64(0x9E3779B97F4A7C15)


def shingles(texts: Plain) -> tuple[np.ndarray, np.ndarray]:
    """Return the sampled runs of six characters, one in four, as ``sampled_runs`` does."""
    return sampled_runs(texts, SHINGLE, ONE_IN)


def sampled_runs(texts: Plain, length: int, one_in: int, short: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the sampled hashes of all texts (uint64, in the order of the text) and where each text's begin
    and end (int64, one more than texts).

    Runs have ``length`` characters, one of ``one_in`` (a power of two) is in the sample; a text shorter than a run is one
    run. Of a text of fewer than ``short`` characters the four least hashes are added, in the sample or not. O(characters),
    without the GIL.
    """
    # Made by numpy, which asks the system for large pages.
    found = np.empty(max(64, len(texts.characters) // one_in * 5 // 4 + len(texts)), np.uint64)
    found, starts = _sampled(texts.characters, texts.bounds, length, np.uint64(one_in - 1), short, found)
    return found[: starts[-1]], starts


def whole(texts: Plain) -> np.ndarray:
    """Return one hash (uint64) of all characters of each text; 0 for a text without characters."""
    hashed, bounds = sampled_runs(texts, _LONGEST, 1)
    found = np.zeros(len(texts), np.uint64)
    is_filled = np.diff(bounds) > 0
    found[is_filled] = hashed[bounds[:-1][is_filled]]
    return found


@njit(nogil=True, cache=True, inline="always")
def _mix(value):
    value = (value ^ (value >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(29))


@njit(nogil=True, cache=True)
def _keep_least(least, n, value):
    """Put the value among the least ones if it is; return how many there are."""
    if n == len(least) and value >= least[n - 1]:
        return n
    at = min(n, len(least) - 1)
    while at > 0 and least[at - 1] > value:
        least[at] = least[at - 1]
        at -= 1
    least[at] = value
    return min(n + 1, len(least))


@njit(nogil=True, cache=True)
def _sampled(characters, bounds, length, mask, short, found):
    """Return the sampled hashes in ``found``, or in more room where that is too small, and the bounds."""
    rows = len(bounds) - 1
    base = np.uint64(_BASE)
    lost = np.uint64(1)
    for _ in range(length):
        lost *= base
    starts = np.zeros(rows + 1, np.int64)
    room = len(found)
    least = np.empty(_LEAST, np.uint64)
    n = 0
    for row in range(rows):
        first, end = bounds[row], bounds[row + 1]
        hashed = np.uint64(0)
        is_short = end - first < short
        n_least = 0
        if n + end - first + _LEAST > room:
            room = 2 * room + end - first + _LEAST
            more = np.empty(room, np.uint64)
            more[:n] = found[:n]
            found = more
        for k in range(first, end):
            hashed = hashed * base + np.uint64(characters[k])
            if k >= first + length:
                hashed -= lost * np.uint64(characters[k - length])
            if k >= first + length - 1 or k == end - 1:
                mixed = _mix(hashed)
                if mixed & mask == 0:
                    found[n] = mixed
                    n += 1
                elif is_short:
                    n_least = _keep_least(least, n_least, mixed)
        found[n : n + n_least] = least[:n_least]
        n += n_least
        starts[row + 1] = n
    return found, starts
