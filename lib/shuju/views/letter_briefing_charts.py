"""The charts of the briefing of letters: PNG at 200 dpi, in the theme's colours, Chinese from the machine's fonts."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec

import matplotlib
import numpy as np
import pandas as pd
import shapely
from matplotlib import dates, font_manager, ticker
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from shuju.views import theme
from shuju.views.county_map import county_shapes, prefecture_lines
from shuju.views.formats import axis_count
from shuju.views.letter_data import RegionBands
from shuju.views.letter_html import band_colours

DPI = 200
WIDTH_INCHES = 6.1
FONTS = (
    "Source Han Sans SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Noto Sans CJK JP",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)
KEEP_DAYS = 90
LEGEND_SHARE = 0.3
Given = ParamSpec("Given")
_settings = threading.Lock()  # matplotlib's settings are those of the process


class NoChineseFontError(RuntimeError):
    """No font on this machine can write Chinese into a chart."""


@cache
def chinese_font() -> str:
    """Return the name of the first of ``FONTS`` that this machine has.

    Raises:
        NoChineseFontError: it has none; the message says what to install.
    """
    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in FONTS:
        if name in known:
            return name
    raise NoChineseFontError(
        "没有找到中文字体，无法绘制图表；请安装思源黑体（Debian：apt install fonts-noto-cjk）"
    )


def _chart(height: float) -> Callable[[Callable[Concatenate[Axes, Given], None]], Callable[Given, bytes]]:
    """Make a function that draws on axes one that returns the picture (PNG), ``height`` inches high."""

    def drawn(draw: Callable[Concatenate[Axes, Given], None]) -> Callable[Given, bytes]:
        @wraps(draw)
        def picture(*given: Given.args, **named: Given.kwargs) -> bytes:
            settings = {
                "font.family": chinese_font(),
                "font.size": 9,
                "axes.unicode_minus": False,
                "axes.edgecolor": theme.BORDER,
                "axes.labelcolor": theme.MUTED,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "text.color": theme.INK,
                "xtick.color": theme.MUTED,
                "ytick.color": theme.MUTED,
            }
            with _settings, matplotlib.rc_context(settings):
                figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DPI, layout="constrained")
                FigureCanvasAgg(figure)
                draw(figure.add_subplot(), *given, **named)
                file = io.BytesIO()
                figure.savefig(file, format="png", metadata={"Software": None})
            return file.getvalue()

        return picture

    return drawn


@_chart(2.3)
def trend_chart(axes: Axes, periods: pd.DataFrame) -> None:
    """Draw letters a period (``start, end, n`` as of ``linked_data.trend``) as bars."""
    start, end = (dates.date2num(periods[name].to_numpy()) for name in ("start", "end"))
    axes.bar(start, periods["n"], width=0.88 * (end - start), align="edge", color=theme.BAR)
    locator = dates.AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    months = ["%Y年", "%Y年%-m月", "%-m月%-d日", "%H:%M", "%H:%M", "%S"]
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, formats=months, show_offset=False))
    _count_axis(axes.yaxis)


@_chart(3.0)
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


@_chart(4.6)
def county_chart(axes: Axes, bands: RegionBands) -> None:
    """Draw the counties in the colours of their bands, under the prefectures' borders."""
    colours = band_colours(bands.measure)
    by_code = bands.frame.set_index("code")
    shapes = county_shapes()
    band = by_code["band"].reindex(list(shapes)).to_numpy()
    axes.add_collection(
        PatchCollection(
            [PathPatch(_outline(shape)) for shape in shapes.values()],
            facecolors=[theme.GROUND if b < 0 else colours[b] for b in band],
            edgecolors=theme.BORDER_FAINT,
            linewidths=0.3,
        )
    )
    lines = prefecture_lines()
    for x, y in zip(lines["xs"], lines["ys"], strict=True):
        axes.plot(x, y, color=theme.BORDER, linewidth=0.7)
    legend = [Patch(facecolor=colours[at], label=label) for at, label in band_limits(bands)]
    if (band < 0).any():
        legend.append(Patch(facecolor=theme.GROUND, edgecolor=theme.BORDER_FAINT, label="没有来信"))
    axes.legend(handles=legend[::-1], loc="lower left", frameon=False, fontsize=8, title="来信数（封）")
    axes.set_aspect("equal")
    axes.autoscale_view()
    left, right = axes.get_xlim()
    axes.set_xlim(left - LEGEND_SHARE * (right - left), right)
    axes.set_axis_off()


@_chart(2.3)
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


def _outline(shape: shapely.Geometry) -> Outline:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    corners = [shapely.get_coordinates(ring) for ring in rings]
    codes = [np.full(len(ring), Outline.LINETO, np.uint8) for ring in corners]
    for ring in codes:
        ring[0], ring[-1] = Outline.MOVETO, Outline.CLOSEPOLY
    return Outline(np.concatenate(corners), np.concatenate(codes))


def _count_axis(axis: Any) -> None:
    axis.set_major_locator(ticker.MaxNLocator(nbins=5, integer=True))
    axis.set_major_formatter(ticker.FuncFormatter(lambda n, _: axis_count(n)))
    axis.axes.grid(axis=axis.axis_name, color=theme.FAINT, linewidth=0.6)
    axis.axes.set_axisbelow(True)
