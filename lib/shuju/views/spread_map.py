"""The counties by when a document arrived, played over the hours: the browser colours them, the server sends them once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely
from bokeh.layouts import column, row
from bokeh.models import (
    Button,
    ColumnDataSource,
    CustomJS,
    Div,
    HoverTool,
    LayoutDOM,
    Range1d,
    Slider,
)
from bokeh.plotting import figure

from shuju.standard import region, regions
from shuju.views import theme
from shuju.views.axes import quieten
from shuju.views.county_map import county_lines, county_shapes, extent, prefecture_lines

# Where the clock stops when it is played; the last is "by now".
STOPS = (0, 1, 2, 4, 8, 12, 24, 36, 48, 72, 120, 168, 336, 720, 2160)
NOW = len(STOPS)
LIMITS = (8, 24, 72, 168)
LIMIT_NAMES = ("8 小时内", "8–24 小时", "24–72 小时", "3–7 天", "更晚")
STEP_MILLISECONDS = 700
TOOLTIP = '<div style="font:13px sans-serif"><b>@name</b>（@city）<br>@told</div>'
COLOUR = """
const t = slider.value < stops.length ? stops[slider.value] : Infinity
let n = 0
for (const source of [counties, cities]) {
  const {hours, band, colour} = source.data
  for (let i = 0; i < hours.length; i++) {
    const here = hours[i] !== null && !Number.isNaN(hours[i]) && (t === Infinity || hours[i] <= t)
    colour[i] = here ? colours[band[i]] : source === counties ? blank : hollow
    if (here && source === counties) n++
  }
  source.change.emit()
}
const when = t === Infinity ? "至今" : t === 0 ? "发布之时" : t < 72 ? "发布后 " + t + " 小时" : "发布后 " + t / 24 + " 天"
told.text = "<b>" + when + "</b>：" + n + " 个县市区有网站转载"
"""
PLAY = """
if (button.tags[0]) { clearInterval(button.tags[0]); button.tags = [0]; button.label = "▶ 播放"; return }
if (slider.value >= slider.end) slider.value = 0
button.label = "❚❚ 暂停"
button.tags = [setInterval(() => {
  if (slider.value >= slider.end) { clearInterval(button.tags[0]); button.tags = [0]; button.label = "▶ 播放" }
  else slider.value += 1
}, wait)]
"""


def lag_map(
    counties: pd.Series, cities: pd.Series, origin_code: str | None, stop: int, on_stop: Callable[[int], None]
) -> LayoutDOM:
    """Return map, slider and play button.

    ``counties`` and ``cities`` are hours by region code (inf: at no known time); what is not in them has not arrived. ``stop`` is a place in
    ``STOPS``, or ``NOW``; ``on_stop`` hears where the slider comes to.
    """
    codes = list(county_shapes())
    hours = counties.reindex(codes).to_numpy(float)
    area = ColumnDataSource(
        county_lines()
        | {
            "name": [region(code).name for code in codes],
            "city": [region(str(region(code).parent_code)).name for code in codes],
            "hours": hours, "band": _bands(hours), "colour": [theme.PAPER] * len(codes), "told": _told(hours),
        }
    )  # fmt: skip
    seats = _seats()
    city_hours = cities.reindex(list(seats)).to_numpy(float)
    points = ColumnDataSource(
        {"x": [p.x for p in seats.values()], "y": [p.y for p in seats.values()], "hours": city_hours,
         "band": _bands(city_hours), "colour": [theme.PAPER] * len(seats), "told": _told(city_hours),
         "name": [region(code).name for code in seats], "city": ["市州本级"] * len(seats)}
    )  # fmt: skip
    plot = _draw(area, points, origin_code)
    told = Div(
        text="",
        sizing_mode="stretch_width",
        styles={"font": f"14px {theme.FONT}", "color": theme.INK},
        margin=(4, 5, 0, 5),
    )
    slider = Slider(start=0, end=NOW, step=1, value=stop, show_value=False, title="", tooltips=False, sizing_mode="stretch_width",
                    bar_color=theme.PRIMARY, margin=(10, 12, 6, 12))  # fmt: skip
    button = Button(label="▶ 播放", width=92, margin=(4, 5, 4, 0), tags=[0], stylesheets=[_BUTTON])
    names = {"slider": slider, "counties": area, "cities": points, "told": told}
    more = {"stops": list(STOPS), "colours": list(theme.LAGS), "blank": theme.PAPER, "hollow": theme.GROUND}
    colour = CustomJS(args=names | more, code=COLOUR)
    slider.js_on_change("value", colour)
    button.js_on_event(
        "button_click",
        CustomJS(args={"button": button, "slider": slider, "wait": STEP_MILLISECONDS}, code=PLAY),
    )
    slider.on_change("value", lambda _attr, _old, new: on_stop(int(new)))
    _colour(area, points, told, stop)
    return column(
        told, row(button, slider, sizing_mode="stretch_width"), plot,
        sizing_mode="stretch_width", stylesheets=[theme.FREE_HEIGHT],
    )  # fmt: skip


_BUTTON = f"""
.bk-btn {{ font-family: {theme.FONT}; font-size: 14px; border-radius: 16px; min-height: 34px;
  background: {theme.PRIMARY}; color: {theme.PAPER}; border-color: {theme.PRIMARY}; }}
