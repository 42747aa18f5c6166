"""Plain characters (纯字符): a text as its letters and digits alone, so that layout, width and script do not matter.

Left out are blanks, punctuation, signs, HTML tags and entities; width and case are made one (NFKC, lower
case), traditional characters simplified. Each character knows its place in the text as it was given.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numba import njit

from shuju.text.buffers import utf8

_TAG_WITHIN = 1_000  # bytes; a "<" that is not closed by then is a sign, not a tag
_ENTITY_WITHIN = 10


@dataclass(frozen=True)
class Plain:
    """The characters of texts, one after another (uint32), where each text's characters begin and end
    (int64, one more than texts), and the place of each character in its text (int32; empty if not asked for).
    """

    characters: np.ndarray
    bounds: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def of(self, text: int) -> np.ndarray:
        """Return the characters of one text."""
        return self.characters[self.bounds[text] : self.bounds[text + 1]]


def plain(texts: pa.Array | pa.ChunkedArray | Sequence[str | None], *, with_places: bool = True) -> Plain:
    """Return the letters and digits of each text; null is empty.

    Places count characters (code points) of the text as given. O(bytes), without the GIL.
    """
    if not isinstance(texts, pa.Array | pa.ChunkedArray):
        texts = pa.array([_encodable(t) if isinstance(t, str) else None for t in texts], pa.large_string())
    offsets, data, texts = utf8(texts)
    is_null = np.asarray(texts.is_null())
    room = _code_points(offsets, data)
    # Made by numpy, which asks the system for large pages: small ones cost as much as the reading.
    characters, places = np.empty(room, np.uint32), np.empty(room if with_places else 0, np.int32)
    bounds = _plain(offsets, data, is_null, folding(), characters, places)
    return Plain(characters[: bounds[-1]], bounds, places[: bounds[-1]])


def _encodable(text: str) -> str:
    """Return the text with what UTF-8 cannot hold (a lone surrogate) replaced by one character each."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@cache
def folding() -> np.ndarray:
    """Return for each code point the letter or digit that it stands for, or 0."""
    from opencc import OpenCC

    table = np.zeros(0x110000, np.uint32)
    table[0x20000:0x40000] = np.arange(0x20000, 0x40000)
    for code in range(0x10000):
        folded = unicodedata.normalize("NFKC", chr(code)).lower()
        if len(folded) == 1 and folded.isalnum():
            table[code] = ord(folded)
    for first, last in ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2A6E0)):
        simplified = OpenCC("t2s").convert("\n".join(map(chr, range(first, last)))).split("\n")
        table[first:last] = [ord(s) if len(s) == 1 else code for code, s in enumerate(simplified, first)]
    return table


@njit(nogil=True, cache=True, inline="always")
def _is_name(byte):
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 35


@njit(nogil=True, cache=True)
def _after_markup(data, at, end):
    """Return where a tag or an entity that begins at ``at`` ends, or ``at`` where none begins."""
    if data[at] == 60:  # <
        if at + 1 < end and (data[at + 1] == 47 or data[at + 1] == 33 or 65 <= data[at + 1] | 32 <= 122):
            for k in range(at + 2, min(end, at + _TAG_WITHIN)):
                if data[k] == 62:
                    return k + 1
    else:  # &
        for k in range(at + 1, min(end, at + _ENTITY_WITHIN)):
            if data[k] == 59:
                return k + 1 if k > at + 1 else at
            if not _is_name(data[k]):
                return at
    return at


@njit(nogil=True, cache=True)
def _code_points(offsets, data):
    n = 0
    for k in range(offsets[0], offsets[-1]):
        n += (data[k] & 0xC0) != 0x80
    return n


@njit(nogil=True, cache=True)
def _plain(offsets, data, is_null, folding, characters, places):
    """Fill in the characters, and their places if there is room for them; return the bounds of texts."""
    rows = len(offsets) - 1
    bounds = np.zeros(rows + 1, np.int64)
    with_places = len(places) > 0
    n = 0
    for row in range(rows):
        at, end = np.int64(offsets[row]), np.int64(offsets[row + 1])
        place = 0
        if is_null[row]:
            at = end
        while at < end:
            byte = np.int64(data[at])
            if byte < 0x80:
                if byte in (60, 38):
                    after = _after_markup(data, at, end)
                    if after > at:
                        for k in range(at, after):
                            place += (data[k] & 0xC0) != 0x80
                        at = after
                        continue
                code = byte
                at += 1
            elif byte < 0xE0:
                code = (byte & 0x1F) << 6 | (np.int64(data[at + 1]) & 0x3F)
                at += 2
            elif byte < 0xF0:
                code = (byte & 0x0F) << 12 | (np.int64(data[at + 1]) & 0x3F) << 6
                code |= np.int64(data[at + 2]) & 0x3F
                at += 3
            else:
                code = (byte & 0x07) << 18 | (np.int64(data[at + 1]) & 0x3F) << 12
                code |= (np.int64(data[at + 2]) & 0x3F) << 6 | (np.int64(data[at + 3]) & 0x3F)
                at += 4
            character = folding[code]
            if character:
                characters[n] = character
                if with_places:
                    places[n] = place
                n += 1
            place += 1
        bounds[row + 1] = n
    return bounds
