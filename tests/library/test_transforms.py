"""Named transforms: what each makes of a raw value."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from shuju.catalog import TransformName
from shuju.library import SourceError
from shuju.library.transforms import TRANSFORMS, apply

CASES = [
    # transform                               raw                          becomes
    ("integer_text", "39960.0", "39960"),
    ("integer_text", "A0012", "A0012"),
    ({"extract": r"(\d+)号"}, "第12号", "12"),
    ({"extract": r"\d+"}, "第12号", "12"),
    ({"extract": r"(?:第)(\d+)"}, "第12号", "12"),
    ({"extract": r"\d+"}, "无", None),
    ({"map": {"通知": "notice", "无": None}}, "通知", "notice"),
    ({"map": {"通知": "notice", "无": None}}, "无", None),
    ({"map": {"通知": "notice"}}, "公告", "公告"),
    ("host", "http://wjw.gz.gov.cn/a/b?x=1", "wjw.gz.gov.cn"),
    ("host", "WWW.gz.gov.cn:8080", "www.gz.gov.cn"),
    ({"slice": [0, 6]}, "4301000001", "430100"),
    ({"prefix": "demo-"}, "7", "demo-7"),
    ("html_text", "<p>一 &lt;二&gt;</p>三<br>四<script>x()</script><!-- 五 -->", "一 <二>\n三\n四"),
    ("html_text", "没有标签 a < b", "没有标签 a < b"),
    ("genre_of_column", "政策解读", "interpretation"),
    ("genre_of_column", "规范性文件", "policy"),
    ("genre_of_column", "图片", "notice"),
    ("birth_year_of_id", "11010519491231002X", "1949"),
    ("sex_of_id", "11010519491231002X", "female"),
]


@pytest.mark.parametrize(("transform", "raw", "expected"), CASES)
def test_transform(transform: Any, raw: str, expected: str | None) -> None:
    assert apply(pa.array([raw, None]), (transform,), Path()).to_pylist()[0] == expected


@pytest.mark.parametrize("name", TRANSFORMS)
def test_null_stays_null_and_nothing_stays_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("k,v\na,b\n", encoding="utf-8")
    arguments = {
        "extract": "a",
        "lookup": {"file": "t.csv", "key": "k", "value": "v"},
        "map": {"a": "b"},
        "prefix": "x",
        "slice": [0, 1],
    }
    step = {name: arguments[name]} if name in arguments else name
    assert len(apply(pa.array([], pa.string()), (step,), tmp_path)) == 0
    if name != "genre_of_column":
        assert apply(pa.array([None], pa.string()), (step,), tmp_path).to_pylist() == [None]


def test_lookup_in_a_file_beside_the_source(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("代码,区划\nA3,430104\n", encoding="utf-8")
    step = {"lookup": {"file": "t.csv", "key": "代码", "value": "区划"}}
    assert apply(pa.array(["A3", "Z9"]), (step,), tmp_path).to_pylist() == ["430104", None]
    for broken, message in (
        (step["lookup"] | {"file": "no.csv"}, "不存在"),
        (step["lookup"] | {"key": "x"}, "没有 'x' 列"),
    ):
        with pytest.raises(SourceError, match=message):
            apply(pa.array(["A3"]), ({"lookup": broken},), tmp_path)


def test_the_catalog_knows_every_transform() -> None:
    assert set(get_args(TransformName)) == set(TRANSFORMS)
