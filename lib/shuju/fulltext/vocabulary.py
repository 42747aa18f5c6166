"""All words of an index, and those that are like a given one: by characters, by sound, by what they contain.

Words of one length stand in one array of characters, so that all of them are compared at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shuju.fulltext.pinyin import NONE, readings_of, syllables_of

LONGEST = 8  # characters of a word that is compared
MOST_CONTAINING = 1_000
_HAN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """``counts[word]`` is in how many titles and bodies a word stands."""

    counts: Mapping[str, int]

    def prepare(self) -> None:
        """Make now what the first questions would wait for: a second for a million words."""
        self.containing("物")
        self.sounding_like("物业")

    def containing(self, word: str) -> list[str]:
        """Return the longer words that a Chinese word is part of, at most the ``MOST_CONTAINING`` most frequent."""
        if not is_han(word):
            return []
        text, found, at = self._together, set(), -1
        while (at := text.find(word, at + 1)) >= 0:
            begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            found.add(text[begin:end])
            at = end
        found.discard(word)
        return sorted(found, key=lambda w: (-self.counts[w], w))[:MOST_CONTAINING]

    def near(self, word: str) -> set[str]:
        """Return the words that differ from a Chinese word by one character: another, one more, one less."""
        if not is_han(word) or not 2 <= len(word) < LONGEST:
            return set()
        own = np.array([ord(c) for c in word], np.uint32)
        found: list[np.ndarray] = []
        words, table = self._of_length(len(word))
        found.append(words[(table != own).sum(axis=1) == 1])
        longer, table = self._of_length(len(word) + 1)
        rows = [(np.delete(table, k, axis=1) == own).all(axis=1) for k in range(len(word) + 1)]
        found += [longer[same] for same in rows]
        if len(word) > 2:
            shorter, table = self._of_length(len(word) - 1)
            rows = [(table == np.delete(own, k)).all(axis=1) for k in range(len(word))]
            found += [shorter[same] for same in rows]
        return {str(w) for part in found for w in part} - {word}

    def sounding_like(self, word: str) -> set[str]:
        """Return the other words that may be read as a Chinese word may, tones aside."""
        if not is_han(word) or not 2 <= len(word) <= LONGEST:
            return set()
        return self._read_as([readings_of(c) for c in word]) - {word}

    def spelt(self, letters: str) -> set[str]:
        """Return the words whose pinyin these letters are."""
        return {
            word
            for parts in syllables_of(letters)
            if 2 <= len(parts) <= LONGEST
            for word in self._read_as([np.array([part]) for part in parts])
        }

    def _read_as(self, sounds: Iterable[np.ndarray]) -> set[str]:
        sounds = list(sounds)
        words, table = self._of_length(len(sounds))
        left = np.arange(len(words))
        for place, own in enumerate(sounds):
            readings = _readings(table[left, place])
            left = left[(np.isin(readings, own) & (readings != NONE)).any(axis=1)]
        return {str(w) for w in words[left]}

    @cached_property
    def _together(self) -> str:
        return "\n" + "\n".join(word for word in self.counts if is_han(word)) + "\n"

    @cached_property
    def _lengths(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        by_length: dict[int, list[str]] = {}
        for word in self.counts:
            if len(word) <= LONGEST and is_han(word):
                by_length.setdefault(len(word), []).append(word)
        return {
            n: (np.array(words, object), np.array(words, f"<U{n}").view(np.uint32).reshape(len(words), n))
            for n, words in by_length.items()
        }

    def _of_length(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the Chinese words of ``n`` characters, and their characters (uint32, words × n)."""
        return self._lengths.get(n, (np.empty(0, object), np.empty((0, n), np.uint32)))


def is_han(word: str) -> bool:
    """Tell whether a word is of Chinese characters alone."""
    return _HAN.fullmatch(word) is not None


def _readings(characters: np.ndarray) -> np.ndarray:
    from shuju.fulltext.pinyin import readings

    return readings()[np.minimum(characters, len(readings()) - 1)]
