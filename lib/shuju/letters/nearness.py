"""How near letters are to each other: the rare words that they share, weighed by place and topic."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from shuju.text.features import Rows

WINDOW_DAYS = 180.0
IN_PREFECTURE, ELSEWHERE, OTHER_TOPIC = 0.85, 0.4, 0.7
# A letter joins at this many times the usual nearness, within bounds; centres merge at a fixed cosine.
JOIN, JOIN_AT_LEAST, JOIN_AT_MOST = 1.1, 0.14, 0.30


class Words(NamedTuple):
    """Weighed words of letters as sparse rows: letter ``i`` has ``buckets[starts[i]:starts[i + 1]]``."""

    starts: np.ndarray
    buckets: np.ndarray
    values: np.ndarray


class Index(NamedTuple):
    """Inverted index: the letters of bucket ``b`` in the order of time are ``letters[first[b]:first[b + 1]]``."""

    first: np.ndarray
    letters: np.ndarray
    weight: np.ndarray


class Scene(NamedTuple):
    """Letters in the order of time: day (float), county, prefecture and topic as codes (-1: not known)."""

    day: np.ndarray
    county: np.ndarray
    prefecture: np.ndarray
    topic: np.ndarray

    def take(self, chosen: np.ndarray) -> Scene:
        """Return the letters that a mask chooses."""
        return Scene(self.day[chosen], self.county[chosen], self.prefecture[chosen], self.topic[chosen])


def near_enough(rows: Rows, scene: Scene) -> float:
    """Return the nearness to a centre at which a letter joins: 1.1 times the usual one, 0.14 to 0.30.

    Usual is how near letters stand to their nearest by chance: the lower quartile over up to 2,000 letters. Most
    letters are alone with their matter, so what they are nearest to tells how much letters of this kind share that
    has no meaning: turns of phrase, forms, the words of a topic.
    """
    sample = np.linspace(0, len(rows) - 1, min(len(rows), 2000)).astype(np.int64)
    near = _nearest(sample, words_of(rows), inverted(rows), scene)
    usual = float(np.quantile(near, 0.25)) if len(near) else 0.0
    return min(max(JOIN * usual, JOIN_AT_LEAST), JOIN_AT_MOST)


def words_of(rows: Rows) -> Words:
    """Return the rows as the kernels take them."""
    return Words(rows.starts, rows.buckets, rows.values)


def inverted(rows: Rows) -> Index:
    """Return the letters of each bucket, and their weights."""
    return Index(*_index(rows.starts, rows.buckets, rows.values, rows.n_buckets))


@nb.njit(cache=True, nogil=True)
def _index(
    starts: np.ndarray, buckets: np.ndarray, values: np.ndarray, n_buckets: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first = np.zeros(n_buckets + 1, np.int64)
    for bucket in buckets:
        first[bucket + 1] += 1
    first = np.cumsum(first)
    next_place = first[:-1].copy()
    letters = np.empty(len(buckets), np.int32)
    weight = np.empty(len(buckets), np.float32)
    for i in range(len(starts) - 1):
        for k in range(starts[i], starts[i + 1]):
            place = next_place[buckets[k]]
            letters[place] = i
            weight[place] = values[k]
            next_place[buckets[k]] += 1
    return first, letters, weight


@nb.njit(cache=True, inline="always")
def agreement(i: int, j: int, scene: Scene) -> np.float32:
    """Return how far place and topic speak for one matter; what is not known speaks neither way."""
    county, prefecture, topic = scene.county, scene.prefecture, scene.topic
    found = np.float32(1)
    if county[i] >= 0 and county[j] >= 0 and county[i] != county[j]:
        same = prefecture[i] >= 0 and prefecture[i] == prefecture[j]
        found = np.float32(IN_PREFECTURE) if same else np.float32(ELSEWHERE)
    if topic[i] >= 0 and topic[j] >= 0 and topic[i] != topic[j]:
        found *= np.float32(OTHER_TOPIC)
    return found


@nb.njit(cache=True, nogil=True)
def _nearest(sample: np.ndarray, words: Words, index: Index, scene: Scene) -> np.ndarray:
    """Return the similarity of each letter of ``sample`` to the letter it is nearest to within the window."""
    day = scene.day
    found = np.zeros(len(sample), np.float32)
    similarity = np.zeros(len(day), np.float32)
    for s, i in enumerate(sample):
        begin = np.searchsorted(day, day[i] - WINDOW_DAYS)
        end = np.searchsorted(day, day[i] + WINDOW_DAYS, side="right")
        similarity[begin:end] = 0
        for k in range(words.starts[i], words.starts[i + 1]):
            bucket = words.buckets[k]
            for place in range(index.first[bucket], index.first[bucket + 1]):
                similarity[index.letters[place]] += words.values[k] * index.weight[place]
        for j in range(begin, end):
            if j != i and similarity[j] > 0:
                found[s] = max(found[s], similarity[j] * agreement(i, j, scene))
    return found
