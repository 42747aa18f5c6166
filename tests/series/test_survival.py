"""Kaplan–Meier against worked examples and its own invariants."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shuju.series.survival import kaplan_meier, kaplan_meier_by, quantile_time, quantile_times

# The 6-MP arm of Freireich et al. 1963, the textbook example: weeks of remission, 1 = relapse.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSE = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_textbook_example() -> None:
    curve = kaplan_meier(WEEKS, RELAPSE)
    assert curve["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert np.round(curve["share_waiting"], 4).tolist() == [
        0.8571,
        0.8067,
        0.7529,
        0.6902,
        0.6275,
        0.5378,
        0.4482,
    ]
    assert quantile_time(curve) == 23


@pytest.mark.parametrize(
    ("days", "ended", "median"),
    [
        ([], [], math.nan),
        ([3.0], [True], 3.0),
        ([3.0], [False], math.nan),
        ([1, 2, 3, 4], [True] * 4, 2.0),
        ([1, 1, 1], [True] * 3, 1.0),
        ([math.nan, 5.0], [True, True], 5.0),
        ([-1.0, 5.0], [True, True], 5.0),
    ],
)
def test_edges(days: list[float], ended: list[bool], median: float) -> None:
    assert quantile_time(kaplan_meier(days, ended)) == pytest.approx(median, nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=60))
def test_curve_falls_and_waiting_never_shortens_it(cases: list[tuple[int, bool]]) -> None:
    days, ended = [d for d, _ in cases], [e for _, e in cases]
    share = kaplan_meier(days, ended)["share_waiting"].to_numpy()
    assert ((share >= 0) & (share <= 1)).all()
    assert (np.diff(share) <= 1e-12).all()
    if ended and all(ended):
        assert share[-1] == pytest.approx(0)
    median, naive = (
        quantile_time(kaplan_meier(days, ended)),
        quantile_time(kaplan_meier([d for d, e in cases if e], [True] * sum(ended))),
    )
    assert math.isnan(median) or median >= naive


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=60))
def test_curve_is_that_of_scipy(cases: list[tuple[int, bool]]) -> None:
    days, ended = np.array([d for d, _ in cases], float), np.array([e for _, e in cases])
    theirs = stats.ecdf(stats.CensoredData(uncensored=days[ended], right=days[~ended])).sf
    curve = kaplan_meier(days, ended)
    np.testing.assert_allclose(curve["share_waiting"], theirs.evaluate(curve["time"]), atol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.booleans()), max_size=60))
def test_each_group_is_as_if_alone(cases: list[tuple[int, int, bool]]) -> None:
    group, time, ended = np.array(cases, int).reshape(-1, 3).T
    curves = kaplan_meier_by(group, time, ended)
    medians = quantile_times(curves, 4)
    for g in range(4):
        alone = kaplan_meier(time[group == g], ended[group == g])
        mine = curves[curves["group"] == g].drop(columns="group").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)
        assert medians[g] == pytest.approx(quantile_time(alone), nan_ok=True)
