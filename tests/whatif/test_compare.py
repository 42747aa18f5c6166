"""Scenarios side by side: whatever an analysis gives, what differs, what is refused, and that a scenario repeats to the bit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from shuju.whatif import Scenario, WhatIfError, compare, differences


def line(slope: float = 2.0, shift: float = 1.0) -> float:
    return slope * 10 + shift


# What an analysis may give, and the dimensions that come out beside the scenario.
GIVES = [
    ("a number", lambda k=1: k, {"value": ()}),
    ("a whole number of numpy", lambda k=1: np.int64(k), {"value": ()}),
    ("a list", lambda k=1: [k, k], {"value": ("value_0",)}),
    ("a mapping", lambda k=1: {"n": k, "each": np.arange(3) * k}, {"n": (), "each": ("each_0",)}),
    ("a mapping of series", lambda k=1: {"n": pd.Series([k], ["甲"]).rename_axis("地区")}, {"n": ("地区",)}),
    ("a series", lambda k=1: pd.Series([k, 2], ["甲", "乙"], name="n").rename_axis("地区"), {"n": ("地区",)}),
    ("a frame", lambda k=1: pd.DataFrame({"n": [k], "share": [0.5]}), {"n": ("row",), "share": ("row",)}),
    ("two levels", lambda k=1: pd.DataFrame({"a": [1, 1], "b": [1, 2], "n": k}).set_index(["a", "b"]), {"n": ("a", "b")}),
    ("a data array", lambda k=1: xr.DataArray([k], {"day": [1]}), {"value": ("day",)}),
    ("a dataset", lambda k=1: xr.Dataset({"n": ("day", [k])}, {"day": [1]}), {"n": ("day",)}),
]  # fmt: skip


@pytest.mark.parametrize(("analysis", "dimensions"), [g[1:] for g in GIVES], ids=[g[0] for g in GIVES])
def test_what_an_analysis_may_give(analysis, dimensions) -> None:
    found = compare(analysis, {"k": 1}, double={"k": 2}, same={})
    assert found["scenario"].to_numpy().tolist() == ["baseline", "double", "same"]
    assert {name: v.dims for name, v in found.data_vars.items()} == {
        n: ("scenario", *d) for n, d in dimensions.items()
    }
    first = next(iter(dimensions))
    assert (found[first].sel(scenario="same") == found[first].sel(scenario="baseline")).all()
    assert not (found[first].sel(scenario="double") == found[first].sel(scenario="baseline")).all()


def test_a_scenario_changes_the_baseline_further() -> None:
    found = compare(line, {"shift": 5}, steep={"slope": 3}, other=Scenario("other", "line", {"shift": 0}))
    assert found["value"].to_series().to_dict() == {"baseline": 25, "steep": 35, "other": 20}
    assert json.loads(found.attrs["parameters"])["steep"] == {"shift": 5, "slope": 3}
    assert differences(found)["value"].to_series().to_dict() == {"steep": 10, "other": -5}


def test_without_scenarios_there_is_the_baseline() -> None:
    assert compare(line)["value"].to_series().to_dict() == {"baseline": 21}
    assert differences(compare(line)).sizes["scenario"] == 0


def test_labels_that_one_scenario_lacks_are_missing_there() -> None:
    def counts(n: int = 2) -> pd.Series:
        return pd.Series(range(n), pd.Index(list("甲乙丙")[:n], name="地区"), name="n")

    found = compare(counts, more={"n": 3})
    assert found["n"].sel(scenario="baseline", 地区="丙").isnull()
    assert differences(found)["n"].sel(scenario="more", 地区="乙") == 0


def test_words_stand_beside_each_other_and_have_no_difference() -> None:
    found = compare(lambda k=1: {"n": k, "told": f"{k} 件"}, more={"k": 2})
    assert found["told"].to_numpy().tolist() == ["1 件", "2 件"]
    assert list(differences(found).data_vars) == ["n"]


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: compare(line, {"slop": 1}), "slop.*slope"),
        (lambda: compare(line, None, a={"shfit": 1}), "shift"),
        (lambda: compare(line, None, a=3), "情景须是参数的字典"),
        (lambda: compare(complex), "不能是 complex"),
        (lambda: compare(lambda: pd.DataFrame({"n": [1, 2]}, index=["甲", "甲"])), "有重复"),
    ],
)  # fmt: skip
def test_what_is_refused(ask, told: str) -> None:
    with pytest.raises(WhatIfError, match=told):
        ask()


def test_a_scenario_is_a_file_and_an_address(tmp_path: Path) -> None:
    kept = Scenario(
        "增员", "answering", {"staff": np.float64(1.2), "order": "edd"}, {"letters": 7}, "ab12", seed=3
    )
    read = Scenario.load(kept.save(tmp_path / "增员.json"))
    assert read == Scenario(
        "增员", "answering", {"staff": 1.2, "order": "edd"}, {"letters": 7}, "ab12", seed=3
    )
    assert read.query == "order=edd&staff=1.2&seed=3"


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"nmae": 1}', "\udcff"], ids=["empty", "cut", "a list", "misspelt", "no text"]
)
def test_a_file_that_holds_no_scenario(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(WhatIfError, match=r"x.json 不是保存的情景"):
        Scenario.load(tmp_path / "x.json")


def test_the_same_seed_gives_the_same_bits() -> None:
    def draw(n: int = 5, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).normal(size=n)

    one, other = (compare(draw, {"seed": 7}, more={"n": 5}) for _ in range(2))
    assert one.identical(other)
    assert (one["value"][0] == one["value"][1]).all(), "scenarios share their random numbers"


def test_neither_panel_nor_bokeh_is_needed() -> None:
    code = "import shuju.whatif, sys; print([m for m in ('panel', 'bokeh', 'holoviews') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )
