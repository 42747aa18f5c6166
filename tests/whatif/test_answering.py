"""Answering letters: what the history holds, what the models give, which is better, what a scenario changes; on letters by hand."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import shuju
from shuju.facts.selection import Selection
from shuju.letters.facts import selection
from shuju.library import Library
from shuju.whatif import WhatIfError, compare, investigate
from shuju.whatif.answering import ANSWERING
from shuju.whatif.backtest import backtest, better, crps
from shuju.whatif.delay_counts import count_delays
from shuju.whatif.delays import AsBefore, AtDesks, reply_delays
from shuju.whatif.letter_history import History, letter_history
from shuju.whatif.office import Office
from tests.letters.conftest import Letters, letter
from tests.working_days import worked_days


def made(n: int = 3_000, seed: int = 1, desks: int = 0, pools: int = 1) -> History:
    """Return a history of ``n`` letters of a year; answered by so many desks, or after days that depend on nothing."""
    draw = np.random.default_rng(seed)
    came = np.sort(draw.uniform(0, 365, n))
    workday = np.concatenate([[0], np.cumsum(np.arange(1_200) % 7 < 5)]).astype(float)
    empty = np.zeros(n, np.int64)
    history = History(
        np.datetime64("2024-01-01"), came, np.full(n, np.nan), 400 - came, draw.integers(0, pools, n), empty, empty, empty, empty,
        np.full(n, 15), workday, {"department": ["未知"], "motive": ["投诉"]}, draw.random(n) < 0.5, 0,
    )  # fmt: skip
    office = AtDesks(0.5, 0.9, 0.5, np.full(pools, desks))
    delay = office.delays(history, Office(), 99) if desks else draw.gamma(2, 6, n)
    is_seen = delay <= history.seen_days
    return replace(history, delay_days=np.where(is_seen, delay, np.nan))


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    """300 letters a day apart: two in three answered after ten days, one in three never."""
    folder = Letters(tmp_path_factory.mktemp("answering"))
    start = pd.Timestamp("2023-03-06 09:00")
    rows = [
        letter(n, time=str(start + pd.Timedelta(days=n)), reply="已办结。" if n % 3 else None,
               replied=str(start + pd.Timedelta(days=n + 10)) if n % 3 else None)
        for n in range(300)
    ]  # fmt: skip
    return selection(folder.add(*rows))


def test_what_the_history_holds(letters: Selection) -> None:
    history = letter_history(letters)
    assert (history.n, history.n_unknown) == (300, 0)
    assert history.first_day == np.datetime64("2023-03-06")
    assert history.came[:2].tolist() == [0.375, 1.375]
    assert np.isnan(history.delay_days[::3]).all()
    assert history.delay_days[1] == pytest.approx(10, abs=0.06), "as fine as the facts tell it"
    assert set(history.term_days) == {15}
    assert history.workday[:8].tolist() == [0, 1, 2, 3, 4, 5, 5, 5], (
        "Monday is a working day, the weekend is none"
    )


def test_too_little_to_work_with(letters: Selection) -> None:
    few = letters.copy(day=(pd.Timestamp("2023-03-06").date(), pd.Timestamp("2023-05-01").date()))
    with pytest.raises(WhatIfError, match="不足 100 封"):
        letter_history(few)


def test_working_time_and_back() -> None:
    history = made()
    days = np.array([0.0, 0.5, 4.5, 5.5, 6.9, 7.0, 7.25])
    assert history.working_time(days).tolist() == [0, 0.5, 4.5, 5, 5, 5, 5.25]
    worked = np.linspace(0, 200, 500)
    zero = np.zeros(500)
    days = reply_delays(np.arange(500), zero, worked, zero, zero, history.working_days)
    assert np.allclose(history.working_time(days), worked)
    assert not np.isin(np.floor(days), np.flatnonzero(np.arange(400) % 7 >= 5)).any(), "no reply on a day off"


def overdue(history: History, delay: np.ndarray) -> np.ndarray:
    """Tell which replies are past their term, counted anew."""
    day = history.first_day + history.came.astype(int)
    never = ~np.isfinite(delay)
    done = history.first_day + (history.came + np.where(never, 0, delay)).astype(int)
    return never | (worked_days(day, done) > history.term_days)


@pytest.mark.parametrize(("term", "late"), [(14, 3), (15, 2), (16, 1)])
def test_overdue_is_counted_in_working_days(term: int, late: int) -> None:
    workday = np.concatenate([[0], np.cumsum(np.arange(60) % 7 < 5)]).astype(float)
    came, delay = np.full(3, 0.4), np.array([21.0, 22.0, np.inf])
    of, terms = np.zeros(3, np.int64), np.full(3, term)
    _, found, *_ = count_delays(came, delay, np.ones(3, np.int64), workday, terms, of, 1, 600, 10, 9)
    # 15 working days from a Monday end on the Monday three weeks later; what never comes is overdue.
    assert found.tolist() == [late]


@pytest.mark.parametrize("kind", [AsBefore, AtDesks])
def test_a_scenario_repeats_to_the_bit(kind) -> None:
    history = made(500, pools=3)
    model = kind.fit(history)
    one, other = (model.delays(history, Office(staff=1.3, order="fifo"), 5) for _ in range(2))
    assert np.array_equal(one, other)
    assert (one >= 0).all()
    assert not np.array_equal(one, model.delays(history, Office(), 6))


def test_delays_as_they_were_count_who_waits() -> None:
    history = made()
    drawn = AsBefore.fit(history).delays(history, Office(), 0)
    known = np.where(np.isnan(history.delay_days), np.inf, history.delay_days)
    for share in (0.1, 0.5, 0.9):
        assert np.quantile(drawn, share) == pytest.approx(np.quantile(known, share), rel=0.05)
    early = history.known_at(30)  # most that came lately still wait: without them everyone would look faster
    slow = AsBefore.fit(early).delays(history, Office(), 0)
    assert np.median(slow) == pytest.approx(np.median(known), rel=0.25)
    assert np.nanmedian(early.delay_days) < 0.8 * np.median(known)


def test_staff_changes_a_queue_and_nothing_else() -> None:
    history = made(desks=2, pools=2)
    queue, before = AtDesks.fit(history), AsBefore.fit(history)
    base = queue.delays(history, Office(), 0)
    assert queue.delays(history, Office(staff=2), 0).mean() <= base.mean()
    assert queue.delays(history, Office(staff=0.5), 0).mean() > base.mean()
    assert queue.delays(history, Office(demand=1.5), 0).mean() > base.mean()
    assert queue.delays(history, Office(merged=0.5), 0).mean() < base.mean()
    assert queue.delays(history, Office(faster=0.5), 0).mean() < base.mean()
    first = queue.delays(history, Office(staff=0.5, order="priority"), 0)
    assert first[history.urgent].mean() < first[~history.urgent].mean()
    assert np.array_equal(before.delays(history, Office(), 0), before.delays(history, Office(staff=2), 0))


def test_the_back_test_tells_which_world_it_is() -> None:
    free = backtest(made(3_000))
    assert better(free) == "经验分布"
    own = free[free["model"] == "经验分布"]
    assert own["coverage_90"].mean() == pytest.approx(0.9, abs=0.04)
    assert (free.groupby("cut")["n"].nunique() == 1).all(), "both foretell the same letters"
    assert better(free.iloc[:0]) == "经验分布", "without a test"
    assert better(backtest(made(3_000, desks=2, pools=3))) == "排队模型"


def test_crps_is_a_distance_in_days() -> None:
    history = made(400)
    exact = np.tile(np.where(np.isnan(history.delay_days), 60, history.delay_days), (5, 1))
    assert crps(history, exact) == pytest.approx(0, abs=1e-12)
    assert crps(history, np.full((2, 400), 7.0)) == pytest.approx(
        np.abs(np.minimum(exact[0], 60) - 7).mean(), rel=0.02
    )


def test_what_a_scenario_changes(letters: Selection) -> None:
    asked = investigate("answering", letters)
    found = asked.compare(提速={"faster": 50}, 短期={"other_days": 5}, 长期={"other_days": 60})
    overdue = found["overdue"].to_series()
    assert overdue["baseline"] == pytest.approx(1 / 3, abs=0.06), "one in three is never answered"
    assert overdue["短期"] > 0.9, "ten days are more than five working days, but for long holidays"
    assert found["median_days"].sel(scenario="提速") == pytest.approx(5, abs=0.2)
    assert found["answered"].sel(days=60, scenario="baseline") == pytest.approx(2 / 3, abs=0.06)
    assert (found["answered"].diff("days") >= 0).all()
    assert found["backlog"].sel(scenario="baseline")[-1] == pytest.approx(100 + 10, abs=20)
    assert asked.goal_seek("other_days", "overdue", below=0.5).value <= 15


def test_numbers_are_those_of_the_rows(letters: Selection) -> None:
    """The dataset's numbers, counted another way from the delays themselves."""
    prepared = ANSWERING.prepared(letters)
    found = ANSWERING.run(prepared)
    delay = prepared.models[found.attrs["model"]].delays(prepared.history, Office(), 0)
    assert float(found["overdue"]) == overdue(prepared.history, delay).mean()
    assert float(found["median_days"]) == pytest.approx(
        np.quantile(delay, 0.5, method="inverted_cdf"), abs=0.1
    )
    for day in (0, 10, 30, 60):
        assert float(found["answered"].sel(days=day)) == (delay < day + 0.1).mean()
    monday = prepared.history.first_day.astype("datetime64[ns]") + np.timedelta64(70, "D")
    waits = (prepared.history.came < 70) & (prepared.history.came + delay >= 70)
    assert float(found["backlog"].sel(week=monday)) == waits.sum()


def test_who_asks_at_once_waits_for_the_first(letters: Selection) -> None:
    made: list[int] = []

    def prepare(_: Selection) -> int:
        time.sleep(0.2)
        made.append(len(made))
        return made[-1]

    counted = replace(ANSWERING, name="counted", prepare=prepare)
    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(counted.prepared, [letters.copy() for _ in range(5)])) == [0] * 5
    assert made == [0]


def test_another_table_or_name(letters: Selection, library: Library) -> None:
    with pytest.raises(WhatIfError, match="answering"):
        investigate("answer", letters)
    with pytest.raises(WhatIfError, match="须从 letters 选择"):
        investigate("answering", shuju.select("records", library.home.uri))


def test_compare_takes_the_plain_function(letters: Selection) -> None:
    run, prepared = ANSWERING.run, ANSWERING.prepared(letters)
    found = compare(lambda **given: run(prepared, **given), {"inquiry_days": 3}, more={"staff": 150})
    assert found.sizes["scenario"] == 2
