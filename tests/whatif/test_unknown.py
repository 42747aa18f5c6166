"""What cannot be worked out is told as such: by the tools, in pictures, in sentences and of goals."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from shuju.charts import look
from shuju.facts.cards import find
from shuju.pages.whatif.goal import goal_number, way_of
from shuju.whatif import Exploration, WhatIfError, compare, explore
from shuju.whatif.alarming import ALARMING
from shuju.whatif.answering import ANSWERING
from shuju.whatif.arriving import ARRIVING
from shuju.whatif.gathering import GATHERING
from shuju.whatif.investigation import Investigation
from shuju.whatif.parameter import Parameter
from shuju.whatif.plots import UNKNOWN, heat_plot, sweep_plot, tornado_plot
from shuju.whatif.telling import told


def known_from(level: float = 5.0, method: str = "old") -> dict[str, float]:
    """Return the level where it is known: by the old method always, by the young one from 8 on."""
    return {"days": level if method == "old" or level >= 8 else np.nan, "none": np.nan}


@pytest.fixture
def asked() -> Exploration:
    return explore(known_from, level=(0.0, 10.0, 1.0), method=["old", "young"])


@pytest.fixture
def blanks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was told in place of a picture."""
    given: list[str] = []
    monkeypatch.setattr(look, "blank", given.append)
    return given


def test_a_number_that_is_never_known_has_no_picture(asked: Exploration, blanks: list[str]) -> None:
    sweep_plot(asked.sweep("level")["none"])
    sweep_plot(asked.sweep("method")["none"])
    heat_plot(asked.heat("level", "method", "none", 3))
    tornado_plot(asked.tornado("none"))
    assert blanks == [UNKNOWN] * 4
    tornado_plot(asked.change(method="young").tornado("days"))
    assert len(blanks) == 5, "nothing is wider than what is now, where that is not known"


def test_a_number_that_is_known_in_part_is_drawn(asked: Exploration, blanks: list[str]) -> None:
    found = asked.change(method="young", level=9).tornado("days")
    assert found["parameter"].tolist() == ["level", "method"]
    assert found.loc[0, ["at_low", "at_high", "swing"]].fillna(-1).tolist() == [-1, 10, 0]
    tornado_plot(found)
    heat_plot(asked.heat("level", "method", "days", 11))
    sweep_plot(asked.change(method="young").sweep("level")["days"])
    assert blanks == []


def test_a_goal_of_what_is_not_known(asked: Exploration) -> None:
    found = asked.goal_seek("level", "none", below=3)
    assert found.value is None
    assert np.isnan(found.gives)
    assert "没有数可算" in found.told
    young = asked.change(method="young").goal_seek("level", "days", below=8.5)
    assert young.value == 8, "from the side where it is known"


def test_a_goal_that_is_reached_now_needs_no_change() -> None:
    """The present value counts, though no point of the coarse sweep lies on it."""
    office = explore(lambda hours=24: {"share": hours / 168}, hours=(1, 168, 1)).change(hours=25)
    assert office.goal_seek("hours", "share", above=25 / 168).value == 25
    assert office.goal_seek("hours", "share", below=26 / 168).value == 25


def test_a_sweep_keeps_its_ends() -> None:
    """The present value takes the place of a point between them."""
    values = Parameter("hours", "hours", 2, 1, 48, 1).values(21)
    assert (values[0], values[1], values[-1], len(values)) == (1, 2, 48, 21)
    assert Parameter("n", "n", 1, 1, 5).values(3) == [1, 3, 5]


def test_a_dimension_named_as_the_parameter() -> None:
    office = explore(lambda level=1: xr.Dataset({"a": 1, "by": ("level", [1, 2])}), level=(1, 5))
    with pytest.raises(WhatIfError, match="已有一维叫 level"):
        office.sweep("level")


def test_sentences_of_what_is_not_known() -> None:
    def numbers(a: float = 1, b: float = np.nan) -> dict[str, float]:
        return {"a": a, "b": b}

    assert told(compare(numbers, None, one={"a": np.nan})) == ["a原为 1，改后未知。"]
    assert told(compare(numbers, None, one={"b": 2})) == ["b原来未知，改后为 2。", "a不变，仍为 1。"]
    assert told(compare(numbers, None, one={})) == ["所看的各项都不变。"]
    assert told(compare(numbers, {"a": np.nan}, one={})) == ["这些条件下，所看的各项都未知。"]


@pytest.mark.parametrize("of", range(1, 161))
def test_points_of_a_percentage_are_the_difference_of_what_is_shown(of: int) -> None:
    found = compare(lambda a=of / 160: {"a": a}, None, one={"a": 0.0})
    found["a"].attrs.update(long_name="占比", units="share")
    assert told(found) == [
        f"占比由 {of / 160:.1%} 降到 0.0%，降 {of / 160:.1%}".removesuffix("%") + " 个百分点。"
    ]


@pytest.mark.parametrize(
    ("goal", "units", "number"),
    [
        ("20%", "share", 0.2),
        ("20", "share", 0.2),
        (" 12.5％ ", "share", 0.125),
        ("1,000", "次", 1000),
        ("１０", "天", 10),
        ("-1", "天", -1),
    ],
)
def test_a_goal_as_somebody_writes_it(goal: str, units: str, number: float) -> None:
    assert goal_number(goal, units, "用时") == pytest.approx(number)


WANTED = {
    "arriving": {
        "within": "above",
        "within_24": "above",
        "ever": "above",
        "lacking": "below",
        "sites_lacking": "below",
    },
    "answering": {"overdue": "below", "median_days": "below", "p90_days": "below", "backlog_most": "below"},
    "alarming": {"alarms": "below", "found": "above", "weeks_late": "below"},
    "gathering": {"purity": "above", "kept": "above"},
}


@pytest.mark.parametrize(
    "investigation", [ANSWERING, ARRIVING, ALARMING, GATHERING], ids=lambda one: one.name
)
def test_a_goal_begins_in_the_direction_that_is_better(investigation: Investigation) -> None:
    for measure, way in WANTED[investigation.name].items():
        assert way_of(investigation, measure) == way
        assert way_of(investigation, measure, "below") == "below", "whoever chose keeps what they chose"
    assert investigation.better_high <= set(investigation.measures)


@pytest.mark.parametrize("name", WANTED)
def test_the_card_of_a_goal_shows_its_direction(name: str) -> None:
    card = find(f"{name}.goal")
    for measure, way in WANTED[name].items():
        html = card.html({}, **card.settings({"measure": measure}))  # type: ignore[misc]
        assert f'<option value="{way}" selected>' in html


@pytest.mark.parametrize(
    ("goal", "why"),
    [
        ("20%", "用时”的单位是天"),
        ("nan", "须是数"),
        ("inf", "须是数"),
        ("1e999", "须是数"),
        ("三天", "须是数"),
        ("%", "须是数"),
    ],
)
def test_what_is_no_goal(goal: str, why: str) -> None:
    with pytest.raises(WhatIfError, match=why):
        goal_number(goal, "share" if goal == "%" else "天", "用时")
