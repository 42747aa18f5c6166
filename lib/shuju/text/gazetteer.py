"""The gazetteer (地名词典): how places are written, and where texts write so.

Names are the standard's: prefectures, counties and townships of the province, full (岳麓区), short (岳麓), with the
ending they had before (宁乡县, 含浦镇); and all provinces, prefectures and counties of the rest of the country, so that
what lies elsewhere is known to. All stand in one trie. A first pass over the characters finds where any name stands;
around these the text is cut into words, and a second pass takes the longest name that words allow.

Source: A. Aho and M. Corasick, Efficient string matching, CACM 1975 (here without failure links: names
are short, and most characters begin none).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numba as nb
import numpy as np
import rjieba

from shuju.standard import list_rows, pack, province, regions
from shuju.standard.divisions import divisions
from shuju.text.word_edges import edges_around

# How sure a name is by itself, as log-odds; context adds to it.
FULL, FORMER, SHORT, TOWN, FORMER_TOWN, STEM, WORD, COMMON = 4.0, 3.0, 2.0, 2.0, 1.0, -1.5, -1.5, -4.0
_SHORT_ODDS = {None: SHORT, "word": WORD, "common": COMMON}
OUTSIDE = "outside"  # the kind of a place that is not of the province

# Prefectures elsewhere whose short names are words.
_WORDS_ELSEWHERE = """
朝阳 大同 大连 日照 开封 孝感 恩施 海口 保定 包头 来宾 安康 白银 天水 和田 平凉 金华 三明 长治 中山 黄山 大理 阿里 兴安 文山
黄石 嘉兴 通化 宁德 周口 玉树 武威 海北 新余 铜陵 百色 金昌 中卫
"""
# Counties elsewhere that are called what they are: 城区, 郊区, 新城区, 市中区.
_PLAIN_COUNTY = re.compile("^(?:[城郊新市中东西南北江河桥铁关口矿山区湖海港]{1,2}区|和县)$")
_ETHNIC = re.compile(r"(?:(?:土家|苗|瑶|侗|白|回|维吾尔|壮|满|蒙古)族)+(?=乡$)")
_TOWN_END = re.compile(r"(?:街道|镇|乡)$")
# What a short name before it does not name: 韶山路, 岳麓山, 天心阁; and, as a word of one character, 龙山河, 双峰村.
_GOES_ON = "路街山寺亭塔桥阁峰书"
_ROADS = "大道北路南路中路东路西路"
_GOES_ON_ALONE = "河湖岛岭江园洞垸槛村区县市镇乡寨湾峡坝门屯沟坪冲坡溪洲垄畔"
# After these a verb is one: 局会同县人民政府, 应当会同县, 大会同意.
_SUBJECTS = "门当局厅府院委会办关构处科队所位署司室须应可并要将能责由定者站社校团部组级大都不和也再先后时人"


class Gazetteer(NamedTuple):
    """Places and names as arrays. A name has the readings ``first[name] <= k < first[name + 1]``.

    ``codes``: by place, the code. ``counties``: by place, the number of the county it lies in, -1 if none.
    ``groups``: by place, the number of the prefecture it lies in; past the province's prefectures, of the other
    province. ``kinds``: by place, prefecture, county, town or outside. ``places``, ``odds``: by reading. ``keys``,
    ``nodes``, ``names_at``: the trie as a hash table of (node, character). ``marks``: by name, bits of ``IS_…``.
    ``pairs``: by ``_pair`` of two characters, whether names may begin so: most places of a text end there.
    """

    codes: np.ndarray
    titles: np.ndarray
    kinds: np.ndarray
    counties: np.ndarray
    groups: np.ndarray
    first: np.ndarray
    places: np.ndarray
    odds: np.ndarray
    marks: np.ndarray
    pairs: np.ndarray
    keys: np.ndarray
    nodes: np.ndarray
    names_at: np.ndarray


IS_SHORT, IS_VERB, IS_WHOLE, IS_PLAIN = (
    1,
    2,
    4,
    8,
)  # IS_WHOLE: only as one word; IS_PLAIN: a stem of two characters


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer of the standard's regions and townships, and of the country."""
    prefectures, counties = regions("prefecture"), regions("county")
    towns = [row for row in list_rows("towns") if row["county_code"] in {c.code for c in counties}]
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
    names: dict[str, dict[int, float]] = {name: {} for name in (province().name, province().short_name)}

    def add(name: str, place: int, odds: float) -> None:
        names.setdefault(name, {}).setdefault(place, odds)

    for region in (*prefectures, *counties):
        add(region.name, number[region.code], FULL)
    for row in pack().rows("other_names"):
        if row["use"] == "text":
            add(row["name"], number[row["code"]], FORMER)
    of_prefecture = {p.short_name for p in prefectures}
    for p in prefectures:
        add(p.short_name, number[p.code], SHORT)
    for c in counties:
        short = c.short_name
        if len(short) > 1 and short not in (c.name, *of_prefecture) and c.short_name_is != "verb":
            if c.name.endswith(("市", "自治县")) and c.short_name_is != "common":
                add(short + "县", number[c.code], FORMER)
            add(short, number[c.code], _SHORT_ODDS[c.short_name_is])
    for t in towns:
        add(t["name"], number[t["code"]], TOWN)
    known = set(names)
    plain, words = set(), rjieba.Jieba()
    for t in towns:
        bare = _ETHNIC.sub("", t["name"])
        stem = _TOWN_END.sub("", bare)
        if stem == bare or len(stem) < 2:
            continue
        if len(stem) == 2:
            plain |= {t["name"], *(stem + ending for ending in ("街道", "镇", "乡"))}
        for ending in ("街道", "镇", "乡"):
            if stem + ending not in known and not _is_word(stem, words):
                add(stem + ending, number[t["code"]], FORMER_TOWN)
        if len(stem) > 2 and stem[-1] not in "路街站河江" and stem not in known:
            add(stem, number[t["code"]], STEM)
    outside_shorts = _add_elsewhere(names, places, len(prefectures))
    columns = list(zip(*places, strict=True))
    readings = [reading for found in names.values() for reading in found.items()]
    verbs = {c.name for c in counties if c.short_name_is == "verb"}
    marks = np.zeros(len(names), np.uint8)
    shorts = {SHORT, WORD, COMMON, STEM}
    for n, (name, found) in enumerate(names.items()):
        is_elsewhere = bool(found) and all(places[place][2] == OUTSIDE for place in found)
        marks[n] |= IS_SHORT * (
            name in outside_shorts or (bool(found) and next(iter(found.values())) in shorts)
        )
        marks[n] |= IS_VERB * (name in verbs)
        marks[n] |= IS_WHOLE * (is_elsewhere and len(name) == 2 and name not in outside_shorts)
        marks[n] |= IS_PLAIN * (name in plain)
    return Gazetteer(
        codes=np.array(columns[0], object),
        titles=np.array(columns[1], object),
        kinds=np.array(columns[2], object),
        counties=np.array(columns[3], np.int64),
        groups=np.array(columns[4], np.int64),
        first=np.cumsum([0, *(len(found) for found in names.values())]),
        places=np.array([place for place, _ in readings], np.int64),
        odds=np.array([odds for _, odds in readings], np.float64),
        marks=marks,
        pairs=_pairs(names),
        **trie(tuple(names)),
    )


