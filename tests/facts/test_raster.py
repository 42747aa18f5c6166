import numpy as np
import pandas as pd
import pytest

from shuju.facts import Codes, Crossfilter, FactSchema, FactsError, Range, dots, points, raster, write_facts

ROWS = 5_000


@pytest.fixture(scope="module")
def facts(tmp_path_factory, schema, frame):
    return write_facts(tmp_path_factory.mktemp("facts"), schema, [frame(ROWS)])


@pytest.mark.parametrize("filters", [{}, {"genre": {"要闻"}}, {"site": Range(5, 50), "genre": {"公告"}}])
def test_every_known_row_counts(facts, filters):
    made = raster(facts, "day", "site", filters)
    rows = Crossfilter(facts, filters=filters).rows(ROWS)
    days, sites = facts.take("day", rows), facts.take("site", rows)
    table = np.zeros((facts.size("site"), facts.size("day")), int)
    np.add.at(table, (sites, days), 1)
    np.testing.assert_array_equal(made.values, table[1:, 1:])
    assert made.dims == ("site", "day")
    assert made["site"].values.tolist() == list(facts.labels("site")[1:])
    assert made["day"].dtype == "datetime64[s]"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 1_000), (13, 40), (33, 300)])
def test_pixels_share_neighbours(facts, width, height):
    full = raster(facts, "day", "site")
    made = raster(facts, "day", "site", width=width, height=height)
    assert made.sizes["day"] <= width
    assert made.sizes["site"] <= height
    assert made.sum() == full.sum()
    starts = [
        full.get_index("day").get_indexer(made["day"]),
        full.get_index("site").get_indexer(made["site"]),
    ]
    expected = np.add.reduceat(np.add.reduceat(full.values, starts[0], axis=1), starts[1], axis=0)
    np.testing.assert_array_equal(made.values, expected)


def test_what_is_shown_and_in_which_order(facts):
    full = raster(facts, "day", "site")
    sites = ["s7", "s200", "s3"]
    made = raster(facts, "day", "site", x_shown=Range("2020-01-05", "2020-01-09"), y_shown=sites)
    expected = full.sel(site=sites, day=slice("2020-01-05", "2020-01-09"))
    np.testing.assert_array_equal(made.values, expected.values)
    assert made["site"].values.tolist() == sites
    assert raster(facts, "day", "genre", y_shown=["无", "要闻"]).sel(genre="无").sum() > 0


@pytest.mark.parametrize("shown", [["s1", "s1"], ["nowhere"], [-1], [10_000]])
def test_what_cannot_be_shown(facts, shown):
    with pytest.raises(FactsError):
        raster(facts, "day", "site", y_shown=shown)


@pytest.mark.parametrize("shown", [[], Range("2999-01-01", None), Range(5, 3)])
def test_nothing_shown(facts, shown):
    assert raster(facts, "site", "day", y_shown=shown).shape == (0, facts.size("site") - 1)


@pytest.mark.parametrize("filters", [{}, {"genre": {"要闻"}}])
def test_dots_are_the_histogram_of_the_points(facts, filters):
    rows = points(facts, filters)
    made = dots(facts, (0.1, 0.8), (0.0, 1.0), width=40, height=30, filters=filters)
    known = rows.dropna()
    expected, _, _ = np.histogram2d(known["y"], known["x"], (30, 40), ((0.0, 1.0), (0.1, 0.8)))
    # A coordinate on the border of two pixels may round to either.
    assert np.abs(made.values - expected).sum() <= 2
    assert made["x"].values[[0, -1]] == pytest.approx([0.10875, 0.79125])


def test_dots_on_the_frame_and_beyond(tmp_path):
    data = pd.DataFrame(
        {"x": [0.0, 1.0, 1.0, -0.1, 1.1, np.nan, np.inf], "y": [0.0, 1.0, 0.0, 0.5, 0.5, 0.5, 0.5], "d": "a"}
    )
    facts = write_facts(tmp_path, FactSchema("t", (Codes("d"),), x="x", y="y"), [data])
    made = dots(facts, (0, 1), (0, 1), width=2, height=2)
    assert made.values.tolist() == [[1, 1], [0, 1]]


def test_points_carry_codes_and_locators(facts):
    rows = points(facts, {"genre": {"要闻"}}, ["genre", "row"])
    assert rows.columns.tolist() == ["x", "y", "genre", "row"]
    assert set(rows["genre"]) == {1}
    np.testing.assert_array_equal(facts.take("row", rows.index), rows["row"])
    assert rows["x"].dtype == "float32"


@pytest.mark.parametrize(
    ("x", "y", "width"),
    [((1, 0), (0, 1), 9), ((0, 1), (0, 0), 9), ((0, 1), (0, 1), 0), ((0, 9), (0, 1), 1 << 28)],
)
def test_a_wrong_frame_is_refused(facts, x, y, width):
    with pytest.raises(FactsError):
        dots(facts, x, y, width=width, height=1)


def test_a_table_without_coordinates(tmp_path):
    facts = write_facts(tmp_path, FactSchema("t", (Codes("d"),)), [pd.DataFrame({"d": ["a"]})])
    for use in (points, lambda f: dots(f, (0, 1), (0, 1), width=1, height=1)):
        with pytest.raises(FactsError, match="没有坐标"):
            use(facts)
