"""How far the copies of one document are from it and from each other, by what each did to the text (nats)."""

from __future__ import annotations

import numpy as np
from numba import njit

from shuju.spread.edits import Edits, are_words

# Of each end of an added piece, or of a cut, that one of two has and the other has not.
PER_WORDS, PER_CUT = 2.0, 0.4
# Of a part of the document that the copy has and its parent would not have.
PER_REGAINED, MOST_REGAINED = 3.0, 5


def edits_apart(edits: Edits, first: int, end: int) -> np.ndarray:
    """Return how far each of the copies ``first:end`` is from the document (column 0) and from each of them: float64, (n, n + 1).

    A mark that only one copy has tells nothing of who had the text from whom. Sets of marks are bits, so a pair costs a
    word's exclusive or for 64 marks. O(n² × shared marks / 64).
    """
    n = end - first
    node = np.repeat(np.arange(1, n + 1), np.diff(edits.starts[first : end + 1]))
    marks, mark, count = np.unique(
        edits.marks[edits.starts[first] : edits.starts[end]], return_inverse=True, return_counts=True
    )
    is_word, is_shared = are_words(marks), count > 1
    words, cuts = (_sets(node, mark, is_shared & kind, n + 1) for kind in (is_word, ~is_word))
    return _apart(words, cuts, edits.missing[first:end])


def _sets(node: np.ndarray, mark: np.ndarray, is_meant: np.ndarray, n_nodes: int) -> np.ndarray:
    """Return which node has which of the marks that are meant, 64 to a word."""
    number = np.cumsum(is_meant) - 1
    held = is_meant[mark]
    sets = np.zeros((n_nodes, (int(is_meant.sum()) + 63) // 64), np.uint64)
    _fill(node[held], number[mark[held]], sets)
    return sets


@njit(nogil=True, cache=True)
def _fill(node, number, sets):
    for k in range(len(node)):
        sets[node[k], number[k] >> 6] |= np.uint64(1) << np.uint64(number[k] & 63)


@njit(nogil=True, cache=True, inline="always")
def _n_bits(word):
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(nogil=True, cache=True, inline="always")
def _n_apart(sets, i, j):
    n = 0
    for k in range(sets.shape[1]):
        n += _n_bits(sets[i, k] ^ sets[j, k])
    return n


@njit(nogil=True, cache=True)
def _apart(words, cuts, missing):
    n = len(missing)
    apart = np.empty((n, n + 1))
    for i in range(n):
        for j in range(n + 1):
            regained = 0
            for k in range(missing.shape[1] if j > 0 else 0):  # the document lacks nothing
                regained += _n_bits(~missing[i, k] & missing[j - 1, k])
            apart[i, j] = (
                PER_WORDS * _n_apart(words, i + 1, j)
                + PER_CUT * _n_apart(cuts, i + 1, j)
                + PER_REGAINED * min(regained, MOST_REGAINED)
            )
    return apart
