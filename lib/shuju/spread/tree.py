"""The tree of who had it from whom (传播树): laid out by time and branch; the edges of large ones a Datashader raster."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.charts.rasters import image_plot
from shuju.facts.selection import Selection
from shuju.spread.arrival import HOURS
from shuju.spread.arrival_curve import COLOURS, SOONEST, hour_ticks, limit_lines
from shuju.spread.one_document import document_data

# Edges, above which they are a raster: each a curve of its own would take the browser too long.
RASTERED = 400
CURVE = np.linspace(0, 1, 24)
PIXELS = (1100, 520)
START = SOONEST / 2  # where the origin stands, left of all copies
NEAR = 0.03  # of the picture: how far from a node a tap may be
TOOLTIP = "<b>@site</b><br>发布后 @hours 小时 · 第 @generation 代<br>转自 @from（把握 @confidence{0%}）"


def tree_data(selection: Selection, document_id: str = "") -> pd.DataFrame:
    """Return the nodes of a document's tree, the origin first: the columns of ``layout`` and what is told of each.

    These are ``site, hours, generation, from, group, confidence, colour, size``. O(copies log copies).
    """
    shown = document_data(selection, document_id)
    copies = shown.copies
    nodes = layout(copies, str(shown.row["origin_id"]))
    names = np.r_[[str(shown.row["site_name"])], copies["site"].to_numpy(object)]
    return nodes.assign(
        site=names,
        hours=np.r_[0, copies["lag_hours"].to_numpy(float).round(1)],
        generation=np.r_[0, copies["generation"].to_numpy(float)],
        **{"from": np.where(nodes["parent"] >= 0, names[nodes["parent"]], "—")},
        group=[shown.group, *copies["group"]],
        confidence=np.r_[1, copies["confidence"].to_numpy(float)],
        colour=[theme.ACCENT, *copies["group"].map(COLOURS)],
        size=np.r_[13, np.full(len(copies), 8 if len(copies) <= RASTERED else 5)],
    )


def layout(copies: pd.DataFrame, origin_id: str) -> pd.DataFrame:
    """Return the nodes, the origin first: ``record_id``, ``parent`` (a row, −1 of the origin), ``x`` (log10 of hours, at least ``SOONEST``), ``y``.

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
    return pd.DataFrame({"record_id": ids, "parent": parent, "x": np.log10(hours), "y": _places(children)})


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
    """Return the edges as curves (edges × corners): they leave the parent together and part late."""
    child = np.flatnonzero(nodes["parent"] >= 0)
    parent = nodes["parent"].to_numpy()[child]
    x, y = nodes["x"].to_numpy(float), nodes["y"].to_numpy(float)
    x0, x1, y0, y1 = (v[:, None] for v in (x[parent], x[child], y[parent], y[child]))
    t = CURVE[None, :]
    # A cubic whose inner points stand at the parent's height, then at the child's.
    middle = x0 + 0.35 * (x1 - x0)
    xs = (1 - t) ** 3 * x0 + 3 * (1 - t) ** 2 * t * middle + 3 * (1 - t) * t**2 * middle + t**3 * x1
    ys = (1 - t) ** 3 * y0 + 3 * (1 - t) ** 2 * t * y0 + 3 * (1 - t) * t**2 * y1 + t**3 * y1
    return xs, ys


def tree_plot(frame: pd.DataFrame, copy: str = "") -> Any:
    """Return the tree (``tree_data``) over the logarithm of hours: edges, then nodes; ``copy`` is ringed."""
    import holoviews as hv

    if len(frame) < 2:
        return look.blank("没有转载")
    x_range, n = tree_range(frame), _height(frame)
    nodes = frame.assign(**ring(frame, copy))
    columns = [
        "record_id",
        "site",
        "hours",
        "generation",
        "from",
        "confidence",
        "colour",
        "size",
        "ring",
        "width",
    ]
    dots = hv.Points(nodes, ["x", "y"], columns)
    tip = look.hover(TOOLTIP)
    dots = look.styled(
        dots,
        page={"color": "colour", "size": "size", "line_color": "ring", "line_width": "width", "tools": [tip]},
        print_={"color": "colour", "s": 14},
    )
    axes = {
        "xlim": x_range, "ylim": (-0.7, n - 0.3), "invert_yaxis": True, "yaxis": None,
        "xticks": hour_ticks(10 ** x_range[1]),
    }  # fmt: skip
    page = {"height": int(np.clip(14 * n, 300, 620)), **axes}
    overlay = hv.Overlay([*limit_lines(), _edges(frame, x_range), dots])
    return look.laid_out(overlay, page=page, print_={"aspect": 2, **axes})


def ring(frame: pd.DataFrame, copy: str) -> dict[str, list[Any]]:
    """Return the line around each node, colour (``ring``) and ``width``: dark and thick around ``copy``."""
    is_chosen = (frame["record_id"] == copy).to_numpy(bool)
    return {
        "ring": np.where(is_chosen, theme.INK, theme.PAPER).tolist(),
        "width": np.where(is_chosen, 3, 0.6).tolist(),
    }


def copy_at(frame: pd.DataFrame, x: float, y: float) -> str | None:
    """Return the record id of the copy nearest to a place of the picture, None if none is near."""
    if len(frame) < 2:
        return None
    low, high = tree_range(frame)
    apart = np.hypot((frame["x"] - x) / (high - low), (frame["y"] - y) / _height(frame) * 0.5).to_numpy()[1:]
    nearest = int(np.argmin(apart))
    return str(frame["record_id"].iloc[nearest + 1]) if apart[nearest] < NEAR else None


def tree_range(frame: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the axis of log10 of hours."""
    return float(np.log10(START * 0.8)), max(float(frame["x"].max()), float(np.log10(HOURS[-1]))) + 0.12


def _height(frame: pd.DataFrame) -> float:
    return max(float(frame["y"].max()) + 1, 2)


def _edges(frame: pd.DataFrame, x_range: tuple[float, float]) -> Any:
    import holoviews as hv

    xs, ys = edge_lines(frame)
    if len(xs) <= RASTERED:
        return look.styled(
            hv.Path([np.column_stack(edge) for edge in zip(xs, ys)]),
            page={"color": theme.BORDER, "line_alpha": 0.55, "line_width": 1.1},
            print_={"color": theme.BORDER, "alpha": 0.55, "linewidth": 0.7},
        )
    import datashader as ds

    gap = np.full((len(xs), 1), np.nan)
    lines = pd.DataFrame({"x": np.hstack([xs, gap]).ravel(), "y": np.hstack([ys, gap]).ravel()})
    canvas = ds.Canvas(*PIXELS, x_range=x_range, y_range=(-0.7, _height(frame) - 0.3))
    raster = image_plot(canvas.line(lines, "x", "y", agg=ds.count()).astype(np.uint32))
    return look.styled(raster, page={"alpha": 0.6}, print_={"alpha": 0.6})
