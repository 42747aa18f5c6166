"""Topics of the second and third level, by words.

The taxonomy's own names and ``topic_words.csv`` say which words speak for which third-level topic. A letter's
evidence for a topic is the sum over the words found, each once, those of the title twice; a word that
speaks for several topics speaks less for each.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numba as nb
import numpy as np

from shuju.standard.codes import LISTS
from shuju.text.features import characters_of
from shuju.text.trie import longest, trie

WORDS = Path(__file__).with_name("topic_words.csv")
_OTHER = "其他"
_PARTS = re.compile("[、和与及“”]")


class Taxonomy(NamedTuple):
    """Third-level topics by number: ``names`` (three levels each), ``second`` and ``first`` their parents' numbers.

    ``firsts``, ``seconds``: the topics of these levels. ``starts``, ``topics``, ``weights``: by word, the topics
    it speaks for; ``trie`` finds the words.
    """

    names: tuple[tuple[str, str, str], ...]
    firsts: tuple[str, ...]
    seconds: tuple[tuple[str, str], ...]
    first: np.ndarray
    second: np.ndarray
    starts: np.ndarray
    topics: np.ndarray
    weights: np.ndarray
    trie: dict[str, np.ndarray]


@cache
def taxonomy() -> Taxonomy:
    """Return the taxonomy of the standard with its words."""
    with (LISTS / "topic_taxonomy.csv").open(encoding="utf-8", newline="") as file:
        names = tuple((row["topic_1"], row["topic_2"], row["name"]) for row in csv.DictReader(file))
    number = {name: n for n, name in enumerate(names)}
    speaks: dict[str, set[int]] = {}
    for name, n in number.items():
        for part in _PARTS.split(name[2]):
            if len(part) > 2 and _OTHER not in part:
                speaks.setdefault(part, set()).add(n)
    with WORDS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            n = number[row["topic_1"], row["topic_2"], row["topic_3"]]
            for word in row["words"].split():
                speaks.setdefault(word, set()).add(n)
    firsts = tuple(dict.fromkeys(name[0] for name in names))
    seconds = tuple(dict.fromkeys(name[:2] for name in names))
    return Taxonomy(
        names=names,
        firsts=firsts,
        seconds=seconds,
        first=np.array([firsts.index(name[0]) for name in names]),
        second=np.array([seconds.index(name[:2]) for name in names]),
        starts=np.cumsum([0, *map(len, speaks.values())]),
        topics=np.array([n for found in speaks.values() for n in sorted(found)], np.int64),
        weights=np.array([1 / len(found) for found in speaks.values() for _ in found]),
        trie=trie(tuple(speaks)),
    )


def evidence(titles: Sequence[str | None], bodies: Sequence[str | None]) -> np.ndarray:
    """Return letters × third-level topics: the weight of the words that speak for each. O(characters)."""
    known = taxonomy()
    texts = [text or "" for pair in zip(titles, bodies, strict=True) for text in pair]
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    return _evidence(
        characters_of(texts), ends, known.trie["keys"], known.trie["nodes"], known.trie["names_at"],
        known.starts, known.topics, known.weights, len(known.names),
    )  # fmt: skip


def lower_levels(found: np.ndarray, topic_1: Sequence[str | None]) -> tuple[np.ndarray, np.ndarray]:
    """Return the second- and third-level topic of each letter within its first; none without a word for it."""
    known = taxonomy()
    of_letter = np.array([known.firsts.index(t) if isinstance(t, str) else -1 for t in topic_1], np.int64)
    inside = np.where(known.first == of_letter[:, None], found, 0)
    by_second = np.argsort(known.second, kind="stable")
    begins = np.searchsorted(known.second[by_second], np.arange(len(known.seconds)))
    weight = np.add.reduceat(inside[:, by_second], begins, axis=1, dtype=np.float64)
    second = weight.argmax(axis=1) if len(inside) else of_letter
    inside = np.where(known.second == second[:, None], inside, 0)
    third = inside.argmax(axis=1) if len(inside) else of_letter
    is_told = inside.sum(axis=1) > 0
    seconds = np.array([name[1] for name in known.seconds], object)
    thirds = np.array([name[2] for name in known.names], object)
    return np.where(is_told, seconds[second], None), np.where(is_told, thirds[third], None)


@nb.njit(cache=True, nogil=True)
def _evidence(characters, ends, keys, nodes, names_at, starts, topics, weights, n_topics):
    n_letters = len(ends) // 2
    found = np.zeros((n_letters, n_topics), np.float32)
    seen = np.full(len(starts), -1, np.int64)
    at = 0
    for text in range(len(ends)):
        letter = text // 2
        weight = 2.0 if text % 2 == 0 else 1.0
        while at < ends[text]:
            best, stop = longest(keys, nodes, names_at, characters, at, ends[text])
            if best >= 0 and seen[best] != letter:
                seen[best] = letter
                for k in range(starts[best], starts[best + 1]):
                    found[letter, topics[k]] += weight * weights[k]
            at = stop
    return found
