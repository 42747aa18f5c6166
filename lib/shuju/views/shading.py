"""Counts per pixel → shades, as Datashader shades them; the browser adds the colours.

A shade is one byte a pixel, a quarter of what finished colours would weigh on the wire.
"""

from __future__ import annotations

import numpy as np
from bokeh.models import LinearColorMapper
from bokeh.palettes import interp_palette
from datashader import transfer_functions

from shuju.views import theme

SHADES = 256


def shades(counts: np.ndarray) -> np.ndarray:
    """Return uint8 of the same shape: 0 where nothing is, else 1 to 255 by Datashader's ``eq_hist``.

    Histogram equalisation gives every shade the same number of pixels, so that structure shows
    whatever the range of the counts. O(pixels).
    """
    if not counts.any():
        return np.zeros(counts.shape, np.uint8)
    equalised, _ = transfer_functions.eq_hist(counts, counts == 0)
    return np.where(np.isnan(equalised), 0, 1 + 254 * equalised).astype(np.uint8)


def shade_mapper() -> LinearColorMapper:
    """Return the colours of the shades: none for 0, then the theme's sequence from light to dark."""
    palette = ["#ffffff00", *interp_palette(theme.SEQUENCE[1:], SHADES - 1)]
    return LinearColorMapper(palette=palette, low=-0.5, high=SHADES - 0.5)
