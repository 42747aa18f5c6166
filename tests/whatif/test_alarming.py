"""Warnings under other limits: the same alarms as the method gives, more where more are borne, and bursts found that are large enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import xarray as xr

from shuju.letters.facts import selection
from shuju.series.alarms import find_alarms
from shuju.whatif import WhatIfError
from shuju.whatif.alarming import BUDGETS, JUDGED_WEEKS, METHODS, Weeks, notes, prepare, run
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


def test_filtered_days_are_no_past(letters: Letters) -> None:
    """A letter a day for four years: the last year alone is too short, not one that quiet years came before."""
    days = np.datetime64("2020-01-06") + np.arange(4 * 365)
    found = selection(letters.add(*[letter(n, time=f"{day} 09:00") for n, day in enumerate(days)]))
    last = found.copy(day=(days[-365].astype(object), days[-1].astype(object)))
    with pytest.raises(WhatIfError, match=r"只有 5[01] 个整周，不足 130 周"):
        prepare(last)
    with pytest.raises(WhatIfError, match="只有 0 个整周，不足 130 周"):
        prepare(found.copy(day=(date(2030, 1, 1), date(2030, 12, 31))))


def test_weeks_that_a_method_cannot_judge_are_in_no_mean(weeks: Weeks) -> None:
    """Farrington wants five years: of five and a half it judges half a year, and the mean is of these weeks."""
    young = replace(weeks, counts=weeks.counts.isel(time=slice(-290, None)), week=weeks.week - 22, _known={})
    judged = young.judged("farrington")
    assert 0 < judged.sum() < JUDGED_WEEKS
    found = run(young, method="farrington", budget="5")
    by_week = found["by_week"].to_numpy()
    assert np.array_equal(np.isnan(by_week), ~judged)
    assert float(found["alarms"]) == pytest.approx(by_week[judged].sum() / judged.sum())
    told = notes(young, {"method": "farrington", "budget": "1"})
    assert told == [f"来信不够久，近 104 周中 Farrington 只判断得出 {judged.sum()} 周，各数只由这些周得出。"]


def test_a_budget_that_few_series_cannot_hold_is_told(weeks: Weeks) -> None:
    few = replace(weeks, counts=weeks.counts.isel(series=slice(2)), series=weeks.series % 2, _known={})
    assert notes(few, {"method": "scan", "budget": "1"}) == []
    assert notes(few, {"method": "scan", "budget": "5"}) == [
        "所选只有 2 个序列，每周容不下这么多次误报，“误报限额”按每周 1 次算。"
    ]
