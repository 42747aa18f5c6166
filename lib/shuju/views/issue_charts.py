"""The charts of one issue: its letters on a time line, and the map of the counties that it reached."""

from __future__ import annotations

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure

from shuju.standard import region
from shuju.views import theme
from shuju.views.axes import DAY_MS, count_ticks, date_ticks, quieten
from shuju.views.county_map import county_lines, county_shapes, extent, prefecture_lines
from shuju.views.formats import moment

COLOURS = (*theme.CATEGORIES[:6], "#9aa7b4")
OTHERS = "其他"
SHADES = theme.SEQUENCE[2:]
MAP_TOOLTIP = '<div style="font:13px sans-serif"><b>@name</b>（@city）<br>@n{0,0} 封 · 首封 @first</div>'


def timeline(days: pd.DataFrame, *, is_total: bool) -> figure:
    """Return letters a day stacked by region (``by_day``), or their running total."""
    shown = days.cumsum() if is_total else days
    start = np.asarray(shown.index, "datetime64[ms]").astype(np.int64)
    width = max(_width(len(shown)), 1)
    if width > 1 and not is_total:  # a bar thinner than a pixel cannot be seen: several days make one
        bins = np.arange(len(shown)) // width
        shown, start = shown.groupby(bins).sum(), start[::width]
    elif is_total:
        width = 1
    plot = figure(
        x_axis_type="datetime", height=260, sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_range=Range1d(int(start[0]) - DAY_MS, int(start[-1]) + (width + 1) * DAY_MS),
        y_range=Range1d(0, max(float(shown.sum(axis=1).max()), 1) * 1.08),
    )  # fmt: skip
    quieten(plot)
    plot.xaxis.formatter, plot.yaxis.formatter = date_ticks(), count_ticks()
    plot.xaxis.ticker.desired_num_ticks = 5
    plot.yaxis.ticker.desired_num_ticks, plot.yaxis.ticker.min_interval = 4, 1
    bottom, colours = np.zeros(len(shown)), list(region_colours(days).values())
    for number, name in enumerate(shown.columns):
        top = bottom + shown[name].to_numpy()
        source = ColumnDataSource(
            {"left": start, "right": start + width * DAY_MS, "bottom": bottom, "top": top,
             "n": shown[name].to_numpy(), "all": shown.sum(axis=1).to_numpy(),
             "day": [moment(pd.Timestamp(int(at), unit="ms"), with_time=False) for at in start]}
        )  # fmt: skip
        bars = plot.quad(
            "left", "right", "top", "bottom", source=source, fill_color=colours[number],
            line_color=theme.PAPER, line_width=0 if is_total else 0.5,
        )  # fmt: skip
        tip = f'<div style="font:13px sans-serif"><b>@day</b>{" 起" if width > 1 else ""}<br>{name} @n 封 · 合计 @all 封</div>'
        plot.add_tools(HoverTool(renderers=[bars], tooltips=tip, visible=False))
        bottom = top
    return plot


def region_colours(days: pd.DataFrame) -> dict[str, str]:
    """Return the colour of each region of a time line."""
    return {
        name: COLOURS[-1] if name == OTHERS else COLOURS[number % 6]
        for number, name in enumerate(days.columns)
    }


def _width(n_days: int) -> int:
    return -(-n_days // 180)


def spread_map(reached: pd.DataFrame, *, by_count: bool) -> figure:
    """Return the map of counties that an issue reached (``spread``), dark where early, or where many letters are."""
    codes = list(county_shapes())
    rows = reached.reindex(codes)
    value = rows["n"] if by_count else -rows["first"].rank(method="dense")
    plot = figure(
        sizing_mode="stretch_width", aspect_ratio=1.02, toolbar_location=None, tools="", min_border=0,
        x_range=Range1d(extent()[0], extent()[2]), y_range=Range1d(extent()[1], extent()[3]),
    )  # fmt: skip
    quieten(plot)
    plot.axis.visible = False
    source = ColumnDataSource(
        county_lines()
        | {
            "name": [region(code).name for code in codes],
            "city": [region(str(region(code).parent_code)).name for code in codes],
            "n": rows["n"].fillna(0).to_numpy(np.int64),
            "first": [moment(day, with_time=False) for day in rows["first"]],
            "colour": _colours(value),
        }
    )
    counties = plot.patches(
        "xs", "ys", source=source, fill_color="colour", line_color=theme.BORDER_FAINT, line_width=0.5,
        hover_line_color=theme.ACCENT,
    )  # fmt: skip
    plot.multi_line(
        "xs", "ys", source=ColumnDataSource(prefecture_lines()), line_color=theme.BORDER, line_width=1.1
    )
    if len(reached):
        _mark_origin(plot, str(reached.index[0]))
    plot.add_tools(
        HoverTool(renderers=[counties], tooltips=MAP_TOOLTIP, point_policy="follow_mouse", visible=False)
    )
    return plot


def _mark_origin(plot: figure, code: str) -> None:
    shape = county_shapes().get(code)
    if shape is not None:
        point = shape.representative_point()
        plot.scatter(
            [point.x], [point.y], size=13, marker="star", fill_color=theme.ACCENT, line_color=theme.PAPER
        )


def _colours(value: pd.Series) -> list[str]:
    """Return a shade for each value, the darkest for the greatest; the page's ground where there is none."""
    low, high = value.min(), value.max()
    share = (value - low) / (high - low) if high > low else value * 0 + 1
    at = (share * (len(SHADES) - 1)).round()
    return [theme.PAPER if pd.isna(i) else SHADES[int(i)] for i in at]
