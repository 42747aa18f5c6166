"""The trend (发布趋势): records a day, week or month, with a brush over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
from bokeh.events import MouseEnter
from bokeh.models import BoxAnnotation, ColumnDataSource, HoverTool, Range1d, RangeTool
from bokeh.plotting import figure

from shuju.views import theme
from shuju.views.axes import DAY_MS, count_ticks, date_ticks, day_of, ms_of, quieten

TOOLTIP = '<div style="font:13px sans-serif"><b>@start{{%F}}</b> 起<br>@n{{0,0}} {unit} · 全部 @n_all{{0,0}} {unit}</div>'


class Trend:
    """The figure, its source and its brush; ``on_brush`` is called with the chosen days, or None."""

    def __init__(
        self,
        on_brush: Callable[[tuple[dt.date, dt.date] | None], None],
        on_enter: Callable[[], None],
        unit: str = "条",
    ):
        """Draw an empty trend; ``show`` fills it. ``unit`` is what is counted."""
        self._unit = unit
        self.bars = ColumnDataSource({name: [] for name in ("start", "end", "n", "n_all", "ghost")})
        self.brush = Range1d(0, 0)
        self._is_moving = False
        self._shown: pd.DataFrame | None = None
        self.figure = self._draw()
        self.figure.on_event(MouseEnter, lambda _: on_enter())
        for name in ("start", "end"):
            self.brush.on_change(
                name, lambda _attr, _old, _new: None if self._is_moving else on_brush(self.chosen)
            )

    def _draw(self) -> figure:
        plot = figure(
            x_axis_type="datetime",
            x_range=Range1d(0, 1),
            y_range=Range1d(0, 1),
            sizing_mode="stretch_width",
            height=190,
            toolbar_location=None,
            tools="",
        )
        quieten(plot)
        plot.xaxis.formatter = date_ticks()
        plot.yaxis.formatter = count_ticks()
        plot.yaxis.ticker.desired_num_ticks = 4
        place = {"left": "start", "right": "end", "bottom": 0, "source": self.bars}
        plot.quad(top="ghost", fill_color=theme.FAINT, line_color=theme.PAPER, **place)
        bars = plot.quad(
            top="n", fill_color=theme.BAR, line_color=theme.PAPER, hover_fill_color=theme.PRIMARY, **place
        )
        overlay = BoxAnnotation(
            fill_color=theme.ACCENT, fill_alpha=0.14, line_color=theme.ACCENT, line_width=1.5, line_alpha=0.9
        )
        brush = RangeTool(x_range=self.brush, start_gesture="pan", overlay=overlay)
        hover = HoverTool(
            renderers=[bars],
            tooltips=TOOLTIP.format(unit=self._unit),
            formatters={"@start": "datetime"},
            mode="vline",
        )
        plot.add_tools(brush, hover)
        return plot

    @property
    def chosen(self) -> tuple[dt.date, dt.date] | None:
        """The days under the brush, both included; None if there is none."""
        start, end = sorted((self.brush.start, self.brush.end))
        if end - start < DAY_MS / 2:
            return None
        return day_of(start), max(day_of(end - 1), day_of(start))

    def show(self, periods: pd.DataFrame) -> None:
        """Send the bars if they changed; behind them, scaled to the same height, the course of all records."""
        if periods.equals(self._shown):
            return
        self._shown = periods
        most, most_all = max(int(periods["n"].max()), 1), max(int(periods["n_all"].max()), 1)
        self.bars.data = {
            "start": periods["start"].to_numpy(),
            "end": periods["end"].to_numpy(),
            "n": periods["n"].to_numpy(),
            "n_all": periods["n_all"].to_numpy(),
            "ghost": periods["n_all"].to_numpy() * (most / most_all),
        }
        self.figure.y_range.end = most * 1.06

    def set_span(self, span: tuple[dt.date, dt.date]) -> None:
        """Set the whole time axis."""
        self.figure.x_range.update(start=ms_of(span[0]), end=ms_of(span[1] + dt.timedelta(days=1)))

    def move_brush(self, day: tuple[dt.date, dt.date] | None) -> None:
        """Put the brush where the filter is, unless it is there already: the user may be holding it."""
        if self.chosen == day:
            return
        place = (ms_of(day[0]), ms_of(day[1] + dt.timedelta(days=1))) if day else (0, 0)
        self._is_moving = True
        self.brush.update(start=place[0], end=place[1])
        self._is_moving = False
