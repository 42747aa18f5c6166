"""The tree of who had it from whom (传播树): laid out by time and branch; the edges of large ones a Datashader raster."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, LinearScale, Range1d, Span
from bokeh.plotting import figure

from shuju.spread.arrival import HOURS
from shuju.views import theme
from shuju.views.axes import hour_ticks, quieten
from shuju.views.shading import shade_mapper, shades
from shuju.views.spread_charts import COLOURS, SOONEST, TICKS
from shuju.views.spread_data import GROUPS

RASTERED = (
    400  # edges, above which they are a raster: each a curve of its own would take the browser too long
)
CURVE = np.linspace(0, 1, 24)
PIXELS = (1100, 520)
START = SOONEST / 2  # where the origin stands, left of all copies
TIP = (
    '<div style="font:13px sans-serif;max-width:300px"><b>@site</b><br>发布后 @hours 小时 · 第 @generation 代<br>'
    "转自 @from（把握 @confidence{0%}）</div>"
)


def layout(copies: pd.DataFrame, origin_id: str) -> pd.DataFrame:
    """Return the nodes, the origin first: ``record_id``, ``parent`` (a row, −1 of the origin), ``x`` (hours, at least ``SOONEST``), ``y``.

    ``y`` is the place in depth-first order, children in the order of time, so that branches do not cross; half-way
    between its first and last child for a node that has any. A copy whose parent is not there hangs on the origin; so does one in a
    circle. O(n log n).
    """
    ids = np.r_[[origin_id], copies["record_id"].to_numpy(object)]
    parent = pd.Index(ids).get_indexer(copies["parent_id"].astype(object))
    parent = np.r_[-1, np.where(parent == np.arange(1, len(ids)), 0, np.maximum(parent, 0))]
    hours = np.r_[START, np.maximum(np.nan_to_num(copies["lag_hours"].to_numpy(float), nan=SOONEST), SOONEST)]
    _open_circles(parent)
    children: list[list[int]] = [[] for _ in ids]
    for node in np.argsort(hours[1:], kind="stable") + 1:
        children[parent[node]].append(int(node))
    return pd.DataFrame({"record_id": ids, "parent": parent, "x": hours, "y": _places(children)})


def _open_circles(parent: np.ndarray) -> None:
    """Hang one node of each circle on the origin."""
    while True:
        above = np.maximum(parent, 0)
        for _ in range(
            len(parent).bit_length()
        ):  # to the ancestor so many steps up that only circles are left
            above = above[above]
        circles = above[above > 0]
        if not len(circles):
            return
        parent[circles.min()] = 0


def _places(children: list[list[int]]) -> np.ndarray:
    """Return the place of each node: leaves one after another in depth-first order, others amid their children."""
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        stack += reversed(children[node])
    y = np.zeros(len(children))
    leaves = [node for node in order if not children[node]]
    y[leaves] = np.arange(len(leaves))
    for node in reversed(order):
        if children[node]:
            y[node] = (y[children[node][0]] + y[children[node][-1]]) / 2
    return y


def edge_lines(nodes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges as curves (edges × corners; x in log10 of hours): they leave the parent together and part late."""
    child = np.flatnonzero(nodes["parent"] >= 0)
    parent = nodes["parent"].to_numpy()[child]
    x, y = np.log10(nodes["x"].to_numpy()), nodes["y"].to_numpy(float)
    x0, x1, y0, y1 = (v[:, None] for v in (x[parent], x[child], y[parent], y[child]))
    t = CURVE[None, :]
    # A cubic whose inner points stand at the parent's height, then at the child's.
    middle = x0 + 0.35 * (x1 - x0)
    xs = (1 - t) ** 3 * x0 + 3 * (1 - t) ** 2 * t * middle + 3 * (1 - t) * t**2 * middle + t**3 * x1
    ys = (1 - t) ** 3 * y0 + 3 * (1 - t) ** 2 * t * y0 + 3 * (1 - t) * t**2 * y1 + t**3 * y1
    return xs, ys


