"""Search over N records: twenty hits and the count, the filter of the linked views, corrections, the build.

``python -m bench.search [rows] [folder]`` (2,000,000 if not given). Titles are made of the standard's places, topics and
words of the user dictionary, frequent ones far oftener than rare ones; there are no bodies. Index and facts are
written once into the folder (a temporary one if not given); ``alone`` after it leaves out the peers.
Peers, in the same run and over the same titles: DuckDB
``ILIKE`` and sqlite's FTS5 with trigrams (up to ``FTS_ROWS`` rows).
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tantivy

from bench.panorama_library import make_library, random_batches, random_sites
from shuju.facts import write_facts
from shuju.fulltext import SearchError
from shuju.fulltext.build import HEAP, METHOD, WRITERS, add_rows
from shuju.fulltext.find import find
from shuju.fulltext.index import index_folder, open_index, schema
from shuju.fulltext.kinds import KINDS
from shuju.library import Library
from shuju.library.derived import STATE
from shuju.records import facts as record_facts
from shuju.standard import regions
from shuju.standard.codes import LISTS
from shuju.text.user_dictionary import WORDS

KIND = KINDS["records"]
BATCH = 50_000
FTS_ROWS = 5_000_000
ASKED = 100
PEER_ASKED = 10
MAIN_WORDS = ("通知", "公告", "工作", "推进", "情况")
ENDS = ("工作的通知", "情况的公告", "实施方案", "工作推进会", "情况通报", "办事指南", "问答", "项目公示")
BEGINS = ("关于做好", "关于加强", "扎实推进", "全面开展", "调研", "部署", "规范", "公布")


def titles(rows: int, seed: int = 0) -> Iterator[list[str]]:
    """Yield titles, ``BATCH`` at a time: place, verb, two words by Zipf's law, ending, a number now and then."""
    rng = np.random.default_rng(seed)
    with (LISTS / "topic_taxonomy.csv").open(encoding="utf-8", newline="") as file:
        named = list(dict.fromkeys(value for row in csv.reader(file) for value in row if len(value) > 1))
    listed = [w for w in WORDS.read_text(encoding="utf-8").splitlines() if w and not w.startswith("#")]
    words = np.array([*named, *listed], object)
    words = words[np.random.default_rng(1).permutation(len(words))]
    chance = 1 / np.arange(1, len(words) + 1) ** 0.9
    chance /= chance.sum()
    places = np.array([r.name for r in regions()], object)
    for first in range(0, rows, BATCH):
        n = min(BATCH, rows - first)
        parts = [
            rng.choice(places, n),
            rng.choice(np.array(BEGINS, object), n),
            rng.choice(words, n, p=chance),
            rng.choice(words, n, p=chance),
            rng.choice(np.array(ENDS, object), n),
        ]
        yield [
            "".join(piece) + (f"第{first + k}号" if k % 7 == 0 else "")
            for k, piece in enumerate(zip(*parts, strict=True))
        ]


def make(folder: Path, rows: int) -> Library:
    """Write the facts and the index of ``rows`` titles, unless they are there already."""
    library = make_library(folder, 10_000)
    mark = folder / "search_rows"
    if mark.exists() and mark.read_text() == str(rows):
        return library
    sites = random_sites(np.random.default_rng(1))
    facts = record_facts.build(library)
    write_facts(facts.path, facts.schema, random_batches(sites, rows, 1), source_version=facts.source_version)
    began, processor = time.perf_counter(), time.process_time()
    home = index_folder(library, KIND)
    path = home / "index-9"
    path.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(schema(), str(path))
    writer = index.writer(HEAP, WRITERS)
    with pq.ParquetWriter(
        folder / "titles.parquet", pa.schema({"key": pa.int64(), "title": pa.string()})
    ) as kept:
        n = 0
        for batch in titles(rows):
            keys = np.arange(n, n + len(batch), dtype=np.int64)
            add_rows(KIND, writer, _rows(batch, keys))
            kept.write_table(pa.table({"key": keys, "title": batch}))
            n += len(batch)
    writer.commit()
    writer.wait_merging_threads()
    known = {"folder": path.name, "version": facts.source_version, "n": rows}
    state = {"method": METHOD, "inputs": {"records": facts.source_version}, "tables": {}, "known": known}
    (home / STATE).write_text(json.dumps(state), encoding="utf-8")
    seconds, used = time.perf_counter() - began, time.process_time() - processor
    size = sum(file.stat().st_size for file in path.iterdir())
    pace = f"{rows / seconds:,.0f} a second | {size / rows:.0f} bytes a record"
    print(f"| index of {rows:,} titles | {seconds:,.0f} s, processor {used:,.0f} s | {pace} |", flush=True)
    mark.write_text(str(rows))
    return library


