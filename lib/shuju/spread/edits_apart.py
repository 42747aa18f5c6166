"""How far the copies of one document are from it and from each other, by what each did to the text (nats)."""

from __future__ import annotations

import numpy as np
from numba import njit

# Of each end of an added piece, or of a cut, that one of two has and the other has not.
PER_WORDS, PER_CUT = 2.0, 0.4
# Of a part of the document that the copy has and its parent would not have.
PER_REGAINED, MOST_REGAINED = 3.0, 5


@njit(nogil=True, cache=True)
def edits_apart(marks, starts, missing, first, end):
    """Return how far each of the copies ``first:end`` is from the document (column 0) and from each of them: float64, (n, n + 1).

    ``marks``, ``starts`` and ``missing`` as in ``Edits``. A mark that only one copy has tells nothing of who had the text
    from whom. Sets of marks are bits, so a pair costs a word's exclusive or for 64 marks. O(n² × shared marks / 64).
    """
    n, low = end - first, starts[first]
    own = marks[low : starts[end]]
    order = np.argsort(own)
    number = np.full(len(own), -1)  # among the shared marks of its kind
    n_of_kind = np.zeros(2, np.int64)
    i = 0
    while i < len(own):
        j = i + 1
        while j < len(own) and own[order[j]] == own[order[i]]:
            j += 1
        if j - i > 1:
            is_word = np.int64(own[order[i]] & np.uint64(1))
            number[order[i:j]] = n_of_kind[is_word]
            n_of_kind[is_word] += 1
        i = j
    cuts = np.zeros((n + 1, (n_of_kind[0] + 63) // 64), np.uint64)
    words = np.zeros((n + 1, (n_of_kind[1] + 63) // 64), np.uint64)
    for copy in range(n):
        for k in range(starts[first + copy] - low, starts[first + copy + 1] - low):
            if number[k] >= 0:
                sets = words if own[k] & np.uint64(1) else cuts
                sets[copy + 1, number[k] >> 6] |= np.uint64(1) << np.uint64(number[k] & 63)
    return _apart(words, cuts, missing[first:end])


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
