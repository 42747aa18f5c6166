"""Where texts write the names of the gazetteer: a name begins with a word and ends with one.

A first pass over the characters finds where any name stands; around these the text is cut into words, and a second
pass takes the longest name that words allow.
"""

from __future__ import annotations

from collections.abc import Callable

import numba as nb
import numpy as np

from shuju.text.gazetteer import Gazetteer
from shuju.text.trie import longest, step
from shuju.text.word_edges import edges_around

# What a short name before it does not name: 韶山路, 岳麓山, 天心阁; and, as a word of one character, 龙山河, 双峰村.
_GOES_ON = "路街山寺亭塔桥阁峰书"
_ROADS = "大道北路南路中路东路西路"
_GOES_ON_ALONE = "河湖岛岭江园洞垸槛村区县市镇乡寨湾峡坝门屯沟坪冲坡溪洲垄畔"
# After these a verb is one: 局会同县人民政府, 应当会同县, 大会同意.
_SUBJECTS = "门当局厅府院委会办关构处科队所位署司室须应可并要将能责由定者站社校团部组级大都不和也再先后时人"


def find_names(
    characters: np.ndarray, ends: np.ndarray, joined: str, known: Gazetteer
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return text, start, end (in ``characters``) and number of each name found, in their order.

    ``characters`` are the code points of all texts (``joined``), ``ends`` where each text ends. O(characters).
    """
    tree = (known.keys, known.nodes, known.names_at)
    room = len(characters) // 40 + len(ends)
    spans = _filled(room, lambda found: _find_spans(characters, ends, known.pairs, *tree, found))
    edges = edges_around(characters, joined, ends, *spans[:3])
    words = (edges.texts, edges.low, edges.high, edges.at, edges.begins, edges.stops, edges.marks)
    texts, starts, stops, names = _filled(
        spans.shape[1],
        lambda found: _find_names(
            characters, *tree, *words, known.marks, _AFTER, _ROAD, _ALONE, _SUBJECT, found
        ),
    )
    return texts, starts, stops, names


def _filled(room: int, fill: Callable[[np.ndarray], int]) -> np.ndarray:
    """Return what ``fill`` writes into the columns of an array; a second time where there was no room."""
    n = -1
    while n < 0 or n > room:
        room = max(room, n)
        found = np.zeros((4, room), np.int64)
        n = fill(found)
    return found[:, :n]


_AFTER = np.array([ord(c) for c in _GOES_ON], np.uint32)
_ROAD = np.array([ord(c) for c in _ROADS], np.uint32).reshape(-1, 2)
_ALONE = np.array([ord(c) for c in _GOES_ON_ALONE + _GOES_ON], np.uint32)
_SUBJECT = np.array([ord(c) for c in _SUBJECTS], np.uint32)


@nb.njit(cache=True, nogil=True)
def _goes_on(characters, at, end, after, road):
    if at >= end:
        return False
    for code in after:
        if characters[at] == code:
            return True
    if at + 1 < end:
        for k in range(len(road)):
            if characters[at] == road[k, 0] and characters[at + 1] == road[k, 1]:
                return True
    return False


@nb.njit(cache=True, inline="always")
def _pair(one, other):
    """Return where two characters stand in a table of pairs: one in 65,536, several pairs may share it."""
    return (one * 31 + other * 4099) & 0xFFFF


@nb.njit(cache=True, nogil=True)
def _find_spans(characters, ends, pairs, keys, nodes, names_at, found):
    """Write text, start and end of the longest names, as many as there is room for; return how many there are."""
    n, at = 0, 0
    for text in range(len(ends)):
        while at < ends[text]:
            if at + 1 == ends[text] or not pairs[_pair(characters[at], characters[at + 1])]:
                at += 1
                continue
            best, stop = longest(keys, nodes, names_at, characters, at, ends[text])
            if best >= 0:
                if n < found.shape[1]:
                    found[0, n], found[1, n], found[2, n] = text, at, stop
                n += 1
            at = stop
    return n


@nb.njit(cache=True, nogil=True)
def _holds(codes, code):
    for other in codes:  # noqa: SIM110 - any() over a generator does not compile
        if other == code:
            return True
    return False


@nb.njit(cache=True, nogil=True)
def _find_names(
    characters, keys, nodes, names_at, texts, lows, highs, offsets, begins, stops, word_marks,
    marks, after, road, alone, subject, found,
):  # fmt: skip
    """Write text, start, end and number of the longest names that the words around them allow."""
    n = 0
    for w in range(len(texts)):
        at, high, shift = lows[w], highs[w], offsets[w] - lows[w]
        last = -1  # where the name before ends
        while at < high:
            if begins[at + shift] != at:  # within a word
                at += 1
                continue
            node, k, best, stop = 0, at, -1, at + 1
            while k < high:
                node = step(keys, nodes, node, characters[k])
                if node == 0:
                    break
                k += 1
                name = names_at[node]
                if name >= 0 and _may_end(
                    characters, at, k, high, shift, begins, stops, word_marks, marks[name], after, road, alone
                ):
                    best, stop = name, k
            is_after_word = at > lows[w] and last != at
            if best >= 0 and marks[best] & 2 and is_after_word and _holds(subject, characters[at - 1]):
                best, stop = -1, at + 1
            if best >= 0:
                if n < found.shape[1]:
                    found[0, n], found[1, n], found[2, n], found[3, n] = texts[w], at, stop, best
                n += 1
                last = stop
            at = stop
    return n


@nb.njit(cache=True, nogil=True)
def _may_end(characters, at, end, high, shift, begins, stops, word_marks, mark, after, road, alone):
    """Whether a name from ``at`` may end at ``end``: at the end of a word, or before an organ's (长沙县|县委 → 长沙县)."""
    is_short = mark & 1
    if is_short and _goes_on(characters, end, high, after, road):
        return False
    if end < high and begins[end + shift] != end:
        begin, stop = begins[end + shift], stops[end + shift]
        if begin == at:  # 湘潭大学 names the city, 永定河 does not
            return is_short and (stop - end >= 2 or not _holds(alone, characters[end]))
        if word_marks[end + shift] == 2:  # 长沙市区 is no 沙市区
            return begin == at + 1
        return begin == end - 1 and word_marks[end + shift] == 1 and not mark & 4
    if mark & 4:
        return begins[end - 1 + shift] == at
    if is_short and end < high and stops[end + shift] == end + 1:
        return not _holds(alone, characters[end])
    return True
