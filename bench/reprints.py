"""Reprints: ``find_reprints`` beside datasketch, rensa and text-dedup's method, at their best threshold.

    python -m bench.reprints DATA [HOME]

DATA is the folder of real data (reprints_xwlb2023, laws); HOME a library made by ``shuju demo``, with its truth.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import shuju
from bench.altered import altered
from bench.reprint_peers import (
    datasketch_pairs,
    datasketch_signatures,
    rensa_pairs,
    rensa_signatures,
    text_dedup_pairs,
)
from shuju.spread.kinds import REPRINT_KINDS
from shuju.spread.reprints import find_reprints
from shuju.text.plain import plain
from shuju.text.shingles import shingles

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
Pairs = set[tuple[str, str]]


def score(found: Pairs, true: Pairs) -> dict[str, float]:
    hits = len(found & true)
    precision, recall = hits / max(1, len(found)), hits / max(1, len(true))
    return {"precision": precision, "recall": recall, "f1": 2 * hits / max(1, len(found) + len(true))}


def told(name: str, seconds: float, scores: dict[str, float], note: str = "") -> None:
    print(
        f"{name:34} {seconds:8.1f} {scores['precision']:10.4f} {scores['recall']:8.4f} {scores['f1']:8.4f} {note}",
        flush=True,
    )


def compare(
    name: str, origins: pd.DataFrame, records: pd.DataFrame, true: Pairs, *, with_peers: bool = True
) -> pd.DataFrame:
    """Print how well each finder finds the true pairs; return ours."""
    print(
        f"\n### {name}: {len(origins):,} documents among {len(records):,} records, {len(true):,} true pairs\n"
    )
    print(f"{'':34} {'CPU s':>8} {'precision':>10} {'recall':>8} {'F1':>8}")
    started = time.process_time()
    found = find_reprints(origins, records)
    ours = found[found["kind"].isin(REPRINT_KINDS)]
    told(
        "find_reprints",
        time.process_time() - started,
        score(set(zip(ours["origin_id"], ours["record_id"])), true),
    )
    if with_peers:
        ids = origins["record_id"].tolist(), records["record_id"].tolist()
        texts = origins["body"].fillna("").tolist(), records["body"].fillna("").tolist()
        peers: dict[str, tuple[Callable, Callable]] = {
            "datasketch MinHashLSH": (datasketch_signatures, datasketch_pairs),
            "rensa RMinHashLSH": (rensa_signatures, rensa_pairs),
            "text-dedup's method (rensa)": (rensa_signatures, text_dedup_pairs),
        }
        for peer, (sign, pair) in peers.items():
            started = time.process_time()
            first, second = sign(texts[0]), sign(texts[1])
            signed = time.process_time() - started
            best = None
            for threshold in THRESHOLDS:
                started = time.process_time()
                pairs = {
                    (ids[0][a], ids[1][b])
                    for a, b in pair(first, second, threshold)
                    if ids[0][a] != ids[1][b]
                }
                seconds = signed + time.process_time() - started
                scores = score(pairs, true)
                if best is None or scores["f1"] > best[1]["f1"]:
                    best = (seconds, scores, f"at {threshold}")
            told(peer, *best)
    return found


def news(data: Path) -> tuple[pd.DataFrame, Pairs]:
    """Return the items of both sites, and the true pairs."""
    with gzip.open(data / "reprints_xwlb2023" / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = pd.DataFrame(map(json.loads, lines))
    items = items.rename(
        columns={"id": "record_id", "text": "body", "date": "published_at", "copy": "site_id"}
    )
    pairs = pd.read_csv(data / "reprints_xwlb2023" / "same_item_pairs.csv")
    return items, set(zip(pairs["id_a"], pairs["id_b"]))


def laws(data: Path) -> pd.DataFrame:
    with gzip.open(data / "laws" / "laws.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = pd.DataFrame(map(json.loads, lines)).rename(columns={"text": "body", "date": "published_at"})
    return items.assign(record_id=items["id"].astype(str), site_id=items["region"])


def kinds_of_pairs(items: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """Return the kind of each pair, held against each other alone; ``none`` where nothing was found."""
    by_id = items.set_index("record_id", drop=False)
    found = []
    for a, b in zip(pairs["id_a"].astype(str), pairs["id_b"].astype(str)):
        kinds = find_reprints(by_id.loc[[a]], by_id.loc[[b]], workers=1)["kind"].tolist()
        found.append(kinds[0] if kinds else "none")
    return pd.Series(found).value_counts()


def province(home: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the records of a demo province, and its truth of cascades."""
    records = shuju.open(home).read("records", ["record_id", "title", "body", "published_at", "site_id"])
    truth = pd.read_parquet(home / "truth" / "cascades.parquet")
    known = set(records["record_id"])
    return records, truth[truth["record_id"].isin(known) & truth["origin_id"].isin(known)]


def speed(texts: list[str]) -> None:
    """Print fingerprints a second of processor time."""
    print(
        f"\n### Fingerprints of {len(texts):,} documents of {sum(map(len, texts)) / len(texts):.0f} characters, one core\n"
    )
    shingles(plain(texts[:10], with_places=False))
    for name, sign, sample in (
        ("sampled shingles", lambda t: shingles(plain(t, with_places=False)), texts),
        ("rensa", rensa_signatures, texts[:5_000]),
        ("datasketch", datasketch_signatures, texts[:1_000]),
    ):
        started = time.process_time()
        sign(sample)
        print(
            f"{name:20} {len(sample) / (time.process_time() - started):12,.0f} documents a second", flush=True
        )


def main(data: Path, home: Path | None) -> None:
    items, pairs = news(data)
    is_first = items["site_id"].str.startswith("A")
    compare("News of two sites, January to June 2023", items[is_first], items[~is_first], pairs)

    documents = items[is_first & (items["body"].str.len() >= 80)]
    copies, pairs = altered(documents.iloc[:600])
    records = pd.concat([copies, documents.iloc[600:]], ignore_index=True)
    compare("Altered news", documents.iloc[:600], records, pairs)

    statutes = laws(data)
    cross = pd.read_csv(data / "laws" / "cross_region_same_title_pairs.csv")
    chosen = set(cross["id_a"].astype(str).unique()[:200])
    is_chosen = statutes["record_id"].isin(chosen)
    copies, pairs = altered(statutes[is_chosen])
    compare(
        "Altered laws",
        statutes[is_chosen],
        pd.concat([copies, statutes[~is_chosen]], ignore_index=True),
        pairs,
        with_peers=False,
    )

    print("\n### Provinces' laws on one subject (no reprints), and dated versions of one law (修订)\n")
    print(kinds_of_pairs(statutes, cross).to_string())
    print(kinds_of_pairs(statutes, pd.read_csv(data / "laws" / "version_pairs_dev.csv")).to_string())

    if home is not None:
        records, truth = province(home)
        origins = records[records["record_id"].isin(truth["origin_id"])]
        pairs = set(zip(truth["origin_id"], truth["record_id"]))
        found = compare("Synthetic province", origins, records, pairs, with_peers=len(records) <= 50_000)
        both = truth.merge(found, on=["origin_id", "record_id"], how="left", suffixes=("", "_found"))
        is_found = both["kind_found"].isin(REPRINT_KINDS)
        print("\nrecall by kind:", is_found.groupby(both["kind"]).mean().round(4).to_dict())
        print("kind right, of those found:", round((both["kind"] == both["kind_found"])[is_found].mean(), 4))
    speed([text for text in documents["body"].str[:300].tolist() for _ in range(20)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
