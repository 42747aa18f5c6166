"""What letters wordings: kept, taken up again, and what of it weighs; which letters a new one can move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.letters.affected import affected_letters
from shuju.letters.issues import find_issues
from shuju.letters.nearness import Scene
from shuju.letters.weighting import STEADY_WEIGHT, weights
from shuju.letters.wording_cache import load_wordings, save_wordings, update_wordings
from shuju.text.features import Rows
from tests.letters.test_issues import BUS, OTHERS, PLANT, letters

TEXTS = [*PLANT, *BUS, *OTHERS]


def same(one: Rows, other: Rows) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("starts", "buckets", "values")
    )


@given(st.lists(st.integers(0, 20), max_size=12), st.sets(st.integers(0, 20), max_size=12))
def test_what_was_heard_before_is_as_if_heard_now(keys, known):
    keys = np.array(keys, np.int64)
    texts = [TEXTS[k] for k in keys]
    before = update_wordings(
        np.array(sorted(known), np.int64), [TEXTS[k] for k in sorted(known)], [None] * len(known), None
    )
    anew = update_wordings(keys, texts, [None] * len(keys), None)
    again = update_wordings(keys, texts, [None] * len(keys), before)
    assert same(again.of(keys)[0], anew.of(keys)[0])
    assert again.of(keys)[1].tolist() == [k not in known for k in keys]
    assert anew.is_new.all()


def test_what_is_saved_comes_back_and_is_not_new(tmp_path):
    wordings = update_wordings(np.array([7, -3]), [PLANT[0], None], [PLANT[1] * 40, ""], None)
    save_wordings(wordings, tmp_path / "wordings.npz")
    found = load_wordings(tmp_path / "wordings.npz")
    assert same(found.rows, wordings.rows)
    assert (found.keys.tolist(), found.is_new.tolist()) == ([-3, 7], [False, False])


def said_by(rows: list[list[int]]) -> Rows:
    starts = np.cumsum([0, *map(len, rows)])
    buckets = np.array([b for row in rows for b in row], np.int32)
    return Rows(starts, buckets, np.ones(len(buckets), np.float32), 8)


@pytest.mark.parametrize(("n", "ratio"), [(16, STEADY_WEIGHT), (12, 1.0)], ids=["often", "seldom"])
def test_what_is_said_at_all_times_weighs_less_than_what_is_said_in_a_burst(n, ratio):
    ends = {*range(n // 2), *range(320 - n // 2, 320)}  # half of them on the first days, half on the last
    burst = set(range(n))
    rows = said_by([[0] * (k in ends) + [1] * (k in burst) for k in range(320)])
    found = weights(rows, np.arange(320.0))
    weight = dict(zip(found.buckets[:2].tolist(), found.values[:2].tolist(), strict=True))
    assert weight[0] / weight[1] == pytest.approx(ratio, abs=0.01)


def test_the_most_that_is_common_does_not_grow_with_the_library():
    n = 6000
    rows = said_by([[0] * (k % 25 == 0) + [1] * (k % 40 == 0) for k in range(n)])  # 240 and 150 letters
    assert weights(rows, np.arange(float(n))).n_buckets == 1


def test_a_letter_reaches_those_near_those_near_them_and_their_issues():
    # 0-1 share a name, so do 1-2; 3 and 4 are an issue of which 3 shares a name with 0; 5 shares nothing.
    rows = Rows(
        np.array([0, 2, 4, 5, 7, 8, 9]),
        np.array([0, 2, 0, 1, 1, 2, 3, 3, 4], np.int32),
        np.array([0.7, 0.7, 0.7, 0.7, 1, 0.7, 0.7, 1, 1], np.float32),
        5,
    )
    unknown = np.full(6, -1)
    scene = Scene(np.arange(6.0), unknown, unknown, unknown)
    held = np.array([-1, -1, -1, 0, 0, -1])
    is_new = np.arange(6) == 0
    assert affected_letters(rows, scene, is_new, held, 0.5).tolist() == [True, True, True, True, True, False]
    apart = Scene(np.arange(6.0) * 200, unknown, unknown, unknown)
    assert affected_letters(rows, apart, is_new, held, 0.5).tolist() == [True] + [False] * 5


def with_hash(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(content_hash=np.arange(len(frame)) * 7 - 3)


def test_a_day_that_is_heard_is_as_a_day_that_is_read_anew():
    every = with_hash(letters())
    old = every[~every["letter_id"].isin(["l04", "l08"])]
    _, known = find_issues(old)

    def heard(frame, before):
        return update_wordings(
            frame["content_hash"].to_numpy(), frame["title"].tolist(), frame["body"].tolist(), before
        )

    issues, members = find_issues(every, known, heard(every, heard(old, None)))
    plain_issues, plain_members = find_issues(every, known)
    pd.testing.assert_series_equal(members["issue_id"], plain_members["issue_id"])
    pd.testing.assert_frame_equal(
        issues[["issue_id", "title", "heat", "stage"]], plain_issues[["issue_id", "title", "heat", "stage"]]
    )
    # Only what the new letter of the second issue touches is placed; the first, found later, keeps its name.
    late = every[every["letter_id"] != "l08"]
    _, known = find_issues(late)
    swapped = known.iloc[::-1].reset_index(drop=True)
    _, members = find_issues(every, swapped, heard(every, heard(late, None)))
    pd.testing.assert_series_equal(members["issue_id"], plain_members["issue_id"])
    nothing_new, same_members = find_issues(every, members, heard(every, heard(every, None)))
    pd.testing.assert_frame_equal(same_members, members)
    pd.testing.assert_frame_equal(nothing_new, issues)


def test_a_new_matter_takes_no_name_of_an_issue_that_it_does_not_touch():
    fountain = ("橘洲公园喷泉坏了半个月没人修", "橘洲公园喷泉坏了没人修", "橘洲公园喷泉坏了半年没人修")
    every = with_hash(letters((*PLANT, *BUS, *OTHERS, *fountain)))
    old = every.iloc[: -len(fountain)]
    _, known = find_issues(old)

    def heard(frame, before):
        return update_wordings(
            frame["content_hash"].to_numpy(), frame["title"].tolist(), frame["body"].tolist(), before
        )

    _, members = find_issues(every, known, heard(every, heard(old, None)))
    found = members.set_index("letter_id")["issue_id"]
    new = every["letter_id"].tail(len(fountain)).tolist()
    assert set(found[new]) == {f"issue-{new[0]}"}
    assert found[known["letter_id"]].tolist() == known["issue_id"].tolist()
