"""A data pack made from what a province has: a GeoJSON of its counties, a list of its codes, its townships if any.

Whatever is wrong with the inputs is told in Chinese, all of it at once. What becomes of the borders: ``borders.py``.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from shuju.standard.borders import GRID, TOLERANCE, simplified, topology
from shuju.standard.codes import LISTS
from shuju.standard.divisions import without_kind
from shuju.standard.pack import FILE, PackError

REGIONS = (
    "code", "name", "short_name", "level", "parent_code", "population_2020", "old_code", "short_name_is",
)  # fmt: skip
DEPARTMENTS = ("code", "name", "short_name", "topic_1")
SYSTEMS = {"wgs84": "WGS-84 或 CGCS2000 经纬度", "gcj02": "GCJ-02（高德、腾讯地图）经纬度"}
CODE_NAMES = ("code", "adcode", "行政区划代码", "代码", "区划代码")
NAME_NAMES = ("name", "名称", "行政区划名称", "县市区")
_DEGREES = re.compile(r"CRS84|EPSG:+(?:\d*:)?(?:4326|4490)$", re.IGNORECASE)
_TOLD = 8  # faults of one kind that are named


def build_pack(
    folder: Path,
    counties: Path,
    codes: Path,
    towns: Path | None = None,
    departments: Path | None = None,
    *,
    system: str = "wgs84",
    tolerance: float = TOLERANCE,
) -> dict[str, int]:
    """Write the pack ``folder`` of the province whose regions ``codes`` lists; return how many regions of each level it has.

    ``counties``: a GeoJSON in degrees of ``system``, one feature a county, with its code as ``adcode`` or ``code``.
    ``codes``: a CSV of code and name of the province, its prefectures and counties; ``short_name``, ``parent_code``,
    ``population_2020``, ``old_code`` and ``short_name_is`` where known. ``towns``: a CSV of code (9 digits) and name.
    ``departments``: a CSV of code and name of the province's departments; ``short_name``, and the topic that each answers for
    (``topic_1``), where known. Without it the pack has none, and no document is due at departments. Holidays are the national ones.

    Raises:
        PackError: one line a fault: a file that cannot be read, coordinates that are no degrees or of another system's
            order, codes that are missing, doubled or of another province, polygons that cross themselves or their
            neighbours; or the folder holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise PackError(f"{folder} 里已有内容：请换一个空文件夹")
    listed = _regions(codes)
    shapes = _shapes(counties, system)
    known = {row["code"]: row for row in listed}
    faults = _codes_apart(shapes, known)
    faults += _geometry_faults(shapes, known)
    of_towns = _towns(towns, known) if towns else []
    offices = _departments(departments) if departments else []
    if faults:
        raise PackError("\n".join(faults))
    borders = topology(simplified(shapes, system, tolerance))
    (folder / "boundaries").mkdir(parents=True, exist_ok=True)
    text = json.dumps(borders, separators=(",", ":")) + "\n"
    (folder / "boundaries/counties.topojson").write_text(text, "utf-8")
    (folder / "boundaries/NOTICE").write_text(
        f"由 {counties.name} 制成：坐标系 {SYSTEMS[system]}，落在 {GRID} 度的格网上并化简。仅供制图与计数，不作划界依据。\n",
        "utf-8",
    )
    _write(folder / "regions.csv", REGIONS, listed)
    _write(folder / "towns.csv", ("code", "name", "county_code"), of_towns)
    if offices:
        _write(folder / "departments.csv", DEPARTMENTS, offices)
    home = next(row for row in listed if row["level"] == "province")
    (folder / FILE).write_text(
        f'code: "{home["code"]}"\nabbreviation: {home["short_name"][0]}  # 发文字号、车牌所用的简称\n',
        "utf-8",
    )
    return dict(Counter(row["level"] for row in listed)) | {
        "town": len(of_towns),
        "department": len(offices),
    }


