"""Queues: by hand, against SimPy on the same draws, against Erlang's formula, and what is no queue."""

from __future__ import annotations

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from shuju.series.queues import QueueError, Roster, erlang_c, waits, waits_by_pool

NAN = np.nan

# One server, services of 10 seconds each unless told: what the order, a due time, patience and the staff change.
CASES = [
    ("nobody comes", [], [], {}, []),
    ("one comes", [5], [10], {}, [0]),
    ("each waits for all before", [0, 1, 2], [10, 10, 10], {}, [0, 9, 18]),
    ("two servers", [0, 1, 2], [10, 10, 10], {"servers": 2}, [0, 0, 8]),
    ("more servers than customers", [0, 1], [10, 10], {"servers": 99}, [0, 0]),
    ("at the same time, as given", [0, 0, 0], [3, 2, 1], {}, [0, 3, 5]),
    ("not sorted", [2, 0, 1], [10, 10, 10], {}, [18, 0, 9]),
    ("served in no time", [0, 0, 0], [0, 0, 0], {}, [0, 0, 0]),
    ("the least priority first", [0, 1, 2], [10] * 3, {"order": "priority", "priority": [5, 5, 1]}, [0, 19, 8]),
    ("nobody is interrupted", [0, 1], [10] * 2, {"order": "priority", "priority": [9, 0]}, [0, 9]),
    ("the earliest due first", [0, 1, 2], [10] * 3, {"order": "edd", "due": [50, 90, 60]}, [0, 19, 8]),
    ("equal in rank, whoever came first", [0, 1, 2], [10] * 3, {"order": "edd", "due": [7, 7, 7]}, [0, 9, 18]),
    ("gives up", [0, 1, 2], [10] * 3, {"patience": [0, 8, 9]}, [0, NAN, 8]),
    ("waits just so long", [0, 1], [10] * 2, {"patience": 9}, [0, 9]),
    ("waits for ever", [0, 1], [10] * 2, {"patience": [NAN, np.inf]}, [0, 9]),
    ("gives up behind another", [0, 1, 2], [10] * 3,
     {"order": "priority", "priority": [0, 2, 1], "patience": [9, 12, 9]}, [0, NAN, 8]),
    ("nobody serves before eight", [0, 1], [10] * 2, {"servers": Roster([8], [1])}, [8, 17]),
    ("one more from six on", [0, 1, 2], [10] * 3, {"servers": Roster([0, 6], [1, 2])}, [0, 5, 8]),
    ("who is served stays served", [0, 0, 1], [10] * 3, {"servers": Roster([0, 5], [2, 1])}, [0, 0, 9]),
    ("nobody any more", [0, 1], [10] * 2, {"servers": Roster([0, 5], [1, 0])}, [0, NAN]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arrivals", "services", "how", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_by_hand(arrivals: list[float], services: list[float], how: dict, expected: list[float]) -> None:
    found = waits(arrivals, services, **{"servers": 1, **how})
    assert np.array_equal(found, np.array(expected, float), equal_nan=True)


def test_days_and_durations_as_such() -> None:
    at = np.array(["2026-11-27T09:00:00.000001", "2026-11-27T09:00:01.000001"], "datetime64[us]")
    assert waits(at, np.array([10, 10], "timedelta64[s]"), 1).tolist() == [0, 9]
    due = np.array(["2026-12-02", "2026-12-01"], "datetime64[D]")
    late = np.array(["2026-11-27T09:00:00"] * 2, "datetime64[s]")
    assert waits(late, [10, 10], 1, "edd", due=due).tolist() == [10, 0]
    roster = Roster(
        [np.datetime64("2026-11-27T09:00:05.000001", "us").astype("datetime64[ns]").astype(float) / 1e9], [1]
    )
    assert waits(at, [10, 10], roster) == pytest.approx([5, 14], abs=1e-6)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"arrivals": [0, NAN]}, "到达时刻须是秒数"),
        ({"arrivals": np.array(["NaT", "2026-01-01"], "datetime64[s]")}, "到达时刻不能空缺"),
        ({"services": [1]}, "服务时长有 1 个，到达时刻有 2 个"),
        ({"services": [1, -1]}, "服务时长须是不小于 0"),
        ({"services": [1, NAN]}, "服务时长须是不小于 0"),
        ({"servers": 0}, "至少要有一人"),
        ({"servers": -1}, "人数须是不小于 0 的整数"),
        ({"servers": 1.5}, "人数须是不小于 0 的整数，不能是 1.5"),
        ({"servers": "三"}, "人数须是不小于 0 的整数，不能是 三"),
        ({"servers": None}, "人数须是不小于 0 的整数"),
        ({"order": "lifo"}, "没有“lifo”这种次序；可选：fifo、priority、edd"),
        ({"order": "priority"}, "须给出 priority"),
        ({"order": "edd"}, "须给出 due"),
        ({"order": "edd", "due": [1, NAN]}, "不能空缺"),
        ({"patience": [-1, 0]}, "耐心时长不能小于 0"),
        ({"servers": Roster([0, 0], [1, 1])}, "依次递增"),
        ({"servers": Roster([0, 1], [1])}, "2 个起始时刻，1 个人数"),
        ({"servers": Roster([], [])}, "0 个起始时刻"),
        ({"servers": Roster([0], [-1])}, "班次的人数须是"),
    ],
)  # fmt: skip
def test_what_is_no_queue(how: dict, told: str) -> None:
    with pytest.raises(QueueError, match=told):
        waits(**{"arrivals": [0, 1], "services": [1, 1], "servers": 1, **how})


