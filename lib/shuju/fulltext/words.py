"""Words as the index holds them: jieba's, of text that is folded character by character.

Folding makes letters small, wide forms narrow and traditional characters simplified; what is neither letter, digit
nor punctuation becomes a blank. A place in the folded text is the same place in the original.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np

from shuju.text.fold import FOLDED
from shuju.text.plain import folding
from shuju.text.tokens import cut

LONGEST = 40  # characters of a word; longer ones are addresses or damage
QUOTES = "“”„‟「」『』〝〞＂"
_BETWEEN = "\U0010ffff"  # no text has it: it is not a character


@cache
def _table() -> np.ndarray:
    letters = folding()
    table = np.where(letters > 0, letters, FOLDED[: len(letters)]).astype(np.uint32)
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x2000, 0x2070), *range(0xFFF0, 0x10000)):
        if unicodedata.category(chr(code))[0] in "CZ":
            table[code] = 32
    table[0xD800:0xE000] = 32
    table[[ord(mark) for mark in QUOTES]] = ord('"')
    table[ord(_BETWEEN)] = ord(_BETWEEN)
    return table


def fold(text: str) -> str:
    """Return the text folded, of the same length. O(characters)."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _table()[codes].tobytes().decode("utf-32-le", "replace")


def fold_all(texts: Sequence[str | None]) -> list[str]:
    """Return each text folded; a missing one is empty."""
    together = fold(_BETWEEN.join(text or "" for text in texts)).split(_BETWEEN)
    return together if len(together) == len(texts) else [fold(text or "") for text in texts]


def words_of(texts: Sequence[str]) -> list[list[str]]:
    """Return the words of folded texts, without blanks and punctuation. O(characters)."""
    return [
        [word[:LONGEST] for word in found if word[0].isalnum() or word[-1].isalnum()] for found in cut(texts)
    ]
