"""The raster of time × site (时间 × 网站): a row a site, a column a day, each record counted where it falls."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.charts import look
from shuju.charts.rasters import image_plot
from shuju.facts.filters import Range
from shuju.facts.raster import raster
from shuju.facts.selection import Selection
from shuju.standard import code_list

HEIGHT_PIXELS = 440


@dataclass(frozen=True)
class GridView:
    """What the raster shows: days from ``first_day`` to ``last_day``, rows ``first`` up to ``last``, in pixels."""

    first_day: dt.date
    last_day: dt.date
    first: int
    last: int
    width: int
    height: int


def site_order(selection: Selection) -> pd.DataFrame:
    """Return the sites from top to bottom, by library, level, kind, name: ``site_id, name, group`` (the library).

    A site that the table of sites does not know comes last, named by its number.
    """
    sites = selection.resources.sites_frame()
    order = pd.DataFrame({"site_id": pd.array(selection.labels("site")[1:], "str")})
    order = order.merge(sites, "left", on="site_id")
    lists = {"library": "libraries", "level": "levels", "kind": "site_kinds"}
    rank = {
        column: order[column].map({code: i for i, code in enumerate(code_list(codes).codes)}).fillna(99)
        for column, codes in lists.items()
    }
    order = order.assign(
        name=order["name"].fillna(order["site_id"]), group=order["library"].fillna("未知"), **rank
    )
    return order.sort_values([*rank, "name"], kind="stable", ignore_index=True)[["site_id", "name", "group"]]


def raster_data(
    selection: Selection, order: pd.DataFrame | None = None, view: GridView | None = None
) -> xr.DataArray:
    """Return the records in each pixel (``site`` × ``day``, the bottom row first) under all filters but the day's.

    ``view`` is the part to show, all sites and days of the library if not given. ``attrs`` holds ``days`` and
    ``lines``, how many a pixel is wide and high. One pass over the rows.
    """
    order = site_order(selection) if order is None else order
    if view is None:
        view = GridView(*selection.span, 0, len(order), 1100, HEIGHT_PIXELS)
    rows = order["site_id"].iloc[view.first : view.last]
    filters = {name: choice for name, choice in selection.filters.items() if name != "day"}
    counts = raster(
        selection.facts, "day", "site", filters, x_shown=Range(view.first_day, view.last_day),  # type: ignore[attr-defined]
        y_shown=rows[::-1].tolist(), width=view.width, height=view.height,
    )  # fmt: skip
    n_days = (view.last_day - view.first_day).days + 1
    days, lines = (max(-(-n // size), 1) for n, size in ((n_days, view.width), (len(rows), view.height)))
    return counts.assign_attrs(days=days, lines=lines, first_day=view.first_day.isoformat(), last=view.last)


def rows_with_records(order: pd.DataFrame, selection: Selection) -> tuple[int, int]:
    """Return the first row that has records chosen and the one after the last; all rows if none has."""
    n = selection.chosen_counts("site").reindex(order["site_id"]).to_numpy()
    rows = np.flatnonzero(n > 0)
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, len(order))


def raster_plot(counts: xr.DataArray) -> Any:
    """Return the raster (``raster_data``) as an Image over days and rows."""
    shown = counts.assign_coords(
        {counts.dims[0]: np.arange(counts.sizes[counts.dims[0]]) * counts.attrs["lines"] + 0.5}
    )
    whole = {"yaxis": None}
    return look.laid_out(image_plot(shown), page={"height": HEIGHT_PIXELS}, print_={"aspect": 3, **whole})
