import pandas as pd
import pytest
import xarray as xr

from shuju.facts import Codes, FactSchema, FactsError, Range, cube, read_cube, write_cube, write_facts


@pytest.fixture(scope="module")
def facts(tmp_path_factory, schema, frame):
    return write_facts(tmp_path_factory.mktemp("facts"), schema, [frame(3_000)])


@pytest.mark.parametrize("dimensions", [["day"], ["genre", "day"], ["size", "genre", "site"]])
@pytest.mark.parametrize(
    "filters", [None, {"genre": {"要闻", "政策"}}, {"day": Range("2020-01-03", "2020-01-20")}]
)
def test_equals_a_group_by(facts, labelled, frame, dimensions, filters):
    rows = labelled(frame(3_000))
    if filters and "genre" in filters:
        rows = rows[rows["genre"].isin(filters["genre"])]
    elif filters:
        rows = rows[rows["day"].between("2020-01-03", "2020-01-20")]
    made = cube(facts, dimensions, filters)
    assert made["n"].dims == tuple(dimensions)
    assert made["n"].sum() + made.attrs["left_out"] == len(rows)
    assert made.attrs["left_out"] == ((rows["day"] == "未知").sum() if "day" in dimensions else 0)
    if "day" in dimensions:
        rows = rows[rows["day"] != "未知"]
    labels = {name: list(facts.labels(name)[name == "day" :]) for name in dimensions}
    for key, n in rows.groupby(dimensions).size().items():
        key = key if isinstance(key, tuple) else (key,)  # noqa: PLW2901
        at = [labels[name].index(label) for name, label in zip(dimensions, key, strict=True)]
        assert made["n"].values[tuple(at)] == n


def test_coordinates_are_labels(facts):
    made = cube(facts, ["day", "genre"])
    assert made["genre"].values.tolist() == ["无", "要闻", "公告", "政策"]
    assert made["day"].dtype == "datetime64[s]"
    assert made["day"].values[[0, 1]].astype(str).tolist() == ["2019-12-31T00:00:00", "2020-01-01T00:00:00"]
    assert made["n"].sel(day="2020-01-05", genre="要闻").item() > 0
    assert made["n"].sel(day=slice("2020-01-05", "2020-01-07")).sizes["day"] == 3


@pytest.mark.parametrize("rows", [0, 1, 500])
def test_zarr_round_trip(tmp_path, schema, frame, rows):
    made = cube(write_facts(tmp_path / "facts", schema, [frame(rows)]), ["day", "genre", "site"])
    for _ in range(2):  # the second time over the first
        write_cube(made, tmp_path / "cube.zarr")
        xr.testing.assert_identical(read_cube(tmp_path / "cube.zarr"), made)


def test_no_dimension_is_the_total(facts):
    assert cube(facts, [])["n"].item() == facts.n


def test_too_many_cells_are_refused(tmp_path):
    names = [f"d{k}" for k in range(9)]
    data = pd.DataFrame({name: [str(k) for k in range(20)] for name in names})
    facts = write_facts(tmp_path, FactSchema("t", tuple(Codes(name) for name in names)), [data])
    with pytest.raises(FactsError, match="组合过多"):
        cube(facts, names)
