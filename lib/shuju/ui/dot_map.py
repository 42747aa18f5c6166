"""The dot-density map (点密度图): every row a dot inside its county, counted anew for each view of the map.

The card has an option ``measure``; any other than ``dots`` colours the counties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuju.charts.counties import extent
from shuju.charts.county_map import county_plot
from shuju.charts.rasters import dots_plot
from shuju.charts.shading import shades, visible
from shuju.facts.raster import dots
from shuju.facts.selection import Selection
from shuju.ui.cards.charts import CountyMapCard, empty_counties
from shuju.ui.figures import frame_size


@dataclass(frozen=True)
class MapView:
    """What the map shows: ranges in metres (EPSG:3857), size in pixels."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    width: int
    height: int


class DotMapCard(CountyMapCard):
    """A county map under which each row is a dot; the dots are counted for what the browser shows."""

    LAYERS = ("dots", *CountyMapCard.LAYERS)

    def shows_dots(self, options: Mapping[str, Any]) -> bool:
        """Whether dots are wanted, rather than counties in the colours of their bands."""
        return options["measure"] == "dots"

    @property
    def is_heavy(self) -> bool:
        """Whether dots are wanted: they cost a pass over the rows."""
        return self.shows_dots(self.link.option_values())

    def _element(self) -> Any:
        import xarray as xr

        x0, y0, x1, y1 = extent()
        blank = xr.DataArray(
            np.zeros((2, 2), np.uint32), coords={"y": [y0, y1], "x": [x0, x1]}, dims=("y", "x")
        )
        return county_plot(empty_counties(), dots=dots_plot(blank))

    @property
    def view(self) -> MapView | None:
        """What is shown now; None until the browser has said how large the map is."""
        if self.root is None:
            return None
        size, figure = frame_size(self._figure), self._figure
        if size is None:
            return None
        return MapView(
            (figure.x_range.start, figure.x_range.end), (figure.y_range.start, figure.y_range.end), *size
        )

    def key(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return what the answer depends on: for dots also what is shown."""
        return super().key(selection, options), self.view if self.shows_dots(options) else None

    def compute(self, selection: Selection, options: Mapping[str, Any]) -> Any:
        """Return the counties' frame, the view, and its dots as shades; one pass over the rows."""
        found, view = super().compute(selection, options), self.view
        if found is None or view is None or not self.shows_dots(options):
            return None if found is None else (found, None, None)
        counted = dots(
            selection.shown, view.x_range, view.y_range, width=view.width, height=view.height,
            filters=selection.fact_filters
        )  # fmt: skip
        return found, view, shades(visible(counted.to_numpy()))

    def html(self, found: tuple[pd.DataFrame, Any, Any]) -> str:
        """Return the HTML of the card's slot."""
        return super().html(found[0])

    def counties(self, found: tuple[pd.DataFrame, Any, Any]) -> pd.DataFrame | None:
        """Return what the counties show, and put the dots under them."""
        frame, view, image = found
        if image is not None:
            (x0, x1), (y0, y1) = view.x_range, view.y_range
            self._sources["dots"].data = {
                "image": [image],
                "x": [x0],
                "y": [y0],
                "dw": [x1 - x0],
                "dh": [y1 - y0],
            }
        elif len(self._sources["dots"].data["image"]):
            self._sources["dots"].data = {name: [] for name in self._sources["dots"].data}
        return frame

    def viewed(self) -> None:
        """Count the dots anew where the map shows another part."""
        if self.shows_dots(self.link.option_values()):
            self.link.ask_soon()
