"""Boundaries of the province, its prefectures and counties, simplified so that neighbours share borders.

Longitude and latitude in degrees, WGS-84, from the province's pack; its ``boundaries/NOTICE`` says where they come from and
what was changed. ``shuju pack build`` makes the file.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import shapely

from shuju.standard.pack import pack
from shuju.standard.regions import regions

FILE = "boundaries/counties.topojson"  # within the pack


@cache
def boundaries(level: str) -> dict[str, shapely.MultiPolygon]:
    """Return the shape of each region of ``level`` (province, prefecture, county) by its code.

    Prefectures and province are unions of their counties, made of the same border lines. Do not
    change the dictionary: it is the one every caller gets.

    Raises:
        KeyError: there is no such level.
    """
    if level == "county":
        return _counties()
    if level == "prefecture":
        parents = {r.code: r.parent_code for r in regions("county")}
    elif level == "province":
        parents = {r.code: regions("province")[0].code for r in regions("county")}
    else:
        raise KeyError(f"没有层级 {level!r}；现有：province、prefecture、county")
    parts: dict[str, list[shapely.Geometry]] = {r.code: [] for r in regions(level)}
    for code, shape in _counties().items():
        parts[parents[code]].append(shape)
    return {code: _multi(shapely.coverage_union_all(shapes)) for code, shapes in parts.items()}


@cache
def _counties() -> dict[str, shapely.MultiPolygon]:
    """Read the TopoJSON: arcs of differences on a grid, rings of arcs (~k: arc k backwards)."""
    topology = json.loads((pack().folder / FILE).read_text("utf-8"))
    scale, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + origin for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> np.ndarray:
        parts = [arcs[k] if k >= 0 else arcs[~k][::-1] for k in numbers]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    return {
        county["id"]: shapely.MultiPolygon(
            [(ring(outer), [ring(hole) for hole in holes]) for outer, *holes in county["arcs"]]
        )
        for county in topology["objects"]["counties"]["geometries"]
    }


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if isinstance(shape, shapely.MultiPolygon) else shapely.MultiPolygon([shape])
