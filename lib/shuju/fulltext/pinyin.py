"""How characters are read (拼音), tones aside: up to two readings each, the usual ones.

Source: pypinyin's table of single characters (MIT), which follows 《汉语大字典》 and the Unihan database.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np

MOST = 2  # readings of a character; rarer ones would make too much sound alike
NONE = -1
LAST = 0x9FFF
MOST_WAYS = 16
LONGEST_SYLLABLE = 6


@cache
def _spelling() -> tuple[np.ndarray, dict[str, int]]:
    """Return the readings of each character (int16, characters × ``MOST``), and the number of each syllable."""
    from pypinyin.constants import PINYIN_DICT

    table = np.full((LAST + 1, MOST), NONE, np.int16)
    numbers: dict[str, int] = {}
    for code, told in PINYIN_DICT.items():
        if 0x3400 <= code <= LAST:
            plain = dict.fromkeys(_without_tone(reading) for reading in told.split(","))
            for place, syllable in enumerate(list(plain)[:MOST]):
                table[code, place] = numbers.setdefault(syllable, len(numbers))
    return table, numbers


def readings() -> np.ndarray:
    """Return the readings of each character up to ``LAST``, ``NONE`` where there are fewer."""
    return _spelling()[0]


def readings_of(character: str) -> np.ndarray:
    """Return the readings of one character."""
    code = ord(character)
    found = readings()[code] if code <= LAST else np.empty(0, np.int16)
    return found[found != NONE]


@cache
def _rhymes() -> tuple[str, ...]:
    return tuple(syllable.lstrip("bpmfdtnlgkhjqxzcsryw") for syllable in _spelling()[1])


def rhyme(syllable: int) -> str:
    """Return the final of a syllable."""
    return _rhymes()[syllable]


@cache
def syllables_of(letters: str) -> tuple[tuple[int, ...], ...]:
    """Return the ways to cut letters into syllables (their numbers), at most ``MOST_WAYS``, the fewest syllables first."""
    numbers = _spelling()[1]
    letters = letters.lower().replace("'", "").replace("v", "u")
    if not letters.isascii() or not letters.isalpha() or len(letters) > 8 * LONGEST_SYLLABLE:
        return ()
    ways: list[list[tuple[int, ...]]] = [[()]] + [[] for _ in letters]
    for end in range(1, len(letters) + 1):
        for begin in range(max(0, end - LONGEST_SYLLABLE), end):
            number = numbers.get(letters[begin:end])
            if number is not None:
                ways[end] += [(*way, number) for way in ways[begin]]
        ways[end] = sorted(ways[end], key=len)[:MOST_WAYS]
    return tuple(ways[-1])


def _without_tone(reading: str) -> str:
    parts = unicodedata.normalize("NFD", reading.strip())
    return "".join(c for c in parts if not unicodedata.combining(c)).lower()