.bk-btn:focus-visible {{ outline: 2px solid {theme.ACCENT}; outline-offset: 2px; }}
"""


def _bands(hours: np.ndarray) -> np.ndarray:
    return np.searchsorted(LIMITS, np.nan_to_num(hours, nan=np.inf)).astype(np.int32)


def _told(hours: np.ndarray) -> list[str]:
    return [
        "未见转载" if np.isnan(h) else "有转载，时间不可靠" if np.isinf(h) else f"首个转载晚 {h:.1f} 小时"
        for h in hours
    ]


def _colour(area: ColumnDataSource, points: ColumnDataSource, told: Div, stop: int) -> None:
    """Do what the browser does when the slider moves, for the first picture."""
    until = STOPS[stop] if stop < NOW else np.inf
    for source, blank in ((area, theme.PAPER), (points, theme.GROUND)):
        is_here = source.data["hours"] <= until
        source.data["colour"] = [
            theme.LAGS[b] if here else blank for b, here in zip(source.data["band"], is_here, strict=True)
        ]
    n = int((area.data["hours"] <= until).sum())
    when = (
        "至今"
        if stop >= NOW
        else "发布之时"
        if until == 0
        else f"发布后 {until} 小时"
        if until < 72
        else f"发布后 {until // 24} 天"
    )
    told.text = f"<b>{when}</b>：{n} 个县市区有网站转载"


def _seats() -> dict[str, shapely.Point]:
    """Return a point in the middle of each prefecture."""
    shapes: dict[str, list[shapely.Geometry]] = {}
    for code, shape in county_shapes().items():
        shapes.setdefault(str(region(code).parent_code), []).append(shape)
    return {r.code: shapely.union_all(shapes[r.code]).representative_point() for r in regions("prefecture")}


def _draw(area: ColumnDataSource, points: ColumnDataSource, origin_code: str | None) -> figure:
    x0, y0, x1, y1 = extent()
    plot = figure(
        sizing_mode="stretch_width", aspect_ratio=(x1 - x0) / (y1 - y0), toolbar_location=None, tools="", min_border=0,
        x_range=Range1d(x0, x1), y_range=Range1d(y0, y1),
    )  # fmt: skip
    quieten(plot)
    plot.axis.visible = False
    counties = plot.patches(
        "xs", "ys", source=area, fill_color="colour", line_color=theme.BORDER_FAINT, line_width=0.5,
        hover_line_color=theme.ACCENT,
    )  # fmt: skip
    plot.multi_line(
        "xs", "ys", source=ColumnDataSource(prefecture_lines()), line_color=theme.BORDER, line_width=1.1
    )
    seats = plot.scatter(
        "x",
        "y",
        source=points,
        size=13,
        marker="circle",
        fill_color="colour",
        line_color=theme.INK,
        line_width=1.2,
    )
    shape = county_shapes().get(origin_code or "")
    if shape is not None:
        at = shape.representative_point()
        plot.scatter([at.x], [at.y], size=15, marker="star", fill_color=theme.ACCENT, line_color=theme.PAPER)
    plot.add_tools(
        HoverTool(renderers=[counties, seats], tooltips=TOOLTIP, point_policy="follow_mouse", visible=False)
    )
    return plot
