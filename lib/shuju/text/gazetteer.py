"""The gazetteer (地名词典): how places are written, and where texts write so.

Names are the standard's: prefectures, counties and townships of the province, full (岳麓区), short (岳麓), with the
ending they had before (宁乡县, 含浦镇); and all provinces, prefectures and counties of the rest of the country, so that
what lies elsewhere is known to. All stand in one trie.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import rjieba

from shuju.standard import list_rows, pack, province, regions
from shuju.standard.divisions import divisions
from shuju.text.trie import trie

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
