"""Arrival curves of many groups against the estimate for one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuju.letters.survival import kaplan_meier, quantile_days
from shuju.spread.survival import arrival_curves, half_lives


@pytest.mark.parametrize(
    ("hours", "has_arrived", "half_life"),
    [
        ([], [], math.nan),
        ([3.0], [True], 3.0),
        ([3.0], [False], math.nan),
        ([1, 2, 3, 4], [True] * 4, 2.0),
        ([1, 1, 1], [True, True, False], 1.0),
        ([math.nan, -1.0, 5.0], [True, True, True], 5.0),
        ([0.0, 9.0], [True, False], 0.0),
    ],
)
def test_edges(hours: list[float], has_arrived: list[bool], half_life: float) -> None:
    curve = arrival_curves(np.zeros(len(hours), int), np.array(hours, float), np.array(has_arrived, bool))
    assert half_lives(curve, 1)[0] == pytest.approx(half_life, nan_ok=True)


CASE = st.tuples(st.integers(0, 3), st.integers(0, 30), st.booleans())


@given(st.lists(CASE, max_size=60))
def test_each_group_is_as_if_alone(cases: list[tuple[int, int, bool]]) -> None:
    group, hours, arrived = np.array(cases, float).reshape(-1, 3).T
    curve = arrival_curves(group.astype(int), hours, arrived.astype(bool))
    half = half_lives(curve, 4)
    for g in range(4):
        alone = kaplan_meier(hours[group == g], arrived[group == g])
        mine = curve[curve["group"] == g]
        assert mine["hours"].tolist() == alone["days"].tolist()
        assert mine["n_at_risk"].tolist() == alone["n_at_risk"].tolist()
        assert mine["share_arrived"].tolist() == pytest.approx((1 - alone["share_waiting"]).tolist())
        assert half[g] == pytest.approx(quantile_days(alone), nan_ok=True)
