"""What a notebook shows of an exploration: a slider a parameter, the result beside the first one, scenarios kept, further questions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from shuju.whatif.compare import compare
from shuju.whatif.exploration import Exploration
from shuju.whatif.parameter import Parameter, WhatIfError
from shuju.whatif.plots import scenarios_plot, sweep_plot, tornado_plot
from shuju.whatif.scenario import BASELINE
from shuju.whatif.sensitivity import measures
from shuju.whatif.telling import told

log = logging.getLogger(__name__)
MOST_SCENARIOS = 7
MOST_CURVES = 2
SIDE_PIXELS = 330  # widgets are 300 wide, and have margins
FIRST, NOW = "现值", "现在"


class Explorer:
    """Sliders and pictures over an ``Exploration``; everything is computed anew when a slider comes to rest."""

    def __init__(self, exploration: Exploration):
        """Show ``exploration`` at its present values."""
        self.first = exploration
        self.kept: dict[str, dict[str, Any]] = {}
        self.widgets = {
            name: _widget(p, exploration.present[name]) for name, p in exploration.parameters.items()
        }
        self.measure = pn.widgets.Select(label="指标", options=measures(exploration.run()))
        self.swept = pn.widgets.Select(
            label="扫过的参数", options={p.title: n for n, p in exploration.parameters.items()}
        )
        keep = pn.widgets.Button(label="留下这个情景", color="primary")
        reset = pn.widgets.Button(label="回到现值")
        self.place = pn.Column(sizing_mode="stretch_width")
        for widget in (*self.widgets.values(), self.measure, self.swept):
            widget.param.watch(
                lambda _: self.show(), "value_throttled" if "value_throttled" in widget.param else "value"
            )
        keep.on_click(lambda _: self.keep())
        reset.on_click(lambda _: self.reset())
        side = pn.Column(
            *self.widgets.values(), self.measure, self.swept, pn.Row(keep, reset), width=SIDE_PIXELS
        )
        self.view = pn.Row(side, self.place, sizing_mode="stretch_width")
        self.show()

    @property
    def values(self) -> dict[str, Any]:
        """Where the sliders stand."""
        return {name: widget.value for name, widget in self.widgets.items()}

    def keep(self) -> None:
        """Keep the present values as a scenario; the eldest goes where there are too many."""
        self.kept[f"情景{len(self.kept) + 1}"] = self.values
        while len(self.kept) > MOST_SCENARIOS:
            del self.kept[next(iter(self.kept))]
        self.show()

    def reset(self) -> None:
        """Go back to the first values."""
        for name, widget in self.widgets.items():
            widget.value = self.first.present[name]
        self.show()

    def show(self) -> None:
        """Run and show; what cannot be worked out says so in its place."""
        asked = self.first.change(**self.values)
        self.place.objects = [
            *_tried(lambda: self._side_by_side(asked)),
            *_tried(lambda: self._further(asked)),
            *_tried(lambda: self._differing(asked)),
        ]

    def _side_by_side(self, asked: Exploration) -> list[Any]:
        found = compare(self.first.function, self.first.present, **{NOW: asked.present}, **self.kept)
        shown: list[Any] = [pn.pane.Markdown("\n\n".join(told(found, NOW)))]
        numbers = [
            str(n) for n, v in found.data_vars.items() if v.dims == ("scenario",) and v.dtype.kind in "iufb"
        ]
        if numbers:
            table = found[numbers].to_dataframe().T.rename(columns={BASELINE: FIRST})
            shown.append(
                pn.pane.DataFrame(table, sizing_mode="stretch_width", float_format=lambda v: f"{v:,.3g}")
            )
        curves = [v for v in found.data_vars.values() if len(v.dims) == 2 and v.dtype.kind in "iuf"]
        drawn = [scenarios_plot(v, {BASELINE: FIRST}) for v in curves if v[v.dims[1]].dtype.kind in "iufM"]
        return [*shown, *drawn[:MOST_CURVES]]

    def _further(self, asked: Exploration) -> list[Any]:
        name, measure = self.swept.value, self.measure.value
        if measure is None:
            return []
        present = asked.present[name]
        curve = sweep_plot(asked.sweep(name)[measure], present if isinstance(present, (int, float)) else None)
        return [curve, tornado_plot(asked.tornado(measure))]

    def _differing(self, asked: Exploration) -> list[Any]:
        table = self.first.differing(**{NOW: asked.present}, **self.kept)
        return [] if table.empty else [pn.pane.DataFrame(table, sizing_mode="stretch_width")]


def _tried(make: Callable[[], list[Any]]) -> list[Any]:
    try:
        return [pn.panel(shown) for shown in make()]
    except WhatIfError as error:
        return [pn.pane.Alert(str(error), alert_type="warning")]
    except (
        Exception
    ) as error:  # the analyst's own function may fail in any way; a slider must not fall silent
        log.exception("the explored function failed")
        shown = escape(f"{type(error).__name__}: {error}")
        return [pn.pane.Alert(f"函数在这些取值下出错：{shown}", alert_type="danger")]


def _widget(parameter: Parameter, value: Any) -> pn.widgets.Widget:
    title = f"{parameter.title}（{parameter.unit}）" if parameter.unit else parameter.title
    if parameter.choices is not None:
        return pn.widgets.Select(
            label=title, options={str(v): k for k, v in parameter.choices.items()}, value=value
        )
    kind = pn.widgets.IntSlider if parameter.is_whole else pn.widgets.FloatSlider
    return kind(label=title, start=parameter.low, end=parameter.high, step=parameter.stride, value=value)
