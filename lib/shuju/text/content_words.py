"""Content words (实词): which words of a text name something, and names of several words that stand together.

A word of the dictionary counts by its part of speech; a word that the hidden Markov model made up counts only if the
letters show that it is one: it stands between many different neighbours (Chen et al. 2016, boundary entropy). Words that
stand together far more often than chance, and between many different neighbours, are joined (Bouma 2009, NPMI):
丽发 + 新城, 滨河 + 苑. A word that nearly always stands beside one and the same character is a piece of a name that the
dictionary does not have (溪湖 of 梅溪湖, 沙岭 of 观沙岭): it is joined with it, and is none by itself. Nothing that holds a
function character (了, 却, 到) is a content word, so that pieces of sentences (口到文星街道, 却说, 充了) are none.

Sources: G. Bouma, Normalized (pointwise) mutual information in collocation extraction, 2009; J. Jin and
C. Huang, Chinese word segmentation by boundary entropy; J. Mikolov et al., 2013 (phrases joined in passes).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from shuju.text.name_pieces import join_pairs, pieces_of_names
from shuju.text.terms import stop_words
from shuju.text.tokens import PLACE_CODE, cut
from shuju.text.user_dictionary import import_jieba, user_words

PASSES = 2  # two words make a pair, two pairs (or a pair and a word) a longer name
PAIR_LETTERS = 6
NPMI = 0.45
ENTROPY = 1.0  # nats: about three neighbours that are equally likely
MADE_UP_LETTERS = 5
_OPEN = -1  # where a text ends
# No name holds these; a made-up word with one of them is a piece of a sentence.
_FUNCTION = frozenset(
    "的了着过到却也都就还又很太不没未无非是在有把被将对向从由给让叫使和与及或而但则若如因为以于其此那这哪什么怎吗呢吧啊呀"
    "我你您他她它们各每某该本来去上下里们之所者已正会能可要想应说讲称请望求并且再更最只仅才曾再"
)
# Words of the dictionary that say nothing of a matter, whatever their part of speech.
_EMPTY = frozenset(
    Path(__file__).with_name("stopwords").joinpath("empty_words.txt").read_text(encoding="utf-8").split()
)
# What the names of roads end in, cut off: which road, it does not say.
_ROADS = frozenset({"东路", "南路", "西路", "北路", "中路"})
# No name ends in these: 环境中, 施工时.
_NOT_LAST = frozenset("中内间时")
# No made-up word begins with one of these, or holds one that counts or measures: 号线, 日起, 路车, 建局.
_NOT_FIRST = frozenset("路局线栋楼车员地建社开")
_COUNTS = frozenset(
    "一二三四五六七八九十两多余几半个第日号点年月时分秒元万亿岁至完后往前内外中市县区省东西南北"
)
_TAGS = ("n", "v", "j", "l", "i")
_NOT_TAGS = ("nr", "ng", "vd", "vg", "vshi", "vyou")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,12}")
_LATIN = re.compile(r"(?i)[a-z]{3,12}|p2p|5g")
_NOT_LATIN = frozenset({"http", "https", "www", "com", "html", "htm", "baidu"})


class Stream(NamedTuple):
    """Letters as word numbers, -1 where a text ends: ``letter`` and ``is_title`` of each place; ``words`` by number."""

    code: np.ndarray
    letter: np.ndarray
    is_title: np.ndarray
    words: np.ndarray


class Known(NamedTuple):
    """What was learnt from letters: ``joined`` (first and second word of each name, in the order of joining), made-up words
    that are words, ``pieces`` of names, which are none, in how many of ``n`` letters each word stands, and how many letters
    there were, read or not.
    """

    joined: tuple[tuple[str, str], ...]
    made_up: frozenset[str]
    pieces: frozenset[str]
    in_letters: dict[str, int]
    n: int
    n_letters: int


def stream_of(titles: Sequence[str | None], bodies: Sequence[str | None]) -> Stream:
    """Return the words of letters one after the other. Linear in the characters, nearly all of it the cutting."""
    texts = [
        PLACE_CODE.sub(" ", text) if isinstance(text, str) else ""
        for pair in zip(titles, bodies, strict=True)
        for text in pair
    ]
    words = cut(texts)
    lengths = np.fromiter(map(len, words), np.int64, len(words)) + 1
    flat = list(chain.from_iterable([*found, "\n\n"] for found in words))
    code, known = pd.factorize(np.array([*flat, "\n\n"], object))
    text = np.repeat(np.arange(len(texts)), lengths)
    end = code[-1]
    code = np.where(code[:-1] == end, _OPEN, code[:-1])
    return Stream(code, text // 2, text % 2 == 0, np.asarray(known, object))


def learn(stream: Stream, n: int) -> Known:
    """Return what ``n`` letters teach: names of several words, made-up words that are words, how common each word is.

    O(words · log words).
    """
    held = pieces_of_names(
        stream.code, stream.letter, stream.words, _may_end_a_name(stream.words), PAIR_LETTERS
    )
    pieces = _ROADS | {word for _, word, _ in held}
    whole = [pair for pair, _, is_common in held if is_common]
    stream = join(stream, whole)
    joined: list[tuple[str, str]] = list(whole)
    is_word = _are_content(stream.words) & ~_are_among(stream.words, pieces)
    is_word |= _are_among(stream.words, {a + b for a, b in whole})
    entropy, letters = _boundaries(stream, np.arange(len(stream.words)))
    is_made_up = ~is_word & _may_be_made_up(stream.words)
    is_made_up &= ~_are_among(stream.words, pieces)
    is_real = is_made_up & (letters >= MADE_UP_LETTERS) & (entropy >= ENTROPY)
    can_join = is_word | is_made_up | _may_end_a_name(stream.words) | _are_among(stream.words, pieces)
    for _ in range(PASSES):
        pairs = _pairs(stream, can_join, is_word | is_real)
        joined += pairs
        stream = join(stream, pairs)
        can_join = np.concatenate([can_join, np.ones(len(stream.words) - len(can_join), bool)])
        is_word = np.concatenate([is_word, np.ones(len(stream.words) - len(is_word), bool)])
        is_real = np.concatenate([is_real, np.zeros(len(stream.words) - len(is_real), bool)])
    held = np.unique(stream.letter[stream.code >= 0] * len(stream.words) + stream.code[stream.code >= 0])
    counts = np.bincount(held % max(len(stream.words), 1), minlength=len(stream.words))
    is_kept = is_word | is_real
    return Known(
        tuple(joined),
        frozenset(stream.words[is_real].tolist()),
        pieces,
        dict(zip(stream.words[is_kept].tolist(), counts[is_kept].tolist(), strict=True)),
        n,
        n,
    )


def join(stream: Stream, pairs: Sequence[tuple[str, str]]) -> Stream:
    """Return the stream with these neighbours made one word, from left to right. O(words)."""
    number = {word: k for k, word in enumerate(stream.words.tolist())}
    known = [(number[a], number[b]) for a, b in pairs if a in number and b in number]
    if not known:
        return stream
    names = [stream.words[a] + stream.words[b] for a, b in known]
    words, codes = list(stream.words), []
    for name in names:
        if name not in number:
            number[name] = len(words)
            words.append(name)
        codes.append(number[name])
    keys = np.array([a << 32 | b for a, b in known], np.int64)
    order = np.argsort(keys)
    code, kept = join_pairs(stream.code, keys[order], np.array(codes, np.int64)[order])
    return Stream(code[kept], stream.letter[kept], stream.is_title[kept], np.array(words, object))


def content_of(stream: Stream, known: Known) -> tuple[Stream, np.ndarray]:
    """Return the stream with known names joined, and which of its words are content words (bool by word)."""
    stream = join(stream, known.joined)
    is_name = _are_among(stream.words, {a + b for a, b in known.joined} | known.made_up)
    return stream, (_are_content(stream.words) | is_name) & ~_are_among(stream.words, known.pieces)


def _are_among(words: np.ndarray, those: Collection[str]) -> np.ndarray:
    return np.array([word in those for word in words.tolist()], bool)


def _are_content(words: np.ndarray) -> np.ndarray:
    return np.array([is_content(word) for word in words.tolist()], bool)


@cache
def is_content(word: str) -> bool:
    """Return whether a word of the dictionaries names something."""
    if _LATIN.fullmatch(word):
        return word.lower() not in _NOT_LATIN
    if not _HAN.fullmatch(word) or word in stop_words() or word in _EMPTY:
        return False
    if word in _user():
        return True
    tag = _tags().get(word, "")
    if not tag.startswith(_TAGS) or tag.startswith(_NOT_TAGS):
        return False
    return tag.startswith("n") or not _FUNCTION & set(word)


@cache
def _user() -> frozenset[str]:
    return frozenset(user_words())


@cache
def _tags() -> dict[str, str]:
    """Return the part of speech of each word of jieba's dictionary."""
    with import_jieba().dt.get_dict_file() as file:
        lines = file.read().decode("utf-8").splitlines()
    return {word: tag for word, _, tag in (line.split(" ") for line in lines)}


