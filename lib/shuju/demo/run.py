"""The demo from nothing to a library: write the raw files, take them in, build what pages need."""

from __future__ import annotations

import json
import shutil
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shuju.demo import clock
from shuju.demo.province import write_province
from shuju.library import LibraryError, open_library
from shuju.library.ingest import ingest
from shuju.progress import count_progress, ingest_progress
from shuju.records import facts as record_facts
from shuju.standard import pack, use_province
from shuju.standard.pack import read_pack

if TYPE_CHECKING:
    from rich.console import Console

    from shuju.library import Library

MARK, PACK = "demo.json", "pack"


def run_demo(
    home: Path, *, records: int, seed: int, workers: int, console: Console, until: date | None = None
) -> Library:
    """Bring the synthetic province into the library at ``home``; what an earlier run finished is kept.

    The province is that of the pack in force. ``until``: the last day; unless it is told, that of the demo that is there,
    else yesterday.

    Raises:
        LibraryError: ``home`` holds a demo of another size, seed, last day or province.
    """
    raw, truth, kept = home / "raw", home / "truth", home / "catalog"
    last = until or _last_day(home) or clock.yesterday()
    wanted = {"records": records, "seed": seed, "until": last.isoformat(), "province": pack().code}
    _check_mark(home, wanted)
    home.mkdir(parents=True, exist_ok=True)
    own = f"../{PACK}" if pack().folder == (home / PACK).resolve() else pack().code
    (home / MARK).write_text(json.dumps(wanted), encoding="utf-8")
    started = time.monotonic()
    if not (raw / "data_catalog.yaml").exists():
        with count_progress(console, "生成演示数据", records) as progress:
            write_province(
                raw, truth, records=records, seed=seed, until=last, workers=workers, progress=progress
            )
        _tell(console, "原始文件", records, time.monotonic() - started)
    kept.mkdir(exist_ok=True)
    (kept / "demo.yaml").write_text(_catalog_of(raw, own), encoding="utf-8")
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


def _last_day(home: Path) -> date | None:
    mark = home / MARK
    told = json.loads(mark.read_text(encoding="utf-8")).get("until") if mark.exists() else None
    return date.fromisoformat(told) if told else None


def choose_province(home: Path, code: str | None, folder: Path | None) -> None:
    """Put the demo's province in force: that of a code, of a pack (which is copied beside the library), or the demo's own.

    Raises:
        PackError: there is no such pack, or it lacks something.
    """
    kept = home / PACK
    if folder is not None:
        shutil.copytree(read_pack(folder).folder, kept, dirs_exist_ok=True)
    if code is not None or kept.exists():
        use_province(code or kept)


def _check_mark(home: Path, wanted: dict[str, int | str]) -> None:
    mark = home / MARK
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) != wanted:
        raise LibraryError(
            f"{home}：这里已有另一个演示库（{mark.read_text(encoding='utf-8')}）；请换一个 --home 或删除它"
        )
    if not mark.exists() and (home / "tables").exists():
        raise LibraryError(f"{home}：这里已有资源库，演示数据不能与真实数据混放；请换一个 --home")


def _catalog_of(raw: Path, own: str) -> str:
    """Return the demo's catalog with its province, and its places told from the folder in which the library keeps it."""
    text = (raw / "data_catalog.yaml").read_text(encoding="utf-8").replace("location: .", "location: ../raw")
    return text.replace("version: 1\n", f'version: 1\nprovince: "{own}"\n', 1)


def _tell(console: Console, what: str, n: int, seconds: float) -> None:
    console.print(f"{what}：{n:,} 条，{seconds:,.1f} 秒，每秒 {n / max(seconds, 1e-9):,.0f} 条")
