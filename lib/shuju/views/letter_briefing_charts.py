"""The charts of the briefing of letters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import dates, ticker
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from shuju.views import theme
from shuju.views.county_map import county_shapes
from shuju.views.formats import axis_count
from shuju.views.letter_data import RegionBands
from shuju.views.letter_html import band_colours
from shuju.views.official_charts import chart, draw_counties

KEEP_DAYS = 90


@chart(2.3)
def trend_chart(axes: Axes, periods: pd.DataFrame) -> None:
    """Draw letters a period (``start, end, n`` as of ``linked_data.trend``) as bars."""
    start, end = (dates.date2num(periods[name].to_numpy()) for name in ("start", "end"))
    axes.bar(start, periods["n"], width=0.88 * (end - start), align="edge", color=theme.BAR)
    locator = dates.AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    months = ["%Y年", "%Y年%-m月", "%-m月%-d日", "%H:%M", "%H:%M", "%S"]
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, formats=months, show_offset=False))
    _count_axis(axes.yaxis)


@chart(3.0)
def bars_chart(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw ``name, n, share`` as horizontal bars, the first on top."""
    place = np.arange(len(rows))
    axes.barh(place, rows["n"], height=0.66, color=theme.BAR)
    axes.set_yticks(place, rows["name"])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.22 * max(rows["n"].max(), 1))
    for at, n, share in zip(place, rows["n"], rows["share"], strict=True):
        axes.annotate(
            f"{n:,}（{share:.1%}）", (n, at), (3, 0), textcoords="offset points", va="center", fontsize=8
        )
    _count_axis(axes.xaxis)
    axes.tick_params(axis="y", length=0)


@chart(4.6)
def county_chart(axes: Axes, bands: RegionBands) -> None:
    """Draw the counties in the colours of their bands, under the prefectures' borders."""
    colours = band_colours(bands.measure)
    by_code = bands.frame.set_index("code")
    band = by_code["band"].reindex(list(county_shapes())).to_numpy()
    legend = [Patch(facecolor=colours[at], label=label) for at, label in band_limits(bands)]
    if (band < 0).any():
        legend.append(Patch(facecolor=theme.GROUND, edgecolor=theme.BORDER_FAINT, label="没有来信"))
    shades = [theme.GROUND if b < 0 else colours[b] for b in band]
    draw_counties(axes, shades, legend[::-1], "来信数（封）")


@chart(2.3)
def waiting_chart(axes: Axes, curve: pd.DataFrame, median: float | None) -> None:
    """Draw the share of letters answered within so many days (``curve`` of ``kaplan_meier``)."""
    days = np.append(0, curve["time"].to_numpy())
    answered = np.append(0, 100 * (1 - curve["share_waiting"].to_numpy()))
    shown = days <= KEEP_DAYS
    axes.step(days[shown], answered[shown], where="post", color=theme.PRIMARY, linewidth=1.6)
    if median is not None and median <= KEEP_DAYS:
        axes.plot([median, median, 0], [0, 50, 50], color=theme.ACCENT, linewidth=0.9, linestyle="--")
        axes.annotate(f"半数于 {median:.1f} 天内答复", (median, 50), (6, -12), textcoords="offset points")
    axes.set_xlim(0, KEEP_DAYS)
    axes.set_ylim(0, 100)
    axes.yaxis.set_major_formatter(ticker.PercentFormatter(decimals=0))
    axes.set_xlabel("来信后天数")
    axes.grid(axis="y", color=theme.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def band_limits(bands: RegionBands) -> list[tuple[int, str]]:
    """Return the bands that have counties, from low to high, with what their counties' values lie between."""
    known = bands.frame[bands.frame["band"] >= 0]
    ends = known.groupby("band")["n"].agg(["min", "max"])
    return [
        (int(band), f"{low:,}" if low == high else f"{low:,} 至 {high:,}")
        for band, low, high in ends.itertuples()
    ]


def _count_axis(axis: Any) -> None:
    axis.set_major_locator(ticker.MaxNLocator(nbins=5, integer=True))
    axis.set_major_formatter(ticker.FuncFormatter(lambda n, _: axis_count(n)))
    axis.axes.grid(axis=axis.axis_name, color=theme.FAINT, linewidth=0.6)
    axis.axes.set_axisbelow(True)
