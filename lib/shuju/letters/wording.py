"""What a letter is about, as sparse rows: its words, and pairs of words that stand together.

Pairs, and threes about one short word, hold the names of things that the dictionary does not know (丽发新城 is
cut 丽发 / 新城, 魅力之城 魅力 / 之 / 城): written by few, they weigh most. What weighs nothing: forms of address, stop words, amounts and dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain

import numba as nb
import numpy as np

from shuju.text.features import Rows
from shuju.text.terms import stop_words
from shuju.text.tokens import PLACE_CODE, cut

BITS = 24
_BLOCK = 50_000  # letters whose words are held at once
_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
# What stands after a number that names nothing: amounts, dates, counts.
_UNITS = "年月日号点时分秒天周个元万亿块角米里公斤吨亩度次户人名家岁层楼栋幢单元室平方倍种条项件台辆间只份套期届组斤％%多余几点半小时分钟"
_SKIP, _WORD, _SHORT, _NUMBER, _GLUE = range(5)
# What a letter wants is not what it is about.
ASKING = (
    "咨询",
    "投诉",
    "举报",
    "建议",
    "求助",
    "恳请",
    "请求",
    "关于",
    "请教",
    "强烈",
    "再次",
    "解决",
    "处理",
)


def wordings(titles: Sequence[str | None], bodies: Sequence[str | None], title_weight: float = 2.0) -> Rows:
    """Return how often each letter has each word and each pair of neighbouring words, hashed to 2^24 buckets.

    What stands in the title counts ``title_weight`` times. Linear in the characters, nearly all of it
    the cutting of words.
    """
    parts = [
        _count(titles[first : first + _BLOCK], bodies[first : first + _BLOCK], title_weight)
        for first in range(0, max(len(titles), 1), _BLOCK)
    ]
    starts = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.starts) for part in parts)]).cumsum()
    return Rows(
        starts,
        np.concatenate([part.buckets for part in parts]),
        np.concatenate([part.values for part in parts]),
        1 << BITS,
    )


def _count(titles: Sequence[str | None], bodies: Sequence[str | None], title_weight: float) -> Rows:
    texts = [
        PLACE_CODE.sub(" ", text) if isinstance(text, str) else ""
        for pair in zip(titles, bodies, strict=True)
        for text in pair
    ]
    words = cut(texts)
    lengths = np.fromiter(map(len, chain.from_iterable(words)), np.int64)
    ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    starts, buckets, values = _wordings(codes, lengths, ends, _stops(), _is_unit(), title_weight)
    return Rows(starts, buckets, values, 1 << BITS)


@cache
def _stops() -> np.ndarray:
    """Return the hashes of the stop words, sorted."""
    words = sorted(stop_words() | set(ASKING))
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    ends = np.cumsum([len(word) for word in words])
    return np.sort([_hash(codes, end - len(word), end) for word, end in zip(words, ends, strict=True)])


@cache
def _is_unit() -> np.ndarray:
    found = np.zeros(0x10000, np.bool_)
    found[[ord(unit) for unit in _UNITS]] = True
    return found


@nb.njit(cache=True, inline="always")
def _hash(codes: np.ndarray, start: int, end: int) -> np.uint64:
    hashed = _OFFSET
    for k in range(start, end):
        code = codes[k]
        hashed = (hashed ^ np.uint64(code + np.uint32(32) if 65 <= code <= 90 else code)) * _PRIME
    return hashed


@nb.njit(cache=True, inline="always")
def _bucket(hashed: np.uint64) -> int:
    mixed = (hashed ^ (hashed >> np.uint64(33))) * _MIX
    return np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64((1 << BITS) - 1))


@nb.njit(cache=True, inline="always")
def _kind(codes: np.ndarray, start: int, end: int) -> int:
    """Return what a word is: of Chinese (two or more characters), one character, a number or a Latin name."""
    has_han, has_digit = False, False
    for k in range(start, end):
        code = codes[k]
        if 0x3400 <= code <= 0x9FFF or code >= 0x20000:
            has_han = True
        elif 48 <= code <= 57:
            has_digit = True
        elif not (65 <= code <= 90 or 97 <= code <= 122):
            return _SKIP
    if has_han:
        return _WORD if end - start > 1 else _SHORT
    return _NUMBER if has_digit else _WORD if end - start > 1 else _SHORT


@nb.njit(cache=True, nogil=True)
def _wordings(
    codes: np.ndarray,
    lengths: np.ndarray,
    ends: np.ndarray,
    stops: np.ndarray,
    is_unit: np.ndarray,
    title_weight: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = np.zeros(1 << BITS, np.float32)
    starts = np.zeros(len(ends) // 2 + 1, np.int64)
    buckets = np.empty(3 * len(lengths), np.int32)
    values = np.empty(3 * len(lengths), np.float32)
    word, place, n = 0, 0, 0
    for text in range(len(ends)):
        row = text // 2
        weight = np.float32(title_weight if text % 2 == 0 else 1)
        before, hash_before = _SKIP, np.uint64(0)
        first, hash_first = _SKIP, np.uint64(0)
        while word < ends[text]:
            start, end = place, place + lengths[word]
            place, word = end, word + 1
            kind = _kind(codes, start, end)
            hashed = _hash(codes, start, end)
            if kind in {_WORD, _SHORT}:
                at = np.searchsorted(stops, hashed)
                if at < len(stops) and stops[at] == hashed:
                    kind = _GLUE if kind == _SHORT else _SKIP
            if before == _NUMBER and kind != _SKIP and codes[start] < 0x10000 and is_unit[codes[start]]:
                kind = _SKIP
            if kind == _WORD:
                n = _add(count, buckets, n, _bucket(hashed), weight)
            names = kind not in {_SKIP, _GLUE}
            if names and before not in {_SKIP, _GLUE} and not (kind == _NUMBER and before == _NUMBER):
                n = _add(count, buckets, n, _bucket(hash_before * _PRIME ^ hashed), weight)
            if names and before in {_GLUE, _SHORT} and first not in {_SKIP, _GLUE}:
                three = (hash_first * _PRIME ^ hash_before) * _PRIME ^ hashed
                n = _add(count, buckets, n, _bucket(three), weight)
            first, hash_first = before, hash_before
            before, hash_before = kind, hashed
        if text % 2:
            for k in range(starts[row], n):
                values[k] = count[buckets[k]]
                count[buckets[k]] = 0
            starts[row + 1] = n
    return starts, buckets[:n].copy(), values[:n].copy()


@nb.njit(cache=True, inline="always")
def _add(count: np.ndarray, buckets: np.ndarray, n: int, bucket: int, weight: float) -> int:
    is_new = count[bucket] == 0
    if is_new:
        buckets[n] = bucket
    count[bucket] += weight
    return n + 1 if is_new else n
