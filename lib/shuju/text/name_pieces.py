"""Pieces of names among the words of letters: what the dictionary cut off (溪湖 of 梅溪湖), and how neighbours are made one word."""

from __future__ import annotations

import re

import numba as nb
import numpy as np

HELD, HELD_LETTERS = 0.7, 3  # how often one character must stand beside a piece, which so many letters hold
_HAN = re.compile(r"[\u4e00-\u9fff]{2,12}")


def pieces_of_names(
    code: np.ndarray, letter: np.ndarray, words: np.ndarray, is_part: np.ndarray, common: int
) -> list[tuple[tuple[str, str], str, bool]]:
    """Return the pieces: character and piece in their order, the piece, and whether ``common`` letters or more hold it.

    ``code`` are the words of letters one after the other (-1 where a text ends), ``letter`` the letter of each place, ``is_part``
    which of ``words`` are characters that a name may have. O(words · log words).
    """
    size, n_letters = len(words), int(letter.max(initial=0)) + 1
    is_long = np.array([bool(_HAN.fullmatch(word)) for word in words.tolist()], bool)
    n = np.bincount(code[code >= 0], minlength=size)
    there = np.unique(code[code >= 0] * n_letters + letter[code >= 0])
    in_letters = np.bincount(there // n_letters, minlength=size)
    found = []
    for own, beside in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        word, neighbour = code[own], code[beside]
        at = (word >= 0) & (neighbour >= 0)
        at[at] = is_long[word[at]] & is_part[neighbour[at]]
        key, count = np.unique(word[at] * size + neighbour[at], return_counts=True)
        a, b = key // max(size, 1), key % max(size, 1)
        for k in np.flatnonzero((count >= HELD * n[a]) & (in_letters[a] >= HELD_LETTERS)).tolist():
            piece, character = words[a[k]], words[b[k]]
            pair = (character, piece) if own.start else (piece, character)
            found.append((pair, piece, bool(in_letters[a[k]] >= common)))
    return found


@nb.njit(cache=True, nogil=True)
def join_pairs(code: np.ndarray, keys: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return codes with neighbours made one (pairs ``keys`` sorted, ``names`` their codes), and which places are kept."""
    made = code.copy()
    kept = np.ones(len(code), np.bool_)
    k = 0
    while k < len(code) - 1:
        if code[k] >= 0 and code[k + 1] >= 0:
            key = code[k] << 32 | code[k + 1]
            at = np.searchsorted(keys, key)
            if at < len(keys) and keys[at] == key:
                made[k] = names[at]
                kept[k + 1] = False
                k += 1
        k += 1
    return made, kept
