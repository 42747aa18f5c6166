"""Where letters are about something: what their titles name before where they were sent."""

from __future__ import annotations

import pandas as pd
import pytest

from shuju.letters.scene import scene_of

YUELU, TIANXIN, LIUYANG = "430104", "430103", "430181"


def scene(rows):
    titles, regions = zip(*rows, strict=True)
    return scene_of(
        pd.DataFrame(
            {
                "title": pd.array(titles, "string"),
                "body": pd.array(["住在岳麓区的人写信"] * len(rows), "string"),
                "written_at": pd.Timestamp("2024-05-01"),
                "region_code": pd.array(regions, "string"),
                "topic_1": "城乡建设",
            }
        )
    )


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (("天心区新城花园漏水", TIANXIN), ("新城花园漏水", TIANXIN), True),
        (("天心区新城花园漏水", YUELU), ("新城花园漏水", TIANXIN), True),
        (("新城花园漏水", YUELU), ("新城花园漏水", TIANXIN), False),
        (("天心区新城花园漏水", YUELU), ("岳麓区新城花园漏水", YUELU), False),
        (("天心区到岳麓区的路不通", LIUYANG), ("路不通", LIUYANG), True),
        (("浏阳市大瑶镇路灯不亮", YUELU), ("路灯不亮", LIUYANG), True),
        (("浏阳市大瑶镇路灯不亮", "110101"), ("路灯不亮", LIUYANG), True),
        (("路灯不亮", "110101"), ("路灯不亮", LIUYANG), False),
        (("A3区的路", None), ("A3区的灯", None), True),
        (("A3区的路", None), ("A7县的灯", None), False),
        ((None, TIANXIN), ("", TIANXIN), True),
    ],
)
def test_the_county_that_a_title_names_comes_before_that_of_the_mailbox(one, other, is_same):
    county = scene([one, other]).county
    assert (county >= 0).all()
    assert (county[0] == county[1]) == is_same


def test_no_letters():
    columns = {"title": "string", "body": "string", "written_at": "datetime64[ns]", "region_code": "string"}
    none = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()} | {"topic_1": []})
    assert len(scene_of(none).day) == 0


def test_what_nobody_tells_is_not_known():
    found = scene([("漏水", None), ("漏水", "430000"), ("漏水", "430100")])
    assert found.county.tolist() == [-1, -1, -1]
    assert found.prefecture.tolist()[:2] == [-1, -1]
    assert found.prefecture[2] >= 0
