"""The charts of the briefing on one document: its arrival, its counties."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from shuju.spread.arrival import HOURS
from shuju.views import theme
from shuju.views.county_map import county_shapes
from shuju.views.official_charts import chart, draw_counties
from shuju.views.spread_charts import COLOURS, SOONEST, TICKS
from shuju.views.spread_data import GROUPS
from shuju.views.spread_map import LIMIT_NAMES, LIMITS


@chart(2.5)
def curve_chart(axes: Axes, points: pd.DataFrame) -> None:
    """Draw how many sites carry it after so many hours (``arrival_numbers``), by kind of site, on a log scale of hours."""
    end = max(float(points["hours"].max()), HOURS[-1]) * 1.25
    for group, name in GROUPS.items():
        own = points[points["group"] == group]
        if len(own):
            x, y = np.maximum(np.r_[SOONEST, own["hours"]], SOONEST), np.r_[0, own["n"]]
            label = f"{name}（{len(own)}）"
            axes.step(
                np.r_[x, end], np.r_[y, y[-1]], where="post", color=COLOURS[group], linewidth=1.5, label=label
            )
    for hours in HOURS:
        axes.axvline(hours, color=theme.BORDER, linewidth=0.8, linestyle="--")
    axes.set_xscale("log")
    axes.set_xlim(SOONEST, end)
    axes.set_ylim(0, None)
    axes.xaxis.set_major_locator(ticker.FixedLocator([t for t in TICKS if t <= end]))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(
        ticker.FuncFormatter(lambda h, _: f"{h:.0f}小时" if h < 72 else f"{h / 24:.0f}天")
    )
    axes.yaxis.set_major_locator(ticker.MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="y", color=theme.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", frameon=False, fontsize=8)


@chart(4.6)
def county_lag_chart(axes: Axes, hours: pd.Series) -> None:
    """Draw the counties by when the first site of each carried it (``by_county``)."""
    own = hours.reindex(list(county_shapes())).to_numpy(float)
    band = np.searchsorted(LIMITS, np.nan_to_num(own, nan=np.inf))
    colours = [theme.PAPER if np.isnan(h) else theme.LAGS[b] for h, b in zip(own, band, strict=True)]
    legend = [
        Patch(facecolor=colour, label=name) for colour, name in zip(theme.LAGS, LIMIT_NAMES, strict=True)
    ]
    legend.append(Patch(facecolor=theme.PAPER, edgecolor=theme.BORDER_FAINT, label="未见转载"))
    draw_counties(axes, colours, legend, "首个转载")
