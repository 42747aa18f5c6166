"""Data packs: built from borders and codes, refused by name, one in force a process."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shuju.standard import PackError, pack, use_province
from shuju.standard.pack import read_pack
from shuju.standard.pack_building import build_pack
from tests.invented_province import CODE, COUNTIES, borders, invented_pack, regions, square, write_inputs

IN_A_PROCESS = """
from shuju.standard import code_list, province, regions, region, use_province
from shuju.standard.boundaries import boundaries
from shuju.standard.points import random_points
from shuju.text.places import find_places
import numpy as np, sys
use_province(sys.argv[1])
print(province().name, len(regions("prefecture")), len(regions("county")), len(boundaries("county")))
print(",".join(code_list("libraries").codes), region("999300").short_name)
x, y = random_points(np.array([990102, 999300, 990000, 0]))
print(np.isfinite(x).tolist())
found = find_places(["岚州市望岚区的望湾镇停电，长沙市岳麓区没有"])
print(list(zip(found["name"], found["kind"], found["code"])))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return invented_pack(tmp_path_factory.mktemp("invented"))


def test_a_province_that_does_not_ship_is_in_force_by_its_folder(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "SHUJU_PROVINCE": ""},
        check=True,
    )
    assert done.stdout.splitlines() == [
        "岚江省 3 9 9",
        "990000,990100,990200,999300 鹭原",
        "[True, True, True, False]",
        "[('岚州市', 'prefecture', '990100'), ('望岚区', 'county', '990102'), ('望湾镇', 'town', '990102100'), "
        "('长沙市', 'outside', '430100'), ('岳麓区', 'outside', '430104')]",
    ]


def test_a_process_works_for_one_province(folder: Path) -> None:
    assert use_province(pack().code) == pack()
    with pytest.raises(PackError, match="请另起一个进程"):
        use_province(folder)
    assert read_pack("pack", folder.parent).code == CODE


REFUSED = [
    ("110000", "没有 110000 的数据包；随附的有：430000"),
    ("nowhere", "没有数据包文件夹"),
    (".", "不是完整的数据包，缺少：province.yaml、regions.csv、boundaries/counties.topojson"),
]


@pytest.mark.parametrize(("where", "said"), REFUSED)
def test_what_is_no_pack_is_refused(tmp_path: Path, where: str, said: str) -> None:
    with pytest.raises(PackError, match=said):
        read_pack(where, tmp_path)


def spoilt(change: Callable[[list[dict[str, Any]]], Any]) -> dict[str, Any]:
    found = copy.deepcopy(borders())
    change(found["features"])
    return found


def ring(features: list[dict[str, Any]], n: int, points: list[list[float]]) -> None:
    features[n]["geometry"]["coordinates"] = [points]


def moved(features: list[dict[str, Any]], move: Callable[[float, float], list[float]]) -> None:
    for n in range(len(features)):
        ring(features, n, [move(x, y) for x, y in square(n)])


BOW = [[104, 31], [104.5, 31.5], [104.5, 31], [104, 31.5], [104, 31]]
BAD_BORDERS = [
    (lambda f: moved(f, lambda x, y: [x * 1e5, y * 1e5]), "不是经纬度.*投影坐标"),
    (lambda f: moved(f, lambda x, y: [y, x]), "经纬度写反了"),
    (lambda f: moved(f, lambda x, y: [x - 100, y]), "不在中国境内"),
    (lambda f: f[2]["properties"].clear(), "第 3 个图形 ：没有代码"),
    (lambda f: f[1]["properties"].update(adcode="990102"), "第 2 个图形：代码 990102 已用过"),
    (lambda f: f.pop(), "代码表中的这些县市区没有边界：999323 枫岭苗族自治县"),
    (lambda f: f[0]["properties"].update(adcode="990199"), "这些边界的代码不是代码表中的县市区：990199"),
    (lambda f: ring(f, 0, BOW), "990102 望岚区 的边界自相交：Self-intersection"),
    (lambda f: ring(f, 0, [[x + 0.05, y] for x, y in square(0)]), "与邻县的边界不吻合.*990102 望岚区"),
    (lambda f: f[0].update(geometry={"type": "Point", "coordinates": [104, 31]}), "990102：不是多边形"),
    (lambda f: f.clear(), "没有图形"),
]


@pytest.mark.parametrize(("change", "said"), BAD_BORDERS, ids=[said for _, said in BAD_BORDERS])
def test_bad_borders_are_told_in_chinese(tmp_path: Path, change: Callable[..., Any], said: str) -> None:
    with pytest.raises(PackError, match=said):
        build_pack(tmp_path / "pack", *write_inputs(tmp_path, geojson=spoilt(change)))
    assert not (tmp_path / "pack").exists()


