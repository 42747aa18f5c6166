"""The shapes of counties and prefectures in metres (EPSG:3857), simplified for drawing."""

from __future__ import annotations

from functools import cache

import shapely

from shuju.standard import region
from shuju.standard.boundaries import boundaries
from shuju.standard.points import web_mercator

# Borders are painted anew with every frame: a third of the corners does, to some 500 m.
TOLERANCE_METRES = 500
MARGIN = 0.015


@cache
def county_shapes() -> dict[str, shapely.Geometry]:
    """Return each county's shape; neighbours still share their borders."""
    shapes = boundaries("county")
    flat = [shapely.transform(shape, web_mercator) for shape in shapes.values()]
    return dict(zip(shapes, shapely.coverage_simplify(flat, TOLERANCE_METRES), strict=True))


@cache
def prefecture_shapes() -> dict[str, shapely.Geometry]:
    """Return each prefecture's shape, made of the same lines as its counties'."""
    parents: dict[str, list[shapely.Geometry]] = {}
    for code, shape in county_shapes().items():
        parents.setdefault(str(region(code).parent_code), []).append(shape)
    return {code: shapely.coverage_union_all(shapes) for code, shapes in parents.items()}


@cache
def extent() -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of the province with a margin."""
    x0, y0, x1, y1 = shapely.total_bounds(list(county_shapes().values()))
    mx, my = MARGIN * (x1 - x0), MARGIN * (y1 - y0)
    return x0 - mx, y0 - my, x1 + mx, y1 + my


def county_at(x: float, y: float) -> str | None:
    """Return the code of the county at a point, None outside."""
    codes = list(county_shapes())
    hit = _tree().query(shapely.Point(x, y), predicate="intersects")
    return codes[int(hit[0])] if len(hit) else None


@cache
def _tree() -> shapely.STRtree:
    return shapely.STRtree(list(county_shapes().values()))
