"""What ``shuju build`` makes of the letters, in processes of their own: of all of them, then of a day more.

The facts of records and the spread of documents, which ``shuju build`` makes too, are not counted.

``python -m bench.letters_build HOME`` takes the letters of a library made by ``shuju demo`` (and its records, without
copying them), but for the newest 3,000, into a library in a temporary folder; builds; takes in the 3,000; builds again. Times are
elapsed and of the processor; memory is the most that any build so far held. Then what the members tell of the planted issues.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from bench.issues import library_letters, score_planted
from shuju.library import open_library
from shuju.library.ingest import ingest

A_DAY = 3_000
CATALOG = """
version: 1
sources:
  bench_letters:
    title: 性能测试来信
    licence: 合成数据
    refresh: once
    synthetic: true
    location: ../raw
    inputs:
      - table: letters
        reader: json
        files: "*.jsonl"
        fields: {FIELDS}
"""
FIELDS = (
    "letter_id", "title", "body", "written_at", "writer_id", "region_code", "topic_1", "motive", "channel",
    "department", "likes", "status", "replied_at",
)  # fmt: skip


def main(given: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        _share(given, home, ("records", "sites"))
        (home / "catalog").mkdir()
        fields = "{" + ", ".join(f"{name}: {name}" for name in FIELDS) + "}"
        (home / "catalog" / "bench.yaml").write_text(CATALOG.replace("{FIELDS}", fields), encoding="utf-8")
        letters = library_letters(given, FIELDS).sort_values("written_at", ignore_index=True)
        for name, rows in (("older", letters.iloc[:-A_DAY]), ("newest", letters.iloc[-A_DAY:])):
            _write(home / "raw" / f"{name}.jsonl", rows)
            ingest(open_library(home), "bench_letters")
            print(f"| {len(rows):,} letters | {_build(home)} |", flush=True)
        library = open_library(home)
        members = library.read("issue_letters")
        issues = library.read("hot_issues")
        names = {"source": "源头", "transmission": "传导", "conversion": "转化"}
        issues = issues.assign(stage=issues["stage"].map(names)).rename(
            columns={"region_code": "origin_region"}
        )
        for name, value in score_planted(issues, members, given / "truth").items():
            print(f"| {name} | {value:.3f} |")


def _share(given: Path, home: Path, tables: tuple[str, ...]) -> None:
    """Let the new home hold the same files of some tables: data files never change."""
    for name in tables:
        for file in (given / "tables" / name).rglob("*"):
            if file.is_file():
                place = home / file.relative_to(given)
                place.parent.mkdir(parents=True, exist_ok=True)
                os.link(file, place)


def _write(place: Path, rows: pd.DataFrame) -> None:
    place.parent.mkdir(exist_ok=True)
    times = {name: rows[name].dt.strftime("%Y-%m-%d %H:%M:%S") for name in ("written_at", "replied_at")}
    rows.assign(**times).to_json(place, orient="records", lines=True, force_ascii=False)


def _build(home: Path) -> str:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = "import sys, shuju; from shuju.letters.build import build_letters; build_letters(shuju.open(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", command, str(home)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{time.perf_counter() - started:.0f} s, of the processor {cpu:.0f} s, {after.ru_maxrss / 2**20:.1f} GiB"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
