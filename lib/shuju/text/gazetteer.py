"""The gazetteer (地名词典): how the regions and townships of the province are written, and where texts write so.

Names are the standard's: prefectures, counties, townships, full (岳麓区), short (岳麓), with the ending
they had before (宁乡县, 含浦镇). All stand in one trie; a pass over the characters takes the longest name that
begins where no earlier name goes on.

Source: A. Aho and M. Corasick, Efficient string matching, CACM 1975 (here without failure links: names
are short, and most characters begin none).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numba as nb
import numpy as np

from shuju.standard import regions
from shuju.standard.codes import LISTS

# How sure a name is by itself, as log-odds; context adds to it.
FULL, FORMER, SHORT, TOWN, FORMER_TOWN, STEM, WORD, COMMON = 4.0, 3.0, 2.0, 2.5, 1.5, -0.5, -0.7, -4.0

# Renamed beyond a changed ending.
_RENAMED = {
    "株洲县": "430212",
    "望城县": "430112",
    "通道县": "431230",
    "大庸市": "430800",
    "湘西州": "433100",
    "湘西自治州": "433100",
}
# Short names that are words, persons' names, or names of places elsewhere.
_WORDS = """
中方 洞口 北塔 荷塘 芙蓉 天心 天元 双清 永兴 桃源 凤凰 新田 资阳 石门 永定 武陵 会同 大祥 君山 新宁 东安 安仁 嘉禾
永顺 龙山 蓝山 平江 华容 南岳 北湖 石鼓 云溪 岳阳楼 雨湖 石峰 珠晖 雁峰 鹤城 桂东 鼎城 赫山 洪江
"""
# A word first of all: fire lanes (消防通道) are in more letters than the county.
_COMMON = frozenset({"通道"})
# Taken so that no name is read inside them; they are not reported.
_ELSEWHERE = """
北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西
甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 广州 深圳 东莞 佛山 武汉 成都 西南 东南 省道 县道 市道 国道 乡道 永定门
希望
"""
_ETHNIC = re.compile(r"(?:(?:土家|苗|瑶|侗|白|回|维吾尔|壮|满|蒙古)族)+(?=乡$)")
_TOWN_END = re.compile(r"(?:街道|镇|乡)$")
# What a short name before it does not name: 韶山路, 岳麓山, 天心阁.
_GOES_ON = "路街山寺亭塔桥阁峰书"
_ROADS = "大道北路南路中路东路西路"


class Gazetteer(NamedTuple):
    """Places and names as arrays. A name has the readings ``first[name] <= k < first[name + 1]``.

    ``codes``: by place, the code. ``counties``, ``prefectures``: by place, the number of the region it lies in,
    -1 if none. ``kinds``: by place, prefecture, county or town. ``places``, ``odds``: by reading. ``keys``,
    ``nodes``, ``names_at``: the trie as a hash table of (node, character).
    """

    codes: np.ndarray
    titles: np.ndarray
    kinds: np.ndarray
    counties: np.ndarray
    prefectures: np.ndarray
    first: np.ndarray
    places: np.ndarray
    odds: np.ndarray
    keys: np.ndarray
    nodes: np.ndarray
    names_at: np.ndarray


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer of the standard's regions and townships."""
    prefectures, counties = regions("prefecture"), regions("county")
    with (LISTS / "towns.csv").open(encoding="utf-8", newline="") as file:
        towns = [row for row in csv.DictReader(file) if row["county_code"] in {c.code for c in counties}]
    prefecture_of = {p.code: n for n, p in enumerate(prefectures)}
    county_of = {c.code: n for n, c in enumerate(counties)}
    places = [(p.code, p.name, "prefecture", -1, prefecture_of[p.code]) for p in prefectures]
    places += [
        (c.code, c.name, "county", county_of[c.code], prefecture_of[str(c.parent_code)]) for c in counties
    ]
    of_county = {c.code: prefecture_of[str(c.parent_code)] for c in counties}
    places += [
        (t["code"], t["name"], "town", county_of[t["county_code"]], of_county[t["county_code"]])
        for t in towns
    ]
    number = {place[0]: n for n, place in enumerate(places)}
    doubtful = set(_WORDS.split())
    names: dict[str, dict[int, float]] = {name: {} for name in _ELSEWHERE.split()}

    def add(name: str, code: str, odds: float) -> None:
        names.setdefault(name, {}).setdefault(number[code], odds)

    for region in (*prefectures, *counties):
        add(region.name, region.code, FULL)
    for name, code in _RENAMED.items():
        add(name, code, FORMER)
    of_prefecture = {p.short_name for p in prefectures}
    for p in prefectures:
        add(p.short_name, p.code, SHORT)
    for c in counties:
        if len(c.short_name) > 1 and c.short_name != c.name and c.short_name not in of_prefecture:
            if c.name.endswith(("市", "自治县")) and c.short_name not in _COMMON:
                add(c.short_name + "县", c.code, FORMER)
            odds = COMMON if c.short_name in _COMMON else WORD if c.short_name in doubtful else SHORT
            add(c.short_name, c.code, odds)
    for t in towns:
        add(t["name"], t["code"], TOWN)
    known = set(names)
    for t in towns:
        plain = _ETHNIC.sub("", t["name"])
        stem = _TOWN_END.sub("", plain)
        if stem == plain or len(stem) < 2:
            continue
        for ending in ("街道", "镇", "乡"):
            if stem + ending not in known:
                add(stem + ending, t["code"], FORMER_TOWN)
        if len(stem) > 2 and stem[-1] not in "路街" and stem not in known:
            add(stem, t["code"], STEM)
    columns = list(zip(*places, strict=True))
    readings = [reading for found in names.values() for reading in found.items()]
    return Gazetteer(
        codes=np.array(columns[0], object),
        titles=np.array(columns[1], object),
        kinds=np.array(columns[2], object),
        counties=np.array(columns[3], np.int64),
        prefectures=np.array(columns[4], np.int64),
        first=np.cumsum([0, *(len(found) for found in names.values())]),
        places=np.array([place for place, _ in readings], np.int64),
        odds=np.array([odds for _, odds in readings], np.float64),
        **trie(tuple(names)),
    )


