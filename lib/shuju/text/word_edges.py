"""Where words begin and end around names that were found: a name is read on word boundaries (投资|兴建 holds no 资兴)."""

from __future__ import annotations

from functools import cache
from itertools import repeat
from typing import NamedTuple

import numba as nb
import numpy as np
import rjieba

from shuju.standard import province, regions
from shuju.standard.divisions import divisions
from shuju.text.user_dictionary import frequencies

# Frequencies of regions: above those of rare words that jieba's dictionary holds by chance (福龙, 南县教育局), and, of
# prefectures, above all words that might share characters (省长|沙).
_AT_LEAST, _SURELY = 300, 20_000
MARGIN = 12  # characters cut before and after a name; words are shorter
# Words that begin with the kind of the region before them: 宁乡县|县委 is of 宁乡县, 会同|县级 is of no county.
_ORGANS = {
    f"{kind}{organ}"
    for kind in "省市州县区乡镇"
    for organ in (
        *("委", "政府", "城", "长", "人大", "政协", "里", "内", "直", "属", "境", "府", "志"),
        *("纪委", "局", "法院", "医院", "一中", "二中", "中学", "公安局", "委书记"),
    )
} | {"街道办", "街道办事处", "镇上"}


ORGAN, ELSEWHERE = 1, 2


class WordEdges(NamedTuple):
    """Stretches of texts, cut into words. Stretch w holds the characters ``low[w] <= c < high[w]`` of ``texts[w]``.

    ``begins``, ``stops``, ``marks``: of the word that holds a character, at ``at[w] + c - low[w]``; a word is marked
    ``ORGAN`` (县委) or ``ELSEWHERE`` (a region of another province).
    """

    texts: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at: np.ndarray
    begins: np.ndarray
    stops: np.ndarray
    marks: np.ndarray


def edges_around(
    characters: np.ndarray,
    joined: str,
    ends: np.ndarray,
    texts: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
) -> WordEdges:
    """Return the words around spans (text, start, end, in order): whole runs of Chinese, ``MARGIN`` either side at most.

    Words are jieba's by dictionary alone: words that its model guesses would glue names to what stands beside them.
    O(characters of the spans and margins).
    """
    text, low, high = _stretches(characters, ends, texts, starts, stops)
    pieces = [joined[a:b] for a, b in zip(low, high, strict=True)]
    words = _tokenizer().cut("\n".join(pieces), False)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    marks = np.fromiter(map(_marked().get, words, repeat(0)), np.uint8, len(words))
    at = np.cumsum(high - low + 1) - (high - low + 1)  # a line break after each
    shift = np.repeat(low - at, high - low + 1)[: int(lengths.sum())]
    begin = np.repeat(np.cumsum(lengths) - lengths, lengths)
    stop = np.repeat(np.cumsum(lengths), lengths)
    return WordEdges(text, low, high, at, begin + shift, stop + shift, np.repeat(marks, lengths))


@cache
def _tokenizer() -> rjieba.Jieba:
    """Return rjieba with the user dictionary and the short names of regions; prefectures before words like 省长."""
    found = rjieba.Jieba()
    for word, frequency in frequencies():
        found.add_word(word, frequency, None)
    for one in regions("county"):
        for name in () if one.short_name_is == "verb" else (one.name, one.short_name):
            if len(name) > 1:
                found.add_word(name, max(_AT_LEAST, found.suggest_freq(name)), None)
    for one in regions("prefecture"):
        found.add_word(one.name, _SURELY, None)
    for road in ("国道", "省道", "县道", "乡道"):
        found.add_word(road, _SURELY, None)
    return found


@cache
def _marked() -> dict[str, int]:
    home = province().code[:2]
    elsewhere = {d.name: ELSEWHERE for d in divisions() if d.code[:2] != home}
    return elsewhere | dict.fromkeys(_ORGANS, ORGAN)


@nb.njit(cache=True, nogil=True)
def _stretches(characters, ends, texts, starts, stops):
    low, high, text = np.empty_like(starts), np.empty_like(starts), np.empty_like(starts)
    n = 0
    for k in range(len(starts)):
        begin = ends[texts[k] - 1] if texts[k] else 0
        a, b = starts[k], stops[k]
        while a > begin and starts[k] - a < MARGIN and 0x4E00 <= characters[a - 1] <= 0x9FFF:
            a -= 1
        while b < ends[texts[k]] and b - stops[k] < MARGIN and 0x4E00 <= characters[b] <= 0x9FFF:
            b += 1
        if n and text[n - 1] == texts[k] and a <= high[n - 1]:
            high[n - 1] = max(high[n - 1], b)
        else:
            low[n], high[n], text[n] = a, b, texts[k]
            n += 1
    return text[:n].copy(), low[:n].copy(), high[:n].copy()
