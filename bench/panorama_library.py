"""A library for the panorama's benchmark: 620 sites and a few real records behind N random facts.

Only the fact table has N rows; the newest records are also in the library, so that the page's
table of records has something to show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.clock import now
from shuju.facts import append_facts
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.records import facts as record_facts
from shuju.standard import code_list, regions
from shuju.standard.points import random_points

YEARS = 5
REAL_RECORDS = 3_000
BATCH = 1 << 20
SOURCES = ("省级平台", "市州平台", "县级平台", "政策库", "媒体", "政务服务")
CATALOG = """
version: 1
sources:
  bench_sites:
    title: 性能测试网站
    licence: 合成数据
    refresh: once
    synthetic: true
    location: ../raw/sites
    inputs:
      - table: sites
        reader: csv
        fields: {site_id: 标识码, name: 名称, region_code: 区划, level: 层级, kind: 类别}
  bench_pages:
    title: 性能测试网页
    licence: 合成数据
    refresh: once
    synthetic: true
    location: ../raw/pages
    inputs:
      - table: records
        reader: json
        files: "*.jsonl"
        fields:
          {record_id: id, site_id: site, genre: genre, title: title, body: body, url: url, topic_1: topic, published_at: time}
"""


def make_library(home: Path, rows: int, seed: int = 1) -> Library:
    """Write the library and its fact table of ``rows`` rows, unless it is there already."""
    if (home / "rows").exists() and (home / "rows").read_text() == str(rows):
        return open_library(home)
    sites = random_sites(np.random.default_rng(seed))
    for name in ("catalog", "raw/sites", "raw/pages"):
        (home / name).mkdir(parents=True, exist_ok=True)
    (home / "catalog" / "bench.yaml").write_text(CATALOG, encoding="utf-8")
    sites.rename(
        columns={"site_id": "标识码", "name": "名称", "region": "区划", "level": "层级", "kind": "类别"}
    )[["标识码", "名称", "区划", "层级", "类别"]].to_csv(home / "raw/sites/sites.csv", index=False)
    _write_pages(home / "raw/pages/pages.jsonl", sites)
    library = open_library(home)
    ingest(library, "bench_sites")
    ingest(library, "bench_pages")
    facts = record_facts.build(library)
    append_facts(facts.path, random_batches(sites, rows - facts.n, seed), source_version=facts.source_version)
    (home / "rows").write_text(str(rows))
    return library


def random_sites(rng: np.random.Generator) -> pd.DataFrame:
    """Return 620 sites as the province has them: portals, departments, media."""
    rows: list[tuple[str, str, str, str]] = [
        ("湖南省人民政府门户网站", "430000", "province", "province_portal")
    ]
    rows += [
        (f"湖南省{name}", "430000", "province", "province_department")
        for name in list(code_list("departments").names.values())[:45]
    ]
    cities = regions("prefecture")
    rows += [(f"{c.name}人民政府门户网站", c.code, "prefecture", "prefecture_portal") for c in cities]
    departments = list(code_list("departments").names.values())
    rows += [
        (f"{c.name}{departments[i % len(departments)]}", c.code, "prefecture", "prefecture_department")
        for c in cities
        for i in range(30)
    ]
    rows += [(f"{c.name}人民政府门户网站", c.code, "county", "county_portal") for c in regions("county")]
    rows += [(f"省级媒体{i + 1}", "430000", "province", "media") for i in range(620 - len(rows))]
    sites = pd.DataFrame(rows[:620], columns=["name", "region", "level", "kind"])
    sites.insert(0, "site_id", [f"{r}{i:04d}" for i, r in enumerate(sites["region"])])
    sites["library"] = np.where(sites["region"].str[:4] == "4300", "430000", sites["region"].str[:4] + "00")
    size = rng.lognormal(0, 0.9, len(sites)) * sites["kind"].map(
        {
            "province_portal": 12,
            "province_department": 2.5,
            "prefecture_portal": 6,
            "county_portal": 3,
            "media": 8,
        }
    ).fillna(1)
    return sites.assign(weight=size / size.sum())


def random_batches(sites: pd.DataFrame, rows: int, seed: int) -> Iterator[pa.Table]:
    """Yield random facts, day by day as records arrive: weekly rhythm, growth, a few sites that stop."""
    rng = np.random.default_rng(seed)
    end = np.datetime64(now().date())  # today's records are those of the library
    days = np.arange(end - np.timedelta64(365 * YEARS, "D"), end)
    weekday = (days.astype("datetime64[D]").view("int64") - 4) % 7
    rhythm = np.where(weekday >= 5, 0.28, 1.0) * np.linspace(0.75, 1.25, len(days))
    rhythm *= rng.lognormal(0, 0.12, len(days))
    began = np.where(rng.random(len(sites)) < 0.12, rng.integers(0, len(days) // 2, len(sites)), 0)
    ended = np.where(
        rng.random(len(sites)) < 0.06, rng.integers(len(days) // 2, len(days), len(sites)), len(days)
    )
    gaps = np.where(rng.random(len(sites)) < 0.1, rng.integers(100, len(days) - 100, len(sites)), -1)
    genre_of = rng.dirichlet((5, 3, 1.2, 0.6, 1), len(sites)).cumsum(axis=1)
    topic_of = (0.6 + rng.random(16)) / 1
    topics = np.array([*code_list("topics").codes, None], object)
    per_day = np.cumsum(rhythm) / rhythm.sum() * rows
    region_of = sites["region"].astype("int64").to_numpy()
    done = 0
    while done < rows:
        n = min(BATCH, rows - done)
        day = np.searchsorted(per_day, np.arange(done, done + n), side="right").clip(0, len(days) - 1)
        site = rng.choice(len(sites), n, p=sites["weight"])
        silent = (day < began[site]) | (day >= ended[site]) | (np.abs(day - gaps[site]) < 40)
        site[silent] = rng.integers(0, 46, int(silent.sum()))
        genre = (rng.random(n)[:, None] > genre_of[site]).sum(axis=1).clip(0, 4)
        x, y = random_points(region_of[site], seed=seed + done)
        seconds = rng.integers(8 * 3600, 18 * 3600, n)
        yield pa.table(
            {
                "library": _pick(sites["library"], site),
                "region": _pick(sites["region"], site),
                "level": _pick(sites["level"], site),
                "kind": _pick(sites["kind"], site),
                "genre": _pick(code_list("genres").codes, genre),
                "topic": _pick(topics, rng.choice(16, n, p=topic_of / topic_of.sum())),
                "site": _pick(sites["site_id"], site),
                "source": _pick(SOURCES, site % len(SOURCES)),
                "day": days[day].astype("datetime64[us]") + seconds.astype("timedelta64[s]"),
                "x": x,
                "y": y,
                "key": np.arange(done, done + n, dtype=np.int64),
            }
        )
        done += n


def _pick(values: object, at: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), pa.array(list(values), pa.string()))


def _write_pages(path: Path, sites: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    genres, topics = code_list("genres"), code_list("topics").codes
    with path.open("w", encoding="utf-8") as file:
        for number in range(REAL_RECORDS):
            site = sites.iloc[int(rng.integers(len(sites)))]
            genre = genres.codes[int(rng.integers(len(genres.codes)))]
            page = {
                "id": f"bench-{number}",
                "site": site["site_id"],
                "genre": genre,
                "title": f"{site['name']}关于{topics[number % len(topics)]}工作的{genres.names[genre]}（第{number}号）",
                "body": f"这是第{number}号测试信息的正文。" * 12,
                "url": f"http://example.invalid/{number}.html",
                "topic": topics[number % len(topics)],
                "time": str(now() - pd.Timedelta(minutes=3 * number + 5))[:16],
            }
            file.write(json.dumps(page, ensure_ascii=False) + "\n")
