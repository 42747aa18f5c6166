"""The scorer of pairs, groups under decisions, titles true of all letters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuju.letters.decisions import (
    MERGE,
    MOVES_AT_MOST,
    RENAME,
    SPLIT,
    TAKE_OUT,
    Decision,
    applied,
    constraints,
    learned_threshold,
    renamed,
)
from shuju.letters.grouping import Constraints, Pairs, group
from shuju.letters.issue_title import issue_title
from shuju.letters.issues import find_issues
from shuju.letters.nearness import Scene
from shuju.letters.same_matter import learned, pair_features, pair_scores, shared_phrases
from shuju.letters.scored import profiles_of
from shuju.letters.similar import most_similar
from tests.letters.test_issues import BUS, BUS_IDS, OTHERS, PLANT, PLANT_IDS, letters, sets

FUMES = "滨江花园小区临街餐馆油烟直排，夜里无法开窗，请查处"


@pytest.mark.parametrize(
    ("other", "region", "is_same"),
    [
        ("滨江花园小区临街餐馆油烟直排扰民，居民夜里无法开窗", "430104", True),
        ("滨江花园小区临街餐馆油烟直排扰民，居民夜里无法开窗", "430211", False),
        ("滨江花园小区的电梯坏了三个月没有人修，老人出不了门", "430104", False),
        ("咨询医保卡丢失以后怎么补办，需要什么材料", "430104", False),
    ],
    ids=["the same", "another city", "another matter there", "nothing in common"],
)
def test_a_pair_is_of_one_matter_at_one_place(other, region, is_same):
    two = letters((FUMES, other), region_code=["430104", region])
    (score,) = pair_scores(profiles_of(two), np.array([0]), np.array([1]))
    assert (score >= learned().threshold) == is_same


@given(st.lists(st.sampled_from([*PLANT, *BUS, *OTHERS, "", "A3区"]), min_size=2, max_size=6))
@settings(max_examples=30, deadline=None)
def test_features_are_finite_and_the_order_of_a_pair_matters_little(texts):
    held = profiles_of(letters(tuple(texts)))
    first, second = np.triu_indices(len(texts), 1)
    one, other = pair_features(held, first, second), pair_features(held, second, first)
    assert np.isfinite(one).all()
    assert np.abs(one - other)[:, :8].max() < 0.1


def test_what_two_letters_share_is_told():
    two = letters((FUMES, "我是滨江花园小区业主，餐馆油烟直排多年"))
    assert any("油烟直排" in phrase for phrase in shared_phrases(profiles_of(two), 0, 1))
    found = most_similar(
        two.iloc[0].to_dict() | {"replied_at": None, "region_code": None}, others(two.iloc[1:])
    )
    assert found["shared_names"].str.contains("滨江花园").all()


def others(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(replied_at=pd.NaT, region_code=pd.array([None] * len(frame), "str"))


def test_most_similar_shows_only_what_is_likely_of_the_matter():
    every = others(letters())
    found = most_similar(every.iloc[0].to_dict(), every.iloc[1:])
    assert set(found["letter_id"]) <= PLANT_IDS
    assert len(found) >= 1
    assert found["similarity"].is_monotonic_decreasing


def grouped(scores, together=(), apart=(), held=None):
    """Group four letters that are all alike by given scores of pairs."""
    four = letters((FUMES,) * 4)
    scene = Scene(np.arange(4.0), *(np.full(4, -1),) * 3)
    first, second = np.triu_indices(4, 1)
    limits = Constraints(*(np.array(x, np.int64).reshape(-1, 2) for x in (together, apart)))
    held = np.full(4, -1) if held is None else np.array(held)
    pairs = Pairs(first, second, np.array(scores, float))
    return group(profiles_of(four), scene, pairs, held, limits, learned(), learned().threshold)[0].tolist()


ALIKE, UNLIKE = [5.0] * 6, [-5.0] * 6


@pytest.mark.parametrize(
    ("scores", "more", "expected"),
    [
        (ALIKE, {}, [0, 0, 0, 0]),
        (UNLIKE, {}, [0, 1, 2, 3]),
        (UNLIKE, {"together": [(1, 3)]}, [0, 1, 2, 1]),
        (ALIKE, {"held": [0, 1, 0, 1]}, [0, 1, 0, 1]),
        (ALIKE, {"held": [0, 1, -1, -1], "apart": [(0, 2), (0, 3)]}, [0, 1, 1, 1]),
    ],
    ids=["alike", "unlike", "together", "held stay apart", "apart"],
)
def test_groups(scores, more, expected):
    assert grouped(scores, **more) == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4))
@settings(max_examples=30, deadline=None)
def test_letters_that_are_apart_are_never_in_one_group(pairs):
    apart = [pair for pair in pairs if pair[0] != pair[1]]
    found = grouped(ALIKE, apart=apart)
    assert all(found[a] != found[b] for a, b in apart)


PLANT_LETTERS = tuple(sorted(PLANT_IDS))


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([], {PLANT_IDS, BUS_IDS}),
        ([Decision(TAKE_OUT, "issue-l00", ("l04",), PLANT_LETTERS[:4])], {PLANT_IDS - {"l04"}, BUS_IDS}),
        (
            [Decision(SPLIT, "issue-l00", ("l03", "l04"), PLANT_LETTERS[:3])],
            {frozenset({"l03", "l04"}), frozenset({"l00", "l01", "l02"}), BUS_IDS},
        ),
        ([Decision(MERGE, "issue-l00", tuple(sorted(BUS_IDS)), PLANT_LETTERS)], {PLANT_IDS | BUS_IDS}),
    ],
    ids=["none", "take out", "split", "merge"],
)
def test_decisions_hold_when_all_is_found_anew_and_day_by_day(decisions, expected):
    every = letters()
    _, members = find_issues(every, decisions=decisions)
    assert sets(members) == expected
    _, known = find_issues(every)
    _, later = find_issues(every, known, decisions=decisions)
    assert expected <= sets(later) | {frozenset({"l04"})}
    _, again = find_issues(every, later, decisions=decisions)
    assert sets(again) == sets(later)


def test_a_name_that_people_gave_is_the_title():
    issues, _ = find_issues(
        letters(), decisions=[Decision(RENAME, "issue-l00", PLANT_LETTERS, (), "搅拌站扰民")]
    )
    assert issues.set_index("issue_id").loc["issue-l00", "title"] == "搅拌站扰民"


def test_the_last_of_two_decisions_holds():
    taken = Decision(TAKE_OUT, "i", ("b",), ("a",))
    merged = Decision(MERGE, "i", ("b",), ("a",))
    ids = pd.Series(["a", "b"])
    assert constraints([taken, merged], ids).together.tolist() == [[0, 1]]
    assert not len(constraints([taken, merged], ids).apart)
    assert constraints([merged, taken], ids).apart.tolist() == [[0, 1]]
    assert not len(constraints([merged, taken], ids).together)


def test_what_is_applied_twice_changes_nothing_more():
    members = pd.DataFrame({"letter_id": list("abcd"), "issue_id": ["i", "i", "i", "k"]})
    decisions = [Decision(SPLIT, "i", ("c",), ("a", "b")), Decision(MERGE, "i", ("d",), ("a",))]
    once = applied(members, decisions)
    assert once.set_index("letter_id")["issue_id"].to_dict() == {"a": "i", "b": "i", "c": "issue-c", "d": "i"}
    pd.testing.assert_frame_equal(applied(once, decisions), once)
    assert renamed(once, [Decision(RENAME, "i", ("a", "b"), (), "名")]).to_dict() == {"i": "名"}


@pytest.mark.parametrize(
    ("scores", "is_same", "expected"),
    [
        ([], [], 0.0),
        ([3.0] * 40, [False] * 40, 1.0),
        ([-3.0] * 40, [True] * 40, -1.0),
        ([0.0, 0.0], [True, False], 0.0),
    ],
    ids=["none", "all were split", "all were merged", "both"],
)
def test_the_threshold_learns_from_decisions_within_bounds(scores, is_same, expected):
    found = learned_threshold(0.0, np.array(scores), np.array(is_same, bool), np.arange(len(scores)))
    assert abs(found) <= MOVES_AT_MOST
    assert found == pytest.approx(expected, abs=0.11)


@pytest.mark.parametrize(
    ("titles", "names", "holds", "expected"),
    [
        ([], [], [], ""),
        (["A6区二中收费补课"], ["二中"], [1.0], "A6区二中收费补课"),
        (["甲小区电梯坏了", "电梯坏了"], ["甲小区", ""], [0.0, 1.0], "电梯坏了"),
        (
            ["A6区明德中学收费补课", "A6区长郡中学收费补课"],
            ["明德中学", "长郡中学"],
            [0.0, 0.0],
            "A6区多所学校：收费补课",
        ),
        (["甲小区停工半年", "甲小区三年级搬走", "甲小区停工"], ["甲小区"] * 3, [1.0] * 3, "甲小区三年级搬走"),
        (["甲小区维权近三月没有用", "停工两年"], ["甲小区", ""], [1.0, 1.0], "甲小区维权近三月没有用"),
    ],
    ids=[
        "nothing",
        "names that hold",
        "a later title holds",
        "several schools",
        "no spell",
        "all tell a spell",
    ],
)
def test_a_title_is_true_of_all_letters(titles, names, holds, expected):
    assert issue_title(titles, names, holds) == expected
