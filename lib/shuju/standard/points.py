"""Random points inside regions, so that a map can show every record as a dot of its own."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numba as nb
import numpy as np
import shapely

from shuju.standard.boundaries import boundaries
from shuju.standard.regions import region, regions

_CODES_WITHIN = {"province": 10_000, "prefecture": 100, "county": 1}
EARTH_RADIUS = 6378137.0  # metres, of EPSG:3857


def random_points(codes: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return for each region code a point inside that region: x and y in metres, EPSG:3857, float32.

    ``codes`` are integers, of counties, prefectures or the province, old codes too; 0 is no region: nan. A
    point is uniform over the area its region has on the map; it depends on ``seed`` and on its
    place in ``codes`` only. O(n), without the GIL.

    Raises:
        KeyError: a code is no region of the province.
    """
    codes = np.ascontiguousarray(codes, np.int64)
    x, y = np.empty(len(codes), np.float32), np.empty(len(codes), np.float32)
    bad = _sample(codes, np.uint64(seed), _triangles(), x, y)
    if bad >= 0:
        region(str(codes[bad]))  # says what is wrong
    return x, y


class _Triangles(NamedTuple):
    """The province in triangles, county by county: a region is a stretch of their summed areas."""

    first_code: int
    low: np.ndarray  # by code - first_code: where the region's stretch begins; nan where there is no region
    high: np.ndarray
    corners: np.ndarray  # (t, 6): x, y of the first corner, then the two edges from it
    ends: np.ndarray  # (t,): the summed area up to the end of each triangle
    guide: np.ndarray  # by share of the whole area: the first triangle that may hold it


@cache
def _triangles() -> _Triangles:
    counties = sorted(boundaries("county").items())
    codes, pieces = [], []
    for code, shape in counties:
        flat = shapely.transform(shape, web_mercator)
        parts = shapely.get_parts(shapely.constrained_delaunay_triangles(flat))
        pieces.append(shapely.get_coordinates(parts).reshape(-1, 4, 2)[:, :3])
        codes += [code] * len(parts)
    points = np.concatenate(pieces)
    edges = points[:, 1:] - points[:, :1]
    areas = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])
    ends = np.cumsum(areas)
    county_of = np.array(codes, np.int64)
    first = int(regions("province")[0].code)
    low, high = np.full(10_000, np.nan), np.full(10_000, np.nan)
    for known in regions():
        code = int(known.code)
        begin, end = np.searchsorted(county_of, [code, code + _CODES_WITHIN[known.level]])
        for name in {known.code, known.old_code} - {None}:
            low[int(name) - first], high[int(name) - first] = ends[begin] - areas[begin], ends[end - 1]
    steps = 4 * len(ends)
    guide = np.searchsorted(ends, np.arange(steps + 1) / steps * ends[-1], side="right")
    corners = np.concatenate([points[:, 0], edges.reshape(-1, 4)], axis=1)
    return _Triangles(first, low, high, corners, ends, np.minimum(guide, len(ends) - 1))


def web_mercator(degrees: np.ndarray) -> np.ndarray:
    """Return the EPSG:3857 metres of longitudes and latitudes (n, 2) in degrees."""
    radians = np.radians(degrees)
    y = np.log(np.tan(np.pi / 4 + radians[:, 1] / 2))
    return np.column_stack([radians[:, 0], y]) * EARTH_RADIUS


@nb.njit(cache=True, nogil=True)
def _sample(codes, seed, triangles, x, y):
    """Fill ``x`` and ``y``; return the place of the first code that is no region, or -1."""
    first_code, low, high, corners, ends, guide = triangles
    steps, whole = len(guide) - 1, ends[-1]
    for k in range(len(codes)):
        if codes[k] == 0:
            x[k] = y[k] = np.nan
            continue
        code = codes[k] - first_code
        if code < 0 or code >= len(low) or np.isnan(low[code]):
            return k
        counter = seed * np.uint64(0xD1342543DE82EF95) + np.uint64(3) * np.uint64(k)
        area = low[code] + _uniform(counter) * (high[code] - low[code])
        t = guide[min(int(area / whole * steps), steps)]
        while ends[t] <= area and t < len(ends) - 1:
            t += 1
        u, v = _uniform(counter + np.uint64(1)), _uniform(counter + np.uint64(2))
        if u + v > 1:
            u, v = 1 - u, 1 - v
        x[k] = corners[t, 0] + u * corners[t, 2] + v * corners[t, 4]
        y[k] = corners[t, 1] + u * corners[t, 3] + v * corners[t, 5]
    return -1


@nb.njit(cache=True, nogil=True)
def _uniform(counter):
    """Return a number in [0, 1) from a counter: SplitMix64 (Steele, Lea and Flood 2014)."""
    z = (counter + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
