"""The county map (县市区地图): counties in colours, prefectures' borders, points that matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuju.charts import look, theme
from shuju.charts.counties import county_shapes, extent, prefecture_shapes
from shuju.standard import region

if TYPE_CHECKING:
    from shuju.facts.selection import Selection

TOOLTIP = "<b>@name</b>（@prefecture）<br>@told"


def county_data(
    selection: Selection, dimension: str = "region", *, only_chosen: bool = False
) -> pd.DataFrame:
    """Return the counties in the order of their codes: ``code, name, prefecture, n, n_all``.

    ``n`` is under all filters but that of places, as a map shows what else could be chosen; with ``only_chosen`` under that too.
    """
    n, n_all = selection.codes_of(dimension), selection.codes_of_all(dimension)
    if only_chosen:
        n = selection.chosen_counts(dimension).to_numpy()
    at = {label: code for code, label in enumerate(selection.labels(dimension))}
    codes = list(county_shapes())
    return pd.DataFrame(
        {
            "code": codes,
            "name": [region(code).name for code in codes],
            "prefecture": [region(str(region(code).parent_code)).name for code in codes],
            "n": [int(n[at[code]]) for code in codes],
            "n_all": [int(n_all[at[code]]) for code in codes],
        }
    )


def county_plot(
    frame: pd.DataFrame,
    *,
    dots: Any = None,
    outlined: Sequence[str] = (),
    legend: Sequence[tuple[str, str]] = (),
) -> Any:
    """Return the counties of ``frame`` in their colours under the prefectures' borders.

    ``frame`` has ``code`` and ``name``, ``prefecture``, ``fill`` (a colour), ``shade`` (0 to 1, how opaque) and
    ``told`` (what the pointer shows); what is missing is blank. Elements in order: the raster of ``dots``
    (``rasters.dots_plot``) if there is one, counties, borders, the counties ``outlined``. ``legend`` holds colours
    and what they stand for; it is printed, a page has one of its own.
    """
    look.load_backends()  # before GeoViews, which adds its plots to the backends that are there
    import geoviews as gv
    import geoviews.plotting.bokeh
    import geoviews.plotting.mpl
    from cartopy import crs

    metres = crs.GOOGLE_MERCATOR
    rows = frame.set_index("code").reindex(list(county_shapes()))
    blank = {"fill": theme.PAPER, "shade": 0.0, "told": "", "name": "", "prefecture": ""}
    columns = {n: (rows[n].fillna(v) if n in rows else pd.Series(v, rows.index)) for n, v in blank.items()}
    shapes = county_shapes()
    counties = gv.Polygons(
        [{"geometry": shapes[c], **{n: columns[n][c] for n in blank}} for c in shapes],
        vdims=list(blank),
        crs=metres,
    )
    borders = gv.Polygons([{"geometry": shape} for shape in prefecture_shapes().values()], crs=metres)
    chosen = gv.Polygons([{"geometry": shapes[c]} for c in outlined if c in shapes], crs=metres)
    tip = look.hover(TOOLTIP, point_policy="follow_mouse")
    counties = look.styled(
        counties,
        page={
            "fill_color": "fill", "fill_alpha": "shade", "line_color": theme.BORDER_FAINT, "line_width": 0.5,
            "hover_fill_color": theme.ACCENT, "hover_fill_alpha": 0.18, "hover_line_color": theme.ACCENT, "tools": [tip],
        },
        print_={"facecolor": "fill", "edgecolor": theme.BORDER_FAINT, "linewidth": 0.4},
    )  # fmt: skip
    borders = look.styled(
        borders,
        page={"fill_color": None, "line_color": theme.BORDER, "line_width": 1.1},
        print_={"facecolor": "none", "edgecolor": theme.BORDER, "linewidth": 0.9},
    )
    chosen = look.styled(
        chosen,
        page={"fill_color": None, "line_color": theme.ACCENT, "line_width": 2.5},
        print_={"facecolor": "none", "edgecolor": theme.ACCENT, "linewidth": 2},
    )
    over = counties * borders * chosen
    return map_of(over if dots is None else dots * over, legend)


def map_of(overlay: Any, legend: Sequence[tuple[str, str]] = ()) -> Any:
    """Return elements in metres as a map of the province, without axes; ``legend`` is printed."""
    x0, y0, x1, y1 = extent()
    whole = {"xlim": (x0, x1), "ylim": (y0, y1), "xaxis": None, "yaxis": None}
    return look.laid_out(
        overlay,
        page={**whole, "aspect": (x1 - x0) / (y1 - y0)},
        print_={**whole, "aspect": (x1 - x0) / (y1 - y0), "hooks": [_legend(legend)] if legend else []},
    )


def _legend(entries: Sequence[tuple[str, str]]) -> Callable[[Any, Any], None]:
    def draw(plot: Any, _element: Any) -> None:
        from matplotlib.patches import Patch

        handles = [Patch(facecolor=fill, edgecolor=theme.BORDER_FAINT, label=told) for fill, told in entries]
        axes = plot.handles["axis"]
        axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.14, 0), frameon=False, fontsize=8)

    return draw
