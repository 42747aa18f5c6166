"""Content words: what names something, and names of several words."""

from __future__ import annotations

import pytest

from shuju.text.content_words import content_of, is_content, learn, stream_of

WORDS = {
    "a noun": ("搅拌站", True),
    "a verb that names a matter": ("拆迁", True),
    "a place of the user dictionary": ("岳麓区", True),
    "Latin": ("KTV", True),
    "one character": ("路", False),
    "an address": ("领导", False),
    "an empty verb": ("进行", False),
    "a stop word": ("但是", False),
    "a piece of a sentence": ("却说", False),
    "what the model makes up": ("充了", False),
    "two words run together": ("口到", False),
    "a number": ("2019", False),
    "a sign": ("，", False),
    "an address on the web": ("https", False),
}


@pytest.mark.parametrize(("word", "is_one"), WORDS.values(), ids=list(WORDS))
def test_what_is_a_content_word(word: str, is_one: bool) -> None:
    assert is_content(word) is is_one


BODIES = [
    f"{before}丽发新城{after}"
    for before, after in zip(
        ["住在", "我们", "投诉", "关于", "请查", "附近的", "反映", "来到", "就在", "还有"],
        ["的业主", "旁边", "太吵", "小区", "，请管", "噪音大", "门口", "居民", "很脏", "！"],
        strict=True,
    )
]


def test_names_of_two_words_are_joined_and_cut_alike_later() -> None:
    titles = [None] * len(BODIES)
    known = learn(stream_of(titles, BODIES), len(BODIES))
    assert ("丽发", "新城") in known.joined
    stream, is_word = content_of(stream_of(["投诉丽发新城小区"], [""]), known)
    found = {stream.words[code] for code in stream.code if code >= 0 and is_word[code]}
    assert "丽发新城" in found


def test_without_letters_nothing_is_learnt() -> None:
    known = learn(stream_of([], []), 0)
    assert known.joined == ()
    assert known.in_letters == {}


@pytest.mark.parametrize("text", [None, "", "\ud800", "😀😀", "a" * 5000, "，" * 5000])
def test_hostile_text_has_some_answer(text: str | None) -> None:
    stream, is_word = content_of(stream_of([text], [text]), learn(stream_of([text], [text]), 1))
    assert len(is_word) == len(stream.words)