def _table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                {k.strip(): (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(file)
            ]
    except OSError as error:
        raise PackError(f"{path}：打不开：{error.strerror}") from None
    except UnicodeDecodeError:
        raise PackError(f"{path}：不是 UTF-8 编码，请另存为 UTF-8 的 CSV") from None


def _column(path: Path, rows: Sequence[dict[str, str]], names: Sequence[str], what: str) -> str:
    found = next((name for name in names if rows and name in rows[0]), None)
    if found is None:
        has = "、".join(rows[0]) if rows else "（空）"
        raise PackError(f"{path}：没有{what}列；可用的列名：{'、'.join(names)}；文件中有：{has}")
    return found


def _regions(path: Path) -> list[dict[str, str]]:
    """Return the rows of ``regions.csv``: the list's, with level, parent and short name where it tells none."""
    rows = _table(path)
    code, name = _column(path, rows, CODE_NAMES, "代码"), _column(path, rows, NAME_NAMES, "名称")
    faults = [
        f"{path} 第 {n} 行：代码 {row[code]!r} 不是六位数字"
        for n, row in enumerate(rows, 2)
        if not re.fullmatch(r"\d{6}", row[code])
    ]
    faults += [f"{path} 第 {n} 行：没有名称" for n, row in enumerate(rows, 2) if not row[name]]
    times = Counter(row[code] for row in rows)
    faults += [f"{path}：代码 {c} 写了 {k} 次" for c, k in times.items() if k > 1]
    homes = [row[code] for row in rows if row[code].endswith("0000")]
    if len(homes) != 1:
        faults.append(f"{path}：应当有一个省级代码（后四位为 0000），现有 {len(homes)} 个")
    else:
        faults += [
            f"{path}：{c} 不是 {homes[0][:2]} 开头，属于另一个省" for c in times if c[:2] != homes[0][:2]
        ]
    if faults:
        raise PackError("\n".join(faults))
    found = []
    for row in sorted(rows, key=lambda row: row[code]):
        own = row[code]
        level = "province" if own == homes[0] else "prefecture" if own.endswith("00") else "county"
        parent = {"province": "", "prefecture": homes[0], "county": f"{own[:4]}00"}[level]
        told = {column: row.get(column, "") for column in REGIONS}
        found.append(
            told
            | {"code": own, "name": row[name], "level": level}
            | {"short_name": told["short_name"] or without_kind(row[name])}
            | {"parent_code": told["parent_code"] or parent}
        )
    known = {row["code"] for row in found}
    faults = [
        f"{path}：{row['code']} {row['name']} 的上级 {row['parent_code']} 不在表中"
        for row in found
        if row["parent_code"] and row["parent_code"] not in known
    ]
    if faults:
        raise PackError("\n".join(faults))
    return found


def _shapes(path: Path, system: str) -> dict[str, shapely.Geometry]:
    """Return the polygons of the counties by their codes."""
    if system not in SYSTEMS:
        raise PackError(f"不认识的坐标系 {system!r}；可用：{'、'.join(SYSTEMS)}")
    try:
        data = json.loads(path.read_text("utf-8"))
        features = data["features"]
    except OSError as error:
        raise PackError(f"{path}：打不开：{error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise PackError(f"{path}：不是 GeoJSON 的 FeatureCollection") from None
    named = ((data.get("crs") or {}).get("properties") or {}).get("name", "CRS84")
    if not _DEGREES.search(str(named)):
        raise PackError(f"{path}：坐标系是 {named}；请先转换为经纬度（EPSG:4326 或 4490）")
    shapes: dict[str, shapely.Geometry] = {}
    faults = []
    for n, feature in enumerate(features, 1):
        told = feature.get("properties") or {}
        code = next((str(told[name]) for name in CODE_NAMES if told.get(name)), None)
        label = code or next((str(told[name]) for name in NAME_NAMES if told.get(name)), "")
        if code is None:
            faults.append(f"{path} 第 {n} 个图形 {label}：没有代码（属性 {'、'.join(CODE_NAMES)} 之一）")
            continue
        if code in shapes:
            faults.append(f"{path} 第 {n} 个图形：代码 {code} 已用过")
        try:
            shape = shapely.from_geojson(json.dumps(feature.get("geometry")))
        except shapely.GEOSException:
            shape = None
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
            faults.append(f"{path} 第 {n} 个图形 {label}：不是多边形")
        else:
            shapes[code] = shape
    faults += _no_degrees(path, list(shapes.values()))
    if faults:
        raise PackError("\n".join(faults))
    return dict(sorted(shapes.items()))


def _no_degrees(path: Path, shapes: list[shapely.Geometry]) -> list[str]:
    if not shapes:
        return [f"{path}：没有图形"]
    west, south, east, north = shapely.total_bounds(shapes)
    span = f"横 {west:.6g} 至 {east:.6g}，纵 {south:.6g} 至 {north:.6g}"
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        if west >= 3 and east <= 54 and south >= 73 and north <= 136:
            return [f"{path}：经纬度写反了（{span}）；GeoJSON 是先经度后纬度"]
        return [f"{path}：坐标不是经纬度（{span}），像是投影坐标；请先转换为 EPSG:4326 或 4490"]
    if west >= 3 and east <= 54 and south >= 73:
        return [f"{path}：经纬度写反了（{span}）；GeoJSON 是先经度后纬度"]
    if west < 73 or east > 136 or south < 3 or north > 54:
        return [f"{path}：坐标不在中国境内（{span}）"]
    return []


def _codes_apart(shapes: dict[str, Any], known: dict[str, dict[str, str]]) -> list[str]:
    """Return what the list has and the borders lack, and the other way."""
    counties = {code for code, row in known.items() if row["level"] == "county"}
    missing = [f"{code} {known[code]['name']}" for code in sorted(counties - set(shapes))]
    unknown = sorted(set(shapes) - counties)
    return [
        *_named("代码表中的这些县市区没有边界", missing),
        *_named("这些边界的代码不是代码表中的县市区", unknown),
    ]


def _named(what: str, names: Sequence[str]) -> list[str]:
    more = f" 等 {len(names)} 个" if len(names) > _TOLD else ""
    return [f"{what}：{'、'.join(names[:_TOLD])}{more}"] if names else []


def _geometry_faults(shapes: dict[str, shapely.Geometry], known: dict[str, dict[str, str]]) -> list[str]:
    """Return which polygons cross themselves, and which do not fit their neighbours."""

    def label(code: str) -> str:
        return f"{code} {known[code]['name']}" if code in known else code

    faults = [
        f"{label(code)} 的边界自相交：{shapely.is_valid_reason(shape)}"
        for code, shape in shapes.items()
        if not shapely.is_valid(shape)
    ]
    if faults:
        return faults
    codes, all_shapes = list(shapes), list(shapes.values())
    wrong = shapely.coverage_invalid_edges(all_shapes)
    apart = [
        label(code)
        for code, edges in zip(codes, wrong, strict=True)
        if edges is not None and not edges.is_empty
    ]
    return _named("这些县市区与邻县的边界不吻合（重叠，或同一条边的顶点不同）", apart)


def _towns(path: Path, known: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    rows = _table(path)
    code = _column(path, rows, (*CODE_NAMES, "code9"), "代码")
    name = _column(path, rows, NAME_NAMES, "名称")
    faults = []
    times = Counter(row[code] for row in rows)
    faults += _named(f"{path}：这些代码写了不止一次", [c for c, k in times.items() if k > 1])
    faults += _named(f"{path}：这些代码不是九位数字", [c for c in times if not re.fullmatch(r"\d{9}", c)])
    faults += _named(f"{path}：这些乡镇街道的县级代码不在代码表中", [c for c in times if c[:6] not in known])
    if faults:
        raise PackError("\n".join(faults))
    return [{"code": row[code], "name": row[name], "county_code": row[code][:6]} for row in rows]


def _departments(path: Path) -> list[dict[str, str]]:
    rows = _table(path)
    code = _column(path, rows, ("code", "代码"), "代码")
    name = _column(path, rows, ("name", "名称", "部门名称"), "名称")
    topics = {row["code"] for row in _table(LISTS / "topics.csv")}
    times = Counter(row[code] for row in rows)
    faults = _named(f"{path}：这些代码写了不止一次", [c for c, k in times.items() if k > 1])
    faults += [
        f"{path} 第 {n} 行：没有代码或名称" for n, row in enumerate(rows, 2) if not (row[code] and row[name])
    ]
    faults += [
        f"{path} 第 {n} 行：topic_1 {topic!r} 不是一级主题；可用：{'、'.join(sorted(topics))}"
        for n, row in enumerate(rows, 2)
        if (topic := row.get("topic_1")) and topic not in topics
    ]
    if faults:
        raise PackError("\n".join(faults))
    return [
        {
            "code": row[code],
            "name": row[name],
            "short_name": row.get("short_name") or row[name],
            "topic_1": row.get("topic_1", ""),
        }
        for row in rows
    ]


def _write(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
