"""Relevance of a reply (相关性): how much of a letter's matter the reply takes up; also between two letters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numba as nb
import numpy as np

from shuju.text.features import word_counts
from shuju.text.topics import shipped

# A letter is told by its dozen rarest words; a reply that takes up this share of their weight is all to the point.
TELLING_WORDS = 12
ENOUGH = 0.7
_BATCH = 4096


def relevance(
    titles: Sequence[str | None], bodies: Sequence[str | None], replies: Sequence[str | None]
) -> np.ndarray:
    """Return for each letter and its reply a number from 0 to 1 (float64): ``taken_up``, 1 from ``ENOUGH`` on."""
    return np.clip(taken_up(titles, bodies, replies) / ENOUGH, 0, 1)


def taken_up(
    titles: Sequence[str | None], bodies: Sequence[str | None], others: Sequence[str | None]
) -> np.ndarray:
    """Return for each letter how much of its matter another text takes up, from 0 to 1 (float64).

    It is the weight of the letter's words that stand in the other text too, by the weight of the letter's
    twelve weightiest words. A word weighs the logarithm of its inverse frequency among the letters that
    taught the topic model. O(characters).
    """
    weights = _word_weights()
    shares = np.empty(len(bodies))
    for first in range(0, len(bodies), _BATCH):
        batch = slice(first, first + _BATCH)
        asked = word_counts(titles[batch], bodies[batch])
        told = word_counts([None] * len(asked), others[batch])
        shares[batch] = _shared(
            asked.starts, asked.buckets, told.starts, told.buckets, weights, TELLING_WORDS
        )
    return np.minimum(shares, 1)


@cache
def _word_weights() -> np.ndarray:
    """Return the weight of each bucket of words; what the model never saw is as rare as the rarest it did."""
    inverse = shipped().inverse[0]
    return np.where(inverse > 0, inverse - 1, inverse.max() - 1).astype(np.float32)


@nb.njit(cache=True, nogil=True)
def _shared(starts, buckets, reply_starts, reply_buckets, weights, n_telling):
    is_told = np.zeros(len(weights), np.bool_)
    found = np.zeros(len(starts) - 1)
    for row in range(len(starts) - 1):
        for k in range(reply_starts[row], reply_starts[row + 1]):
            is_told[reply_buckets[k]] = True
        own = weights[buckets[starts[row] : starts[row + 1]]]
        whole = np.sort(own)[max(len(own) - n_telling, 0) :].sum()
        shared = 0.0
        for k in range(starts[row], starts[row + 1]):
            if is_told[buckets[k]]:
                shared += weights[buckets[k]]
        if whole > 0:
            found[row] = shared / whole
        for k in range(reply_starts[row], reply_starts[row + 1]):
            is_told[reply_buckets[k]] = False
    return found
