"""What the charts of briefings share: PNG at 200 dpi, in the theme's colours, Chinese from the machine's fonts."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Concatenate, ParamSpec

import matplotlib
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from shuju.views import theme
from shuju.views.county_map import county_shapes, prefecture_lines

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


def chart(height: float) -> Callable[[Callable[Concatenate[Axes, Given], None]], Callable[Given, bytes]]:
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


def draw_counties(axes: Axes, colours: Sequence[str], legend: Sequence[Patch], title: str) -> None:
    """Draw the counties (``colours`` in the order of ``county_shapes``) under the prefectures' borders, with a legend."""
    axes.add_collection(
        PatchCollection(
            [PathPatch(_outline(shape)) for shape in county_shapes().values()],
            facecolors=list(colours),
            edgecolors=theme.BORDER_FAINT,
            linewidths=0.3,
        )
    )
    lines = prefecture_lines()
    for x, y in zip(lines["xs"], lines["ys"], strict=True):
        axes.plot(x, y, color=theme.BORDER, linewidth=0.7)
    axes.legend(handles=list(legend), loc="lower left", frameon=False, fontsize=8, title=title)
    axes.set_aspect("equal")
    axes.autoscale_view()
    left, right = axes.get_xlim()
    axes.set_xlim(left - LEGEND_SHARE * (right - left), right)
    axes.set_axis_off()


def _outline(shape: shapely.Geometry) -> Outline:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    corners = [shapely.get_coordinates(ring) for ring in rings]
    codes = [np.full(len(ring), Outline.LINETO, np.uint8) for ring in corners]
    for ring in codes:
        ring[0], ring[-1] = Outline.MOVETO, Outline.CLOSEPOLY
    return Outline(np.concatenate(corners), np.concatenate(codes))
