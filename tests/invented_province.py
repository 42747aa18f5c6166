"""An invented province of 3 prefectures and 9 counties: what ``shuju pack build`` is given, and its pack."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from shuju.standard.pack_building import build_pack

CODE = "990000"
PREFECTURES = {"990100": "岚州市", "990200": "棠溪市", "999300": "鹭原苗族自治州"}
COUNTIES = {
    "990102": "望岚区", "990121": "溪畔县", "990122": "古渡县", "990202": "棠城区", "990221": "柳泊县", "990281": "砚桥市",
    "999301": "鹭原市", "999322": "松坪县", "999323": "枫岭苗族自治县",
}  # fmt: skip
SIZE, STEPS = 0.5, 10  # degrees a side of a county, corners on a side


def regions() -> list[dict[str, Any]]:
    """Return the code list: the province, its prefectures with their people, its counties."""
    return [
        {"code": CODE, "name": "岚江省", "population_2020": 6_600_000},
        *({"code": c, "name": n, "population_2020": 2_200_000} for c, n in PREFECTURES.items()),
        *({"code": c, "name": n, "population_2020": ""} for c, n in COUNTIES.items()),
    ]


def square(n: int) -> list[list[float]]:
    """Return the ring of the n-th county: three rows of three, neighbours share their corners."""
    x, y = 104 + n % 3 * SIZE, 31 + n // 3 * SIZE
    along = [k * SIZE / STEPS for k in range(STEPS)]
    ring = [
        *([x + t, y] for t in along),
        *([x + SIZE, y + t] for t in along),
        *([x + SIZE - t, y + SIZE] for t in along),
        *([x, y + SIZE - t] for t in along),
    ]
    return [[round(a, 6), round(b, 6)] for a, b in [*ring, ring[0]]]


def borders() -> dict[str, Any]:
    """Return the GeoJSON of the counties."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"adcode": code, "name": name},
                "geometry": {"type": "Polygon", "coordinates": [square(n)]},
            }
            for n, (code, name) in enumerate(COUNTIES.items())
        ],
    }


def towns() -> list[dict[str, str]]:
    """Return two townships of each county."""
    return [
        {"code": f"{code}{100 + k}", "name": f"{name[0]}{ending}"}
        for code, name in COUNTIES.items()
        for k, ending in enumerate(("湾镇", "林口镇"))
    ]


def write_inputs(
    folder: Path, geojson: dict[str, Any] | None = None, codes: list[dict[str, Any]] | None = None
) -> tuple[Path, Path, Path]:
    """Write borders, codes and townships, the province's unless others are given; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = (folder / "counties.geojson", folder / "codes.csv", folder / "towns.csv")
    paths[0].write_text(json.dumps(geojson or borders(), ensure_ascii=False), "utf-8")
    for path, rows in zip(paths[1:], (codes or regions(), towns()), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return paths


def invented_pack(folder: Path) -> Path:
    """Build the province's pack within ``folder`` and return where it is."""
    build_pack(folder / "pack", *write_inputs(folder / "inputs"))
    return folder / "pack"
