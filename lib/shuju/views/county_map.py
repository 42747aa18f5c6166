"""The dot-density map (点密度图): every record a dot inside its county, under the county borders.

Plain Bokeh, not HoloViews: a brush must move the dots and the counties' numbers alone, while an
update of HoloViews polygons sends all their corners again (0.15 s for 122 counties).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from bokeh.events import MouseEnter, Tap
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    PanTool,
    Range1d,
    WheelZoomTool,
)
from bokeh.plotting import figure

from shuju.facts import Facts, dots
from shuju.facts.filters import Filters
from shuju.standard import region
from shuju.standard.boundaries import boundaries
from shuju.standard.points import web_mercator
from shuju.views import axes, theme
from shuju.views.shading import shade_mapper, shades

# Borders are painted anew with every frame: a third of the corners does, to some 500 m.
TOLERANCE = 500
MARGIN = 0.015
TOOLBAR = 0.06
TOOLTIP = """<div style="font:13px sans-serif"><b>@name</b>（@city）<br>@shown</div>"""


@dataclass(frozen=True)
class MapView:
    """What the map shows: ranges in metres (EPSG:3857), size in pixels."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    width: int
    height: int


@cache
def county_shapes() -> dict[str, shapely.Geometry]:
    """Return each county's shape in metres (EPSG:3857); neighbours still share their borders."""
    shapes = boundaries("county")
    flat = [shapely.transform(shape, web_mercator) for shape in shapes.values()]
    return dict(zip(shapes, shapely.coverage_simplify(flat, TOLERANCE), strict=True))


