"""The charts that are brushed and tapped: the trend with its brush, the county map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

import pandas as pd
import panel as pn
from bokeh.events import MouseEnter, Tap
from bokeh.models import BoxAnnotation, PanTool, Plot, Range1d, RangeTool

from shuju.charts import look, theme
from shuju.charts.counties import county_at, county_shapes, extent
from shuju.charts.county_map import county_plot
from shuju.charts.trend import trend_axis, trend_height, trend_layers, trend_plot
from shuju.desk.annotations import Annotation
from shuju.facts.selection import Selection
from shuju.standard import region
from shuju.ui.cards.live import LiveCard
from shuju.ui.figures import add_zoom, draw, frame_size, on_view, patch, rendered
from shuju.ui.trend_notes import add_layer, list_html, note_columns, notes_of, notes_version

DAY_MS = 86_400_000
NARROW = 500
_EPOCH = dt.datetime(1970, 1, 1)
Span = tuple[dt.date, dt.date]


def ms_of(day: dt.date) -> float:
    """Return where a day begins on a time axis."""
    return (dt.datetime.combine(day, dt.time()) - _EPOCH) / dt.timedelta(milliseconds=1)


def day_of(ms: float) -> dt.date:
    """Return the day at a place of a time axis."""
    return (_EPOCH + dt.timedelta(milliseconds=ms)).date()


def pane(figure: Plot) -> pn.pane.Bokeh:
    """Return a figure as wide as its card."""
    return pn.pane.Bokeh(figure, sizing_mode="stretch_width", margin=0)


class ChartCard(LiveCard):
    """A chart that is drawn anew whenever its data changes; for charts of a few hundred marks."""

    def make_root(self) -> pn.viewable.Viewable:
        """Return the pane in which it stands."""
        self._pane = pn.pane.Bokeh(None, sizing_mode="stretch_width", margin=0)
        return self._pane

    def room(self, found: Any) -> str:  # noqa: ARG002
        """Return the room of a usual chart."""
        return "--height: 190px"

    def begin(self, found: Any) -> None:
        """Show the first answer; on a served page once the browser shows what can be read without it."""
        if self.link.is_served:
            self.forget()
        else:
            self._draw(found)

    def show(self, found: Any) -> None:
        """Draw the chart."""
        super().show(found)
        self._draw(found)

    def _draw(self, found: Any) -> None:
        element = self.card.plot(found, **self.own_options()) if found is not None else None
        self._pane.object = None if element is None else self.finished(rendered(element), found)

    def finished(self, figure: Plot, found: Any) -> Plot:  # noqa: ARG002
        """Return the figure with what is its own."""
        return figure


class TrendCard(LiveCard):
    """The trend: its brush sets the filter on the day; groups and the earlier time are columns of the same figure.

    Annotations belong to who looks: they come with a visitor's session, never in the HTML that all of a role share.
    """

    HEIGHT = 190
    takes_notes = True

    def make_root(self) -> pn.viewable.Viewable:
        """Draw an empty trend with its brush."""
        self._figure, self._sources = draw(
            ("trend", self.selection.unit),
            lambda: trend_plot(_no_periods(), self.selection.unit),
            ("ghost", "bars", "then"),
            {"bars": {"bottom": "bottom"}},
        )
        self._notes = add_layer(self._figure)
        self._figure.tags = [{"assigns": "day", "layer": "bars"}]  # read by ``tasks.js``
        self._brush = Range1d(0, 0)
        overlay = BoxAnnotation(
            fill_color=theme.ACCENT, fill_alpha=0.14, line_color=theme.ACCENT, line_width=1.5, line_alpha=0.9
        )
        self._figure.add_tools(RangeTool(x_range=self._brush, start_gesture="pan", overlay=overlay))
        self._is_moving, self._height = False, self.HEIGHT
        self._shown: pd.DataFrame | None = None
        for name in ("start", "end"):
            self._brush.on_change(name, lambda _attr, _old, _new: self._brushed())
        self._figure.on_event(MouseEnter, lambda _: self.link.enter("day"))
        return pane(self._figure)

    @property
    def chosen(self) -> Span | None:
        """The days under the brush, both included; None if there is none."""
        start, end = sorted((self._brush.start, self._brush.end))
        if end - start < DAY_MS / 2:
            return None
        return day_of(start), max(day_of(end - 1), day_of(start))

    def room(self, found: pd.DataFrame) -> str:
        """Return the height of the trend."""
        return f"--height: {trend_height(found, self.HEIGHT)}px"

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the answer depends on, annotations too."""
        return super().key(selection, options), notes_version(selection.resources)

    def begin(self, found: pd.DataFrame) -> None:
        """Show the first answer."""
        self._put(found)
        self.mark()
        if notes := self._put_notes():
            self.send(self.html(found) + list_html(notes))

    def show(self, found: pd.DataFrame) -> None:
        """Send the bars if they changed."""
        self.send(self.html(found) + list_html(self._put_notes()))
        self._put(found)

    def _put_notes(self) -> list[Annotation]:
        """Send the annotations that whoever looks sees on this chart."""
        notes = notes_of(self.selection)
        told = note_columns(notes)
        if told != self._notes.data:
            self._notes.data = dict(told)
        return notes

    def mark(self) -> None:
        """Put the brush where the filter is, unless it is there already: the user may be holding it."""
        day = self.selection.day
        if self.chosen == day:
            return
        place = (ms_of(day[0]), ms_of(day[1] + dt.timedelta(days=1))) if day else (0, 0)
        self._is_moving = True
        self._brush.update(start=place[0], end=place[1])
        self._is_moving = False

    def _brushed(self) -> None:
        if not self._is_moving:
            self.selection.param.update(day=self.chosen)

    def _put(self, found: pd.DataFrame | None) -> None:
        if found is None or _is_same(found, self._shown):
            return
        for name, columns in trend_layers(found).items():
            self._sources[name].data = dict(columns)
        if self._shown is None or self._shown.attrs["span"] != found.attrs["span"]:
            first, last = (dt.date.fromisoformat(day) for day in found.attrs["span"])
            self._figure.x_range.update(start=ms_of(first), end=ms_of(last + dt.timedelta(days=1)))
        top, ticks = trend_axis(found)
        self._figure.y_range.update(start=0, end=top)
        look.set_ticks(self._figure.yaxis[0], ticks)
        height = trend_height(found, self.HEIGHT)
        if height != self._height:  # the browser's own, where one card fills the window, is left alone
            self._height = self._figure.height = height
        self._shown = found


