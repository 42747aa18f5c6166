"""How elements look in both backends: options, quiet axes, hovers, Chinese numbers and dates on axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import holoviews as hv
import numpy as np

from shuju.charts import theme

Options = Mapping[str, Any]
TOOLTIP_STYLE = f"font:13px {theme.FONT};max-width:320px"


@cache
def load_backends() -> None:
    """Load both backends once; a notebook that has chosen one keeps it."""
    import holoviews.plotting.bokeh
    import holoviews.plotting.mpl  # noqa: F401

    # Figures are patched many times a second: WebGL reads each picture back from the card, a canvas does not.
    hv.renderer("bokeh").webgl = False
    if hv.Store.current_backend not in hv.Store.renderers:
        hv.Store.set_current_backend("bokeh")


def styled(element: Any, *, page: Options, print_: Options | None = None) -> Any:
    """Return ``element`` with the options of the page (Bokeh) and of print (Matplotlib)."""
    load_backends()
    shown = dict(print_ or {})
    if "facecolor" in shown:
        shown["color"] = shown["facecolor"]  # else a colour of the cycle is drawn over it
    return element.opts(**page, backend="bokeh").opts(**shown, backend="matplotlib")


def laid_out(overlay: Any, *, page: Options, print_: Options | None = None) -> Any:
    """Return an overlay or a single element as a whole picture: quiet axes, the width of its place, no legend."""
    look = {
        "toolbar": None,
        "default_tools": [],
        "show_legend": False,
        "show_grid": False,
        "responsive": True,
    }
    shown = {"show_legend": False, "show_grid": False}
    print_ = print_ or {}
    return styled(
        overlay,
        page={**look, **page, "hooks": [_quieten_page, *page.get("hooks", ())]},
        print_={**shown, **print_, "hooks": [_quieten_print, *print_.get("hooks", ())]},
    )


def hover(tooltip: str, **options: Any) -> Any:
    """Return a hover that shows ``tooltip`` (HTML with @columns); nothing of it runs as a script."""
    from bokeh.models import HoverTool

    return HoverTool(tooltips=f'<div style="{TOOLTIP_STYLE}">{tooltip}</div>', visible=False, **options)


def count_ticks(highest: float, n: int = 4) -> list[tuple[float, str]]:
    """Return round places on an axis of counts from 0 to ``highest`` with what they are called: 2万, 1.5亿."""
    step = nice_step(max(highest, 1) / n)
    return [(at, short(at)) for at in _multiples(step, highest)]


def share_ticks(highest: float) -> list[tuple[float, str]]:
    """Return round places on an axis of shares from 0 to ``highest`` (about 1 at most) with what they are called: 20%."""
    step = next((s for s in (0.01, 0.02, 0.05, 0.1) if highest / s <= 6), 0.2)
    return [(k * step, f"{k * step:.0%}") for k in range(int(highest / step + 1e-9) + 1)]


def blank(told: str) -> Any:
    """Return a picture that says why there is none."""
    text = hv.Text(0.5, 0.5, told)
    text = styled(text, page={"color": theme.MUTED, "text_font_size": "14px"}, print_={"color": theme.MUTED})
    axes = {"xlim": (0, 1), "ylim": (0, 1), "xaxis": None, "yaxis": None}
    return laid_out(text, page={"height": 120, **axes}, print_={"aspect": 4, **axes})


def nice_step(step: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is at least ``step``, at least 1."""
    power = 10.0 ** (len(str(int(max(step, 1)))) - 1)
    return next(f * power for f in (1, 2, 5, 10) if f * power >= step)


def short(n: float) -> str:
    """Return a number as an axis shows it: ``2.5万``."""
    for size, unit in ((1e8, "亿"), (1e4, "万")):
        if abs(n) >= size:
            return f"{n / size:.2f}".rstrip("0").rstrip(".") + unit
    return f"{n:,.0f}"


def _multiples(step: float, highest: float) -> list[float]:
    return [k * step for k in range(int(highest // step) + 1)]


def set_ticks(axis: Any, ticks: Sequence[tuple[float, str]]) -> None:
    """Write names at places of a Bokeh axis."""
    from bokeh.models import FixedTicker

    axis.ticker = FixedTicker(ticks=[at for at, _ in ticks])
    axis.major_label_overrides = dict(ticks)


def _quieten_page(plot: Any, _element: Any) -> None:
    """Take away what carries no data: outline, logo, tick marks; set the font."""
    from bokeh.models import DatetimeAxis, DatetimeTickFormatter

    figure = plot.state
    figure.outline_line_color = None
    figure.toolbar.logo = None
    figure.min_border = 0
    figure.background_fill_color = figure.border_fill_color = None  # the card's ground, light or dark
    for axis in figure.axis:
        axis.update(
            axis_label=None,
            axis_line_color=theme.FAINT,
            major_tick_line_color=None,
            minor_tick_line_color=None,
            minor_tick_out=0,
            major_label_text_color=theme.MUTED,
            major_label_text_font=theme.FONT,
            major_label_text_font_size="0.8rem",
        )
        if isinstance(axis, DatetimeAxis):
            axis.formatter = DatetimeTickFormatter(days="%m-%d", months="%Y-%m", years="%Y年")


def _quieten_print(plot: Any, element: Any) -> None:
    axes = plot.handles["axis"]
    for side in ("top", "right"):
        if side in axes.spines:
            axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        if side in axes.spines:
            axes.spines[side].set_color(theme.BORDER_FAINT)
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.tick_params(colors=theme.MUTED, length=0, labelsize=8)
    if _is_of_dates(element):
        from matplotlib import dates

        locator = dates.AutoDateLocator(minticks=3, maxticks=8)
        months = ["%Y年", "%Y年%-m月", "%-m月%-d日", "%H:%M", "%H:%M", "%S"]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, formats=months, show_offset=False))


def _is_of_dates(element: Any) -> bool:
    """Whether the horizontal axis of an element, or of the first of an overlay, is one of dates."""
    first = next(iter(element)) if isinstance(element, hv.Overlay) else element
    return bool(len(first)) and np.issubdtype(np.asarray(first.dimension_values(0)).dtype, np.datetime64)