def test_another_system_is_refused(tmp_path: Path) -> None:
    told = borders() | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}}
    with pytest.raises(PackError, match="坐标系是 urn:ogc:def:crs:EPSG::4547；请先转换为经纬度"):
        build_pack(tmp_path / "pack", *write_inputs(tmp_path, geojson=told))


def codes(change: Callable[[list[dict[str, Any]]], Any]) -> list[dict[str, Any]]:
    found = copy.deepcopy(regions())
    change(found)
    return found


BAD_CODES = [
    (lambda rows: rows.append(rows[-1]), "代码 999323 写了 2 次"),
    (lambda rows: rows[4].update(code="99010"), "第 6 行：代码 '99010' 不是六位数字"),
    (lambda rows: rows[4].update(name=""), "第 6 行：没有名称"),
    (lambda rows: rows.pop(0), "应当有一个省级代码"),
    (lambda rows: rows[4].update(code="430102"), "430102 不是 99 开头"),
    (lambda rows: rows.pop(1), "990102 望岚区 的上级 990100 不在表中"),
]


@pytest.mark.parametrize(("change", "said"), BAD_CODES, ids=[said for _, said in BAD_CODES])
def test_bad_code_lists_are_told_in_chinese(tmp_path: Path, change: Callable[..., Any], said: str) -> None:
    with pytest.raises(PackError, match=said):
        build_pack(tmp_path / "pack", *write_inputs(tmp_path, codes=codes(change)))


def test_files_that_are_not_what_they_should_be_are_told(tmp_path: Path, folder: Path) -> None:
    counties, listed, towns = write_inputs(tmp_path)
    with pytest.raises(PackError, match="不是 GeoJSON"):
        build_pack(tmp_path / "pack", listed, listed)
    with pytest.raises(PackError, match="没有代码列；可用的列名"):
        build_pack(tmp_path / "pack", counties, counties)
    with pytest.raises(PackError, match="打不开"):
        build_pack(tmp_path / "pack", counties, tmp_path / "none.csv")
    towns.write_text("code,name\n430102001,某镇\n", "utf-8")
    with pytest.raises(PackError, match="这些乡镇街道的县级代码不在代码表中：430102001"):
        build_pack(tmp_path / "pack", counties, listed, towns)
    with pytest.raises(PackError, match="已有内容"):
        build_pack(folder, counties, listed)


def test_a_pack_has_the_departments_that_are_given_and_no_others(tmp_path: Path, folder: Path) -> None:
    assert read_pack(folder).rows("departments") == read_pack(folder).rows("holidays") == []
    given = tmp_path / "departments.csv"
    given.write_text("代码,名称,topic_1\nsjj,大数据局,科技与信息产业\nwb,文史馆,\n", "utf-8")
    n = build_pack(tmp_path / "pack", *write_inputs(tmp_path / "inputs"), given)
    assert (
        n["department"],
        [row["short_name"] for row in read_pack(tmp_path / "pack").rows("departments")],
    ) == (
        2,
        ["大数据局", "文史馆"],
    )
    given.write_text("code,name,topic_1\na,甲局,天文\na,,\n", "utf-8")
    with pytest.raises(
        PackError, match=r"写了不止一次：a\n.*第 3 行：没有代码或名称\n.*第 2 行：topic_1 .天文. 不是一级主题"
    ):
        build_pack(tmp_path / "other", *write_inputs(tmp_path / "inputs"), given)


WITHOUT_DEPARTMENTS = """
import sys
import pandas as pd
from shuju.demo.sites import departments
from shuju.spread.due import _subjects
from shuju.standard import list_rows, use_province
use_province(sys.argv[1])
sites = pd.DataFrame({"department": ["sthj", None]})
print(list_rows("departments"), len(list_rows("holidays")) > 80, len(departments()) > 20)
print([codes.tolist() for codes in _subjects(pd.DataFrame({"topic_1": ["环境保护"]}), sites)])
"""


def test_a_province_without_departments_works(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DEPARTMENTS, str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "SHUJU_PROVINCE": ""},
        check=True,
    )
    assert done.stdout.splitlines() == ["[] True True", "[[0], [-1, -1]]"]


@pytest.mark.real
def test_the_pack_that_ships_is_what_its_borders_give(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "hunan_geo"
    listed = tmp_path / "codes.csv"
    lines = [
        "code,name,parent_code",
        *(f"{r['code']},{r['name']},{r['parent_code']}" for r in pack().rows("regions")),
    ]
    listed.write_text("\n".join(lines), "utf-8")
    n = build_pack(tmp_path / "pack", source / "hunan_counties_122.geojson", listed, system="gcj02")
    assert (n["prefecture"], n["county"]) == (14, 122)
    file = "boundaries/counties.topojson"
    assert (tmp_path / "pack" / file).read_bytes() == (pack().folder / file).read_bytes()
    assert len(COUNTIES) == 9
