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


# The dictionary cuts these names after their first character; what is left looks like a word.
PIECES = {
    "a lake": (
        "梅溪湖",
        "溪湖",
        [
            "住在梅溪湖的人多",
            "请在梅溪湖加路灯",
            "去梅溪湖的车少",
            "梅溪湖很堵",
            "反映梅溪湖停水",
            "梅溪湖太吵",
        ],
    ),
    "an estate of which few letters tell": (
        "伊景园",
        "景园",
        ["住在伊景园的人多", "请在伊景园加路灯", "伊景园很堵"],
    ),
}


@pytest.mark.parametrize(("name", "piece", "bodies"), PIECES.values(), ids=PIECES)
def test_a_piece_of_a_name_is_no_word(name: str, piece: str, bodies: list[str]) -> None:
    titles = [None] * len(bodies)
    known = learn(stream_of(titles, bodies), len(bodies))
    stream, is_word = content_of(stream_of([f"关于{name}的事"], [""]), known)
    found = {stream.words[code] for code in stream.code if code >= 0 and is_word[code]}
    assert piece in known.pieces
    assert piece not in found
    assert (name in found) == (len(bodies) >= 6)


def test_a_road_is_named_with_its_end_or_not_at_all() -> None:
    roads = [
        f"{before}万家丽北路{after}"
        for before, after in zip(
            "在去到请修过", ["太堵", "有坑", "停水", "很脏", "没灯", "施工"], strict=True
        )
    ]
    known = learn(stream_of([None] * 6, roads), 6)
    stream, is_word = content_of(stream_of(["万家丽北路与某北路"], [""]), known)
    found = {stream.words[code] for code in stream.code if code >= 0 and is_word[code]}
    assert "北路" not in found


def test_a_place_told_by_a_code_takes_nothing_of_the_next_word() -> None:
    stream = stream_of(["A3区丽发新城"], ["B10县县委"])
    assert not {"区丽发", "县县"} & set(stream.words.tolist())


def test_without_letters_nothing_is_learnt() -> None:
    known = learn(stream_of([], []), 0)
    assert known.joined == ()
    assert known.in_letters == {}


@pytest.mark.parametrize("text", [None, "", "\ud800", "😀😀", "a" * 5000, "，" * 5000])
def test_hostile_text_has_some_answer(text: str | None) -> None:
    stream, is_word = content_of(stream_of([text], [text]), learn(stream_of([text], [text]), 1))
    assert len(is_word) == len(stream.words)
