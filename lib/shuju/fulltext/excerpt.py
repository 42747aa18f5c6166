"""What of a text to show: the part in which most of the words stand, the words marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shuju.fulltext.asked import Asked
from shuju.fulltext.words import fold

LENGTH = 110  # characters
BEFORE = 20
Piece = tuple[str, bool]


def marked(text: str, asked: Asked) -> list[Piece]:
    """Return a text in pieces, each with whether it is one of the words asked for."""
    return _pieces(text, _places(text, asked), 0, len(text))


def excerpt(text: str, asked: Asked, length: int = LENGTH) -> list[Piece]:
    """Return the ``length`` characters of a text in which most of the words stand, in pieces as ``marked``. O(characters)."""
    places = _places(text, asked)
    begin = _begin(places, length)
    end = min(begin + length, len(text))
    pieces = _pieces(text, places, begin, end)
    before, after = begin > 0, end < len(text)
    return [*([("…", False)] if before else []), *pieces, *([("…", False)] if after else [])]


def _places(text: str, asked: Asked) -> list[tuple[int, int]]:
    """Return where words stand, from left to right; of words one in the other, the longer."""
    words = [run.text for run in asked.runs if len(run.words) > 1] + list(asked.words)
    pattern = "|".join(re.escape(word) for word in sorted(set(words), key=lambda w: (-len(w), w)))
    return [found.span() for found in re.finditer(pattern, fold(text))] if pattern else []


def _begin(places: Sequence[tuple[int, int]], length: int) -> int:
    best, most = 0, 0
    for start, _ in places:
        begin = max(start - BEFORE, 0)
        weight = sum(b - a for a, b in places if begin <= a and b <= begin + length)
        if weight > most:
            best, most = begin, weight
    return best


def _pieces(text: str, places: Sequence[tuple[int, int]], begin: int, end: int) -> list[Piece]:
    pieces: list[Piece] = []
    at = begin
    for start, stop in places:
        if start < at or stop > end:
            continue
        pieces += [(text[at:start], False), (text[start:stop], True)]
        at = stop
    pieces.append((text[at:end], False))
    return [piece for piece in pieces if piece[0]]
