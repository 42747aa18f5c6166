"""Warnings under other limits: the same alarms as the method gives, more where more are borne, and bursts found that are large enough."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from shuju.letters.facts import selection
from shuju.series.alarms import find_alarms
from shuju.whatif import WhatIfError
from shuju.whatif.alarming import BUDGETS, JUDGED_WEEKS, METHODS, Weeks, prepare, run
from tests.letters.conftest import Letters, letter, letters

__all__ = ["letters"]


@pytest.fixture(scope="module")
def weeks() -> Weeks:
    """Thirty series of six years, a few letters a week each; twenty bursts."""
    draw = np.random.default_rng(4)
    time = np.datetime64("2019-01-07") + 7 * np.arange(312)
    labels = {"series": np.arange(30), "time": time.astype("datetime64[ns]")}
    counts = xr.DataArray(draw.poisson(4, (30, 312)).astype(float), labels, ["series", "time"])
    series = draw.permutation(30)[:20]
    return Weeks(counts, series, draw.integers(312 - JUDGED_WEEKS, 300, 20), draw.random((20, 2)))


@pytest.mark.parametrize("method", METHODS)
def test_a_budget_is_a_level_of_p(weeks: Weeks, method: str) -> None:
    """What is kept for all budgets gives the alarms that the method itself gives for each."""
    counts = weeks.counts.to_numpy()[:, -JUDGED_WEEKS:]
    for budget in BUDGETS:
        told = find_alarms(weeks.counts, method, budget=float(budget), since=weeks.since, freq=52)[
            "alarm"
        ].to_numpy()
        assert np.array_equal((weeks.p(method) < float(budget) / 30) & (counts > 0), told)


@pytest.mark.parametrize("method", METHODS)
def test_more_are_found_where_more_false_ones_are_borne(weeks: Weeks, method: str) -> None:
    found = [run(weeks, method=method, budget=b) for b in BUDGETS]
    for name in ("alarms", "found"):
        numbers = [float(f[name]) for f in found]
        assert numbers == sorted(numbers)
    assert float(run(weeks, method=method, burst=20)["found"]) == 1
    assert float(run(weeks, method=method, burst=2)["found"]) < float(
        run(weeks, method=method, burst=8)["found"]
    )


def test_alarms_do_not_know_what_is_planted(weeks: Weeks) -> None:
    one, other = run(weeks, burst=2), run(weeks, burst=20)
    assert float(one["alarms"]) == float(other["alarms"])
    assert one["by_week"].equals(other["by_week"])
    assert float(one["alarms"]) == float(one["by_week"].mean())


def test_where_the_past_is_too_short_nothing_is_told(weeks: Weeks) -> None:
    young = Weeks(
        weeks.counts.isel(time=slice(-JUDGED_WEEKS, None)),
        weeks.series,
        weeks.week - (312 - JUDGED_WEEKS),
        weeks.chance,
    )
    assert np.isnan(float(run(young, method="farrington")["alarms"]))
    assert np.isnan(float(run(young, method="farrington")["found"]))


def test_too_few_weeks(letters: Letters) -> None:
    library = letters.add(*[letter(n) for n in range(20)])
    with pytest.raises(WhatIfError, match="不足 130 周"):
        prepare(selection(library))


def test_weeks_are_whole_and_count_every_letter(letters: Letters) -> None:
    days = np.datetime64("2021-01-04") + np.arange(0, 7 * 150, 3)
    rows = [letter(n, time=f"{day} 09:00") for n, day in enumerate(days)]
    found = prepare(selection(letters.add(*rows)))
    assert found.counts.sizes == {"series": 1, "time": 148}
    assert set(found.counts.to_numpy().ravel()) <= {2, 3}
    assert (
        found.counts.sum()
        == ((days >= np.datetime64("2021-01-11")) & (days < np.datetime64("2021-01-11") + 7 * 148)).sum()
    )
    assert (found.week >= 148 - JUDGED_WEEKS).all()
