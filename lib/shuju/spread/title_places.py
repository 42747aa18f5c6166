"""The place that a title begins with: 山东省 of 山东省全民健身条例, 上海市浦东新区 of 上海市浦东新区….

Known are the country, all provinces, prefectures and counties of now and since 1990, and the regions of the province in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numba as nb
import numpy as np

from shuju.standard import regions
from shuju.standard.divisions import divisions
from shuju.text.features import characters_of
from shuju.text.trie import longest, trie

COUNTRY = "中华人民共和国"
MOST = 3  # names one after the other: province, prefecture, county
GENERAL = frozenset({"郊区", "新区", "矿区", "城区", "市区", "市辖区"})  # these say no place
# 市场, 市容, 市民, 县级, 区域 are words of their own; 长沙市民政局, 长沙市民营企业 are none.
_SHI, _XIAN, _QU, _MIN = map(ord, "市县区民")
_AFTER_SHI, _AFTER_XIAN, _NOT_PEOPLE = (
    np.array([*map(ord, text)], np.uint32) for text in ("场容级", "级域区划", "政族营用办兵间")
)
_AFTER_QU = np.array([*map(ord, "级域县划块间")], np.uint32)


def places_of_titles(ours: Sequence[str], theirs: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tell which titles begin with different places, and which of them are else equal: 2 if both name one, 1 if one does.

    O(characters), in compiled code.
    """
    known = _names()
    return _compared(
        characters_of(ours), _bounds(ours), characters_of(theirs), _bounds(theirs),
        known["keys"], known["nodes"], known["names_at"],
    )  # fmt: skip


def _bounds(texts: Sequence[str]) -> np.ndarray:
    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=bounds[1:])
    return bounds


@cache
def _names() -> dict[str, np.ndarray]:
    known = {COUNTRY, *(d.name for d in divisions()), *(r.name for r in regions())}
    return trie(sorted(known - GENERAL))


@nb.njit(cache=True, nogil=True)
def _is_in(code, codes):
    for one in codes:  # noqa: SIM110 - compiled
        if one == code:
            return True
    return False


@nb.njit(cache=True, nogil=True)
def _is_cut(characters, stop, end):
    """Tell whether a name's last character and what follows it are one word."""
    if stop >= end:
        return False
    last, after = characters[stop - 1], characters[stop]
    if last == _SHI:
        if after == _MIN:
            return stop + 1 == end or not _is_in(characters[stop + 1], _NOT_PEOPLE)
        return _is_in(after, _AFTER_SHI)
    if last == _XIAN:
        return _is_in(after, _AFTER_XIAN)
    return last == _QU and _is_in(after, _AFTER_QU)


@nb.njit(cache=True, nogil=True)
def _place_end(characters, at, end, keys, nodes, names_at):
    for _ in range(MOST):
        found, stop = longest(keys, nodes, names_at, characters, at, end)
        if found < 0 or _is_cut(characters, stop, end):
            break
        at = stop
    return at


@nb.njit(cache=True, nogil=True)
def _is_same(a, first, last, b, start, stop):
    if last - first != stop - start:
        return False
    for k in range(last - first):  # noqa: SIM110 - compiled
        if a[first + k] != b[start + k]:
            return False
    return True


@nb.njit(cache=True, nogil=True)
def _compared(ours, of_ours, theirs, of_theirs, keys, nodes, names_at):
    n = len(of_ours) - 1
    differ, same = np.zeros(n, np.bool_), np.zeros(n, np.int8)
    for k in range(n):
        first, last, start, stop = of_ours[k], of_ours[k + 1], of_theirs[k], of_theirs[k + 1]
        place = _place_end(ours, first, last, keys, nodes, names_at)
        other = _place_end(theirs, start, stop, keys, nodes, names_at)
        differ[k] = not _is_same(ours, first, place, theirs, start, other)
        if differ[k] and _is_same(ours, place, last, theirs, other, stop):
            same[k] = 2 if place > first and other > start else 1
    return differ, same