def _is_same(found: pd.DataFrame, shown: pd.DataFrame | None) -> bool:
    """Whether two trends are the same picture; the days that are compared in words do not matter."""
    if shown is None or not found.equals(shown):
        return False
    return all(found.attrs.get(name) == shown.attrs.get(name) for name in ("unit", "span", "by"))


def _no_periods() -> pd.DataFrame:
    start = pd.to_datetime(["2000-01-01", "2000-01-02"])
    frame = pd.DataFrame({"start": start, "end": start + pd.Timedelta(days=1)})
    return frame.assign(n=0, n_all=0, ghost=0.0)


class CountyMapCard(LiveCard):
    """The county map: a tap on a county sets the filter on the region.

    What it shows is a frame with ``code, told`` and, for coloured counties, ``fill`` and ``shade``; a card of
    dots overrides ``dots``.
    """

    LAYERS = ("counties", "borders", "chosen")
    FIELDS: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "counties": {"fill_color": "fill", "fill_alpha": "shade"}
    }

    def make_root(self) -> pn.viewable.Viewable:
        """Draw the borders once; they are never sent again."""
        self._figure, self._sources = draw(
            ("county map", self.LAYERS),
            self._element,
            self.LAYERS,
            self.FIELDS,
        )
        add_zoom(self._figure, PanTool())
        self._outlined: list[str] = []
        self._figure.tags = [{"assigns": "region", "layer": "counties", "labels": list(county_shapes())}]
        self._figure.toolbar.stylesheets = [":host(.bk-inner) { background: none; opacity: 1; }"]
        x0, y0, x1, y1 = extent()
        self._figure.update(
            toolbar_location="right",
            toolbar_inner=True,
            sizing_mode="scale_width",
            aspect_ratio=(x1 - x0) / (y1 - y0),
        )
        on_view(self._figure, self._view_changed)
        self._figure.on_event(MouseEnter, lambda _: self.link.enter("region"))
        self._figure.on_event(Tap, self._tapped)
        return pane(self._figure)

    def _element(self) -> Any:
        return county_plot(empty_counties())

    def room(self, found: Any) -> str:  # noqa: ARG002
        """Return the shape of the map."""
        x0, y0, x1, y1 = extent()
        return f"--ratio: {(x1 - x0) / (y1 - y0):.4f}"

    def begin(self, found: Any) -> None:
        """Show the first answer."""
        self._put(found)
        self.mark()

    def show(self, found: Any) -> None:
        """Send the counties' colours and words."""
        self.send(self.html(found))
        self._put(found)

    def mark(self) -> None:
        """Outline the counties that are chosen."""
        chosen = [code for code in self.selection.region if code in county_shapes()]
        if chosen == self._outlined:
            return
        self._outlined = chosen
        rings = self._sources["counties"].data
        at = [list(county_shapes()).index(code) for code in chosen]
        self._sources["chosen"].data = {name: [rings[name][i] for i in at] for name in ("xs", "ys")}

    def _put(self, found: Any) -> None:
        frame = self.counties(found)
        if frame is not None:
            patch(
                self._sources["counties"],
                **{n: frame[n].tolist() for n in ("told", "fill", "shade") if n in frame},
            )

    def counties(self, found: Any) -> pd.DataFrame | None:
        """Return of an answer what the counties show, None where nothing changed."""
        return found

    def _view_changed(self) -> None:
        size = frame_size(self._figure)
        if size is not None and size[0] < NARROW and self._figure.toolbar.active_drag is not None:
            # A finger that drags there scrolls the page.
            self._figure.update(toolbar_location=None)
            self._figure.toolbar.active_drag = None
        self.viewed()

    def viewed(self) -> None:
        """Hear that the map shows another part."""

    def _tapped(self, event: Tap) -> None:
        code = county_at(event.x, event.y)
        if code is not None:
            self.link.toggle("region", code)


def empty_counties() -> pd.DataFrame:
    """Return the counties with their names and nothing else."""
    codes = list(county_shapes())
    return pd.DataFrame(
        {
            "code": codes,
            "name": [region(code).name for code in codes],
            "prefecture": [region(str(region(code).parent_code)).name for code in codes],
            "told": ["…"] * len(codes),
        }
    )
