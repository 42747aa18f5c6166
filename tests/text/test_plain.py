"""Letters and digits alone, and where each stood."""

from __future__ import annotations

from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.text.plain import plain


def characters(text: str | None) -> str:
    return "".join(map(chr, plain([text]).of(0)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (None, ""),
        ("，。 　\n\t", ""),
        ("湘政办发〔2024〕13号", "湘政办发202413号"),
        ("ＡＢＣ１２３", "abc123"),
        ("繁體中文，後臺", "繁体中文后台"),
        ("<p class='x'>正文</p><br/>第二段<!-- 注 -->", "正文第二段"),
        ("&nbsp;甲&#20013;乙&amp;", "甲乙"),
        ("3 < 5 且 a<b", "35且ab"),
        ("A&B & C；", "abc"),
        ("<" + "长" * 2_000, "长" * 2_000),
        ("<a" + "长" * 2_000, "a" + "长" * 2_000),
        ("末尾是 <", "末尾是"),
        ("末尾是 &", "末尾是"),
        ("𠀀𠀁汉", "𠀀𠀁汉"),
        ("\ud800汉", "汉"),
        ("éÉ", "éé"),
        ("⼀⼆、", "一二"),  # radicals that stand for characters, as PDFs give them
    ],
)
def test_characters(text: str | None, expected: str) -> None:
    assert characters(text) == expected


def test_places_count_characters_of_the_text_as_given() -> None:
    text = "<b>甲</b>，&nbsp;𠀀 Ｚ"
    found = plain([None, text, ""])
    assert [text[place] for place in found.places] == ["甲", "𠀀", "Ｚ"]
    assert found.bounds.tolist() == [0, 0, 3, 3]


def test_an_arrow_slice_is_read_in_its_bounds() -> None:
    column = pa.chunked_array([pa.array(["不要", "甲", None]), pa.array(["乙，丙"])])
    found = plain(column.slice(1))
    assert ["".join(map(chr, found.of(k))) for k in range(len(found))] == ["甲", "", "乙丙"]


@given(st.lists(st.text(), max_size=5))
def test_each_letter_stands_at_its_place(texts: list[str]) -> None:
    found = plain(texts)
    for k, text in enumerate(texts):
        places = found.places[found.bounds[k] : found.bounds[k + 1]]
        assert np.all(np.diff(places) > 0)
        assert all(
            0 <= place < len(text)
            and (normalize("NFKC", text[place]).isalnum() or text[place] >= "\U00020000")
            for place in places
        )
