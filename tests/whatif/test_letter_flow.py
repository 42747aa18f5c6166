"""More letters in a season, and letters handed to another department: who they are, and what that does to delays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shuju.whatif.answering import ANSWERING, BETTER, Prepared
from shuju.whatif.backtest import backtest, fitted
from shuju.whatif.delays import AsBefore, AtDesks
from shuju.whatif.letter_flow import moved_to, targets, times_each
from shuju.whatif.letter_history import History
from shuju.whatif.office import BY_TOPIC, MONTHS_OF, ROUTINGS, SEASONS, TO_QUICKEST, Office
from tests.whatif.test_answering import made

SLOW, QUICK = 1, 2


def two_departments(n: int = 2_000) -> History:
    """Two departments of one prefecture: one answers after 20 days, the other after 5; topic 1 is mostly the slow one's."""
    history = made(n)
    draw = np.random.default_rng(5)
    department = draw.integers(1, 3, n)
    topic = np.where(draw.random(n) < 0.8, department, 3 - department)
    delay = np.where(department == SLOW, 20.0, 5.0)
    return replace(
        history, pool=department - 1, library=np.ones(n, np.int64), department=department, topic=topic,
        delay_days=np.where(delay <= history.seen_days, delay, np.nan), names={**history.names, "department": ["未知", "甲局", "乙局"]},
    )  # fmt: skip


def prepared(history: History) -> Prepared:
    return Prepared(history, fitted(history), backtest(history), targets(history))


@pytest.mark.parametrize("season", ["year", "flood", "m11"])
def test_more_and_fewer_letters_come_in_a_season_only(season: str) -> None:
    history = made(3_000)
    inside = np.isin(history.month, MONTHS_OF[season])
    months = (history.first_day + history.came.astype(int)).astype("datetime64[M]").astype(int) % 12 + 1
    assert np.array_equal(history.month, months)
    for demand in (0.5, 1.3, 2.0):
        times = times_each(history, Office(demand=demand, season=season), 0)
        assert (times[~inside] == 1).all()
        assert times[inside].mean() == pytest.approx(demand, abs=0.09)
        assert set(np.unique(times[inside])) <= {int(demand), int(np.ceil(demand))}
    few, more = (times_each(history, Office(demand=d, season=season), 3) for d in (1.2, 1.5))
    assert (few <= more).all(), "who comes at 120 % comes at 150 %"


def test_every_season_has_a_name_and_months() -> None:
    assert set(SEASONS) == set(MONTHS_OF)


def test_letters_go_to_the_usual_department_of_their_topic() -> None:
    history = two_departments()
    usual = targets(history)[BY_TOPIC]
    assert np.array_equal(usual, history.topic - 1)
    hidden = replace(history, topic=np.zeros_like(history.topic))
    assert np.array_equal(targets(hidden)[BY_TOPIC], history.pool), "no topic is known: all stay"
    nobody = replace(history, department=np.zeros_like(history.department))
    for way in ROUTINGS:
        assert np.array_equal(targets(nobody)[way], history.pool), "no department is known: all stay"


def test_letters_go_from_the_slowest_to_the_quickest() -> None:
    history = two_departments()
    assert (targets(history)[TO_QUICKEST] == QUICK - 1).all()
    few = history.part(np.arange(history.n) < 300)
    assert np.array_equal(targets(few)[TO_QUICKEST], few.pool), "too few replies to tell who is slow"
    apart = replace(history, library=history.department)
    assert np.array_equal(targets(apart)[TO_QUICKEST], history.pool), "nobody in another prefecture"


def test_who_is_moved_at_a_fifth_is_moved_at_a_half() -> None:
    history = two_departments()
    target = targets(history)[TO_QUICKEST]
    none, fifth, half, all_ = (
        moved_to(history, target, share, 0) != history.pool for share in (0, 0.2, 0.5, 1)
    )
    assert not none.any()
    assert (fifth <= half).all()
    assert (half <= all_).all()
    assert np.array_equal(all_, history.department == SLOW)
    assert half.sum() == pytest.approx(all_.sum() / 2, rel=0.1)


