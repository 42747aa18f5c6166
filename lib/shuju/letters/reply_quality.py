"""Judging a reply before it goes: whether it is to the point, takes up every demand, says who did what and when, and is in time.

Nothing here forbids a reply. ``docs/methods/reply_quality.md`` has the rules, what they measure on real replies, and where they fail.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy import sparse

from shuju.letters.demands import Demand, demands_of
from shuju.text.features import Rows, character_counts, word_counts
from shuju.text.personal import TAGS, find
from shuju.text.topics import shipped

# Below it a reply is hardly to the point: 1 in 18 real replies to their own letter, 4 in 5 to another of the same topic.
LEAST_RELEVANCE = 0.02
LEAST_CHARACTERS = 40
CHARACTER_SHARE = 2 / 3
# An office's own telephone belongs into a reply; anything else of this kind is somebody's.
OF_OFFICES = "fixed_phone"

_UNIT = r"(?:局|委|办|街道|镇|乡|村|社区|中心|公司|部门|大队|中队|支队|学校|中学|小学|医院|政府|所|院|站|处|厅|法院)"
WHO = re.compile(rf"我(?:{_UNIT}|们|单位|区|县|市)|[\u4e00-\u9fff]{{2}}{_UNIT}|工作人员|执法人员")
DONE = re.compile(
    r"经?(?:核查|调查|核实|了解|查明|查看|研究)|已(?:经|于|对|将|向|督促|责令|要求|安排|协调|完成|整改|启动|联系|组织)"
    r"|正在|将(?:于|会|在|继续|进一步|加强|督促|安排|尽快|依法|严格|加大|对|按)|责令|下一步|整改|处罚|计划|可以?(?:到|向|凭|申请|携带)|请(?:您|你)?(?:到|携带|拨打)"
    r"|应当?|可(?:在|以|到)|须|需|根据|按照|依据|规定|不符合|符合|不能|暂未|尚未|目前"
)
WHEN = re.compile(
    r"\d{2,4}\s*年|\d{1,2}\s*月(?:\d{1,2}\s*[日号]|份|底|初|中|上旬|下旬)|\d{1,2}\s*[日号](?!楼|线|院)|年(?:底|内|初)|月(?:底|内|初|末)|本(?:周|月|年)|今(?:年|日|天)|明年|近日|当日|\d+\s*个?工作日|\d{4}[-./]\d{1,2}"
)
CONTACT = re.compile(
    r"电话|联系(?:人|方式|我|科|单位)|咨询|详询|拨打|热线|0\d{2,3}[-—]?\d{7,8}|\[电话号\]|\d{4}-\d{8}|窗口|官网|地址[:：]|来(?:访|我|局|所)"
)
# A reply that tells only to whom the letter was passed on, or that it is being looked at.
PASSED_ON = re.compile(
    r"(?:已|将|现已|并)?(?:转交?|反馈至?|交由|移交|转至)[^。；]{0,24}(?:办理|处理|核查|调查|核实|答复|反馈|分局|部门|单位|县|区|局)|正在核查|收悉[。！!]?$"
)
LONGEST_PASSED_ON = 90
PARTS = {"who": WHO, "done": DONE, "when": WHEN, "contact": CONTACT}
PART_NAMES = {
    "who": "谁在办理",
    "done": "查了什么、办了什么或依据什么",
    "when": "什么时候",
    "contact": "向谁联系（科室、电话）",
}


@dataclass(frozen=True)
class Judgement:
    """What a reply is judged to be.

    ``relevance`` is from 0 to 1; ``demands`` those of the letter in their order, each with whether it is taken up; ``parts``
    whether it says who, what was done, when, and whom to turn to; ``is_passed_on`` whether it says no more than that it was
    passed on; ``days_left`` until the term (negative: past it), None without one; ``personal`` the kinds of personal data in
    it; ``warnings`` what is to be read before it goes, in Chinese.
    """

    relevance: float
    demands: tuple[Demand, ...]
    parts: dict[str, bool]
    n_characters: int
    is_passed_on: bool
    days_left: float | None
    personal: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def completeness(self) -> float:
        """The mean of the share of demands that are taken up and the share of the four parts that are there."""
        touched = [demand.is_taken_up for demand in self.demands]
        asked = sum(touched) / len(touched) if touched else 1.0
        return (asked + sum(self.parts.values()) / len(self.parts)) / 2


def judge(title: str, body: str, reply: str, *, at: dt.datetime, due: dt.datetime | None = None) -> Judgement:
    """Judge one reply to one letter as it would be if it went now. O(characters)."""
    reply = reply.strip()
    n = len(re.sub(r"\W", "", reply))
    demands = demands_of(title, body, reply)
    relevance = float(relevances([title], [body], [reply])[0])
    parts = {name: rule.search(reply) is not None for name, rule in PARTS.items()}
    left = None if due is None else (due - at) / dt.timedelta(days=1)
    personal = tuple(dict.fromkeys(kind for _, _, kind in find(reply) if kind != OF_OFFICES))
    is_passed_on = n < LONGEST_PASSED_ON and PASSED_ON.search(reply) is not None
    told = Judgement(relevance, demands, parts, n, is_passed_on, left, personal, ())
    return replace(told, warnings=warnings_of(told))


def warnings_of(told: Judgement) -> tuple[str, ...]:
    """Return what is to be read before a reply goes, the gravest first; a reply that says nothing is told that alone."""
    found = []
    if told.personal:
        kinds = "、".join(TAGS[kind].strip("[]") for kind in told.personal)
        found.append(f"答复中有个人信息：{kinds}。发出前请删去，或确认是对外公布的办公联系方式。")
    if told.n_characters < LEAST_CHARACTERS:
        found.append(f"只有 {told.n_characters} 字，看不出办理结果。")
    elif told.is_passed_on:
        found.append("只说已收到、已转办或正在核查，没有办理结果。")
    else:
        is_near = told.relevance >= LEAST_RELEVANCE
        if not is_near:
            found.append("与来信共有的说法很少，请核对是否答的是这封信。")
        missed = [demand.text for demand in told.demands if is_near and not demand.is_taken_up]
        found += [f"这一问似未答到：“{text}”" for text in missed]
        lacks = [PART_NAMES[name] for name, is_there in told.parts.items() if not is_there]
        if lacks:
            found.append("没有写明：" + "；".join(lacks) + "。")
    if told.days_left is not None and told.days_left < 0:
        found.append(f"已过答复期限 {-told.days_left:,.0f} 天，请说明原因并致歉。")
    return tuple(found)


def relevances(titles: Sequence[str], bodies: Sequence[str], replies: Sequence[str]) -> np.ndarray:
    """Return for each letter and its reply how near they are, from 0 to 1 (float64). O(characters)."""
    pairs = zip(letter_vectors(titles, bodies), reply_vectors(replies), strict=True)
    words, characters = (np.asarray(a.multiply(b).sum(axis=1)).ravel() for a, b in pairs)
    return (1 - CHARACTER_SHARE) * words + CHARACTER_SHARE * characters


def letter_vectors(
    titles: Sequence[str], bodies: Sequence[str]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return the rows of letters by words and by runs of characters: (1 + log count) × rarity, of length 1."""
    counted = word_counts(titles, bodies), character_counts(titles, bodies)
    return _of_length_one(counted[0], 0, is_counted=True), _of_length_one(counted[1], 1, is_counted=True)


def reply_vectors(replies: Sequence[str]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return the same of replies, each feature once: what an office repeats makes its reply no nearer."""
    none = [None] * len(replies)
    counted = word_counts(none, replies), character_counts(none, replies)
    return _of_length_one(counted[0], 0, is_counted=False), _of_length_one(counted[1], 1, is_counted=False)


def _of_length_one(rows: Rows, kind: int, *, is_counted: bool) -> sparse.csr_matrix:
    values = (1 + np.log(rows.values) if is_counted else 1.0) * _rarity(kind)[rows.buckets]
    matrix = sparse.csr_matrix((values, rows.buckets, rows.starts), shape=(len(rows), rows.n_buckets))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.where(lengths > 0, lengths, 1)) @ matrix


@cache
def _rarity(kind: int) -> np.ndarray:
    """Return how rare each bucket was in the letters that taught the topic model; what it never saw is as rare as the rarest."""
    inverse = shipped().inverse[kind].astype(np.float64)
    return np.where(inverse > 0, inverse - 1, inverse.max() - 1)
