"""A region that a text tells counts within the prefecture that it tells first: the rest is where somebody comes from, or part of a word."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from shuju import catalog
from shuju.library.batch import RawBatch
from shuju.library.sampling import raw_fields
from shuju.library.standardise import Context, standardise

# Codes that stand for places, as an anonymised source has them; these are made up.
CODES = {
    "A市": "431100", "A2": "431103", "A7": "431123", "B市": "430900", "B3": "430902", "B10": "430921", "B6": "430981",
}  # fmt: skip
PLACES = {
    "a county of the title": ("B3区路灯不亮", "", "430902"),
    "a county of the body, within the title's prefecture": ("A市的路灯不亮", "我住A2区的小区", "431103"),
    "a county elsewhere is where somebody comes from": ("A市的落户政策", "我是B6市人，在此务工", "431100"),
    "or a part of a word (会同时)": ("A市某小区虚假宣传", "道路B6县时交付", "431100"),
    "or of an estate's name": ("A市某某B10县房子开裂", "", "431100"),
    "the first county of the title counts": ("B3区到A市的班车", "", "430902"),
    "a road is no county": ("A7县路太堵", "", None),
    "nor is its north": ("反映A市的堵车", "A7县北路和B3区大道", "431100"),
    "a town whose name begins so": ("A7县路口镇的水", "", "431123"),
    "another": ("某厂排污", "位于A7县中路铺", "431123"),
    "a county behind a gap": ("希望B10 县修路", "", "430921"),
    "two counties": ("A2、A7区都停水", "", "431103"),
    "no place at all": ("停车难", "B3栋楼下", None),
    "the body alone": ("停车难", "我在A市，户口在B6市", "431100"),
}


@pytest.mark.parametrize(("title", "body", "code"), PLACES.values(), ids=PLACES)
def test_where_a_letter_of_a_source_of_coded_places_is(
    title: str, body: str, code: str | None, tmp_path: Path
) -> None:
    lines = ["匿名代码,adcode", *(f"{name},{place}" for name, place in CODES.items())]
    (tmp_path / "place_codes.csv").write_text("\n".join(lines), encoding="utf-8")
    known = catalog.read()
    entry = known.source("tipdm_letters").inputs[0]
    raw = {
        "留言编号": "1",
        "留言用户": "w",
        "留言主题": title,
        "留言时间": "2019-01-02 08:00:00",
        "留言详情": body,
    }
    rows = pa.table({name: pa.array([value], pa.string()) for name, value in raw.items()})
    batch = RawBatch(rows, np.array([1]), [])
    made = standardise(batch, entry, known.table("letters"), None, Context(tmp_path, dt.datetime(2026, 1, 1)))
    assert made.rejected == []
    assert made.rows.column("region_code").to_pylist() == [code]


def test_what_a_field_is_made_of_is_told() -> None:
    told = raw_fields(catalog.read().source("tipdm_letters").inputs[0].fields["region_code"])
    assert told.endswith("须在 留言主题、留言详情 → extract → lookup 所在的市州内")
