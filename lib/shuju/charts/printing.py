"""Elements as pictures without a browser: PNG for Word, SVG for plain pages; Chinese from the machine's fonts."""

from __future__ import annotations

import io
import threading
from functools import cache
from typing import Any

import numpy as np
import shapely

from shuju.charts import theme

DPI = 200
MILLIMETRES_PER_INCH = 25.4
FONTS = (
    "Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Noto Sans CJK JP", "Microsoft YaHei", "SimHei", "PingFang SC",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
)  # fmt: skip
_drawing = threading.RLock()  # Matplotlib's settings are those of the process


class NoChineseFontError(RuntimeError):
    """No font on this machine can write Chinese into a chart."""


@cache
def chinese_font() -> str:
    """Return the name of the first of ``FONTS`` that this machine has.

    Raises:
        NoChineseFontError: it has none; the message says what to install.
    """
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in FONTS:
        if name in known:
            return name
    raise NoChineseFontError(
        "没有找到中文字体，无法绘制图表；请安装思源黑体（Debian：apt install fonts-noto-cjk）"
    )


def png(element: Any, width_mm: float = 155, height_mm: float = 60) -> bytes:
    """Return an element as a PNG of 200 dpi."""
    return _picture(element, width_mm, height_mm, "png", {"Software": None})


def svg(element: Any, width_mm: float = 155, height_mm: float = 60) -> str:
    """Return an element as SVG, without the XML head, to stand in a page."""
    text = _picture(element, width_mm, height_mm, "svg", {"Date": None, "Creator": None}).decode()
    return text[text.index("<svg") :]


def _picture(element: Any, width_mm: float, height_mm: float, kind: str, metadata: dict[str, None]) -> bytes:
    import holoviews as hv
    import matplotlib as mpl

    from shuju.charts.look import load_backends

    load_backends()
    settings = {
        "font.family": chinese_font(), "font.size": 9, "axes.unicode_minus": False, "axes.edgecolor": theme.BORDER,
        "axes.labelcolor": theme.MUTED, "text.color": theme.INK, "xtick.color": theme.MUTED, "ytick.color": theme.MUTED,
        "svg.hashsalt": "shuju", "svg.fonttype": "none",
    }  # fmt: skip
    size = (width_mm / MILLIMETRES_PER_INCH, height_mm / MILLIMETRES_PER_INCH)
    with _drawing, mpl.rc_context(settings):
        figure = hv.render(_planar(element), backend="matplotlib")
        figure.set_size_inches(size)
        figure.set_layout_engine("constrained")
        file = io.BytesIO()
        figure.savefig(file, format=kind, dpi=DPI, metadata=metadata)
        figure.clear()
    return file.getvalue()


def _planar(element: Any) -> Any:
    """Return maps as plain polygons: what is already in metres need not be projected by Cartopy again."""
    import sys

    if "geoviews" not in sys.modules:
        return element
    import geoviews as gv
    import holoviews as hv

    def flat(polygons: Any) -> list[Any]:
        """Return plain polygons, one element for each colour: Matplotlib's renderer takes no colours by row."""
        style = hv.Store.lookup_options("matplotlib", polygons, "style").kwargs
        kept = {k: v for k, v in style.items() if k in ("edgecolor", "linewidth")}
        by_fill: dict[str, list[Any]] = {}
        for row in polygons.data:
            fill = row.get(style["facecolor"], style["facecolor"]) if row.get("shade", 1) > 0 else "none"
            by_fill.setdefault(fill, []).append(_rings(row))
        return [
            hv.Polygons(rows, ["x", "y"]).opts(facecolor=fill, color=fill, **kept, backend="matplotlib")
            for fill, rows in by_fill.items()
        ]

    parts = list(element) if isinstance(element, hv.Overlay) else [element]
    if not any(isinstance(part, gv.Polygons) for part in parts):
        return element
    plain = [new for part in parts for new in (flat(part) if isinstance(part, gv.Polygons) else [part])]
    plot = hv.Store.lookup_options("matplotlib", element, "plot").kwargs
    return hv.Overlay(plain).opts(**plot, backend="matplotlib")


def _rings(row: dict[str, Any]) -> dict[str, Any]:
    gap = np.full((1, 2), np.nan)
    rings = [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(row["geometry"])]
    corners = np.concatenate([piece for ring in rings for piece in (gap, ring)][1:])
    return {"x": corners[:, 0], "y": corners[:, 1]}
