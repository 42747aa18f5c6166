"""Asking further over any function: sweep, heat map, tornado, goal-seek, bands; and what no range is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuju.whatif import Exploration, Parameter, WhatIfError, explore


def waiting(servers: int = 4, load: float = 3.0, order: str = "fifo", seed: int = 0) -> dict:
    """A made-up office: the fewer servers, the longer."""
    noise = np.random.default_rng(seed).normal()
    return {
        "days": load / servers * 10 + (order == "lifo") + 0 * noise,
        "left": max(load - servers, 0),
        "noise": noise,
    }


@pytest.fixture
def office() -> Exploration:
    return explore(waiting, servers=(1, 10), load=(1.0, 5.0), order=["fifo", "lifo"])


def test_present_values(office: Exploration) -> None:
    assert office.present == {"servers": 4, "load": 3.0, "order": "fifo"}
    assert office.run()["days"] == 7.5
    assert office.run(servers=5)["days"] == 6
    assert office.change(load=4).present["load"] == 4.0
    assert office.present["load"] == 3.0, "a question changes nothing"


def test_sweep_passes_through_the_present(office: Exploration) -> None:
    found = office.sweep("servers")
    assert found["servers"].to_numpy().tolist() == list(range(1, 11))
    assert found["days"].sel(servers=4) == 7.5
    assert 3.0 in office.sweep("load", 4)["load"]
    assert office.sweep("order")["days"].to_series().to_dict() == {"fifo": 7.5, "lifo": 8.5}


def test_heat(office: Exploration) -> None:
    found = office.heat("servers", "load", "days", 5)
    assert found.dims == ("servers", "load")
    assert found.sel(servers=10, load=5.0) == 5


def test_tornado_is_widest_first(office: Exploration) -> None:
    found = office.tornado("days")
    assert found["parameter"].tolist() == ["servers", "load", "order"]
    assert found.loc[0, ["low", "high", "at_low", "at_high", "present", "swing"]].tolist() == [
        1,
        10,
        30,
        3,
        7.5,
        27,
    ]
    assert found.loc[2, ["low", "high", "at_low", "at_high"]].tolist() == ["fifo", "lifo", 7.5, 8.5]


@pytest.mark.parametrize(
    ("name", "goal", "value"),
    [
        ("servers", {"below": 5.1}, 6),  # from below, the fewest that do
        ("servers", {"below": 8}, 4),  # as it is now
        ("servers", {"above": 10}, 3),  # from above, the most that still do
        ("servers", {"below": 1}, None),
        ("load", {"below": 5}, 2.0),
        ("order", {"above": 8}, "lifo"),
    ],
)  # fmt: skip
def test_goal_seek(office: Exploration, name: str, goal: dict, value) -> None:
    found = office.goal_seek(name, "days", **goal)
    assert found.value == (pytest.approx(value, abs=0.05) if isinstance(value, float) else value)
    assert len(found.sweep) == {"servers": 10, "load": 21, "order": 2}[name]
    if value is None:
        assert "达不到" in found.told
        assert "最接近的是 servers 10" in found.told
    else:
        number = office.run(**{name: found.value})["days"]
        assert found.gives == number
        assert number <= goal["below"] if "below" in goal else number >= goal["above"]


def test_bands_of_chance(office: Exploration) -> None:
    found = office.bands("noise")
    assert found["is_stable"]
    assert found["low"] == pytest.approx(-1.64, abs=0.4)
    assert found["high"] == pytest.approx(1.64, abs=0.4)
    assert f"（{found['n_runs']} 次，区间已稳定）" in found["told"]
    assert office.bands("days")["low"] == office.bands("days")["high"] == 7.5


def test_compare_and_what_differs(office: Exploration) -> None:
    found = office.compare(more={"servers": 6}, calm={"load": 2})
    assert found["days"].to_series().to_dict() == {"baseline": 7.5, "more": 5.0, "calm": 5.0}
    table = office.differing(more={"servers": 6}, calm={"load": 2})
    assert table.to_dict("index") == {
        "servers": {"现值": 4, "more": 6, "calm": 4},
        "load": {"现值": 3.0, "more": 3.0, "calm": 2.0},
    }


def test_a_scenario_of_it(office: Exploration) -> None:
    kept = office.scenario("增员", servers=6)
    assert (kept.analysis, kept.parameters) == ("waiting", {"servers": 6})
    assert office.compare(增员=kept)["days"].sel(scenario="增员") == 5


RANGES = [
    ((1, 9), (5, [1, 2, 3, 4, 5, 6, 7, 8, 9])),
    ((1.0, 2.0), (1.5, None)),
    ((0, 10, 5), (5, None)),
    (range(0, 11, 5), (5, None)),
    ([3, 1], (3, [3, 1])),
    (np.array([1, 2]), (1, [1, 2])),
    ({"a": "甲", "b": "乙"}, ("a", ["a", "b"])),
    (bool, (False, [False, True])),
    (Parameter("x", "人数", 2, 0, 4), (2, [0, 1, 2, 3, 4])),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), RANGES, ids=[str(r[0])[:20] for r in RANGES])
def test_ranges(given, expected) -> None:
    parameter = explore(lambda x: x, x=given).parameter("x")
    present, values = expected
    assert parameter.default == present
    if values is not None:
        assert parameter.values(21) == values


REFUSED = [
    (lambda: explore(waiting), "至少给一个参数"),
    (lambda: explore(waiting, server=(1, 2)), "server.*servers"),
    (lambda: explore(waiting, servers=(2, 1)), "范围须是"),
    (lambda: explore(waiting, servers=(1,)), "范围须是"),
    (lambda: explore(waiting, servers=[]), "范围须是"),
    (lambda: explore(waiting, servers=(1, np.inf)), "范围须是"),
    (lambda: explore(waiting, servers=(5, 9)), "现值 4 不在 5 到 9"),
    (lambda: explore(waiting, servers=(1, 9)).run(servers=10), "须在 1 到 9 之间，不能是 10"),
    (lambda: explore(waiting, servers=(1, 9)).run(servers="多"), "须是数"),
    (lambda: explore(waiting, servers=(1, 9)).run(load=1), "load"),
    (lambda: explore(waiting, order=["fifo"]).run(order="edd"), "edd"),
    (lambda: explore(waiting, servers=(1, 9)).tornado("day"), "day.*days"),
    (lambda: explore(waiting, servers=(1, 9)).goal_seek("servers", "days"), "一个目标"),
    (lambda: explore(waiting, servers=(1, 9)).goal_seek("servers", "days", below=1, above=2), "一个目标"),
    (lambda: explore(waiting, servers=(1, 9)).goal_seek("servers", "days", above="十"), "目标须是数，不能是 '十'"),
    (lambda: explore(waiting, servers=(1, 9)).goal_seek("servers", "days", below=np.nan), "目标须是数"),
    (lambda: explore(waiting, servers=(1, 9)).heat("servers", "servers"), "两个不同的参数"),
    (lambda: explore(lambda x=1: pd.Series([x]), x=(1, 2)).tornado(), "没有返回单个的数"),
    (lambda: explore(lambda x=1: x, x=(1, 2)).bands(), "没有 seed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "told"), REFUSED, ids=[f"{at} {told}" for at, (_, told) in enumerate(REFUSED)]
)
def test_what_is_refused(ask, told: str) -> None:
    with pytest.raises(WhatIfError, match=told):
        ask()
