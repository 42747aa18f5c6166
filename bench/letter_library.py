"""A library for the benchmark of the page of letters: a few real letters behind N random facts.

Only the fact table has N rows; the newest letters are also in the library, so that the page's table and its
words have something to read.
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
from shuju.letters import facts as letter_facts
from shuju.letters.facts import ANSWERED, REPLY_DAYS, UNANSWERED
from shuju.letters.replies import IN_TERM, LATE
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.standard import code_list, regions
from shuju.standard.points import random_points

YEARS, TERM_DAYS = 5, 21
REAL_LETTERS = 3_000
BATCH = 1 << 20
DEPARTMENTS = (
    "住建局",
    "教育局",
    "人社局",
    "交通运输局",
    "生态环境局",
    "自然资源局",
    "公安局",
    "城管局",
    "卫健局",
    "水利局",
)
CATALOG = """
version: 1
sources:
  bench_letters:
    title: 性能测试来信
    licence: 合成数据
    refresh: once
    synthetic: true
    location: ../raw/letters
    inputs:
      - table: letters
        reader: json
        files: "*.jsonl"
        fields:
          {letter_id: id, title: title, body: body, written_at: time, region_code: place, topic_1: topic,
           motive: motive, department: department, channel: channel}
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
        fields: {record_id: id, title: title, body: title, url: url, published_at: time, genre: {const: news}}
"""


def make_library(home: Path, rows: int, seed: int = 1) -> Library:
    """Write the library and its fact table of ``rows`` letters."""
    for name in ("catalog", "raw/letters", "raw/pages"):
        (home / name).mkdir(parents=True, exist_ok=True)
    (home / "catalog" / "bench.yaml").write_text(CATALOG, encoding="utf-8")
    _write_lines(home / "raw/letters/letters.jsonl", map(_letter, range(REAL_LETTERS)))
    page = {"id": "bench", "title": "测试网页", "url": "http://example.invalid/", "time": str(now())[:16]}
    _write_lines(home / "raw/pages/pages.jsonl", [page])
    library = open_library(home)
    ingest(library, "bench_letters")
    ingest(library, "bench_pages")
    facts = letter_facts.build(library)
    append_facts(facts.path, random_batches(rows - facts.n, seed), source_version=facts.source_version)
    return library


def random_batches(rows: int, seed: int) -> Iterator[pa.Table]:
    """Yield random facts, day by day as letters arrive: counties of unlike size, topics that prefer departments."""
    rng = np.random.default_rng(seed)
    end = np.datetime64(now().date())  # today's letters are those of the library
    days = np.arange(end - np.timedelta64(365 * YEARS, "D"), end)
    per_day = np.cumsum(rng.lognormal(0, 0.2, len(days)))
    per_day *= rows / per_day[-1]
    counties = regions("county")
    weight = rng.lognormal(0, 0.6, len(counties))
    places = np.array([int(c.code) for c in counties])
    names = {
        "channel": code_list("channels").codes,
        "topic": code_list("topics").codes,
        "motive": code_list("motives").codes,
        "department": DEPARTMENTS,
        "age": (*code_list("age_bands").codes, None),
        "sex": (*code_list("sexes").codes, None),
        "status": code_list("letter_statuses").codes,
        "topic_by": (letter_facts.GIVEN, letter_facts.MODEL, letter_facts.UNSURE),
    }
    for done in range(0, rows, BATCH):
        n = min(BATCH, rows - done)
        day = np.searchsorted(per_day, np.arange(done, done + n), side="right").clip(0, len(days) - 1)
        county = rng.choice(len(counties), n, p=weight / weight.sum())
        x, y = random_points(places[county], seed=seed + done)
        waits = np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(2.5, 0.8, n).clip(0, 2 * REPLY_DAYS[-1]))
        codes = {name: rng.integers(0, len(labels), n) for name, labels in names.items()}
        codes["department"] = (codes["topic"] + rng.integers(0, 3, n)) % len(DEPARTMENTS)
        yield pa.table(
            {name: _pick(names[name], at) for name, at in codes.items()}
            | {
                "library": _pick([c.parent_code for c in counties], county),
                "region": _pick([c.code for c in counties], county),
                "source": _pick(["bench_letters"], np.zeros(n)),
                "confidence": pa.nulls(n, pa.float64()),
                "answer": _pick([ANSWERED, UNANSWERED], np.isnan(waits)),
                "term": pa.array(
                    np.where(np.isnan(waits), None, np.where(waits < TERM_DAYS, IN_TERM, LATE)), pa.string()
                ),
                "reply_days": pa.array(waits, from_pandas=True),
                "reply_fine": pa.array(waits, from_pandas=True),
                "day": days[day].astype("datetime64[us]")
                + rng.integers(0, 86_400, n).astype("timedelta64[s]"),
                "x": x,
                "y": y,
                "key": np.arange(done, done + n, dtype=np.int64),
            }
        )


def _pick(values: object, at: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), pa.array(list(values), pa.string()))


def _letter(number: int) -> dict[str, str]:
    topics, counties = code_list("topics").codes, regions("county")
    topic, county = topics[number % len(topics)], counties[number % len(counties)]
    return {
        "id": f"bench-{number}",
        "title": f"{county.name}第{number}号来信：关于{topic}的问题",
        "body": f"我是{county.name}居民，反映{topic}方面的第{number}号问题，长期没有解决，请尽快处理。" * 4,
        "time": str(now() - pd.Timedelta(seconds=20 * number + 5))[:19],
        "place": county.code,
        "topic": topic,
        "motive": code_list("motives").codes[number % len(code_list("motives").codes)],
        "department": f"{county.name}{DEPARTMENTS[number % len(DEPARTMENTS)]}",
        "channel": "hotline",
    }


def _write_lines(path: Path, rows: object) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
