"""Borders of counties made small: turned into WGS-84, put on a grid, simplified, and written as TopoJSON.

They are simplified as one coverage (Visvalingam–Whyatt on shared edges), so that neighbours still share borders, and cut
into arcs where borders meet.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from shuju.standard.pack import PackError

GRID = 1e-5  # degrees, about a metre
TOLERANCE = 0.002  # degrees: the square root of the area of a triangle that may go

Point = tuple[int, int]


def wgs84(gcj: np.ndarray) -> np.ndarray:
    """Return WGS-84 longitudes and latitudes (n, 2) of GCJ-02 ones, iterated to 1e-9 degrees."""
    guess = gcj.copy()
    for _ in range(20):
        step = gcj - (guess + _gcj_offset(guess))
        guess += step
        if np.abs(step).max() < 1e-9:
            break
    return guess


def _gcj_offset(wgs: np.ndarray) -> np.ndarray:
    """Return what GCJ-02 adds to WGS-84: the published approximation on the Krasovsky ellipsoid."""
    x, y = wgs[:, 0] - 105.0, wgs[:, 1] - 35.0
    pi = np.pi
    common = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + common
    north += (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + common
    east += (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    a, ee = 6378245.0, 0.00669342162296594323
    latitude = np.radians(wgs[:, 1])
    magic = 1 - ee * np.sin(latitude) ** 2
    north = np.degrees(north) / ((a * (1 - ee)) / (magic * np.sqrt(magic)))
    east = np.degrees(east) / (a / np.sqrt(magic) * np.cos(latitude))
    return np.column_stack([east, north])


def simplified(
    counties: dict[str, shapely.Geometry], system: str, tolerance: float
) -> dict[str, shapely.Geometry]:
    """Return the counties on the grid, in grid units, simplified as one coverage."""
    shapes = list(counties.values())
    turned = wgs84 if system == "gcj02" else np.asarray
    on_grid = shapely.transform(shapes, lambda xy: np.round(turned(xy) / GRID))
    shapes = shapely.coverage_simplify(on_grid, tolerance / GRID)
    if not shapely.coverage_is_valid(shapes) or not shapely.is_valid(shapes).all():
        raise PackError(f"化简到 {tolerance} 度后边界相交：请换一个 --tolerance")
    return dict(zip(counties, shapes, strict=True))


def topology(counties: dict[str, shapely.Geometry]) -> dict[str, Any]:
    """Return the TopoJSON of counties in grid units: each border between two of them is there once."""
    rings = {
        code: [
            [_ring(r) for r in (p.exterior, *p.interiors)]
            for p in shapely.get_parts(shapely.normalize(shape))
        ]
        for code, shape in counties.items()
    }
    neighbours: dict[Point, set[Point]] = defaultdict(set)
    for polygons in rings.values():
        for polygon in polygons:
            for ring in polygon:
                for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
                    neighbours[a].add(b)
                    neighbours[b].add(a)
    junctions = {point for point, beside in neighbours.items() if len(beside) != 2}
    arcs: dict[tuple[Point, ...], int] = {}
    objects = [
        {
            "type": "MultiPolygon",
            "id": code,
            "arcs": [[_arcs_of(ring, junctions, arcs) for ring in polygon] for polygon in polygons],
        }
        for code, polygons in sorted(rings.items())
    ]
    origin = np.min([point for arc in arcs for point in arc], axis=0)
    coded = []
    for arc in arcs:
        points = np.array(arc, np.int64) - origin
        coded.append(np.vstack([points[:1], np.diff(points, axis=0)]).tolist())
    return {
        "type": "Topology",
        "transform": {"scale": [GRID, GRID], "translate": [round(v * GRID, 5) for v in origin.tolist()]},
        "objects": {"counties": {"type": "GeometryCollection", "geometries": objects}},
        "arcs": coded,
    }


def _ring(ring: shapely.LinearRing) -> list[Point]:
    return [(int(x), int(y)) for x, y in shapely.get_coordinates(ring)[:-1]]


def _arcs_of(ring: list[Point], junctions: set[Point], arcs: dict[tuple[Point, ...], int]) -> list[int]:
    """Return the arcs of a ring (~k: arc k backwards), adding those that are new to ``arcs``."""
    cuts = [k for k, point in enumerate(ring) if point in junctions]
    if not cuts:  # a ring of its own: begin where both its owners would
        cuts = [ring.index(min(ring))]
    ring = ring[cuts[0] :] + ring[: cuts[0]] + [ring[cuts[0]]]
    cuts = [k - cuts[0] for k in cuts] + [len(ring) - 1]
    found = []
    for start, end in pairwise(cuts):
        arc = tuple(ring[start : end + 1])
        if arc[::-1] in arcs:
            found.append(~arcs[arc[::-1]])
        else:
            found.append(arcs.setdefault(arc, len(arcs)))
    return found
