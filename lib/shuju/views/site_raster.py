"""The raster of time × site (时间 × 网站): a row a site, a column a day, each record counted where it falls.

Sites stand in groups, library by library and level by level. Plain Bokeh for the reason given in
``county_map``: a new view is one image and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from bokeh.events import MouseEnter, Tap
from bokeh.models import (
    BoxAnnotation,
    BoxZoomTool,
    ColumnDataSource,
    CustomJSHover,
    FixedTicker,
    HoverTool,
    Range1d,
    WheelZoomTool,
)
from bokeh.plotting import figure

from shuju.facts import Facts, Range, raster
from shuju.facts.filters import Filters
from shuju.standard import code_list
from shuju.views import axes, theme
from shuju.views.axes import DAY_MS, day_of, ms_of
from shuju.views.filters import label_name
from shuju.views.shading import shade_mapper, shades

NAMED_ROWS = 32
ONE_DAY = dt.timedelta(days=1)
SITE_HOVER = """
const {y, first, last, lines} = grid.data
const names = sites.data.name
const up = Math.floor((special_vars.y - y[0]) / lines[0])
const to = last[0] - up * lines[0], from = Math.max(to - lines[0], first[0])
return names[from] + (to - from > 1 ? ` 等 ${to - from} 个网站` : "")
"""
DAY_HOVER = """
const {x, days} = grid.data
const step = days[0] * 86400000
const begin = x[0] + Math.floor((special_vars.x - x[0]) / step) * step
const day = ms => new Date(ms).toISOString().slice(0, 10)
return step > 86400000 ? day(begin) + " 至 " + day(begin + step - 86400000) : day(begin)
"""


@dataclass(frozen=True)
class GridView:
    """What the raster shows: days from ``first_day`` to ``last_day``, rows ``first`` up to ``last``, in pixels."""

    first_day: dt.date
    last_day: dt.date
    first: int
    last: int
    width: int
    height: int


@dataclass(frozen=True)
class Grid:
    """An answered view: ``n`` records a pixel, the bottom line first; each pixel ``days`` wide, ``lines`` high."""

    view: GridView
    n: np.ndarray
    shade: np.ndarray
    first_day: dt.date
    days: int
    lines: int


def site_order(facts: Facts, sites: pd.DataFrame) -> pd.DataFrame:
    """Return the sites of the facts from top to bottom, by library, level, kind, name; ``group`` is the library.

    A site that the table of sites does not know comes last, named by its number.
    """
    order = pd.DataFrame({"site_id": pd.array(facts.labels("site")[1:], "str")}).merge(
        sites, "left", on="site_id"
    )
    rank = {
        column: order[column].map({code: i for i, code in enumerate(code_list(codes).codes)}).fillna(99)
        for column, codes in {"library": "libraries", "level": "levels", "kind": "site_kinds"}.items()
    }
    order = order.assign(
        name=order["name"].fillna(order["site_id"]), group=order["library"].fillna("未知"), **rank
    )
    columns = ["site_id", "name", "group"]
    return order.sort_values([*rank, "name"], kind="stable", ignore_index=True)[columns]


def grid_data(facts: Facts, order: pd.DataFrame, view: GridView, filters: Filters | None) -> Grid:
    """Count every record of ``view`` into its pixel; one pass over the rows."""
    rows = order["site_id"].iloc[view.first : view.last]
    counts = raster(
        facts,
        "day",
        "site",
        filters,
        x_shown=Range(view.first_day, view.last_day),
        y_shown=rows[::-1].tolist(),
        width=view.width,
        height=view.height,
    )
    n_days = (view.last_day - view.first_day).days + 1
    days, lines = (max(-(-n // size), 1) for n, size in ((n_days, view.width), (len(rows), view.height)))
    n = counts.to_numpy()
    return Grid(view, n.astype(np.min_scalar_type(n.max(initial=0))), shades(n), view.first_day, days, lines)


def rows_with_records(order: pd.DataFrame, facts: Facts, by_site: np.ndarray) -> tuple[int, int]:
    """Return the first row that has records and the one after the last; all rows if none has."""
    codes = np.array([facts.codes["site"][site] for site in order["site_id"]], np.int64)
    rows = np.flatnonzero(by_site[codes]) if len(codes) else codes
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, len(order))


class SiteRaster:
    """The figure and its sources; ``on_view`` hears of a new view, ``on_tap`` of (sites, first day, last day)."""

    def __init__(
        self,
        on_view: Callable[[], None],
        on_tap: Callable[[list[str], dt.date, dt.date], None],
        on_enter: Callable[[], None],
    ):
        """Draw an empty raster; ``set_rows`` and ``show`` fill it."""
        self.order = pd.DataFrame({"site_id": [], "name": [], "group": []})
        self.grid = ColumnDataSource(
            {name: [] for name in ("image", "n", "x", "y", "dw", "dh", "days", "lines", "first", "last")}
        )
        self.sites = ColumnDataSource({"name": []})
        self.borders = ColumnDataSource({"y": []})
        self.left, self.right = (
            BoxAnnotation(fill_color=theme.PAPER, fill_alpha=0.72, line_color=None, visible=False)
            for _ in "lr"
        )
        self.figure = self._draw()
        self._shown: Grid | None = None
        axes.on_view(self.figure, lambda: self._view_changed(on_view))
        self.figure.on_event(MouseEnter, lambda _: on_enter())
        self.figure.on_event(Tap, lambda event: self._tapped(event, on_tap))

    def _draw(self) -> figure:
        plot = figure(
            x_range=Range1d(0, 1),
            y_range=Range1d(0, 1),
            x_axis_type="datetime",
            sizing_mode="stretch_width",
            height=440,
            toolbar_location="above",
            tools=axes.zoom_tools(BoxZoomTool()),
        )
        plot.toolbar.active_scroll = plot.select_one(WheelZoomTool)
        plot.xaxis.formatter = axes.date_ticks()
        plot.yaxis.ticker = FixedTicker()
        axes.quieten(plot)
        image = plot.image(
            "image", "x", "y", "dw", "dh", source=self.grid, color_mapper=shade_mapper(), level="image"
        )
        plot.hspan("y", source=self.borders, line_color=theme.FAINT, line_width=1)
        plot.add_layout(self.left)
        plot.add_layout(self.right)
        hover = {"grid": self.grid, "sites": self.sites}
        plot.add_tools(
            HoverTool(
                renderers=[image],
                visible=False,
                tooltips='<div style="font:13px sans-serif"><b>$y{custom}</b><br>$x{custom} · @n{0,0} 条</div>',
                formatters={
                    "$y": CustomJSHover(args=hover, code=SITE_HOVER),
                    "$x": CustomJSHover(args=hover, code=DAY_HOVER),
                },
            )
        )
        return plot

    @property
    def view(self) -> GridView | None:
        """What is shown now; None until the browser has said how large the raster is."""
        plot, size = self.figure, axes.frame_size(self.figure)
        if size is None or self.order.empty:
            return None
        x0, x1 = sorted((plot.x_range.start, plot.x_range.end))
        first, last = self._shown_rows()
        return GridView(
            day_of(x0),
            max(day_of(x1 - 1), day_of(x0)),
            first,
            max(last, first + 1),
            *size,
        )

    def _shown_rows(self) -> tuple[int, int]:
        """Return the rows between the ends of the axis, counted from the top while the axis rises."""
        n, ends = len(self.order), sorted((self.figure.y_range.start, self.figure.y_range.end))
        first = min(max(int(n - ends[1]), 0), max(n - 1, 0))
        return first, min(max(int(np.ceil(n - ends[0])), first), n)

    def set_rows(self, order: pd.DataFrame, span: tuple[dt.date, dt.date]) -> None:
        """Set which sites stand in which row, and the whole time axis; what is zoomed stays so."""
        is_same = order.equals(self.order)
        self.order = order
        self.sites.data = {"name": order["name"].tolist()}
        begins = np.flatnonzero(~order.duplicated("group"))
        self.borders.data = {"y": len(order) - begins[1:].astype(float)}
        x_range, y_range = self.figure.x_range, self.figure.y_range
        start, end = ms_of(span[0]), ms_of(span[1] + ONE_DAY)
        if x_range.reset_start is None or (x_range.start, x_range.end) == (
            x_range.reset_start,
            x_range.reset_end,
        ):
            x_range.update(start=start, end=end)
        x_range.update(reset_start=start, reset_end=end)
        y_range.update(reset_start=0, reset_end=len(order))
        if not is_same:
            self.set_shown_rows(0, len(order))

    def set_shown_rows(self, first: int, last: int) -> None:
        """Bring rows ``first`` up to ``last`` to full height, at least ten."""
        missing = max(10 - (last - first), 0)
        first = max(first - missing // 2, 0)
        last = min(max(last, first + 10), max(len(self.order), 1))
        self.figure.y_range.update(start=len(self.order) - last, end=len(self.order) - first)
        self._name_rows()

    def mark_days(self, day: tuple[dt.date, dt.date] | None) -> None:
        """Fade what is outside the chosen days."""
        for box in (self.left, self.right):
            box.visible = day is not None
        if day is not None:
            self.left.right, self.right.left = ms_of(day[0]), ms_of(day[1] + ONE_DAY)

    def show(self, grid: Grid) -> None:
        """Send an answered view."""
        self._shown = grid
        height, width = grid.n.shape
        self.grid.data = {
            "image": [grid.shade],
            "n": [grid.n],
            "x": [ms_of(grid.first_day)],
            "y": [len(self.order) - grid.view.last],
            "dw": [width * grid.days * DAY_MS],
            "dh": [height * grid.lines],
            "days": [grid.days],
            "lines": [grid.lines],
            "first": [grid.view.first],
            "last": [grid.view.last],
        }

    def _view_changed(self, on_view: Callable[[], None]) -> None:
        self._name_rows()
        on_view()

    def _name_rows(self) -> None:
        """Write the names of the sites where there is room, else those of the libraries."""
        first, last = self._shown_rows()
        top = len(self.order)
        shown = self.order.iloc[first:last]
        if len(shown) <= NAMED_ROWS:
            ticks = {top - first - i - 0.5: _cut(name) for i, name in enumerate(shown["name"])}
        else:
            rows = pd.Series(np.arange(first, last), index=shown["group"])
            middle = top - rows.groupby(level=0).mean() - 0.5
            ticks = {at: _cut(label_name("library", code)) for code, at in middle.items()}
        axis = self.figure.yaxis[0]
        axis.ticker.ticks = list(ticks)
        axis.major_label_overrides = ticks

    def _tapped(self, event: Tap, on_tap: Callable[[list[str], dt.date, dt.date], None]) -> None:
        grid = self._shown
        if grid is None:
            return
        up = int((event.y - (len(self.order) - grid.view.last)) // grid.lines)
        below = grid.view.last - up * grid.lines
        sites = self.order["site_id"].iloc[max(below - grid.lines, grid.view.first) : max(below, 0)].tolist()
        first = (
            grid.first_day + (day_of(event.x) - grid.first_day) // (grid.days * ONE_DAY) * grid.days * ONE_DAY
        )
        if sites:
            on_tap(sites, first, first + (grid.days - 1) * ONE_DAY)


def _cut(name: str) -> str:
    return name if len(name) <= 14 else name[:13] + "…"
