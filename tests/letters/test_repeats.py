"""Repeats: pairs of letters that say nearly the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.letters.repeats import find_repeats
from shuju.text.fingerprints import RUN, groups, minhash, similar_pairs
from shuju.text.plain import plain

REAL = Path(__file__).parents[3] / "shared" / "data" / "letters_tipdm2020c"
TEXT = "小区旁边新建的搅拌站每天夜里施工，噪音和粉尘让老人和孩子都无法休息，请有关部门尽快到现场核实处理。"


def exact(one: str, other: str) -> float:
    sets = [
        {tuple(codes[k : k + RUN]) for k in range(max(len(codes) - RUN + 1, 1))}
        for codes in (plain([text]).characters.tolist() for text in (one, other))
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@pytest.mark.parametrize(
    ("texts", "pairs"),
    [
        ([], []),
        ([TEXT], []),
        ([None, None, ""], []),
        ([TEXT, TEXT], [(0, 1)]),
        ([TEXT, None, TEXT + "谢谢"], [(0, 2)]),
        ([TEXT, TEXT.replace("，", " , "), TEXT.replace("。", "\n\t")], [(0, 1), (0, 2), (1, 2)]),
        (["ＡＢＣ小区停水三天了", "abc小区停水三天了"], [(0, 1)]),
        ([TEXT, TEXT[::-1]], []),
        (["水", "水", "火"], [(0, 1)]),
        (["！？。", "！？。"], []),
        (["\ud800" + TEXT, TEXT], [(0, 1)]),
    ],
)
def test_pairs_of_texts(texts, pairs):
    first, second, similarity = similar_pairs(texts)
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == pairs
    assert (similarity >= 0.8).all()


@given(st.lists(st.text("甲乙丙，a1", max_size=12), max_size=12))
def test_every_pair_found_is_as_similar_as_said(texts):
    first, second, similarity = similar_pairs(texts, 0.5)
    for a, b, said in zip(first, second, similarity, strict=True):
        assert a < b
        assert said == pytest.approx(exact(texts[a], texts[b]))


def test_a_template_of_many_is_one_group_with_few_pairs():
    first, second, _ = similar_pairs([TEXT] * 1000)
    assert len(first) <= 32 * 1000
    assert set(groups(1000, first, second).tolist()) == {0}


def test_signatures_agree_as_often_as_sets_do():
    rng = np.random.default_rng(7)
    base = rng.integers(0x4E00, 0x9000, 1000)
    changed = base.copy()
    changed[rng.choice(1000, 30, replace=False)] = 0x9001
    one, other = ("".join(map(chr, codes)) for codes in (base, changed))
    both = plain([one, other])
    agree = (np.equal(*minhash(both.characters, both.bounds[1:]))).mean()
    assert agree == pytest.approx(exact(one, other), abs=0.12)


def test_repeat_names_the_earlier_letter_and_the_writer():
    letters = pd.DataFrame(
        {
            "letter_id": ["late", "early", "other", "middle"],
            "body": [TEXT, TEXT, "与此无关的另一件事情，请问怎么办理", TEXT + "急"],
            "written_at": pd.to_datetime(["2024-03-03", "2024-03-01", "2024-03-01", "2024-03-02"]),
            "writer_id": ["a", "a", "a", None],
        }
    )
    found = find_repeats(letters).set_index(["letter_id", "repeat_of"])
    assert sorted(found.index) == [("late", "early"), ("late", "middle"), ("middle", "early")]
    assert found.loc[("late", "early"), "same_writer"]
    assert pd.isna(found.loc[("middle", "early"), "same_writer"])
    assert set(found["group_id"]) == {"early"}


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="the real letters are not here")
def test_real_repeats_are_found():
    from bench.issues import real_letters, score_repeats

    recall, precision = score_repeats(real_letters(REAL), REAL)
    assert recall >= 0.99
    assert precision >= 0.98
