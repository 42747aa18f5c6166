"""The charts of spread: arrival against the clock, the months, the matrix of documents and prefectures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from bokeh.events import Tap
from bokeh.models import (
    ColumnDataSource,
    CustomJSTickFormatter,
    FixedTicker,
    HoverTool,
    Label,
    LinearAxis,
    NumeralTickFormatter,
    Range1d,
    Span,
)
from bokeh.plotting import figure

from shuju.spread.arrival import HOURS
from shuju.standard import region
from shuju.views import theme
from shuju.views.axes import DAY_MS, count_ticks, date_ticks, hour_ticks, quieten
from shuju.views.spread_arrivals import WITHIN
from shuju.views.spread_data import GROUPS
from shuju.views.spread_measures import BAND_EDGES, FEW

COLOURS = {
    "province": theme.CATEGORIES[5], "prefecture": theme.CATEGORIES[0], "county": theme.CATEGORIES[2],
    "media": theme.CATEGORIES[3], "outside": theme.CATEGORIES[7],
}  # fmt: skip
SOONEST = 0.5  # hours; on a scale of ratios there is no zero
TICKS = (1, 8, 24, 72, 168, 720, 2160, 8760)
LIMIT_COLOURS = dict(zip(WITHIN, (theme.LAGS[0], theme.LAGS[1], theme.LAGS[2], theme.MUTED)))
ROW_HEIGHT = 26


def arrival_curve(points: pd.DataFrame, *, is_share: bool) -> figure:
    """Return the curve by level against its clock: ``arrival_shares`` (shares) or ``arrival_numbers`` (sites); hours on a log scale."""
    column = "share" if is_share else "n"
    latest = float(points["hours"].max()) if len(points) else 0.0
    end = max(latest, HOURS[-1]) * 1.25
    highest = float(points[column].max()) if len(points) else 1.0
    top = 1.0 if is_share else max(highest, 1)
    plot = figure(
        x_axis_type="log", height=300, sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_range=Range1d(SOONEST, end), y_range=Range1d(0, top * 1.12),
    )  # fmt: skip
    quieten(plot)
    plot.xaxis.ticker, plot.xaxis.formatter = FixedTicker(ticks=list(TICKS)), hour_ticks()
    plot.yaxis.formatter = NumeralTickFormatter(format="0%") if is_share else count_ticks()
    plot.yaxis.ticker.desired_num_ticks = 5
    for hours in HOURS:
        plot.add_layout(
            Span(
                location=hours, dimension="height", line_color=theme.BORDER, line_dash="dashed", line_width=1
            )
        )
        plot.add_layout(
            Label(x=hours, y=top * 1.115, text=f"{hours}小时", text_font_size="12px", text_color=theme.MUTED,
                  text_font=theme.FONT, text_baseline="top", x_offset=4)
        )  # fmt: skip
    unit = "@y{0.0%}" if is_share else "@y 个网站"
    for group, name in GROUPS.items():
        own = points[points["group"] == group]
        if own.empty:
            continue
        x = np.maximum(np.r_[SOONEST, own["hours"]], SOONEST)
        y = np.r_[0, own[column]]
        plot.step(np.r_[x, end], np.r_[y, y[-1]], mode="after", line_color=COLOURS[group], line_width=2.5)
        source = ColumnDataSource({"x": x[1:], "y": y[1:], "hours": own["hours"].round(1)})
        dots = plot.scatter("x", "y", source=source, size=5, color=COLOURS[group])
        tip = f'<div style="font:13px sans-serif"><b>{name}</b> {unit}<br>发布后 @hours 小时</div>'
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tip, visible=False))
    return plot


def trend_chart(months: pd.DataFrame, within: str) -> figure:
    """Return, by month, the documents (bars, right axis) and the share that arrived within each limit (lines, the chosen one strong).

    Where no site ought to carry any of them there are no shares: the bars have the room, and no axis of shares is drawn.
    """
    start = np.asarray(months.index, "datetime64[ms]").astype(np.int64)
    plot = figure(
        x_axis_type="datetime", height=230, sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_range=Range1d(int(start[0]) - 5 * DAY_MS, int(start[-1]) + 35 * DAY_MS), y_range=Range1d(0, 1),
    )  # fmt: skip
    most = max(float(months["n"].max()), 1)
    shares = months[list(WITHIN)]
    has_shares = bool(shares.notna().any(axis=None))
    plot.extra_y_ranges = {"n": Range1d(0, most / (0.35 if has_shares else 0.9))}
    plot.add_layout(LinearAxis(y_range_name="n", ticker=FixedTicker(ticks=[0, most])), "right")
    quieten(plot)
    plot.xaxis.formatter, plot.yaxis[0].formatter = date_ticks(), NumeralTickFormatter(format="0%")
    plot.yaxis[1].formatter = CustomJSTickFormatter(code="return tick ? tick.toLocaleString() + ' 份' : ''")
    plot.xaxis.ticker.desired_num_ticks, plot.yaxis[0].ticker.desired_num_ticks = 5, 4
    plot.yaxis[0].visible = has_shares
    highest = float(np.nanmax(shares.to_numpy(float), initial=0.05))
    plot.y_range = Range1d(0, min(highest * 1.15, 1.02))
    source = ColumnDataSource(
        {"left": start, "right": start + 27 * DAY_MS, "n": months["n"], "month": months.index.strftime("%Y年%m月")}
        | {f"within_{k}": shares[k] for k in WITHIN}
    )  # fmt: skip
    bars = plot.quad(
        "left", "right", "n", 0, source=source, y_range_name="n", fill_color=theme.FAINT, line_color=None
    )
    for limit in [k for k in WITHIN if k != within] + [within]:
        plot.line(
            start + 13 * DAY_MS, shares[limit], line_color=LIMIT_COLOURS[limit],
            line_width=3 if limit == within else 1.2, line_alpha=1 if limit == within else 0.6,
            line_dash="dotted" if limit == "ever" and within != "ever" else "solid",
        )  # fmt: skip
    told = "<br>".join(f"{name} @within_{key}{{0.0%}}" for key, name in WITHIN.items())
    tip = f'<div style="font:13px sans-serif"><b>@month</b> @n 份<br>{told}</div>'
    plot.add_tools(HoverTool(renderers=[bars], tooltips=tip, mode="vline", visible=False))
    return plot


def matrix_chart(
    shares: xr.DataArray, due: xr.DataArray, titles: Sequence[str], on_tap: Callable[[str], None]
) -> figure:
    """Return documents (rows) × prefectures: colour is the band of the share; grey where nothing is due. A tap gives the origin's id."""
    documents, cities = shares["document"].to_numpy().tolist(), shares["city"].to_numpy().tolist()
    n = len(documents)
    names = [region(code).short_name for code in cities]
    value = shares.to_numpy()
    at = np.searchsorted(BAND_EDGES, np.nan_to_num(value), side="right")
    colour = np.where(np.isnan(value), theme.GROUND, np.array(theme.BANDS)[at])
    row, column = np.indices(value.shape)
    source = ColumnDataSource(
        {"x": column.ravel(), "y": row.ravel(), "colour": colour.ravel(),
         "title": np.repeat(np.array(titles, object), len(cities)), "city": np.tile(names, n),
         "told": [
             "无应转网站" if d == 0 else f"{d} 个应转网站，到达 {v:.0%}{'（样本少）' if d < FEW else ''}"
             for v, d in zip(value.ravel(), due.to_numpy().ravel(), strict=True)
         ]}
    )  # fmt: skip
    plot = figure(
        height=44 + ROW_HEIGHT * max(n, 1), sizing_mode="stretch_width", toolbar_location=None, tools="",
        x_range=Range1d(-0.5, len(cities) - 0.5), y_range=Range1d(n - 0.5, -0.5), x_axis_location="above",
    )  # fmt: skip
    quieten(plot)
    cells = plot.rect(
        "x", "y", 0.94, 0.88, source=source, fill_color="colour", line_color=None,
        hover_line_color=theme.ACCENT, hover_line_width=2,
    )  # fmt: skip
    plot.xaxis.ticker, plot.yaxis.ticker = (
        FixedTicker(ticks=list(range(len(cities)))),
        FixedTicker(ticks=list(range(n))),
    )
    plot.xaxis.formatter = _names([name if len(name) < 3 else name[:2] for name in names])
    plot.yaxis.formatter = _names([title if len(title) <= 18 else title[:17] + "…" for title in titles])
    plot.axis.axis_line_color = None
    plot.xaxis.major_label_standoff = 2
    tip = '<div style="font:13px sans-serif;max-width:320px"><b>@city</b> @told<br>@title</div>'
    plot.add_tools(HoverTool(renderers=[cells], tooltips=tip, visible=False))
    plot.on_event(Tap, lambda event: _tapped(event, documents, on_tap))
    return plot


def _names(names: Sequence[str]) -> CustomJSTickFormatter:
    return CustomJSTickFormatter(args={"names": list(names)}, code="return names[tick] ?? ''")


def _tapped(event: Tap, documents: Sequence[str], on_tap: Callable[[str], None]) -> None:
    row = round(event.y)
    if 0 <= row < len(documents):
        on_tap(documents[row])
