"""Places that no list holds, found by how their names end: roads, estates, villages, companies, schools.

A name ends in a word of its kind (路, 小区, 有限公司) and begins after the nearest sign or word that no name
holds (在, 位于, 的), or after the region that stands before it. What is left must say more than the ending does
(马路, 本小区 are no names).
"""

from __future__ import annotations

from functools import cache

import numba as nb
import numpy as np

from shuju.text.trie import longest, step, trie

ENDINGS = {
    "road": "路 大道 街 巷 高速 立交桥 大桥",
    "estate": "小区 花园 家园 公馆 公寓 新村 新城 花苑 佳苑 雅苑 豪庭 名城 安置区",
    "community": "社区 居委会",
    "village": "村 村委会",
    "company": "公司 有限公司 有限责任公司 集团 工厂 搅拌站",
    "school": "小学 中学 学校 大学 学院 幼儿园 一中 二中 三中",
    "hospital": "医院 卫生院 卫生室",
    "market": "市场 广场 商场 超市",
    "station": "火车站 高铁站 汽车站 地铁站",
}
KINDS = tuple(ENDINGS)
_LONGEST = 12  # characters before the ending
# What no name holds, and what ends something else before a name begins.
_NEVER = (
    "的在是了于和与到从由至把被对向将及或为有我你他她它这那个们请问因以等每各某该其本跟给让叫去来往经过沿距离靠近"
    "住买卖修建开进出入占用查处见反映投诉举报咨询关请求助希望建议所属还也都就很不没无已未又再并且但而若则使让"
    "市区县州省镇乡内外旁边附周围里侧后前期栋号年月日时分元人户员主民书记长您好谢您称说此处即将可能会要应"
)
# Before an ending these make a common word: 马路, 农村, 全村.
_COMMON = "马公铁道线网水电思走套一二三四五六七八九十几两多条另原老新农全自旧城当乡各同整外大小高中总分子母"
_IS_NEVER = np.zeros(0x10000, np.bool_)
_IS_NEVER[[ord(c) for c in _NEVER]] = True
_IS_COMMON = np.zeros(0x10000, np.bool_)
_IS_COMMON[[ord(c) for c in _COMMON]] = True
# After an ending these make another word: 街道, 村民, 学校 stays.
_NOT_AFTER = {
    "路": "过由费人",
    "街": "道",
    "村": "民里委支干组上镇",
    "巷": "子",
    "大学": "生",
    "中学": "生",
    "小学": "生",
}
_NOT_AFTER |= {"大道": "理", "公司": "法", "高速": "发公度增", "学校": "长"}


@cache
def _endings() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    words = [(word, kind) for kind, (_, words) in enumerate(ENDINGS.items()) for word in words.split()]
    found = trie(tuple(word for word, _ in words))
    after = np.zeros((len(words), 8), np.uint32)
    for n, (word, _) in enumerate(words):
        signs = _NOT_AFTER.get(word, "")
        after[n, : len(signs)] = [ord(c) for c in signs]
    lengths = np.array([len(word) for word, _ in words], np.int64)
    return found, np.array([kind for _, kind in words], np.int64), lengths, after


def find_named(
    characters: np.ndarray, ends: np.ndarray, taken: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return text, start, end (in ``characters``) and kind (by ``KINDS``) of each named place, in their order.

    ``taken`` are the starts and ends of known names, in order: no named place reaches over the end of one, or into one.
    O(characters).
    """
    found, kinds, lengths, after = _endings()
    return _find_named(
        characters, ends, *taken, found["keys"], found["nodes"], found["names_at"], kinds, lengths, after,
        _IS_NEVER, _IS_COMMON,
    )  # fmt: skip


@nb.njit(cache=True, nogil=True)
def _is_word(code):
    return 0x4E00 <= code <= 0x9FFF or 48 <= code <= 57 or 65 <= code <= 90 or 97 <= code <= 122


@nb.njit(cache=True, nogil=True)
def _find_named(
    characters, ends, starts, stops, keys, nodes, names_at, kinds, lengths, after, is_never, is_common
):
    found = []
    first, known = 0, 0
    for text in range(len(ends)):
        floor, at = first, first
        while at < ends[text]:
            while known < len(starts) and starts[known] < at:
                floor = max(floor, stops[known])
                known += 1
            best, stop = longest(keys, nodes, names_at, characters, at, ends[text])
            if best < 0 or at < floor:
                at += 1
                continue
            node, k = 0, stop
            is_name = known == len(starts) or starts[known] >= stop  # 某路南区: 路南区 is a district
            while k < ends[text]:  # 青山新村社区: the longer name
                node = step(keys, nodes, node, characters[k])
                if node == 0:
                    break
                k += 1
                # 山水湾小区幼儿园: no name holds 区, so the longer one would be none.
                if names_at[node] >= 0 and k - stop > 1 and not is_never[characters[stop - 1]]:
                    is_name = False
            if stop < ends[text]:
                for code in after[best]:
                    if code != 0 and characters[stop] == code:
                        is_name = False
            begin = at
            while begin > floor and at - begin < _LONGEST:
                code = characters[begin - 1]
                if not _is_word(code) or (code < 0x10000 and is_never[code]):
                    break
                begin -= 1
            length = at - begin
            last = characters[at - 1] if length else 0
            if length == 0 or (length == 1 and (lengths[best] == 1 or is_common[last])):
                is_name = False
            if length and lengths[best] == 1 and is_common[last] and length < 3:
                is_name = False
            if is_name:
                found.append((text, begin, stop, kinds[best]))
                floor = stop
            at = stop
        first = ends[text]
    out = np.empty((4, len(found)), np.int64)
    for n in range(len(found)):
        out[0, n], out[1, n], out[2, n], out[3, n] = found[n]
    return out[0], out[1], out[2], out[3]
