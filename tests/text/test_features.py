"""Hashed features: counts, weights, and the rows they are taken from."""

from __future__ import annotations

import numpy as np
import pytest

from shuju.text.features import Rows, character_counts, inverse_frequency, weigh, word_counts
from shuju.text.linear import fit_svm, scores


def counts(rows: Rows, row: int) -> list[float]:
    return sorted(rows.values[rows.starts[row] : rows.starts[row + 1]].tolist())


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        (None, "", []),
        ("", None, []),
        (None, " \n\u3000", []),
        (None, "学校", [1]),
        ("学校", "", [3]),
        ("学校", "学校，医院", [1, 1, 4]),
        (None, "KTV ktv", [2]),
    ],
)
def test_words_are_counted_and_those_of_the_title_thrice(
    title: str, body: str, expected: list[float]
) -> None:
    assert counts(word_counts([title], [body]), 0) == expected


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        (None, "", []),
        (None, "甲", [1]),
        (None, "甲乙", [1, 1, 1]),
        (None, "甲乙丙丁", [1] * 9),
        (None, "甲 乙", [1, 1]),
        ("甲", "乙", [1, 2]),
        (None, "甲甲甲", [1, 2, 3]),
    ],
)
def test_runs_of_characters_do_not_cross_blanks(title: str, body: str, expected: list[float]) -> None:
    assert counts(character_counts([title], [body]), 0) == expected


def test_a_letter_has_the_same_features_alone_and_among_others() -> None:
    bodies = ["学校收费", "", "医院😀收费\ud800", "学校收费"]
    titles = [None, "空", None, None]
    for count in (word_counts, character_counts):
        together = count(titles, bodies)
        for row in range(4):
            alone = count(titles[row : row + 1], bodies[row : row + 1])
            part = together.take(np.array([row]))
            assert dict(zip(alone.buckets, alone.values, strict=True)) == dict(
                zip(part.buckets, part.values, strict=True)
            )


def test_rare_buckets_weigh_nothing_and_rows_have_length_one() -> None:
    rows = word_counts([None] * 3, ["学校", "学校 医院", ""])
    weighed = weigh(rows, inverse_frequency(rows, 2))
    lengths = [
        float(np.square(weighed.values[a:b]).sum())
        for a, b in zip(rows.starts, rows.starts[1:], strict=False)
    ]
    assert lengths == pytest.approx([1, 1, 0])
    assert weighed.values.tolist() == pytest.approx([1, 1])


def test_no_letters_have_no_rows() -> None:
    assert len(word_counts([], [])) == 0
    assert len(character_counts([], [])) == 0


def test_machine_separates_what_can_be_separated() -> None:
    rows = character_counts([None] * 40, ["甲乙", "丙丁"] * 20)
    rows = weigh(rows, inverse_frequency(rows, 1))
    is_class = np.array([True, False] * 20)
    weights = fit_svm(rows, is_class)
    found = scores(rows.starts, rows.buckets, rows.values, weights[:-1, None])[:, 0] + weights[-1]
    assert ((found > 0) == is_class).all()


def test_intercept_learns_where_features_say_nothing() -> None:
    rows = Rows(np.zeros(11, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32), 4)
    weights = fit_svm(rows, np.array([True] * 5 + [False] * 5))
    assert abs(weights[-1]) < 0.1
    assert (weights[:-1] == 0).all()
