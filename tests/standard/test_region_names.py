"""Regions as offices write them in a column of their own."""

from __future__ import annotations

import pytest

from shuju.standard.region_names import read_region

READ = {
    "株洲市天元区": "430211", "湖南省/衡阳市/蒸湘区": "430408", "湖南省 常德市 武陵区": "430702", "天元": "430211",
    "湘西州": "433100", "湘西自治州吉首市": "433101", "邵东县": "430582", "望城县": "430112", "株洲县": "430212",
    "湖南衡阳": "430400", "衡阳": "430400", "衡阳县": "430421", "43": "430000", "4305": "430500", "430211005": "430211",
    "430211005003": "430211", "431121": "431181", "衡阳市蒸湘区红湘街道": "430408", "株洲高新区": "430200",
    "湘江新区": "430100", "衡陽市": "430400",
}  # fmt: skip
UNREAD = [
    "经开区", "市辖区", "城区", "外省", "不详", "110000", "广东省广州市", "430999", "天元区、芦淞区", "衡阳市天元区", "区",
    "天元区附近的人",
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), READ.items())
def test_region_is_read(text: str, code: str) -> None:
    assert read_region(text) == code


@pytest.mark.parametrize("text", UNREAD)
def test_what_names_no_region_or_several_is_not_read(text: str) -> None:
    assert read_region(text) is None
