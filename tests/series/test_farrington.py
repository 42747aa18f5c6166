"""Farrington Flexible, EARS and CUSUM say what R's ``surveillance`` says; edges say nothing rather than nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shuju.series.cusum import nb_cusum
from shuju.series.ears import ears
from shuju.series.farrington import baseline, farrington, reference_points

R = json.loads(Path(__file__).with_name("surveillance.json").read_text(encoding="utf-8"))
OBSERVED = np.array(R["observed"], float)
TIMES = np.array(R["dates"], "datetime64[D]")
AT = np.array(R["range"])
CONTROLS: dict[str, dict[str, Any]] = {
    "default": {},
    "no_trend": {"trend": False},
    "no_reweight": {"reweight": False},
    "three_years": {"b": 3, "w": 4, "weights_threshold": 1},
    "noufaily": {
        "no_periods": 10,
        "past_weeks_not_included": 26,
        "threshold_method": "nbPlugin",
        "alpha": 0.005,
    },
    "muan": {"no_periods": 10, "past_weeks_not_included": 26, "threshold_method": "muan", "alpha": 0.01},
    "half": {"powertrans": "1/2", "alpha": 0.01, "limit54": (0, 4)},
    "plain": {"powertrans": "none"},
}


def told(values: list[list[Any]]) -> np.ndarray:
    return np.array([[np.nan if v in (None, "NA") else float(v) for v in row] for row in values]).T


@pytest.mark.parametrize(
    ("times", "name"),
    [("plain", name) for name in CONTROLS] + [("dated", name) for name in R["farrington"]["dated"]],
)
def test_farrington_equals_r(times: str, name: str) -> None:
    theirs = R["farrington"][times][name]
    ours = farrington(OBSERVED, TIMES if times == "dated" else None, at=AT, **CONTROLS[name])
    upper = told(theirs["upper"])
    known = ~np.isnan(upper)
    assert np.array_equal(known, ~np.isnan(ours.upper))
    np.testing.assert_allclose(ours.upper[known], upper[known], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours.expected[known], told(theirs["expected"])[known], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours.p[known], told(theirs["p"])[known], rtol=1e-3, atol=1e-7)
    alarm = (OBSERVED[:, AT] > ours.upper) & (OBSERVED[:, AT] > 0)
    assert np.array_equal(alarm, np.array(theirs["alarm"], object).T.astype(bool))


def test_the_fixture_holds_alarms_and_unknowns() -> None:
    upper, alarm = told(R["farrington"]["plain"]["noufaily"]["upper"]), R["farrington"]["plain"]["noufaily"]
    assert np.isnan(upper).any()
    assert np.any(alarm["alarm"])


@pytest.mark.parametrize(
    ("variant", "options"), [("c1", {}), ("c2", {"baseline": 9}), ("c3", {"min_sigma": 0.5})]
)
def test_ears_equals_r(variant: Any, options: dict[str, Any]) -> None:
    theirs = R["ears"][variant.upper()]
    ours = ears(OBSERVED, variant, **options)
    np.testing.assert_allclose(ours.upper[:, AT], told(theirs["upper"]), atol=1e-7)
    assert np.array_equal(OBSERVED[:, AT] > ours.upper[:, AT], np.array(theirs["alarm"]).T)


def test_cusum_equals_r() -> None:
    counts = OBSERVED[[R["names"].index("outbreak_now")], 249:364]
    total, upper = nb_cusum(counts, np.full(counts.shape, 4.0), np.full(counts.shape, 4.0), threshold=4)
    np.testing.assert_allclose(total[0], R["cusum"]["upperbound"], atol=1e-7)
    alarm = np.array(R["cusum"]["alarm"], bool)
    assert np.array_equal(total[0] >= 4, alarm)
    assert np.array_equal(counts[0] >= upper[0] - 1e-9, alarm)


@pytest.mark.parametrize(
    ("shape", "at"), [((0, 400), 399), ((2, 400), 262), ((1, 10), 9), ((1, 400), 262)], ids=str
)
def test_farrington_without_series_or_history_says_nothing(shape: tuple[int, int], at: int) -> None:
    found = farrington(np.ones(shape), at=np.array([at]))
    assert found.upper.shape == (shape[0], 1)
    assert np.isnan(found.upper).all()


def test_unknown_counts_are_left_out_of_the_baseline() -> None:
    chance = np.random.default_rng(0)
    whole = chance.poisson(9, (1, 400)).astype(float)
    whole[0, 390:] = 9
    holes = whole.copy()
    holes[0, 300:320] = np.nan  # not in a window of the past years of week 399
    assert farrington(whole, at=np.array([399])).upper == farrington(holes, at=np.array([399])).upper
    holes[0, :380] = np.nan
    assert np.isnan(farrington(holes, at=np.array([399])).upper).all()


@pytest.mark.parametrize("size", [0.0, 1e6, 1e12])
def test_farrington_of_a_constant_series_is_finite_or_unknown(size: float) -> None:
    found = farrington(np.full((1, 400), size), at=np.array([399]), alpha=0.01)
    assert np.isnan(found.upper).all() if size == 0 else found.upper[0, 0] > size


def test_too_many_periods_are_refused() -> None:
    with pytest.raises(ValueError, match="时段"):
        baseline(400, reference_points(399, 5, 52, None), 3, 60, 3)


def test_past_years_by_the_calendar_of_53_weeks() -> None:
    times = np.datetime64("2015-01-05") + 7 * np.arange(320)
    k = int(np.searchsorted(times, np.datetime64("2021-01-04")))
    past = times[reference_points(k, 3, 52, times)]
    # The Monday nearest to the same date, also over the year 2020 with its 53 weeks.
    assert [str(t) for t in past] == ["2021-01-04", "2020-01-06", "2019-01-07", "2018-01-01"]


@pytest.mark.parametrize("options", [{"baseline": 2}, {"min_sigma": -1.0}])
def test_impossible_ears_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="EARS"):
        ears(OBSERVED, "c1", **options)


@pytest.mark.parametrize("options", [{"kappa": 1.0}, {"threshold": 0.0}])
def test_impossible_cusum_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="kappa"):
        nb_cusum(np.ones((1, 3)), np.ones((1, 3)), np.ones((1, 3)), **options)
