import datetime as dt
import json

import pytest

from shuju.facts import Bins, Codes, Days, FactSchema, FactsError
from shuju.facts.schema import from_json, to_json

DAY = Days("day", dt.date(2020, 1, 1))


def test_a_schema_survives_the_manifest(schema):
    assert from_json(json.loads(json.dumps(to_json(schema)))) == schema


@pytest.mark.parametrize(
    ("day", "code"),
    [("2020-01-01", 2), ("2020-01-02", 3), ("2019-12-31", 1), ("1900-01-01", 1), ("2024-02-29", 1522)],
)
def test_code_of_a_day(day, code):
    assert DAY.code(dt.date.fromisoformat(day)) == code


def test_labels_of_bins():
    assert Bins("size", (1, 2.5, 1000)).labels == ("1以下", "1至2.5", "2.5至1000", "1000及以上")


@pytest.mark.parametrize(
    ("dimensions", "rest", "message"),
    [
        ((), {}, "维度"),
        ((DAY, Codes("day")), {}, "重复"),
        ((DAY,), {"locators": ("day",)}, "重复"),
        ((DAY,), {"locators": ("second_of_day",)}, "重复"),
        ((DAY,), {"time": "hour"}, "没有名为 'hour' 的维度"),
        ((Codes("site"),), {"time": "site"}, "不是日期"),
        ((DAY,), {"x": "x"}, "同时"),
        ((Bins("size", ()),), {}, "由小到大"),
        ((Bins("size", (2, 1)),), {}, "由小到大"),
        ((Codes("site", ("a", "a")),), {}, "标签"),
        ((Codes("site", ("未知",)),), {}, "标签"),
        (tuple(Codes(f"d{k}") for k in range(101)), {}, "100"),
    ],
)
def test_what_cannot_be_stored_is_refused(dimensions, rest, message):
    with pytest.raises(FactsError, match=message):
        FactSchema("t", dimensions, **rest)