@cache
def extent() -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of the province with a margin, and room for the toolbar at the right."""
    x0, y0, x1, y1 = shapely.total_bounds(list(county_shapes().values()))
    mx, my = MARGIN * (x1 - x0), MARGIN * (y1 - y0)
    return x0 - mx, y0 - my, x1 + mx + TOOLBAR * (x1 - x0), y1 + my


def county_at(x: float, y: float) -> str | None:
    """Return the code of the county at a point, None outside."""
    codes = list(county_shapes())
    hit = _tree().query(shapely.Point(x, y), predicate="intersects")
    return codes[int(hit[0])] if len(hit) else None


@cache
def _tree() -> shapely.STRtree:
    return shapely.STRtree(list(county_shapes().values()))


@cache
def county_lines() -> dict[str, list[np.ndarray]]:
    """Return the corners of each county as Bokeh draws them: parts apart by NaN."""
    lines: dict[str, list[np.ndarray]] = {"xs": [], "ys": []}
    for shape in county_shapes().values():
        rings = [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(shape)]
        gap = np.full((1, 2), np.nan)
        corners = np.concatenate([piece for ring in rings for piece in (gap, ring)][1:]).astype(np.float32)
        lines["xs"].append(corners[:, 0])
        lines["ys"].append(corners[:, 1])
    return lines


@cache
def prefecture_lines() -> dict[str, list[np.ndarray]]:
    """Return the prefectures' borders, made of the same lines as the counties'."""
    parents: dict[str, list[shapely.Geometry]] = {}
    for code, shape in county_shapes().items():
        parents.setdefault(str(region(code).parent_code), []).append(shape)
    rings = [
        shapely.get_coordinates(part.exterior).astype(np.float32)
        for shapes in parents.values()
        for part in shapely.get_parts(shapely.coverage_union_all(shapes))
    ]
    return {"xs": [ring[:, 0] for ring in rings], "ys": [ring[:, 1] for ring in rings]}


def map_dots(facts: Facts, view: MapView, filters: Filters | None) -> np.ndarray:
    """Return the shades (uint8, height × width) of all records that pass; one pass over the rows."""
    counts = dots(facts, view.x_range, view.y_range, width=view.width, height=view.height, filters=filters)
    return shades(counts.to_numpy())


class CountyMap:
    """The figure and its sources; ``on_view`` hears of a new view, ``on_tap`` of a county's code."""

    def __init__(
        self,
        on_view: Callable[[], None],
        on_tap: Callable[[str], None],
        on_enter: Callable[[], None],
        unit: str = "条",
    ):
        """Draw the borders once; they are never sent again. ``unit`` is what is counted."""
        self._unit = unit
        codes = list(county_shapes())
        self.codes = codes
        self.counties = ColumnDataSource(
            county_lines()
            | {
                "name": [region(code).name for code in codes],
                "city": [region(str(region(code).parent_code)).name for code in codes],
                "fill": [theme.PAPER] * len(codes),
                "shade": np.zeros(len(codes)),
                "shown": [""] * len(codes),
            }
        )
        self.chosen = ColumnDataSource({"xs": [], "ys": []})
        self._outlined: list[int] = []
        self.dots = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        self.figure = self._draw()
        axes.on_view(self.figure, on_view)
        self.figure.on_event(MouseEnter, lambda _: on_enter())
        self.figure.on_event(Tap, lambda event: self._tapped(event, on_tap))

    def _draw(self) -> figure:
        x0, y0, x1, y1 = extent()
        plot = figure(
            x_range=Range1d(x0, x1),
            y_range=Range1d(y0, y1),
            width_policy="max",
            height_policy="min",
            aspect_ratio=(x1 - x0) / (y1 - y0),
            toolbar_location="right",
            toolbar_inner=True,
            tools=axes.zoom_tools(PanTool()),
            min_border=0,
        )
        axes.quieten(plot)
        plot.toolbar.stylesheets = [":host(.bk-inner) { background: none; opacity: 1; }"]
        plot.toolbar.active_scroll = plot.select_one(WheelZoomTool)
        plot.axis.visible = False
        plot.image(
            "image", "x", "y", "dw", "dh", source=self.dots, color_mapper=shade_mapper(), level="image"
        )
        counties = plot.patches(
            "xs", "ys", source=self.counties,
            fill_color="fill", fill_alpha="shade", line_color=theme.BORDER_FAINT, line_width=0.5,
            hover_fill_color=theme.ACCENT, hover_fill_alpha=0.18, hover_line_color=theme.ACCENT,
        )  # fmt: skip
        plot.multi_line(
            "xs", "ys", source=ColumnDataSource(prefecture_lines()), line_color=theme.BORDER, line_width=1.1
        )
        plot.patches("xs", "ys", source=self.chosen, fill_color=None, line_color=theme.ACCENT, line_width=2.5)
        plot.add_tools(
            HoverTool(renderers=[counties], tooltips=TOOLTIP, point_policy="follow_mouse", visible=False)
        )
        return plot

    @property
    def view(self) -> MapView | None:
        """What is shown now; None until the browser has said how large the map is."""
        plot, size = self.figure, axes.frame_size(self.figure)
        if size is None:
            return None
        return MapView((plot.x_range.start, plot.x_range.end), (plot.y_range.start, plot.y_range.end), *size)

    def show_dots(self, view: MapView, image: np.ndarray) -> None:
        """Send the dots of ``view``."""
        (x0, x1), (y0, y1) = view.x_range, view.y_range
        self.dots.data = {"image": [image], "x": [x0], "y": [y0], "dw": [x1 - x0], "dh": [y1 - y0]}

    def show_counts(self, facts: Facts, n: np.ndarray, n_all: np.ndarray) -> None:
        """Send the counties' numbers, given by code of the facts' regions."""
        at = [facts.codes["region"][code] for code in self.codes]
        unit = self._unit
        texts = [
            f"所选 {a:,} {unit} · 全部 {b:,} {unit}"
            for a, b in zip(n[at].tolist(), n_all[at].tolist(), strict=True)
        ]
        self.counties.patch({"shown": [(slice(None), texts)]})

    def show_bands(self, texts: Sequence[str], bands: Sequence[int], colours: Sequence[str]) -> None:
        """Fill the counties (in the order of ``codes``) with the colour of their band, −1 with grey.

        Without ``colours`` they stay clear. ``texts`` are what the pointer shows.
        """
        every = slice(None)
        fill = [colours[band] if colours and band >= 0 else theme.FAINT for band in bands]
        shade = [0.0 if not colours else 0.92 if band >= 0 else 0.6 for band in bands]
        self.counties.patch(
            {"fill": [(every, fill)], "shade": [(every, shade)], "shown": [(every, list(texts))]}
        )

    def hide_dots(self) -> None:
        """Take the dots away."""
        if len(self.dots.data["image"]):
            self.dots.data = {name: [] for name in self.dots.data}

    def outline(self, chosen: Collection[str]) -> None:
        """Outline the counties that are chosen."""
        at = [i for i, code in enumerate(self.codes) if code in chosen]
        if at == self._outlined:
            return
        self._outlined = at
        self.chosen.data = {name: [corners[i] for i in at] for name, corners in county_lines().items()}

    @staticmethod
    def _tapped(event: Tap, on_tap: Callable[[str], None]) -> None:
        code = county_at(event.x, event.y)
        if code is not None:
            on_tap(code)