def _may_be_made_up(words: np.ndarray) -> np.ndarray:
    return np.array(
        [
            bool(_HAN.fullmatch(w))
            and w not in _tags()
            and w not in stop_words()
            and w[0] not in _NOT_FIRST
            and not (_FUNCTION | _COUNTS) & set(w)
            for w in words.tolist()
        ],
        bool,
    )


def _may_end_a_name(words: np.ndarray) -> np.ndarray:
    """Return which words may stand in a name though they are none by themselves: one character, no function word."""
    return np.array(
        [
            len(w) == 1
            and "\u4e00" <= w <= "\u9fff"
            and w not in _FUNCTION | _NOT_LAST
            and w not in stop_words()
            for w in words.tolist()
        ],
        bool,
    )


def _boundaries(stream: Stream, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by group the lesser entropy of its left and right neighbours (nats), and how many letters hold it.

    ``group`` numbers the words, -1 for those that do not count.
    """
    code = stream.code
    own = np.where(code >= 0, group[code], -1)
    n = int(group.max(initial=-1)) + 1
    left = np.concatenate([[_OPEN], code[:-1]])
    right = np.concatenate([code[1:], [_OPEN]])
    there = own >= 0
    entropy = np.minimum(_entropy(own[there], left[there], n), _entropy(own[there], right[there], n))
    pairs = np.unique(own[there] * (int(stream.letter.max(initial=0)) + 1) + stream.letter[there])
    letters = np.bincount(pairs // (int(stream.letter.max(initial=0)) + 1), minlength=n)
    return entropy, letters


def _entropy(group: np.ndarray, neighbour: np.ndarray, n: int) -> np.ndarray:
    """Return the entropy of the neighbours of each group; the end of a text is another neighbour each time."""
    total = np.bincount(group, minlength=n)
    is_end = neighbour < 0
    key, count = np.unique(
        group[~is_end] * (int(neighbour.max(initial=0)) + 1) + neighbour[~is_end], return_counts=True
    )
    who = key // (int(neighbour.max(initial=0)) + 1)
    inside = np.bincount(who, count * np.log(count), minlength=n)
    return np.log(np.maximum(total, 1)) - np.divide(inside, total, out=np.zeros(n), where=total > 0)


def _pairs(stream: Stream, can_join: np.ndarray, is_word: np.ndarray) -> list[tuple[str, str]]:
    """Return the neighbours that belong together."""
    code, size = stream.code, len(stream.words)
    first, second = code[:-1], code[1:]
    near = (first >= 0) & (second >= 0)
    near[near] = can_join[first[near]] & can_join[second[near]] & (first[near] != second[near])
    at = np.flatnonzero(near)
    if not len(at):
        return []
    key, group, count = np.unique(first[at] * size + second[at], return_inverse=True, return_counts=True)
    alone = np.bincount(code[code >= 0], minlength=size)
    total = max(int((code >= 0).sum()), 1)
    a, b = key // size, key % size
    npmi = np.log(count * total / (alone[a] * alone[b])) / -np.log(count / total)
    n_letters = int(stream.letter.max(initial=0)) + 1
    letters = np.bincount(np.unique(group * n_letters + stream.letter[at]) // n_letters, minlength=len(key))
    left = np.where(at > 0, code[np.maximum(at - 1, 0)], _OPEN)
    right = np.where(at + 2 < len(code), code[np.minimum(at + 2, len(code) - 1)], _OPEN)
    entropy = np.minimum(_entropy(group, left, len(key)), _entropy(group, right, len(key)))
    lengths = np.array([len(word) for word in stream.words.tolist()])
    # 新 + 城 is a pair of characters that the dictionary would know; 一 of a name's parts must be a word or made up.
    is_long = (lengths[a] + lengths[b] >= 3) & (lengths[a] >= 2) & (lengths[a] + lengths[b] <= 10)
    is_told = (letters >= PAIR_LETTERS) & (npmi >= NPMI) & (entropy >= ENTROPY) & is_long
    order = np.flatnonzero(is_told)
    order = order[np.argsort(-npmi[order], kind="stable")]
    return [(stream.words[a[k]], stream.words[b[k]]) for k in order if is_word[a[k]] or lengths[a[k]] >= 2]