def _rows(batch: Sequence[str], keys: np.ndarray) -> pa.Table:
    n = len(batch)
    empty = pa.nulls(n, pa.string())
    columns = {
        "key_hash": pa.array(keys), "record_id": pa.array([f"r{k}" for k in keys.tolist()]), "title": pa.array(batch),
        "published_at": pa.nulls(n, pa.timestamp("us")),
    }  # fmt: skip
    rest = dict.fromkeys([*KIND.texts, *KIND.shown, *KIND.codes], empty)
    return pa.table(columns | {name: column for name, column in rest.items() if name not in columns})


def questions(library: Library) -> tuple[list[str], dict[str, int]]:
    """Return words from the rarest to the most frequent, in ones, twos and phrases, and how often each word is."""
    counts = open_index(library, KIND).vocabulary.counts
    words = sorted(
        (w for w in counts if len(w) > 1 and counts[w] > 20 and not w.isascii()), key=counts.__getitem__
    )
    rng = np.random.default_rng(3)
    ones = [words[int(k)] for k in np.linspace(0, len(words) - 1, ASKED // 2)]
    often = words[-len(words) // 4 :]
    twos = [" ".join(rng.choice(np.array(often, object), 2)) for _ in range(ASKED // 4)]
    phrases = [f'"{word}工作"' for word in rng.choice(np.array(words, object), ASKED - len(ones) - len(twos))]
    return [*ones, *twos, *phrases], dict(counts)


def timed(asked: Sequence[str], work: Callable[[str], object]) -> np.ndarray:
    """Return milliseconds for each question: elapsed, and of the processor."""
    found = []
    for text in asked:
        began, processor = time.perf_counter(), time.process_time()
        work(text)
        found.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - processor)))
    return np.array(found)


def report(name: str, ms: np.ndarray) -> None:
    """Print median and p95, elapsed and of the processor."""
    elapsed, used = ms[:, 0], ms[:, 1]
    told = [np.median(elapsed), np.percentile(elapsed, 95), np.median(used), np.percentile(used, 95)]
    print(f"| {name} | " + " | ".join(f"{value:,.1f}" for value in told) + " |", flush=True)


def filters(library: Library, words: Sequence[str]) -> None:
    """Print how long the first count of all linked views takes, by how many rows a word finds."""
    record_facts.selection(library, q=["问答 问答"]).total  # noqa: B018 - compiles what counts
    for text in words:
        began, processor = time.perf_counter(), time.process_time()
        selection = record_facts.selection(library)
        selection.q = [text]
        try:
            selection.look()
        except SearchError:
            print(f"| filter by {text!r} | refused: too many rows | | | |")
            continue
        found = time.perf_counter()
        n = selection.total
        ended, used = time.perf_counter(), time.process_time() - processor
        took = f"{1000 * (found - began):,.0f} | {1000 * (ended - began):,.0f} | {1000 * used:,.0f}"
        print(f"| filter by {text!r} | {n:,} | {took} |", flush=True)


def misspelt(words: Sequence[str]) -> list[str]:
    """Return words of three characters or more with their last character another."""
    return [word[:-1] + "饕" for word in words if len(word) > 2][:20]


def peers(folder: Path, rows: int, asked: Sequence[str]) -> None:
    """Print what DuckDB and sqlite take for twenty rows and the count of the same words."""
    base = duckdb.connect()
    base.execute("SET threads=2")
    base.execute(f"CREATE TABLE t AS SELECT * FROM '{folder / 'titles.parquet'}'")
    few = list(asked)[:: max(1, len(asked) // PEER_ASKED)][:PEER_ASKED]

    def like(text: str) -> None:
        base.execute("SELECT count(*) FROM t WHERE title ILIKE ?", [f"%{text}%"]).fetchall()
        base.execute("SELECT title FROM t WHERE title ILIKE ? LIMIT 20", [f"%{text}%"]).fetchall()

    report("DuckDB ILIKE, one word", timed(few, like))
    if rows > FTS_ROWS:
        return
    with sqlite3.connect(folder / "fts.db") as fts:
        began = time.perf_counter()
        fts.execute("DROP TABLE IF EXISTS t")
        fts.execute("CREATE VIRTUAL TABLE t USING fts5(title, tokenize='trigram')")
        for batch in pq.ParquetFile(folder / "titles.parquet").iter_batches(columns=["title"]):
            fts.executemany("INSERT INTO t VALUES (?)", zip(batch.column(0).to_pylist(), strict=True))
        fts.commit()
        size = (folder / "fts.db").stat().st_size
        print(
            f"| sqlite FTS5 trigram, build | {time.perf_counter() - began:,.0f} s | {size / rows:.0f} bytes a record |"
        )

        def match(text: str) -> None:
            quoted = f'"{text}"'
            fts.execute("SELECT count(*) FROM t WHERE t MATCH ?", [quoted]).fetchall()
            fts.execute("SELECT title FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20", [quoted]).fetchall()

        report(
            "sqlite FTS5 trigram, one word of three characters or more",
            timed([w for w in asked if len(w) > 2][:PEER_ASKED], match),
        )


def main(rows: int, folder: Path, *, alone: bool = False) -> None:
    library = make(folder, rows)
    index = open_index(library, KIND)
    began = time.perf_counter()
    n_words = len(index.vocabulary.counts)
    print(f"| vocabulary of {n_words:,} words, read once | {1000 * (time.perf_counter() - began):,.0f} ms |")
    asked, counts = questions(library)
    print("| | median ms | p95 ms | median, processor | p95, processor |\n|---|---|---|---|---|")
    find(library, "工作", ["records"])
    report("twenty hits and the count", timed(asked, lambda text: find(library, text, ["records"])))
    report("the most frequent words", timed(MAIN_WORDS, lambda text: find(library, text, ["records"])))
    ones = asked[: ASKED // 2]
    find(library, "饕餮", ["records"])
    report("a word misspelt, corrected", timed(misspelt(ones), lambda text: find(library, text, ["records"])))
    report(
        "pinyin",
        timed(["gongzuo", "tongzhi", "shishi fangan"], lambda text: find(library, text, ["records"])),
    )
    by_count = sorted((w for w in counts if len(w) > 1 and not w.isascii()), key=counts.__getitem__)
    sizes = [
        s for s in (100, 10_000, 100_000, 300_000, 500_000, 1_000_000, 3_000_000, 10_000_000) if s < rows
    ]
    print("| | rows | rows found, ms | all views counted, ms | processor, ms |\n|---|---|---|---|---|")
    filters(library, [min(by_count, key=lambda w, s=s: abs(counts[w] - s)) for s in sizes])
    print("| | median ms | p95 ms | median, processor | p95, processor |\n|---|---|---|---|---|")
    if not alone:
        peers(folder, rows, ones)


if __name__ == "__main__":
    rows_ = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 2_000_000
    if len(sys.argv) > 2:
        main(rows_, Path(sys.argv[2]), alone=sys.argv[3:] == ["alone"])
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(rows_, Path(temporary))