def test_moved_letters_take_as_long_as_there() -> None:
    history = two_departments()
    pool = moved_to(history, targets(history)[TO_QUICKEST], 1, 0)
    found = AsBefore.fit(history).delays(history, Office(), 0, pool)
    assert np.median(found[history.department == SLOW]) == 5


def test_a_queue_that_hands_letters_over_is_shorter_and_the_other_longer() -> None:
    history = two_departments()
    queue = AtDesks(0.5, 0.9, 0.5, np.array([1, 1]))
    pool = np.where(np.arange(history.n) % 2 == 0, QUICK - 1, history.pool)
    base, moved = queue.delays(history, Office(), 0), queue.delays(history, Office(), 0, pool)
    stay = pool == history.pool
    assert (
        moved[stay & (history.department == SLOW)].mean() < base[stay & (history.department == SLOW)].mean()
    )
    assert (
        moved[stay & (history.department == QUICK)].mean() > base[stay & (history.department == QUICK)].mean()
    )
    assert np.array_equal(queue.delays(history, Office(), 0, history.pool), base), (
        "the same draws in whatever order"
    )


def test_what_is_told_counts_letters_that_come_and_who_answers() -> None:
    world = prepared(two_departments())
    now = ANSWERING.run(world, model="as_before")
    twice = ANSWERING.run(world, model="as_before", demand=200)
    assert np.allclose(twice["backlog"], 2 * now["backlog"])
    assert float(twice["overdue"]) == float(now["overdue"])
    flood = ANSWERING.run(world, model="as_before", demand=200, season="flood")
    assert float(now["backlog_most"]) < float(flood["backlog_most"]) <= float(twice["backlog_most"])
    assert float(flood["backlog"][0]) == float(now["backlog"][0]), "January is as it was"
    moved = ANSWERING.run(world, model="as_before", moved=100, routing=TO_QUICKEST, other_days=10)
    assert (
        float(moved["overdue"])
        < 0.1
        < float(ANSWERING.run(world, model="as_before", other_days=10)["overdue"])
    )
    assert list(moved["department"].values) == ["乙局"], "nobody is left at the other"
    assert ANSWERING.parameters[-1].default == BETTER


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"staff": 50}, ["人手不起作用"]),
        ({"staff": 50, "merged": 20}, ["人手、并单不起作用"]),
        ({"demand": 120}, ["来信多少不影响答复快慢"]),
        ({"season": "flood"}, ["“来信增减在”没有作用"]),
        ({"routing": TO_QUICKEST}, ["“转给谁”没有作用"]),
        ({"moved": 10}, []),
        ({"model": "at_desks"}, ["只当作假定"]),
        ({"model": "at_desks", "staff": 50}, ["只当作假定", "只有 1 个席位"]),
        ({"model": "at_desks", "staff": 150, "demand": 150, "season": "flood"}, ["只当作假定"]),
    ],
)
def test_what_does_nothing_is_told(changed: dict, told: list[str]) -> None:
    world = prepared(two_departments())
    world.models["排队模型"] = replace(world.models["排队模型"], desks=np.array([1, 1]))
    present = {p.name: p.default for p in ANSWERING.parameters} | changed
    found = ANSWERING.notes(world, present)
    assert len(found) == len(told), found
    assert all(part in sentence for part, sentence in zip(told, found))


def test_a_routing_that_moves_nobody_says_so() -> None:
    few = two_departments()
    few = few.part(np.arange(few.n) < 300)
    present = {p.name: p.default for p in ANSWERING.parameters} | {"moved": 50, "routing": TO_QUICKEST}
    assert ANSWERING.notes(prepared(few), present) == ["没有能这样转办的来信，“转办”没有作用。"]


def test_the_doubt_says_how_many_could_be_moved() -> None:
    history = two_departments()
    told = " ".join(ANSWERING.doubt(prepared(history))[0])
    assert f"{(history.topic != history.department).sum():,} 封不在该主题通常的承办部门" in told
    assert f"{(history.department == SLOW).sum():,} 封在本市州最慢的部门" in told
    few = history.part(np.arange(history.n) < 300)
    assert "分不出最慢与最快" in " ".join(ANSWERING.doubt(prepared(few))[0])
