"""The map of one document (到达地图): counties and prefectures by when its first copy arrived, up to a moment."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from shuju.charts import look, theme
from shuju.charts.counties import county_shapes, prefecture_shapes
from shuju.charts.county_map import county_plot, map_of
from shuju.facts.selection import Selection
from shuju.spread.one_document import document_data
from shuju.standard import region

# The moments (hours) at which the map can stand; the last is "by now".
STOPS = (0, 1, 2, 4, 8, 12, 24, 36, 48, 72, 120, 168, 336, 720, 2160)
NOW = len(STOPS)
LIMITS = (8, 24, 72, 168)
LIMIT_NAMES = ("8 小时内", "8–24 小时", "24–72 小时", "3–7 天", "更晚")
LEGEND = (*zip(theme.LAGS, LIMIT_NAMES, strict=True), (theme.PAPER, "未见转载"))


def moment_name(hours_index: int) -> str:
    """Return what a moment (a place in ``STOPS``, or ``NOW``) is called."""
    if hours_index >= NOW:
        return "至今"
    hours = STOPS[hours_index]
    return "发布之时" if hours == 0 else f"发布后 {hours} 小时" if hours < 72 else f"发布后 {hours // 24} 天"


MOMENTS = {str(at): moment_name(at) for at in range(NOW + 1)}


def lag_map_data(selection: Selection, document_id: str = "", hours_index: str = str(NOW)) -> pd.DataFrame:
    """Return counties, then prefectures: ``code, kind, name, prefecture, hours, is_here, fill, shade, told, is_origin``.

    ``hours`` is when the first copy arrived (inf: at no known time, NaN: never); ``is_here`` whether that was by the
    moment ``hours_index``. O(copies).
    """
    shown = document_data(selection, document_id)
    return map_frame(shown.copies, shown.row["region_code"], int(hours_index))


def map_frame(copies: pd.DataFrame, region_code: str | None, hours_index: int = NOW) -> pd.DataFrame:
    """Return what ``lag_map_data`` does, of copies (``group, region_code, lag_hours``)."""
    until = STOPS[hours_index] if hours_index < NOW else np.inf
    parts = []
    for kind, codes in (("county", list(county_shapes())), ("prefecture", list(prefecture_shapes()))):
        hours = first_arrivals(copies, kind).reindex(codes).to_numpy(float)
        is_here = hours <= until
        band = np.minimum(np.searchsorted(LIMITS, np.nan_to_num(hours, nan=np.inf)), len(LIMITS))
        blank = theme.PAPER if kind == "county" else theme.GROUND
        parts.append(
            pd.DataFrame(
                {
                    "code": codes,
                    "kind": kind,
                    "name": [region(code).name for code in codes],
                    "prefecture": [_around(code, kind) for code in codes],
                    "hours": hours,
                    "is_here": is_here,
                    "fill": np.where(is_here, np.array(theme.LAGS)[band], blank),
                    "shade": np.where(is_here, 1.0, 0.0) if kind == "county" else 1.0,
                    "told": [_told(h) for h in hours],
                    "is_origin": [code == region_code for code in codes],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def first_arrivals(copies: pd.DataFrame, group: str) -> pd.Series:
    """Return the hours after which the first site of each region (index: code) carried it; inf where no time can be true.

    ``group`` is ``county``, or ``prefecture`` for its own sites.
    """
    own = copies[copies["group"] == group]
    hours = own["lag_hours"].where(own["lag_hours"] >= 0, np.inf)
    return hours.groupby(own["region_code"].astype(object)).min()


def lag_map_plot(frame: pd.DataFrame) -> Any:
    """Return the map of ``lag_map_data``: counties, dots for prefectures' own sites, a star where the document is from."""
    import holoviews as hv

    seats, star = seats_of(frame), origin_of(frame)
    dots = look.styled(
        hv.Points(seats, ["x", "y"], ["fill", "name", "prefecture", "told"]),
        page={
            "size": 13, "fill_color": "fill", "line_color": theme.INK, "line_width": 1.2,
            "tools": [look.hover("<b>@name</b>（@prefecture）<br>@told")],
        },
        print_={"color": "fill", "s": 40, "edgecolors": theme.INK, "linewidth": 0.8},
    )  # fmt: skip
    origin = look.styled(
        hv.Points(star, ["x", "y"]),
        page={"marker": "star", "size": 15, "fill_color": theme.ACCENT, "line_color": theme.PAPER},
        print_={"marker": "*", "s": 90, "color": theme.ACCENT},
    )
    counties = county_plot(frame[frame["kind"] == "county"])
    return map_of(counties * dots * origin, LEGEND)


def seats_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the prefectures of ``frame`` with a point ``x, y`` (metres) in the middle of each."""
    rows = frame[frame["kind"] == "prefecture"]
    points = [_middles()[code] for code in rows["code"]]
    return rows.assign(x=[x for x, _ in points], y=[y for _, y in points])


def origin_of(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Return a point ``x, y`` within the county that published the document; nothing where none did."""
    shapes = [
        county_shapes()[code] for code in frame.loc[frame["is_origin"] & (frame["kind"] == "county"), "code"]
    ]
    points = [shape.representative_point() for shape in shapes]
    return {"x": [point.x for point in points], "y": [point.y for point in points]}


def blank_map() -> pd.DataFrame:
    """Return the map of a document that nobody carried."""
    nothing = pd.DataFrame({"group": [], "region_code": [], "lag_hours": []}, dtype=object)
    return map_frame(nothing.astype({"lag_hours": float}), None)


@cache
def _middles() -> dict[str, tuple[float, float]]:
    points = {code: shape.representative_point() for code, shape in prefecture_shapes().items()}
    return {code: (point.x, point.y) for code, point in points.items()}


def _around(code: str, kind: str) -> str:
    return region(str(region(code).parent_code)).name if kind == "county" else "市州本级"


def _told(hours: float) -> str:
    if np.isnan(hours):
        return "未见转载"
    return "有转载，时间不可靠" if np.isinf(hours) else f"首个转载晚 {hours:.1f} 小时"
