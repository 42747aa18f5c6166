"""Counts per pixel → shades, as Datashader shades them; the browser adds the colours.

A shade is one byte a pixel, a quarter of what finished colours would weigh on the wire.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from datashader import transfer_functions

SHADES = 256
TABLE_SIZE = 1 << 16
SPARSE = 0.02


def visible(counts: np.ndarray) -> np.ndarray:
    """Return counts whose points are as large as few points must be to be seen: each pixel spread around it.

    A hundred rows are discs of nine pixels, some ten thousand single pixels. O(pixels) for each row of the disc.
    """
    n = int((counts > 0).sum())
    radius = 4 if n <= 300 else 3 if n <= 1_500 else 2 if n <= 6_000 else 1 if n <= 25_000 else 0
    if not n or not radius:
        return counts
    frame = xr.DataArray(counts.astype(np.uint32), dims=("y", "x"))
    return transfer_functions.spread(frame, px=radius, how="add").to_numpy()


def widened(counts: np.ndarray) -> np.ndarray:
    """Return counts of a raster with rows of their own, each a pixel wider to both sides where few pixels hold any."""
    if not 0 < (counts > 0).mean() < SPARSE:
        return counts
    wide = counts.copy()
    wide[:, 1:] = np.maximum(wide[:, 1:], counts[:, :-1])
    wide[:, :-1] = np.maximum(wide[:, :-1], counts[:, 1:])
    return wide


def shades(counts: np.ndarray) -> np.ndarray:
    """Return uint8 of the same shape: 0 where nothing is, else 1 to 255 by Datashader's ``eq_hist``.

    Histogram equalisation gives every shade the same number of pixels, so that structure shows
    whatever the range of the counts. O(pixels): where counts are small the histogram is the table of
    shades itself, without the sort and the interpolation that Datashader needs for any numbers.
    """
    if not counts.any():
        return np.zeros(counts.shape, np.uint8)
    if counts.max() >= TABLE_SIZE:
        equalised, _ = transfer_functions.eq_hist(counts, counts == 0)
        return np.where(np.isnan(equalised), 0, 1 + 254 * equalised).astype(np.uint8)
    histogram = np.bincount(counts.ravel())
    histogram[0] = 0
    table = 1 + 254 * (np.cumsum(histogram) / histogram.sum())
    table[0] = 0
    return table.astype(np.uint8)[counts]