def trie(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return ``keys``, ``nodes`` and ``names_at`` (-1: no name ends here) of a trie; node 0 is its root."""
    children: dict[tuple[int, int], int] = {}
    ends: dict[int, int] = {}
    for n, name in enumerate(names):
        node = 0
        for character in name:
            node = children.setdefault((node, ord(character)), len(children) + 1)
        ends[node] = n
    size = 1 << (4 * len(children)).bit_length()
    keys, nodes = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    pairs = np.array([parent << 32 | code for parent, code in children], np.uint64)
    _fill(pairs, np.array(list(children.values()), np.int32), keys, nodes)
    names_at = np.full(len(children) + 1, -1, np.int32)
    names_at[list(ends)] = list(ends.values())
    return {"keys": keys, "nodes": nodes, "names_at": names_at}


def find_names(
    characters: np.ndarray, ends: np.ndarray, known: Gazetteer
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return text, start, end (in ``characters``) and number of each name found, in their order.

    ``characters`` are the code points of all texts, ``ends`` where each text ends. O(characters).
    """
    is_short = np.zeros(len(known.first) - 1, np.bool_)
    own = np.flatnonzero(np.diff(known.first))
    is_short[own] = np.isin(known.odds[known.first[own]], [SHORT, WORD, COMMON, STEM])
    room, n = -1, len(ends)
    while n > room:  # a second time where more was found than there was room for
        room = n
        found = np.zeros((4, room), np.int64)
        n = _find_names(
            characters, ends, known.keys, known.nodes, known.names_at, is_short, _AFTER, _ROAD, found
        )
    texts, starts, stops, names = found[:, :n]
    return texts, starts, stops, names


_AFTER = np.array([ord(c) for c in _GOES_ON], np.uint32)
_ROAD = np.array([ord(c) for c in _ROADS], np.uint32).reshape(-1, 2)


@nb.njit(cache=True, inline="always")
def _slot(key, size):
    return np.int64(((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & np.uint64(size - 1))


@nb.njit(cache=True)
def _fill(pairs, values, keys, nodes):
    for n in range(len(pairs)):
        at = _slot(pairs[n], len(keys))
        while keys[at] != 0:
            at = (at + 1) & (len(keys) - 1)
        keys[at], nodes[at] = pairs[n], values[n]


@nb.njit(cache=True, nogil=True)
def step(keys, nodes, node, code):
    """Return the node that a character leads to, 0 if there is none."""
    key = np.uint64(node) << np.uint64(32) | np.uint64(code)
    at = _slot(key, len(keys))
    while keys[at] != 0:
        if keys[at] == key:
            return nodes[at]
        at = (at + 1) & (len(keys) - 1)
    return 0


@nb.njit(cache=True, nogil=True)
def longest(keys, nodes, names_at, characters, at, end):
    """Return the number of the longest name that begins at ``at``, and where it stops; -1 and the next place if none."""
    node, best, stop, k = 0, -1, at + 1, at
    while k < end:
        node = step(keys, nodes, node, characters[k])
        if node == 0:
            break
        k += 1
        if names_at[node] >= 0:
            best, stop = names_at[node], k
    return best, stop


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


@nb.njit(cache=True, nogil=True)
def _find_names(characters, ends, keys, nodes, names_at, is_short, after, road, found):
    """Write as many as there is room for, and return how many there are; arrays that grow would cost most of the time."""
    n, at = 0, 0
    for text in range(len(ends)):
        while at < ends[text]:
            best, stop = longest(keys, nodes, names_at, characters, at, ends[text])
            if best >= 0 and is_short[best] and _goes_on(characters, stop, ends[text], after, road):
                best = -1
            if best >= 0:
                if n < found.shape[1]:
                    found[0, n], found[1, n], found[2, n], found[3, n] = text, at, stop, best
                n += 1
            at = stop
    return n
