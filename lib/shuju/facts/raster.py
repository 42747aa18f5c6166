"""Rasters: every record counted into a grid, of two dimensions or of the map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts.filters import Filters, Label, Range, all_passing, code_of
from shuju.facts.kernels import OUT
from shuju.facts.passes import count_cells, count_dots, pick_rows
from shuju.facts.schema import FactsError
from shuju.facts.store import Facts

Shown = Range | Sequence[Label]


def raster(
    facts: Facts,
    x: str,
    y: str,
    filters: Filters | None = None,
    *,
    x_shown: Shown = Range(),  # noqa: B008 (frozen)
    y_shown: Shown = Range(),  # noqa: B008
    width: int | None = None,
    height: int | None = None,
) -> xr.DataArray:
    """Return ``n`` (uint32, dims ``y``, ``x``), the number of rows by two dimensions, under ``filters``.

    ``x_shown`` and ``y_shown`` say which codes and in which order: a ``Range`` (all but unknown),
    or labels in the order to show. Where there are more codes than ``width`` or ``height``
    pixels, neighbours share one; a coordinate is the label of its first code. O(rows + cells).
    """
    columns, x_labels = _axis(facts, x, x_shown, width)
    lines, y_labels = _axis(facts, y, y_shown, height)
    stride = len(x_labels)
    parts = {x: np.where(columns < 0, OUT, columns), y: np.where(lines < 0, OUT, lines * stride)}
    counts = count_cells(facts, parts, all_passing(facts, filters), stride * len(y_labels))
    return xr.DataArray(
        counts.reshape(len(y_labels), stride), coords={y: y_labels, x: x_labels}, dims=(y, x), name="n"
    )


def dots(
    facts: Facts,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    width: int,
    height: int,
    filters: Filters | None = None,
) -> xr.DataArray:
    """Return ``n`` (uint32, dims ``y``, ``x``), the number of rows in each pixel of the map.

    Coordinates are the pixels' centres, in the units of the table's ``x`` and ``y``; rows
    without coordinates, and those outside, are left out. O(rows + pixels).
    """
    _need_coordinates(facts)
    (x0, x1), (y0, y1) = x_range, y_range
    if not (x1 > x0 and y1 > y0 and width > 0 and height > 0):
        raise FactsError(f"地图范围 {x_range} × {y_range}（{width} × {height} 像素）有误")
    frame = (float(x0), float(y0), width / (x1 - x0), height / (y1 - y0))
    return xr.DataArray(
        count_dots(facts, all_passing(facts, filters), frame, height, width),
        coords={
            "y": y0 + (np.arange(height) + 0.5) * (y1 - y0) / height,
            "x": x0 + (np.arange(width) + 0.5) * (x1 - x0) / width,
        },
        dims=("y", "x"),
        name="n",
    )


def points(facts: Facts, filters: Filters | None = None, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return the coordinates (float32, NaN where there are none) of the rows that pass, for Datashader.

    Columns are the table's ``x`` and ``y``, then the codes or locators asked for; the index is
    the position. O(rows), and a copy: ``dots`` needs none.
    """
    _need_coordinates(facts)
    positions = pick_rows(facts, all_passing(facts, filters))
    names = (facts.schema.x, facts.schema.y, *columns)
    return pd.DataFrame({name: facts.take(name, positions) for name in names}, index=positions)


def _axis(facts: Facts, name: str, shown: Shown, pixels: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixel of each code (int64, -1 if not shown) and the label of each pixel."""
    size = facts.size(name)
    if isinstance(shown, Range):
        start = 1 if shown.start is None else max(code_of(facts, name, shown.start), 1)
        end = size - 1 if shown.end is None else min(code_of(facts, name, shown.end), size - 1)
        codes = np.arange(start, end + 1)
    else:
        codes = np.array([code_of(facts, name, label) for label in shown], np.int64)
        if len(np.unique(codes)) < len(codes) or np.any((codes < 0) | (codes >= size)):
            raise FactsError(f"维度 {name!r} 要显示的值有重复或不存在")
    share = max(-(-len(codes) // pixels), 1) if pixels is not None else 1
    pixel_of = np.full(size, -1, np.int64)
    pixel_of[codes] = np.arange(len(codes)) // share
    return pixel_of, facts.coordinate(name)[codes[::share]]


def _need_coordinates(facts: Facts) -> None:
    if facts.schema.x is None:
        raise FactsError(f"事实表 {facts.schema.name!r} 没有坐标")