def tree_chart(
    copies: pd.DataFrame, origin_id: str, origin: str, chosen: str, on_tap: Callable[[str], None]
) -> figure:
    """Return the tree of a document's copies (``spread_document``); a tap on a node gives its record id."""
    nodes = layout(copies, origin_id)
    end = max(float(nodes["x"].max()), HOURS[-1]) * 1.3
    n = max(float(nodes["y"].max()) + 1, 2)
    plot = figure(
        x_axis_type="log", height=int(np.clip(14 * n, 300, 620)), sizing_mode="stretch_width", toolbar_location=None,
        tools="", x_range=Range1d(START * 0.8, end), y_range=Range1d(n - 0.3, -0.7),
    )  # fmt: skip
    quieten(plot)
    plot.xaxis.ticker, plot.xaxis.formatter = FixedTicker(ticks=list(TICKS)), hour_ticks()
    plot.yaxis.visible = False
    for hours in HOURS:
        plot.add_layout(Span(location=hours, dimension="height", line_color=theme.FAINT, line_dash="dashed"))
    _draw_edges(plot, nodes)
    names = np.r_[[origin], copies["site"].to_numpy(object)]
    source = ColumnDataSource(
        {
            "x": nodes["x"], "y": nodes["y"], "site": names, "record_id": nodes["record_id"],
            "hours": np.r_[0, copies["lag_hours"].round(1)],
            "generation": np.r_[0, copies["generation"]],
            "from": np.where(nodes["parent"] >= 0, names[nodes["parent"]], "—"),
            "confidence": np.r_[1, copies["confidence"].to_numpy(float)],
            "colour": [theme.ACCENT, *copies["group"].map(COLOURS)],
            "size": np.r_[13, np.full(len(copies), 8 if len(copies) <= RASTERED else 5)],
            "ring": np.where(nodes["record_id"] == chosen, theme.INK, theme.PAPER),
            "width": np.where(nodes["record_id"] == chosen, 3, 0.6),
        }
    )  # fmt: skip
    dots = plot.scatter(
        "x", "y", source=source, size="size", fill_color="colour", line_color="ring", line_width="width"
    )
    plot.add_tools(HoverTool(renderers=[dots], tooltips=TIP, visible=False))
    plot.on_event(Tap, lambda event: _tapped(event, plot, nodes, on_tap))
    return plot


def _draw_edges(plot: figure, nodes: pd.DataFrame) -> None:
    xs, ys = edge_lines(nodes)
    if len(xs) <= RASTERED:
        plot.multi_line(
            (10**xs).tolist(), ys.tolist(), line_color=theme.BORDER, line_alpha=0.55, line_width=1.1
        )
        return
    import datashader as ds

    low, high = np.log10(plot.x_range.start), np.log10(plot.x_range.end)
    bottom, top = plot.y_range.end, plot.y_range.start
    gap = np.full((len(xs), 1), np.nan)
    frame = pd.DataFrame({"x": np.hstack([xs, gap]).ravel(), "y": np.hstack([ys, gap]).ravel()})
    canvas = ds.Canvas(*PIXELS, x_range=(low, high), y_range=(bottom, top))
    counts = canvas.line(frame, "x", "y", agg=ds.count()).to_numpy().astype(np.int64)
    # On a log axis an image would be stretched: the picture is drawn in its own pixels, on a linear axis of the same place.
    plot.extra_x_ranges, plot.extra_x_scales = {"log": Range1d(low, high)}, {"log": LinearScale()}
    plot.image(
        image=[shades(counts)], x=low, y=bottom, dw=high - low, dh=top - bottom, color_mapper=shade_mapper(), global_alpha=0.6,
        x_range_name="log", level="image",
    )  # fmt: skip


def _tapped(event: Tap, plot: figure, nodes: pd.DataFrame, on_tap: Callable[[str], None]) -> None:
    """Give the copy nearest to the tap, if it is near."""
    if event.x is None or event.x <= 0 or len(nodes) < 2:
        return
    wide = np.log10(plot.x_range.end / plot.x_range.start)
    high = abs(plot.y_range.end - plot.y_range.start)
    apart = np.hypot(
        (np.log10(nodes["x"]) - np.log10(event.x)) / wide, (nodes["y"] - event.y) / high * 0.5
    ).to_numpy()[1:]
    nearest = int(np.argmin(apart))
    if apart[nearest] < 0.03:
        on_tap(str(nodes["record_id"].iloc[nearest + 1]))


def legend_html() -> str:
    """Return which colour is which kind of site."""
    items = "".join(
        f'<span><i style="background:{COLOURS[g]}"></i>{name}</span>' for g, name in GROUPS.items()
    )
    return f'<div class="legend">{items}</div>'
