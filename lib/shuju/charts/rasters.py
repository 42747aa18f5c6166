"""Rasters: every row counted in a pixel, shaded so that structure shows whatever the range of the counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.charts import look, theme
from shuju.charts.shading import SHADES, shades, visible


def dots_plot(counts: xr.DataArray | pd.DataFrame, *, width: int = 600, height: int = 600) -> Any:
    """Return the density of rows on the map as an Image.

    ``counts`` are the rows in each pixel (``shuju.facts.dots``), or a frame of points (``shuju.facts.points``),
    which Datashader then counts.
    """
    import holoviews as hv

    if isinstance(counts, pd.DataFrame):
        from holoviews.operation.datashader import rasterize

        shown = rasterize(hv.Points(counts, ["x", "y"]), width=width, height=height, dynamic=False)
        counts = shown.data[shown.vdims[0].name].fillna(0).astype(np.uint32)
    return image_plot(counts.copy(data=visible(counts.to_numpy())))


def image_plot(counts: xr.DataArray) -> Any:
    """Return counts by two coordinates as an Image of shades: none where nothing is, else from light to dark."""
    import holoviews as hv
    from bokeh.palettes import interp_palette

    y, x = counts.dims
    image = hv.Image(
        (counts[x].to_numpy(), counts[y].to_numpy(), shades(counts.to_numpy())), [str(x), str(y)], "shade"
    )
    palette = ["#ffffff00", *interp_palette(theme.SEQUENCE[1:], SHADES - 1)]
    look_ = {"cmap": palette, "clim": (-0.5, SHADES - 0.5)}
    return look.styled(image, page={**look_, "colorbar": False}, print_={**look_, "colorbar": False})
