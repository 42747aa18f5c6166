"""What the axes of all figures share: their look, Chinese counts and dates, days as milliseconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bokeh.core.property.descriptors import UnsetValueError
from bokeh.models import (
    BoxZoomTool,
    CustomJSTickFormatter,
    DatetimeTickFormatter,
    PanTool,
    ResetTool,
    Tool,
    WheelZoomTool,
    ZoomInTool,
    ZoomOutTool,
)
from bokeh.plotting import figure

from shuju.views import theme

DAY_MS = 86_400_000
_EPOCH = dt.datetime(1970, 1, 1)


def ms_of(day: dt.date) -> float:
    """Return where a day begins on a time axis."""
    return (dt.datetime.combine(day, dt.time()) - _EPOCH) / dt.timedelta(milliseconds=1)


def day_of(ms: float) -> dt.date:
    """Return the day at a place of a time axis."""
    return (_EPOCH + dt.timedelta(milliseconds=ms)).date()


def date_ticks() -> DatetimeTickFormatter:
    """Return ticks that read 2024年, 2024-07, 07-29."""
    return DatetimeTickFormatter(days="%m-%d", months="%Y-%m", years="%Y年")


def count_ticks() -> CustomJSTickFormatter:
    """Return ticks that read 5000, 2万, 1.5亿."""
    return CustomJSTickFormatter(
        code="return tick >= 1e8 ? tick / 1e8 + '亿' : tick >= 1e4 ? tick / 1e4 + '万' : String(tick)"
    )


def hour_ticks() -> CustomJSTickFormatter:
    """Return ticks of hours that read 8小时, 3天."""
    return CustomJSTickFormatter(
        code="return tick < 72 ? +tick.toPrecision(2) + '小时' : +(tick / 24).toPrecision(2) + '天'"
    )


def frame_size(plot: figure) -> tuple[int, int] | None:
    """Return width and height between the axes, in pixels; None until the browser has laid the figure out."""
    try:
        size = (plot.inner_width, plot.inner_height)
    except UnsetValueError:
        return None
    return size if min(size) > 0 else None


def on_view(plot: figure, call: Callable[[], None]) -> None:
    """Have ``call`` called when what the figure shows, or its size, changes.

    Not Bokeh's ``RangesUpdate``, which waits until half a second after the last change.
    """
    for model, names in (
        (plot, ("inner_width", "inner_height")),
        (plot.x_range, ("start", "end")),
        (plot.y_range, ("start", "end")),
    ):
        for name in names:
            model.on_change(name, lambda _attr, _old, _new: call())


def zoom_tools(drag: Tool) -> list[Tool]:
    """Return the tools of a figure that is zoomed; ``drag`` is what dragging does at first.

    The wheel zooms with Ctrl held only: without it the page scrolls.
    """
    other = BoxZoomTool if isinstance(drag, PanTool) else PanTool
    tips = {BoxZoomTool: "框选放大", PanTool: "拖动", WheelZoomTool: "按住 Ctrl 滚轮缩放"}
    tips |= {ZoomInTool: "放大", ZoomOutTool: "缩小", ResetTool: "还原"}
    tools = [drag, other(), WheelZoomTool(modifiers="ctrl"), ZoomInTool(), ZoomOutTool(), ResetTool()]
    for tool in tools:
        tool.description = tips[type(tool)]
    return tools


def quieten(plot: figure) -> figure:
    """Take away what carries no data: outline, logo, grid, tick marks; set the font."""
    plot.outline_line_color = None
    plot.stylesheets = [theme.FREE_HEIGHT]
    plot.toolbar.logo = None
    plot.grid.visible = False
    for axis in plot.axis:
        axis.update(
            axis_line_color=theme.FAINT,
            major_tick_line_color=None,
            minor_tick_line_color=None,
            minor_tick_out=0,
            major_label_text_color=theme.MUTED,
            major_label_text_font=theme.FONT,
            major_label_text_font_size="12px",
        )
    return plot
