"""The raster of time × site on a page: zoomed, tapped, counted anew for what is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import xarray as xr
from bokeh.events import MouseEnter, Tap
from bokeh.models import BoxAnnotation, BoxZoomTool, ColumnDataSource, FixedTicker, HoverTool

from shuju.charts import theme
from shuju.charts.look import TOOLTIP_STYLE
from shuju.charts.shading import shades, widened
from shuju.facts.naming import label_name
from shuju.facts.selection import Selection
from shuju.records.site_raster import GridView, raster_data, raster_plot, rows_with_records, site_order
from shuju.ui.cards.charts import DAY_MS, day_of, ms_of, pane
from shuju.ui.cards.live import LiveCard
from shuju.ui.figures import add_zoom, draw, frame_size, on_view

NAMED_ROWS = 32
LEAST_ROWS = 10
NAME_CHARACTERS = 14
ONE_DAY = dt.timedelta(days=1)
# Filters on these belong to sites, so the raster has rows that stay empty under them.
OF_SITES = ("library", "region", "level", "kind", "site")
TIP = f'<div style="{TOOLTIP_STYLE}"><b>@name</b><br>$x{{%F}}</div>'


class SiteRasterCard(LiveCard):
    """The raster: a drag zooms, a tap sets the filters on site and day."""

    def make_root(self) -> pn.viewable.Viewable:
        """Draw an empty raster."""
        self._figure, self._sources = draw("site raster", _blank, ("grid",))
        figure = self._figure
        add_zoom(figure, BoxZoomTool())
        figure.update(toolbar_location="above")
        figure.yaxis[0].ticker = FixedTicker(ticks=[])
        self._rows = ColumnDataSource({"y": [], "name": []})
        self._borders = ColumnDataSource({"y": []})
        rows = (
            figure.hspan("y", source=self._rows, line_alpha=0, line_width=3)
            if hasattr(figure, "hspan")
            else None
        )
        if rows is not None:
            figure.add_tools(
                HoverTool(renderers=[rows], tooltips=TIP, formatters={"$x": "datetime"}, visible=False)
            )
            figure.hspan("y", source=self._borders, line_color=theme.FAINT, line_width=1)
        self._sides = [
            BoxAnnotation(fill_color=theme.PAPER, fill_alpha=0.72, line_color=None, visible=False)
            for _ in "lr"
        ]
        for side in self._sides:
            figure.add_layout(side)
        self._order, self._of_sites = pd.DataFrame(), ""
        self._shown: xr.DataArray | None = None
        self.renewed()
        on_view(figure, self._view_changed)
        figure.on_event(MouseEnter, lambda _: self.link.enter("site"))
        figure.on_event(Tap, self._tapped)
        return pane(figure)

    # For the link

    @property
    def is_heavy(self) -> bool:
        """Yes: each picture is a pass over the rows."""
        return True

    def renewed(self) -> None:
        """Set which site stands in which row, and the whole time axis."""
        order, span = site_order(self.selection), self.selection.span
        if order.equals(self._order):
            return
        self._order = order
        top = len(order)
        self._rows.data = {"y": top - np.arange(top) - 0.5, "name": order["name"].tolist()}
        begins = np.flatnonzero(~order.duplicated("group"))
        self._borders.data = {"y": top - begins[1:].astype(float)}
        ends = {"start": ms_of(span[0]), "end": ms_of(span[1] + ONE_DAY)}
        self._figure.x_range.update(**ends, reset_start=ends["start"], reset_end=ends["end"])
        self._figure.y_range.update(start=0, end=top, reset_start=0, reset_end=top)
        self._name_rows()

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:  # noqa: ARG002
        """Return what the answer depends on: what is shown, and the filters but the day's."""
        others = {name: choice for name, choice in selection.filters.items() if name != "day"}
        return selection.identity, tuple(others.items()), self.view

    def compute(self, selection: Selection, options: Mapping[str, Any]) -> Any:  # noqa: ARG002
        """Return the records in each pixel, and the rows that the filters leave; one pass over the rows."""
        view = self.view
        counted = raster_data(selection, self._order, view) if view is not None else xr.DataArray(0)
        return (
            counted,
            rows_with_records(self._order, selection),
            str([getattr(selection, n) for n in OF_SITES]),
        )

    def html(self, found: Any) -> str:  # noqa: ARG002
        """Return nothing: all is in the figure."""
        return ""

    def show(self, found: Any) -> None:
        """Send the picture; bring the rows that new filters leave to full height."""
        counted, rows, of_sites = found
        if counted.ndim:
            self._put(counted)
        if of_sites != self._of_sites:
            self._of_sites = of_sites
            self._set_rows(*rows)

    def mark(self) -> None:
        """Fade what is outside the chosen days."""
        day = self.selection.day
        for side in self._sides:
            side.visible = day is not None
        if day is not None:
            self._sides[0].right, self._sides[1].left = ms_of(day[0]), ms_of(day[1] + ONE_DAY)

    def sketch(self) -> str:
        """Return nothing: all is in the figure."""
        return ""

    def begin(self, found: Any) -> None:  # noqa: ARG002
        """Mark what the address chose; the picture waits until the size is known."""
        self.mark()
        self.forget()

    # What is shown

    @property
    def view(self) -> GridView | None:
        """What is shown now; None until the browser has said how large the raster is."""
        size, x_range = frame_size(self._figure), self._figure.x_range
        if size is None or self._order.empty:
            return None
        x0, x1 = sorted((x_range.start, x_range.end))
        first, last = self._shown_rows()
        return GridView(day_of(x0), max(day_of(x1 - 1), day_of(x0)), first, max(last, first + 1), *size)

    def _shown_rows(self) -> tuple[int, int]:
        """Return the rows between the ends of the axis, counted from the top while the axis rises."""
        n, ends = len(self._order), sorted((self._figure.y_range.start, self._figure.y_range.end))
        first = min(max(int(n - ends[1]), 0), max(n - 1, 0))
        return first, min(max(int(np.ceil(n - ends[0])), first), n)

    def _set_rows(self, first: int, last: int) -> None:
        """Bring rows ``first`` up to ``last`` to full height, at least ``LEAST_ROWS``."""
        missing = max(LEAST_ROWS - (last - first), 0)
        first = max(first - missing // 2, 0)
        last = min(max(last, first + LEAST_ROWS), max(len(self._order), 1))
        self._figure.y_range.update(start=len(self._order) - last, end=len(self._order) - first)
        self._view_changed()

    def _put(self, counted: xr.DataArray) -> None:
        self._shown = counted
        n = counted.to_numpy()
        days, lines = counted.attrs["days"], counted.attrs["lines"]
        self._sources["grid"].data = {
            "image": [shades(widened(n))],
            "x": [ms_of(dt.date.fromisoformat(counted.attrs["first_day"]))],
            "y": [len(self._order) - counted.attrs["last"]],
            "dw": [n.shape[1] * days * DAY_MS],
            "dh": [n.shape[0] * lines],
        }

    def _view_changed(self) -> None:
        self._name_rows()
        self.link.ask_soon()

    def _name_rows(self) -> None:
        """Write the names of the sites where there is room, else those of the libraries."""
        first, last = self._shown_rows()
        top, shown = len(self._order), self._order.iloc[first:last]
        if len(shown) <= NAMED_ROWS:
            ticks = {top - first - i - 0.5: _cut(name) for i, name in enumerate(shown["name"])}
        else:
            rows = pd.Series(np.arange(first, last), index=shown["group"])
            middle = top - rows.groupby(level=0).mean() - 0.5
            ticks = {at: _cut(label_name("libraries", code)) for code, at in middle.items()}
        axis = self._figure.yaxis[0]
        axis.ticker.ticks = list(ticks)
        axis.major_label_overrides = ticks

    def _tapped(self, event: Tap) -> None:
        counted = self._shown
        if counted is None:
            return
        days, lines, last = (counted.attrs[name] for name in ("days", "lines", "last"))
        up = int((event.y - (len(self._order) - last)) // lines)
        below = last - up * lines
        sites = self._order["site_id"].iloc[max(below - lines, 0) : max(below, 0)].tolist()
        begin = dt.date.fromisoformat(counted.attrs["first_day"])
        first = begin + (day_of(event.x) - begin) // (days * ONE_DAY) * days * ONE_DAY
        if sites:
            self.selection.param.update(site=sites, day=(first, first + (days - 1) * ONE_DAY))


def _blank() -> Any:
    days = np.array(["2000-01-01", "2000-01-02"], "datetime64[ns]")
    coords = {"site": [0.5, 1.5], "day": days}
    return raster_plot(xr.DataArray(np.zeros((2, 2), np.uint32), coords, ("site", "day"), attrs={"lines": 1}))


def _cut(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1] + "…"
