"""Bars on both backends: numbers stand on the axis of numbers, names on that of names."""

from __future__ import annotations

import pandas as pd
import pytest
from bokeh.models import CategoricalAxis, CategoricalTicker

from shuju.charts.bars import bars_plot
from shuju.charts.look import count_ticks, load_backends

FRAME = pd.DataFrame({"name": ["甲", "乙", "丙"], "n": [50, 5, 1]})


def test_a_page_does_not_write_numbers_on_the_axis_of_names() -> None:
    import holoviews as hv

    load_backends()
    figure = hv.render(bars_plot(FRAME), backend="bokeh")
    (names,), (numbers,) = figure.yaxis, figure.xaxis
    assert isinstance(names, CategoricalAxis)
    assert isinstance(names.ticker, CategoricalTicker)
    assert names.major_label_overrides == {}
    assert numbers.major_label_overrides == dict(count_ticks(52))


@pytest.mark.parametrize(
    ("n", "told"), [([50, 5, 1], ["0", "20", "40"]), ([30_000, 1, 1], ["0", "1万", "2万", "3万"])]
)
def test_a_print_has_round_numbers(n: list[int], told: list[str]) -> None:
    import holoviews as hv

    load_backends()
    figure = hv.render(bars_plot(FRAME.assign(n=n)), backend="matplotlib")
    figure.canvas.draw()
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == told
    assert [label.get_text() for label in axes.get_yticklabels()] == ["丙", "乙", "甲"]
