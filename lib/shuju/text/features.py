"""Hashed features of letters: words, and runs of one to three characters, as sparse rows.

A feature is a bucket number: the hash of its characters (FNV-1a, then a mixing step), so that a model keeps
no readable text. Nothing here loops over characters in Python.

Source: K. Weinberger et al., Feature hashing for large scale multitask learning, ICML 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numba as nb
import numpy as np

from shuju.text.tokens import cut

WORD_BUCKETS = 1 << 18
CHARACTER_BUCKETS = 1 << 20
_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0xFF51AFD7ED558CCD)


@dataclass(frozen=True)
class Rows:
    """Sparse rows: row ``i`` has ``values[k]`` in ``buckets[k]`` for ``starts[i] <= k < starts[i + 1]``."""

    starts: np.ndarray
    buckets: np.ndarray
    values: np.ndarray
    n_buckets: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, chosen: np.ndarray) -> Rows:
        """Return the rows that a mask or a list of row numbers chooses, in that order."""
        numbers = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        lengths = np.diff(self.starts)[numbers]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.repeat(self.starts[numbers] - starts[:-1], lengths) + np.arange(starts[-1])
        return Rows(starts, self.buckets[places], self.values[places], self.n_buckets)


def word_counts(titles: Sequence[str | None], bodies: Sequence[str | None], title_weight: int = 3) -> Rows:
    """Count the words of each letter in hashed buckets; a word of the title counts ``title_weight`` times."""
    texts = [text or "" for pair in zip(titles, bodies, strict=True) for text in pair]
    words = cut(texts)
    lengths = np.fromiter(map(len, chain.from_iterable(words)), np.int64)
    ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
    return Rows(
        *_count_words(characters_of(texts), lengths, ends, float(title_weight), WORD_BUCKETS), WORD_BUCKETS
    )


def character_counts(titles: Sequence[str | None], bodies: Sequence[str | None]) -> Rows:
    """Count the runs of 1, 2 and 3 characters of each letter in hashed buckets; the title counts twice."""
    texts = [f"{t} {t} {b or ''}" if t else b or "" for t, b in zip(titles, bodies, strict=True)]
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    return Rows(*_count_runs(characters_of(texts), ends, CHARACTER_BUCKETS), CHARACTER_BUCKETS)


def inverse_frequency(rows: Rows, at_least: int) -> np.ndarray:
    """Return log((1 + n) / (1 + rows with the bucket)) + 1 by bucket; 0 where fewer than ``at_least`` rows."""
    found = np.bincount(rows.buckets, minlength=rows.n_buckets)
    weights = np.log((1 + len(rows)) / (1 + found)) + 1
    return np.where(found >= at_least, weights, 0).astype(np.float32)


def weigh(rows: Rows, inverse: np.ndarray) -> Rows:
    """Return the rows as (1 + log count) · ``inverse``, each of length 1, without the buckets that weigh 0."""
    return Rows(*_weigh(rows.starts, rows.buckets, rows.values, inverse), rows.n_buckets)


def characters_of(texts: list[str]) -> np.ndarray:
    """Return the code points of all texts, one after the other (uint32)."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)


@nb.njit(cache=True, inline="always")
def _fold(code: np.uint32) -> np.uint64:
    return np.uint64(code + np.uint32(32)) if np.uint32(65) <= code <= np.uint32(90) else np.uint64(code)


@nb.njit(cache=True, inline="always")
def _bucket(hashed: np.uint64, n_buckets: int) -> int:
    mixed = (hashed ^ (hashed >> np.uint64(33))) * _MIX
    return np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(n_buckets - 1))


@nb.njit(cache=True, inline="always")
def _is_blank(code: np.uint32) -> bool:
    return code <= np.uint32(32) or code == np.uint32(0x3000) or code == np.uint32(0xA0)


@nb.njit(cache=True, nogil=True)
def _count_words(
    codes: np.ndarray, lengths: np.ndarray, ends: np.ndarray, title_weight: float, n_buckets: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n_rows = len(ends) // 2
    count = np.zeros(n_buckets, np.float32)
    starts = np.zeros(n_rows + 1, np.int64)
    buckets = np.empty(len(lengths), np.int32)
    values = np.empty(len(lengths), np.float32)
    word, place, n = 0, 0, 0
    for row in range(n_rows):
        for text in (2 * row, 2 * row + 1):
            weight = np.float32(title_weight if text % 2 == 0 else 1.0)
            while word < ends[text]:
                hashed = _OFFSET
                for k in range(place, place + lengths[word]):
                    hashed = (hashed ^ _fold(codes[k])) * _PRIME
                if not _is_blank(codes[place]):
                    bucket = _bucket(hashed, n_buckets)
                    if count[bucket] == 0:
                        buckets[n] = bucket
                        n += 1
                    count[bucket] += weight
                place += lengths[word]
                word += 1
        for k in range(starts[row], n):
            values[k] = count[buckets[k]]
            count[buckets[k]] = 0
        starts[row + 1] = n
    return starts, buckets[:n].copy(), values[:n].copy()


@nb.njit(cache=True, nogil=True)
def _count_runs(
    codes: np.ndarray, ends: np.ndarray, n_buckets: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = np.zeros(n_buckets, np.float32)
    starts = np.zeros(len(ends) + 1, np.int64)
    buckets = np.empty(3 * len(codes), np.int32)
    values = np.empty(3 * len(codes), np.float32)
    first, n = 0, 0
    for row in range(len(ends)):
        for k in range(first, ends[row]):
            hashed = _OFFSET
            for end in range(k, min(k + 3, ends[row])):
                if _is_blank(codes[end]):
                    break
                hashed = (hashed ^ _fold(codes[end])) * _PRIME
                bucket = _bucket(hashed, n_buckets)
                if count[bucket] == 0:
                    buckets[n] = bucket
                    n += 1
                count[bucket] += np.float32(1)
        for k in range(starts[row], n):
            values[k] = count[buckets[k]]
            count[buckets[k]] = 0
        starts[row + 1] = n
        first = ends[row]
    return starts, buckets[:n].copy(), values[:n].copy()


@nb.njit(cache=True, nogil=True)
def _weigh(
    starts: np.ndarray, buckets: np.ndarray, values: np.ndarray, inverse: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kept_starts = np.zeros_like(starts)
    kept = np.empty_like(buckets)
    weighed = np.empty_like(values)
    n = 0
    for row in range(len(starts) - 1):
        total = np.float32(0)
        for k in range(starts[row], starts[row + 1]):
            if inverse[buckets[k]] > 0:
                kept[n] = buckets[k]
                weighed[n] = (np.float32(1) + np.log(values[k])) * inverse[buckets[k]]
                total += weighed[n] * weighed[n]
                n += 1
        scale = np.float32(1) / np.sqrt(total) if total > 0 else np.float32(0)
        for k in range(kept_starts[row], n):
            weighed[k] *= scale
        kept_starts[row + 1] = n
    return kept_starts, kept[:n].copy(), weighed[:n].copy()
