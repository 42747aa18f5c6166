"""What a letter asks for (诉求): its questions and requests, and whether a reply takes each up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

from shuju.text.features import character_counts
from shuju.text.topics import shipped

MOST = 6
SHORTEST = 8
LEAST_SHARED = 2
LONGEST = 60
# A reply takes a demand up if it holds this share of the weight of its runs of one to three characters: so do 87 % of the demands of real
# letters and their own reply, 35 % with the reply to another letter of the topic.
ENOUGH = 0.04
_ENDS = re.compile(r"(?<=[。！？!?；;\n\r])|(?<=[：:])(?=\s*[1-9一二三四五][、.．])")
_ITEM = re.compile(r"^[\s（(]*[\d一二三四五六七八九十]{1,2}[、.．)）:：]\s*")
# A question for something that can be told; what only has a question mark is mostly rhetoric.
_QUESTION = re.compile(
    r"请问|咨询|想(?:问|知道|了解)|何时|什么时候|多久|多少|哪(?:些|个|一|种|儿)|(?:在|到|去|找)哪里?|几(?:天|年|月|号|点|次)"
    r"|(?:如何|怎么|怎样)(?:办|申|缴|交|操作|处理|算|查|补|领|报|走|解决|规定|安排|转|迁)|需要?(?:什么|哪些)|什么(?:条件|材料|手续|时间|标准|政策|程序|流程|资料|原因|规定)"
    r"|是否|能否|可否|能不能|可不可以|有没有|要不要|是不是|可以.{2,30}吗|为(?:什么|何)"
)
_REQUEST = re.compile(
    r"请求|恳请|希望|盼望?|(?<!合理的)要求|建议|呼吁|恳求|尽快|早日|请(?!问|假|教|领)|望(?=[^，。]{0,12}(?:部门|领导|政府|解决))"
)
# What belongs to the manner of a letter and asks for nothing that could be answered in words.
_COURTESY = re.compile(
    r"(?:请|望|盼|希望|恳请|敬请)(?:[^，,。]{0,14})?(?:回复|答复|解答|重视|关注|明察|支持|谅解|见谅|批准|核实|调查|采纳|解决|处理|帮助|指示|查处)[一下为盼谢！!。.，,谢了吧呢]*$"
    r"|^(?:谢谢|感谢|此致|敬礼|您好|你好|尊敬的)[^，,]{0,12}$"
)
# A question to which nobody waits for an answer.
_RHETORIC = re.compile(
    r"难道|天理|何在|还有(?:这样|这种)|[却就]没有?人|谁之过|情何以堪|何以|怎么(?:得了|能让|敢)|凭什么|良心|谁(?:来|的手|受得了|给了)|意味着什么"
)
_FILLING = re.compile(
    r"领导|政府|部门|有关|相关|书记|市长|县长|区长|尊敬|您|你们|我们|请问|请求|希望|恳请|能否|是否|能够|百忙之中|早日|尽快|老百姓|百姓|回复|答复|谢谢"
)


@dataclass(frozen=True)
class Demand:
    """One question or request: its words as the letter has them, and the share of them that the reply takes up."""

    text: str
    share: float

    @property
    def is_taken_up(self) -> bool:
        """Whether the reply takes it up."""
        return self.share >= ENOUGH


def demands_of(title: str, body: str, reply: str) -> tuple[Demand, ...]:
    """Return what a letter asks for, in its order, at most ``MOST``; without any, what its title says.

    O(characters).
    """
    texts = sentences_that_ask(title, body) or [title.strip()]
    return tuple(
        Demand(text, share) for text, share in zip(texts, taken_up(texts, reply), strict=True) if text
    )


def sentences_that_ask(title: str, body: str) -> list[str]:
    """Return what a letter asks for, each once: questions that can be answered, and requests that name something of its title."""
    told = re.sub(r"[ \t\u3000\xa0]+", "", body)
    matter = _pairs(_FILLING.sub("，", title))
    found: dict[str, None] = {}
    for sentence in _ENDS.split(told):
        text = _ITEM.sub("", sentence.strip()).strip()
        question, request = _QUESTION.search(text), _REQUEST.search(text)
        if _RHETORIC.search(text) or not (question or request) or (not question and _COURTESY.search(text)):
            continue
        text = _asking_part(text, (question or request).start())  # type: ignore[union-attr]
        bare = _FILLING.sub("，", text)
        is_about_it = len(_pairs(bare) & matter) >= LEAST_SHARED
        if len(re.sub(r"\W", "", bare)) >= SHORTEST and (
            is_about_it or (question and text[-1:] in "?？吗呢。")
        ):
            found.setdefault(text)
    return list(found)[:MOST]


def _asking_part(text: str, at: int) -> str:
    """Return of a long sentence the clauses around what asks."""
    if len(text) <= LONGEST:
        return text
    begin = text.rfind("，", 0, at) + 1
    begin = text.rfind("，", 0, max(begin - 1, 0)) + 1
    return text[begin : begin + LONGEST].rpartition("，")[0] or text[begin : begin + LONGEST]


def _pairs(text: str) -> set[str]:
    return {
        text[k : k + 2] for k in range(len(text) - 1) if re.fullmatch(r"[\u4e00-\u9fff]{2}", text[k : k + 2])
    }


def taken_up(texts: list[str], reply: str) -> list[float]:
    """Return for each text the share of its runs of characters, by rarity, that stand in a reply."""
    none = [None] * (len(texts) + 1)
    rows = character_counts(none, [*(_FILLING.sub("，", text) for text in texts), reply])
    told = rows.buckets[rows.starts[-2] :]
    shares = []
    for row in range(len(texts)):
        own = rows.buckets[rows.starts[row] : rows.starts[row + 1]]
        weights = _rarity()[own]
        whole = weights.sum()
        shares.append(float(weights[np.isin(own, told)].sum() / whole) if whole else 1.0)
    return shares


@cache
def _rarity() -> np.ndarray:
    inverse = shipped().inverse[1].astype(np.float64)
    return np.where(inverse > 0, inverse - 1, inverse.max() - 1)
