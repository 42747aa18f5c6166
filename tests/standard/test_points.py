import numpy as np
import pytest
import shapely

from shuju.standard.boundaries import boundaries
from shuju.standard.points import random_points, web_mercator
from shuju.standard.regions import regions


def on_map(level):
    return {code: shapely.transform(shape, web_mercator) for code, shape in boundaries(level).items()}


@pytest.mark.parametrize("level", ["province", "prefecture", "county"])
def test_points_lie_in_their_region(level):
    codes = np.repeat([int(r.code) for r in regions(level)], 300)
    x, y = random_points(codes, seed=3)
    assert x.dtype == y.dtype == np.float32
    for code, shape in on_map(level).items():
        mine = codes == int(code)
        assert shapely.contains_xy(shape.buffer(1), x[mine], y[mine]).all()  # float32 is exact to a metre
        assert len(set(zip(x[mine].tolist(), y[mine].tolist(), strict=True))) == 300


def test_points_are_uniform_over_the_area():
    shapes = on_map("county")
    n = 400_000
    x, y = random_points(np.full(n, 430000), seed=1)
    whole = sum(s.area for s in shapes.values())
    for code in ("430102", "430626", "431126"):  # the smallest, a large one, one with holes
        share = shapes[code].area / whole
        inside = shapely.contains_xy(shapes[code], x, y).sum()
        assert abs(inside - n * share) < 5 * np.sqrt(n * share)


def test_the_same_seed_gives_the_same_points():
    codes = np.array([430102, 430100, 430000] * 10)
    x, y = random_points(codes, seed=5)
    again, _ = random_points(codes.astype(np.int32), seed=5)
    other, _ = random_points(codes, seed=6)
    assert (x == again).all()
    assert not (x == other).any()
    assert np.isfinite(y).all()


def test_old_codes_are_known():
    shape = on_map("county")["431181"]
    x, y = random_points(np.full(100, 431121))
    assert shapely.contains_xy(shape.buffer(1), x, y).all()


def test_no_points_for_no_codes():
    x, y = random_points(np.array([], np.int64))
    assert len(x) == len(y) == 0


@pytest.mark.parametrize("code", [-1, 440000, 439999, 430001, 430199, 2**62])
def test_unknown_codes_are_refused(code):
    with pytest.raises(KeyError, match=str(code)):
        random_points(np.array([430102, code]))


def test_no_region_lies_nowhere():
    x, y = random_points(np.array([430102, 0, 430102]))
    assert np.isnan(x).tolist() == np.isnan(y).tolist() == [False, True, False]


def test_web_mercator_of_known_points():
    # EPSG:3857 of Guidance Note 7-2: 180 degrees are half the circumference.
    assert web_mercator(np.array([[180.0, 0.0], [0.0, 85.0511287798066]])) == pytest.approx(
        np.array([[20037508.342789, 0.0], [0.0, 20037508.342789]]), abs=1e-4
    )
