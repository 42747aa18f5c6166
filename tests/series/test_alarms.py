"""``find_alarms``: bursts are found, quiet series stay quiet, edges and impossible calls are said so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shuju.series.alarms import METHODS, find_alarms
from shuju.series.season import days_off, weekdays


def cube(values: np.ndarray, step: int = 7, first: str = "2019-01-07") -> xr.DataArray:
    time = np.datetime64(first, "ns") + np.timedelta64(step, "D") * np.arange(values.shape[-1])
    names = ("region_code", "topic_1")[: values.ndim - 1]
    coords = {name: [f"{name}{i}" for i in range(n)] for name, n in zip(names, values.shape)}
    return xr.DataArray(values, dims=(*names, "time"), coords=coords | {"time": time})


def quiet(shape: tuple[int, ...], mean: float = 4.0, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean, shape).astype(float)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_burst_is_an_alarm_and_the_rest_is_quiet(method: Any) -> None:
    counts = quiet((3, 312))
    counts[1, 300:302] += 25
    found = find_alarms(cube(counts), method, since="2023-01-02")
    assert set(found.data_vars) == {"expected", "upper", "alarm", "p"}
    alarm = found["alarm"]
    # C3 as R has it adds up the two steps before, so it is a step late.
    first = cube(counts)["time"].to_numpy()[301 if method == "ears_c3" else 300]
    assert bool(alarm.sel(region_code="region_code1", time=first))
    assert alarm.mean() < (0.15 if method == "ears_c3" else 0.05)
    assert found["p"].sel(region_code="region_code1", time=first) < 0.01
    assert found.attrs["method"] == method


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize(
    "values",
    [
        np.zeros((2, 312)),
        np.zeros((0, 312)),
        np.full((1, 312), np.nan),
        np.ones((1, 1)),
        np.ones((2, 20)),
        np.zeros((1, 0)),
        np.full((1, 312), 1e7),
    ],
    ids=["zeros", "no series", "unknown", "one time", "short", "no time", "huge"],
)
def test_edges_make_no_alarm(method: Any, values: np.ndarray) -> None:
    found = find_alarms(cube(values), method)
    assert found["alarm"].shape == values.shape
    assert not found["alarm"].any()


def test_an_alarm_is_a_count_above_upper_and_a_small_p() -> None:
    found = find_alarms(cube(quiet((40, 300), 1.5)), alpha=0.02)
    counts = cube(quiet((40, 300), 1.5))
    known = found["p"].notnull()
    assert known.sum() > 5000
    assert ((counts > found["upper"]) & (counts > 0) == found["alarm"]).all()
    assert (found["p"].where(found["alarm"]) <= 0.02 + 1e-9).where(found["alarm"], True).all()
    assert 0.0005 < found["alarm"].where(known).mean() < 0.03


def test_what_comes_later_changes_nothing_before() -> None:
    counts = quiet((4, 5, 300), 2.0)
    later = counts.copy()
    later[..., 280:] += 50
    one, two = (
        find_alarms(cube(c), pool=["region_code"]).isel(time=slice(None, 280)) for c in (counts, later)
    )
    xr.testing.assert_equal(one, two)


def test_since_judges_only_what_is_asked() -> None:
    counts = cube(quiet((3, 4, 300), 2.0))
    whole = find_alarms(counts, pool=["region_code"])
    part = find_alarms(counts, pool=["region_code"], since=counts["time"].to_numpy()[290])
    xr.testing.assert_allclose(part, whole.isel(time=slice(290, None)))


@pytest.mark.parametrize("step", [1, 7])
@pytest.mark.parametrize("value", [0.0, np.nan, 1e7], ids=["zeros", "unknown", "huge"])
def test_edges_of_a_shared_season_make_no_alarm(step: int, value: float) -> None:
    values = np.full((3, 2, 900), value)
    found = find_alarms(cube(values, step), pool=["region_code"], since="2021-01-01")
    assert found["alarm"].shape[:2] == (3, 2)
    assert not found["alarm"].any()


def test_a_series_that_never_had_a_letter_alarms_at_its_first_few() -> None:
    counts = np.zeros((30, 1, 200))
    counts[1:] = quiet((29, 1, 200), 2.0)
    counts[0, 0, 199] = 5
    found = find_alarms(cube(counts), pool=["region_code"], budget=0.1, since="2022-10-01")
    assert bool(found["alarm"][0, 0, -1])


@pytest.mark.parametrize("method", sorted(METHODS))
def test_since_after_the_end_judges_nothing(method: Any) -> None:
    assert find_alarms(cube(quiet((3, 300))), method, since="2030-01-01")["alarm"].shape == (3, 0)


def test_a_shared_season_is_not_a_burst() -> None:
    week = np.arange(300)
    season = np.exp(1.2 * np.cos(2 * np.pi * (week - 30) / 52.18))
    counts = np.random.default_rng(4).poisson(0.6 * season, (80, 1, 300)).astype(float)
    found = find_alarms(cube(counts), pool=["region_code"], since="2022-01-03")
    peak = np.isin(np.arange(300) % 52, range(26, 36))[-found.sizes["time"] :]
    assert found["alarm"][..., peak].mean() < 0.01


def test_weekends_and_the_spring_festival_are_known() -> None:
    time = np.datetime64("2021-01-01", "D") + np.arange(365 * 4)
    off = days_off(time, 1)
    calm = np.exp(-0.6 * (weekdays(time)[:, 4:].sum(axis=1)) - 1.5 * off[:, 0])
    counts = np.random.default_rng(5).poisson(30 * calm, (4, len(time))).astype(float)
    found = find_alarms(cube(counts, 1, "2021-01-01"), pool=["region_code"], since="2024-02-01")
    expected = found["expected"].mean("region_code")
    assert expected.sel(time="2024-02-12") < 12  # 春节
    assert 24 < expected.sel(time="2024-03-06") < 36
    assert 12 < expected.sel(time="2024-03-09") < 21  # a Saturday
    assert found["alarm"].mean() < 0.01


def test_budget_bounds_false_alarms_a_week() -> None:
    counts = cube(quiet((200, 400), 0.7))
    found = find_alarms(counts, budget=1.0)
    weeks = int(found["p"].notnull().any("region_code").sum())
    assert weeks > 300
    assert found["alarm"].sum() <= 1.3 * weeks
    assert found["alarm"].sum() > 0


def test_false_discovery_control_only_removes() -> None:
    counts = quiet((100, 300), 3.0)
    counts[7, 290] += 40
    free, held = find_alarms(cube(counts), alpha=0.05), find_alarms(cube(counts), alpha=0.05, fdr=0.1)
    assert (held["alarm"] <= free["alarm"]).all()
    assert held["alarm"].sum() < free["alarm"].sum()
    assert held["alarm"][7, 290]


def test_false_discovery_control_leaves_out_what_is_unknown() -> None:
    counts = quiet((100, 300), 3.0)
    counts[7, 290] += 40
    unknown = np.concatenate([counts, np.full((400, 300), np.nan)])
    alone, among = (find_alarms(cube(c), alpha=0.05, fdr=0.1)["alarm"] for c in (counts, unknown))
    assert np.array_equal(alone, among[:100])
    assert not among[100:].any()


def test_order_and_shape_of_dimensions_are_kept() -> None:
    counts = cube(quiet((2, 3, 120)))
    one = find_alarms(counts.transpose("time", "topic_1", "region_code"), "ears_c1")
    xr.testing.assert_allclose(
        one.transpose("region_code", "topic_1", "time"), find_alarms(counts, "ears_c1"), check_dim_order=True
    )
    single = find_alarms(counts[0, 0], "ears_c1")
    assert single["alarm"].dims == ("time",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: find_alarms(c.rename(time="day")), "time"),
        (lambda c: find_alarms(c, "unknown"), "没有方法"),
        (lambda c: find_alarms(c, pool=["county"]), "county"),
        (lambda c: find_alarms(c.isel(time=[0, 1, 3])), "间隔"),
        (lambda c: find_alarms(c - 100), "不得为负"),
    ],
)
def test_impossible_calls_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(cube(quiet((2, 60))))


@settings(max_examples=25)
@given(arrays(np.float64, (2, 70), elements=st.one_of(st.just(np.nan), st.integers(0, 10**6).map(float))))
def test_any_counts_are_answered(values: np.ndarray) -> None:
    found = find_alarms(cube(values))
    p = found["p"].to_numpy()
    assert np.all((p >= 0) & (p <= 1) | np.isnan(p))
    assert not found["alarm"].to_numpy()[np.isnan(values)].any()
    assert np.all(found["upper"].to_numpy()[~np.isnan(p)] >= 0)


def test_many_small_series_take_one_call() -> None:
    found = find_alarms(
        cube(quiet((122, 15, 160), 0.3)),
        pool=["region_code"],
        budget=1,
        since=pd.Timestamp("2022-01-03"),
    )
    assert found["p"].notnull().all()