def by_simpy(gaps, services, servers, priority=None, patience=None) -> np.ndarray:
    """Return the waits as SimPy has them, arrivals ``gaps`` apart."""
    env, waited = simpy.Environment(), np.full(len(gaps), NAN)
    desk = simpy.PriorityResource(env, servers)

    def customer(i: int):
        came = env.now
        with desk.request(priority=0 if priority is None else priority[i]) as asked:
            gives_up = env.timeout(np.inf if patience is None else patience[i])
            if asked in (yield asked | gives_up):
                waited[i] = env.now - came
                yield env.timeout(services[i])

    def door():
        for i, gap in enumerate(gaps):
            yield env.timeout(gap)
            env.process(customer(i))

    env.process(door())
    env.run(1e9)
    return waited


@pytest.mark.parametrize("servers", [1, 3, 12])
@pytest.mark.parametrize("kind", ["fifo", "priority", "patience", "priority and patience"])
def test_the_waits_are_those_of_simpy_to_the_bit(servers: int, kind: str) -> None:
    draw = np.random.default_rng(servers)
    gaps, services = draw.exponential(1, 2_000), draw.exponential(0.97 * servers, 2_000)
    priority = draw.integers(0, 3, 2_000) if "priority" in kind else None
    patience = draw.exponential(5, 2_000) if "patience" in kind else None
    arrivals = np.add.accumulate(gaps)
    found = waits(
        arrivals, services, servers, "fifo" if priority is None else "priority", priority, patience=patience
    )
    assert np.array_equal(found, by_simpy(gaps, services, servers, priority, patience), equal_nan=True)


@pytest.mark.parametrize("servers", [1, 2, 30, 60, 400])
@pytest.mark.parametrize("load", [0.05, 0.5, 0.9, 1.5])
@pytest.mark.parametrize("whole", [False, True], ids=["seconds", "whole seconds"])
def test_who_finds_a_server_is_told_without_looking_for_the_first(
    servers: int, load: float, whole: bool
) -> None:
    """Of queues that never fill, fill late or at once, the waits are those that event by event gives, to the bit."""
    draw = np.random.default_rng(servers)
    arrivals, services = (
        np.cumsum(draw.exponential(1, 3_000)),
        draw.lognormal(0, 1.5, 3_000) * servers * load / 3,
    )
    if whole:  # many are done as others come
        arrivals, services = np.round(arrivals), np.round(services)
    found = waits(arrivals, services, servers)
    assert np.array_equal(found, waits(arrivals, services, Roster([0], [servers])))
    of = np.zeros(3_000, int)
    assert np.array_equal(found, waits_by_pool(arrivals, services, of, [servers], of))


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 0.8)])
def test_the_mean_wait_is_erlangs(servers: int, load: float) -> None:
    draw = np.random.default_rng(5)
    arrivals = np.cumsum(draw.exponential(1, 1_000_000))
    found = waits(arrivals, draw.exponential(load * servers, 1_000_000), servers).mean()
    assert found == pytest.approx(erlang_c(1, 1 / (load * servers), servers), rel=0.03)


def test_more_come_than_can_be_served() -> None:
    assert erlang_c(2, 1, 2) == np.inf


queues = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        *(st.lists(st.integers(0, 40), min_size=n, max_size=n) for _ in range(3)), st.integers(1, 4)
    )
)


@given(queues)
def test_no_order_changes_how_much_is_done(queue) -> None:
    """With equal services the waits of all together are the same in every order; a constant roster is a number of servers."""
    arrivals, ranks, _, servers = queue
    services = np.full(len(arrivals), 7.0)
    first = waits(arrivals, services, servers)
    for found in (
        waits(arrivals, services, servers, "priority", ranks),
        waits(arrivals, services, servers, "edd", due=ranks),
        waits(arrivals, services, Roster([0], [servers])),
    ):
        assert found.sum() == first.sum()


@given(queues)
def test_many_queues_at_once_are_one_after_the_other(queue) -> None:
    arrivals, services, ranks, servers = queue
    pool = np.array(ranks) % 3
    for priority in (None, ranks):
        found = waits_by_pool(arrivals, services, pool, [servers, 1, 60], priority)
        for one, n in enumerate([servers, 1, 60]):
            own = pool == one
            of = {} if priority is None else {"order": "priority", "priority": np.array(ranks)[own]}
            alone = waits(np.array(arrivals)[own], np.array(services)[own], n, **of)
            assert np.array_equal(found[own], alone)


@pytest.mark.parametrize(
    ("pool", "servers"), [([0, 2], [1, 1]), ([0, -1], [1, 1]), ([0], [1]), ([0, 0], [0])]
)
def test_a_customer_without_a_queue(pool: list[int], servers: list[int]) -> None:
    with pytest.raises(QueueError, match="至少有一人服务"):
        waits_by_pool([0, 1], [1, 1], pool, servers)


@given(queues)
def test_one_more_server_makes_nobody_wait_longer(queue) -> None:
    arrivals, services, _, servers = queue
    assert (waits(arrivals, services, servers + 1) <= waits(arrivals, services, servers)).all()
