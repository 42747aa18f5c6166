"""What a notebook shows of an exploration: sliders move the figures, scenarios are kept, a fault is told."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pandas as pd
import panel as pn
import pytest

from shuju.charts import look
from shuju.whatif import WhatIfError, compare, explore
from shuju.whatif.explorer import Explorer
from shuju.whatif.plots import heat_plot, scenarios_plot, sweep_plot, tornado_plot
from shuju.whatif.telling import shown, told


def office(servers: int = 4, order: str = "fifo", *, superstitious: bool = False) -> dict:
    if superstitious and servers == 13:
        raise WhatIfError("十三人不吉利")
    days = pd.Series(np.linspace(0, servers / 10, 5), pd.Index(range(5), name="天"))
    return {"days": 30 / servers + (order == "lifo"), "answered": days}


@pytest.fixture
def explorer() -> Explorer:
    return Explorer(explore(office, servers=(1, 20), order=["fifo", "lifo"]))


def table(explorer: Explorer) -> pd.DataFrame:
    return next(p.object for p in explorer.place if isinstance(p, pn.pane.DataFrame))


def test_a_slider_moves_the_figures(explorer: Explorer) -> None:
    assert table(explorer).loc["days"].to_dict() == {"现值": 7.5, "现在": 7.5}
    explorer.widgets["servers"].value = 6
    explorer.show()  # a slider tells when the hand rests, which nobody's does here
    assert table(explorer).loc["days"].to_dict() == {"现值": 7.5, "现在": 5}
    assert "days由 7.5 降到 5，降 2.5" in explorer.place[0].object
    assert len([p for p in explorer.place if isinstance(p, pn.pane.HoloViews)]) == 3


def test_scenarios_are_kept_and_left(explorer: Explorer) -> None:
    explorer.widgets["servers"].value = 6
    explorer.keep()
    explorer.reset()
    assert explorer.values == {"servers": 4, "order": "fifo"}
    assert table(explorer).loc["days"].to_dict() == {"现值": 7.5, "现在": 7.5, "情景1": 5}
    for _ in range(20):
        explorer.keep()
    assert len(explorer.kept) == 7


def test_an_own_function_that_fails_is_told_in_its_place(caplog: pytest.LogCaptureFixture) -> None:
    explorer = Explorer(explore(lambda servers=4: {"days": {4: 1, 5: 2}[servers]}, servers=(1, 20)))
    explorer.widgets["servers"].value = 6
    explorer.show()
    assert explorer.place[0].object == "函数在这些取值下出错：KeyError: 6"
    assert "the explored function failed" in caplog.text


def test_a_fault_is_told_in_its_place() -> None:
    explorer = Explorer(explore(lambda servers=4: office(servers, superstitious=True), servers=(1, 20)))
    explorer.widgets["servers"].value = 13
    explorer.show()
    assert explorer.place[0].object == "十三人不吉利"
    explorer.widgets["servers"].value = 6
    explorer.show()
    assert table(explorer).loc["days", "现在"] == 5, "the sweep met thirteen, the figures did not"
    assert "十三人不吉利" in [p.object for p in explorer.place if isinstance(p, pn.pane.Alert)]


def test_a_notebook_shows_it() -> None:
    assert isinstance(pn.panel(explore(office, servers=(1, 20))), pn.viewable.Viewable)


@pytest.mark.parametrize("backend", ["bokeh", "matplotlib"])
def test_pictures_in_both_backends(backend: str) -> None:
    look.load_backends()
    asked = explore(office, servers=(1, 5), order=["fifo", "lifo"])
    found = compare(office, None, more={"servers": 8})
    empty = found["answered"].where(False)
    for element in (
        scenarios_plot(found["answered"], {"more": "增员"}),
        scenarios_plot(empty),
        sweep_plot(asked.sweep("servers")["days"], 4),
        sweep_plot(asked.sweep("order")["days"]),
        tornado_plot(asked.tornado("days")),
        tornado_plot(asked.tornado("days").iloc[:0]),
        heat_plot(asked.heat("servers", "order", "days")),
    ):
        hv.render(element, backend=backend)


@pytest.mark.parametrize(
    ("value", "units", "expected"),
    [(0.123, "share", "12.3%"), (3, "天", "3 天"), (3.21, "天", "3.2 天"), (12_345.6, "件", "12,346 件"), (0.0123, "", "0.012"),
     (0.0003, "周", "0 周"),
     (np.nan, "天", "未知")],
)  # fmt: skip
def test_numbers_as_they_are_told(value: float, units: str, expected: str) -> None:
    assert shown(value, units) == expected


def test_sentences_tell_what_moves_most_first() -> None:
    def numbers(a: float = 1, b: float = 0.5, c: float = 7, d: float = 9) -> dict:
        return {"a": a, "b": b, "c": c, "d": d}

    found = compare(numbers, None, one={"a": 2, "b": 0.6, "d": np.nan})
    found["b"].attrs.update(long_name="逾期占比", units="share")
    assert told(found) == [
        "a由 1 升到 2，升 1。", "逾期占比由 50.0% 升到 60.0%，升 10.0 个百分点。", "d原为 9，改后未知。",
    ]  # fmt: skip
    assert told(compare(numbers)) == []
    assert told(found, most=9)[3:] == ["c不变，仍为 7。"]


@pytest.mark.parametrize(
    ("was", "is_", "expected"),
    [(14.5, 14.4, "由 14.5 天降到 14.4 天，降 0.1 天。"), (297, 297.4, "由 297 天升到 297.4 天，升 0.4 天。"),
     (0.25, 2, "由 0.25 天升到 2 天，升 1.75 天。"), (999.6, 1_234.5, "由 999.6 天升到 1,234 天，升 234.4 天。"),
     (0, 60, "由 0 天升到 60 天，升 60 天。")],
)  # fmt: skip
def test_what_a_reader_subtracts_is_what_is_told(was: float, is_: float, expected: str) -> None:
    found = compare(lambda a=was: {"a": a}, None, one={"a": is_})
    found["a"].attrs.update(long_name="用时", units="天")
    assert told(found) == ["用时" + expected]
