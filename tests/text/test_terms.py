"""High-frequency words, keywords, phrases, and words that go together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.text.terms import (
    cut_letters,
    keyness,
    stop_words,
    term_letters,
    terms,
    terms_against,
    without_parts,
)


def letters(*groups: tuple[str, str, int]) -> pd.DataFrame:
    rows = [(county, None, body) for county, body, n in groups for _ in range(n)]
    return pd.DataFrame(rows, columns=["county", "title", "body"])


NOISE = letters(
    ("甲", "搅拌站噪音", 20), ("甲", "学校收费", 5), ("乙", "学校收费", 40), ("乙", "搅拌站噪音", 1)
)


def test_keywords_are_what_a_group_says_more() -> None:
    found = terms(NOISE, by="county")
    first = found.groupby("county")["term"].first()
    assert first["甲"] in ("搅拌站", "噪音", "搅拌站噪音")
    assert first["乙"] in ("学校", "收费", "学校收费")
    row = found[(found["county"] == "甲") & (found["term"] == "搅拌站")].iloc[0]
    assert (row["letters"], row["share"], row["letters_against"]) == (20, 0.8, 1)
    assert row["keyness"] > 15.13
    assert row["log_ratio"] == pytest.approx(np.log2(20.5 / 25.5) - np.log2(1.5 / 41.5))
    school = found[(found["county"] == "甲") & (found["term"] == "学校")].iloc[0]
    assert school["keyness"] < 0


def test_burst_words_stand_out_against_the_period_before() -> None:
    before = letters(("甲", "学校收费", 50))
    now = letters(("甲", "学校收费", 10), ("甲", "粉尘污染", 10))
    found = terms(now, against=before).set_index("term")
    assert found["keyness"].idxmax() in ("粉尘", "污染", "粉尘污染")
    assert found.loc["粉尘", "letters_against"] == 0
    assert found.loc["学校", "keyness"] < 0


def test_without_comparison_words_are_ordered_by_frequency() -> None:
    found = terms(NOISE)
    assert found["letters"].is_monotonic_decreasing
    assert (found["keyness"] == 0).all()


def test_one_letter_counts_once_however_often_it_says_a_word() -> None:
    found = terms(letters(("甲", "噪音噪音，噪音！噪音", 3)), at_least=1).set_index("term")
    assert found.loc["噪音", "letters"] == 3


def test_stop_words_and_signs_are_no_terms() -> None:
    found = terms(letters(("甲", "尊敬的领导，您好！我们的A1区12345", 5)), at_least=1)
    assert not set(found["term"]) & stop_words()
    assert found["term"].str.contains("[\u4e00-\u9fff]").all()


def test_phrases_are_joined() -> None:
    frame = letters(
        ("甲", "电梯故障频发", 6), ("甲", "房屋漏水严重", 6), ("甲", "空气质量差", 6), ("甲", "学校食堂", 6)
    )
    found = set(term_letters(cut_letters(frame["title"], frame["body"])).terms)
    assert "电梯故障" in found
    assert not any("频发房屋" in term for term in found)


def test_letters_cut_once_tell_the_same_as_letters_cut_anew() -> None:
    bodies = ["搅拌站噪音扰民", "学校食堂收费", "搅拌站粉尘污染", "噪音", "学校收费", "搅拌站噪音"]
    every = pd.DataFrame({"title": ["关于搅拌站", None] * 30, "body": bodies * 10})
    cut = cut_letters(every["title"], every["body"])
    here, there = np.arange(7, 31), np.array([*range(40, 60), 3, 1])
    found = terms_against(cut, here, there, at_least=2)
    pd.testing.assert_frame_equal(found, terms(every.iloc[here], against=every.iloc[there], at_least=2))
    assert {"粉尘污染", "噪音"} <= set(found["term"])


@pytest.mark.parametrize("word", ["学区划分", "农民工工资"])
def test_known_phrases_are_one_word(word: str) -> None:
    found = terms(letters(("甲", f"关于{word}", 3)))
    assert word in set(found["term"])


def test_no_letters_have_no_terms() -> None:
    empty = letters()
    assert len(terms(empty)) == 0
    assert list(terms(empty, by="county").columns) == list(terms(NOISE, by="county").columns)


@pytest.mark.parametrize(
    ("here", "size", "there", "size_there", "expected"),
    [
        (10, 100, 10, 100, 0.0),
        (0, 100, 0, 100, 0.0),
        (100, 100, 0, 100, 400 * np.log(2)),
        (0, 100, 100, 100, -400 * np.log(2)),
        (5, 10, 0, 0, 0.0),
        (
            20,
            100,
            10,
            100,
            2 * (20 * np.log(20 / 15) + 10 * np.log(10 / 15) + 80 * np.log(80 / 85) + 90 * np.log(90 / 85)),
        ),
    ],
)
def test_keyness(here: int, size: int, there: int, size_there: int, expected: float) -> None:
    assert keyness([here], [size], [there], [size_there])[0] == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 50), st.integers(50, 80), st.integers(0, 50), st.integers(50, 80))
def test_keyness_changes_its_sign_when_sides_change(a: int, n: int, b: int, m: int) -> None:
    forth, back = keyness([a], [n], [b], [m])[0], keyness([b], [m], [a], [n])[0]
    assert forth == pytest.approx(-back, abs=1e-9)


WHOLE = {
    "pieces of a name go": ([("丽发新城", 20), ("丽发", 20), ("新城", 21), ("搅拌站", 26)], ["丽发新城", "搅拌站"]),
    "a word that says more than the phrase stays": ([("噪音", 20), ("噪音扰民", 5)], ["噪音"]),
    "words that met by chance go": (
        [("暮云街道", 20), ("丽发新城", 18), ("暮云街道丽发新城", 6)], ["暮云街道", "丽发新城"],
    ),
    "nothing of nothing": ([], []),
    "no more than asked for": ([(f"词{k}", 3) for k in range(9)], [f"词{k}" for k in range(8)]),
}  # fmt: skip


@pytest.mark.parametrize(("told", "kept"), WHOLE.values(), ids=WHOLE)
def test_each_thing_is_told_by_one_word(told: list[tuple[str, int]], kept: list[str]) -> None:
    found = pd.DataFrame(told, columns=["term", "letters"])
    assert without_parts(found, 8) == kept


def test_a_place_told_by_a_code_takes_nothing_of_the_next_word() -> None:
    found = cut_letters(["A3区丽发新城"] * 3, ["B10县县委"] * 3)
    assert not {"区丽发", "县县"} & set(found.words)