def _is_word(stem: str, words: rjieba.Jieba) -> bool:
    """Whether jieba knows a stem of two characters as a word that is no name of a place: 建设, 文明."""
    return len(stem) == 2 and words.cut(stem, False) == [stem] and not words.tag(stem)[0][1].startswith("ns")


def _pairs(names: Iterable[str]) -> np.ndarray:
    found = np.zeros(0x10000, np.bool_)
    found[[(ord(name[0]) * 31 + ord(name[1]) * 4099) & 0xFFFF for name in names]] = True
    return found


def _add_elsewhere(names: dict[str, dict[int, float]], places: list[tuple], n_prefectures: int) -> set[str]:
    """Add the names of the other provinces, with their places; return which are short names."""
    home = province().code[:2]
    group_of: dict[str, int] = {}
    number: dict[str, int] = {}
    shorts, words = set(), set(_WORDS_ELSEWHERE.split())
    for division in divisions():
        if division.code[:2] == home:
            continue
        group = group_of.setdefault(division.code[:2], n_prefectures + len(group_of))
        place = number.get(division.code)
        if place is None:
            place = number[division.code] = len(places)
            places.append((division.code, division.name, OUTSIDE, -1, group))
        is_county = division.level == "county"
        sure = FULL if division.until is None else FORMER
        odds = WORD if is_county and _PLAIN_COUNTY.match(division.name) else sure
        found = names.setdefault(division.name, {})
        # One of several times, or of several codes over the years, is one reading.
        if not any(places[other][4] == group and places[other][2] == OUTSIDE for other in found):
            found[place] = odds
        short = division.short_name
        if not is_county and division.until is None and len(short) > 1:
            shorts.add(short)
            found = names.setdefault(short, {})
            is_home = any(places[other][4] < n_prefectures for other in found)
            if not any(places[other][4] == group for other in found):
                found[place] = COMMON if is_home else WORD if short in words else SHORT
    return shorts - {d.name for d in divisions()}


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
