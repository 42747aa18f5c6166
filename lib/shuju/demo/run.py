"""The demo from nothing to a library: write the raw files, take them in, build what pages need."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from shuju.demo.province import write_province
from shuju.library import LibraryError, open_library
from shuju.library.ingest import ingest
from shuju.progress import count_progress, ingest_progress
from shuju.records import facts as record_facts

if TYPE_CHECKING:
    from rich.console import Console

    from shuju.library import Library

MARK = "demo.json"


def run_demo(home: Path, *, records: int, seed: int, workers: int, console: Console) -> Library:
    """Bring the synthetic province into the library at ``home``; what an earlier run finished is kept.

    Raises:
        LibraryError: ``home`` holds a demo of another size or seed.
    """
    raw, truth, kept = home / "raw", home / "truth", home / "catalog"
    wanted = {"records": records, "seed": seed}
    _check_mark(home, wanted)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).write_text(json.dumps(wanted), encoding="utf-8")
    started = time.monotonic()
    if not (raw / "data_catalog.yaml").exists():
        with count_progress(console, "生成演示数据", records) as progress:
            write_province(raw, truth, records=records, seed=seed, workers=workers, progress=progress)
        _tell(console, "原始文件", records, time.monotonic() - started)
    kept.mkdir(exist_ok=True)
    (kept / "demo.yaml").write_text(_catalog_of(raw), encoding="utf-8")
    library = open_library(home)
    started, n_read = time.monotonic(), 0
    with ingest_progress(console) as show:
        for name, source in library.catalog.sources.items():
            if source.synthetic:
                report = ingest(library, name, progress=show)
                n_read += sum(tally.n_read for tally in report.tallies.values())
    if n_read:
        _tell(console, "入库", n_read, time.monotonic() - started)
    started = time.monotonic()
    with console.status("生成事实表…"):
        facts = record_facts.build(library)
    _tell(console, "事实表", facts.n, time.monotonic() - started)
    return library


def _check_mark(home: Path, wanted: dict[str, int]) -> None:
    mark = home / MARK
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) != wanted:
        raise LibraryError(
            f"{home}：这里已有另一个演示库（{mark.read_text(encoding='utf-8')}）；请换一个 --home 或删除它"
        )
    if not mark.exists() and (home / "tables").exists():
        raise LibraryError(f"{home}：这里已有资源库，演示数据不能与真实数据混放；请换一个 --home")


def _catalog_of(raw: Path) -> str:
    """Return the demo's catalog with its places told from the folder in which the library keeps it."""
    text = (raw / "data_catalog.yaml").read_text(encoding="utf-8")
    return text.replace("location: .", "location: ../raw")


def _tell(console: Console, what: str, n: int, seconds: float) -> None:
    console.print(f"{what}：{n:,} 条，{seconds:,.1f} 秒，每秒 {n / max(seconds, 1e-9):,.0f} 条")
