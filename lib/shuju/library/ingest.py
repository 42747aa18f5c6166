"""Ingest (汇聚入库): raw files become standard records in the library, every row accounted for."""

from __future__ import annotations

import os
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from shuju.catalog import Input, Source
from shuju.clock import now
from shuju.library import commit, ledger
from shuju.library.abandoned import close_abandoned
from shuju.library.batch import RawBatch
from shuju.library.commit import Incoming
from shuju.library.compaction import compact
from shuju.library.errors import LibraryError, SourceError, mendable_disk_errors
from shuju.library.groups import Piece, gather, map_ahead
from shuju.library.ledger import ABANDONED, Tally
from shuju.library.quarantine import settle
from shuju.library.readers import reader
from shuju.library.readers.files import Unit
from shuju.library.standardise import Context, Standardised, raw_row, standardise
from shuju.text import personal

if TYPE_CHECKING:
    from shuju.library.library import Library

GROUP_ROWS = 200_000
LEDGER_FILES = 200
GROUP_BYTES = 192 << 20
PROCESS_UNITS = 2_000  # for fewer pages, starting processes takes longer than reading them here
WORKERS = max(2, min(8, os.cpu_count() or 2))


@dataclass(frozen=True)
class Progress:
    """How far an ingest is, for whoever shows it."""

    table: str
    path: str
    n_rows: int
    n_bytes: int
    total_bytes: int


@dataclass
class Report:
    """What one run did: the tally of each table, the files left alone, the files that failed."""

    run_id: str
    tallies: dict[str, Tally] = field(default_factory=dict)
    n_files: int = 0
    n_unchanged: int = 0
    failures: list[str] = field(default_factory=list)


@dataclass
class _Run:
    """One run over one input: the files to read, and the tally of each."""

    library: Library
    source: str
    input_number: int
    entry: Input
    report: Report
    units: list[Unit]
    files: list[str]
    listed: set[str]
    resumed: set[str]
    options: Mapping[str, Any]
    context: Context
    tallies: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    watermarks: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    rejected_again: set[str] = field(default_factory=set)


def ingest(
    library: Library,
    source_name: str,
    location: str | Path | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Bring a source of the catalog into the library and return what became of its rows.

    ``location`` is the folder (or file) where the source's files are, if not the catalog's own. Files
    that are in the ledger as complete, unchanged and under the same mapping, are left alone. A run
    that was killed is completed by the next: rows that it had stored are recognised. Two runs of one
    source follow each other; runs of different sources go side by side.

    O(bytes of new files); memory is bounded by the group (``GROUP_ROWS`` rows) and 28 bytes a record
    for the key index.

    Raises:
        LibraryError: an unknown source, a place that is not there, a full disk.
        LedgerError: the sums do not add up; nothing is called complete then.
    """
    source = library.source(source_name)
    report = Report(run_id=f"{now():%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}")
    place = Path(location).expanduser() if location is not None else library.location_of(source_name)
    with library.home.lock(f"ingest-{source_name}"), mendable_disk_errors(library.home):
        listed: set[str] = set()
        for number in range(len(source.inputs)):
            listed |= _ingest_input(library, source_name, source, number, place, report, progress)
        close_abandoned(library, source_name, listed, report.run_id)
        library.save_indexes()
        if len(library.stored("ledger").files()) > LEDGER_FILES:
            compact(library.stored("ledger"))
    return report


def _ingest_input(
    library: Library,
    name: str,
    source: Source,
    number: int,
    place: Path,
    report: Report,
    progress: Callable[[Progress], None] | None,
) -> set[str]:
    """Take in one input; return the files that it lists, those left alone too."""
    run = _plan(library, name, source.inputs[number], number, place, report)
    if not run.units:
        return run.listed
    n_rows = n_bytes = 0
    total = sum(unit.n_bytes for unit in run.units)
    group: list[tuple[Piece, Standardised]] = []
    held_rows = held_bytes = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for piece, rows in map_ahead(
            lambda p: (p, _standardised(p, run)), gather(_stream(run)), pool, WORKERS + 1
        ):
            group.append((piece, rows))
            held_rows += len(piece.batch.row_numbers)
            held_bytes += rows.rows.nbytes
            n_rows += len(piece.batch.row_numbers) + len(piece.broken)
            if held_rows >= GROUP_ROWS or held_bytes >= GROUP_BYTES:
                _commit_group(run, group, pool)
                group, held_rows, held_bytes = [], 0, 0
            if progress:
                n_bytes += sum(run.units[i].n_bytes for i in piece.ended)
                last = run.units[int(piece.unit_of_row[-1])].name if len(piece.unit_of_row) else ""
                progress(Progress(run.entry.table, last, n_rows, n_bytes, total))
        _commit_group(run, group, pool)
    total_tally = report.tallies.setdefault(run.entry.table, Tally())
    for tally in run.tallies.values():
        for key, value in vars(tally).items():
            setattr(total_tally, key, getattr(total_tally, key) + value)
    return run.listed


def _plan(library: Library, name: str, entry: Input, number: int, place: Path, report: Report) -> _Run:
    """List the files, leave out those already complete, and note the rest in the ledger."""
    options = dict(entry.options)
    module = reader(entry.reader)
    states = library.ledger.states(name)
    units, files, listed = [], [], set()
    for unit in module.units(entry.files, place, options):
        file = ledger.file_id(name, unit, entry)
        listed.add(file)
        if states.get(file) == "complete":
            report.n_unchanged += 1
            continue
        units.append(unit)
        files.append(file)
        if "watermark" in options:
            options["since"] = library.ledger.watermark(name, entry.table, unit.name)
    report.n_files += len(units)
    library.ledger.note(
        ledger.line(name, report.run_id, entry.table, unit, file, "planned")
        for unit, file in zip(units, files, strict=True)
        if states.get(file) != "planned"
    )
    sites = library.site_maps() if entry.table != "sites" else {}
    context = Context(location=place, now=now(), **sites)
    resumed = {file for file in files if states.get(file) in ("planned", "failed", ABANDONED)}
    return _Run(library, name, number, entry, report, units, files, listed, resumed, options, context)


def _stream(run: _Run) -> Iterator[tuple[int, RawBatch | None]]:
    """Yield (file number, batch) over all files, and (number, None) after the last batch of each."""
    module = reader(run.entry.reader)
    if getattr(module, "IN_PROCESSES", False) and len(run.units) >= PROCESS_UNITS:
        yield from _stream_in_processes(run)
        return
    for number, unit in enumerate(run.units):
        try:
            for batch in module.read(unit, run.options):
                _note_watermark(run, number, batch)
                run.tallies[number].n_read += batch.n_read
                yield number, batch
        except (SourceError, OSError) as error:
            _note_failure(run, number, error)
        yield number, None


def _stream_in_processes(run: _Run) -> Iterator[tuple[int, RawBatch | None]]:
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        jobs = ((run.entry.reader, unit, run.options) for unit in run.units)
        for number, (batches, error) in enumerate(pool.map(_read_whole, jobs, chunksize=32)):
            for batch in batches:
                run.tallies[number].n_read += batch.n_read
                yield number, batch
            if error is not None:
                _note_failure(run, number, error)
            yield number, None


def _read_whole(job: tuple[str, Unit, Mapping[str, Any]]) -> tuple[list[RawBatch], Exception | None]:
    name, unit, options = job
    try:
        return list(reader(name).read(unit, options)), None
    except (SourceError, OSError) as error:
        return [], error


def _note_failure(run: _Run, number: int, error: Exception) -> None:
    unit = run.units[number]
    message = str(error) if isinstance(error, LibraryError) else f"{unit.name}：读取失败：{_os_reason(error)}"
    run.failed[number] = message
    run.report.failures.append(message)


def _os_reason(error: Exception) -> str:
    reasons = {2: "文件已不存在", 5: "磁盘读取出错", 13: "没有读取权限"}
    return reasons.get(getattr(error, "errno", None) or 0, str(error))


def _note_watermark(run: _Run, number: int, batch: RawBatch) -> None:
    column = run.options.get("watermark")
    if column in batch.rows.column_names and batch.rows.num_rows:
        run.watermarks[number] = str(batch.rows.column(column)[-1])


def _standardised(piece: Piece, run: _Run) -> Standardised:
    catalog = run.library.catalog
    table = catalog.table(run.entry.table)
    companion = catalog.tables.get(f"{run.entry.table}_private")
    return standardise(piece.batch, run.entry, table, companion, run.context)


def _commit_group(run: _Run, group: Sequence[tuple[Piece, Standardised]], pool: ThreadPoolExecutor) -> None:
    """Write what a group holds to the library, then call its ended files complete."""
    ended = [unit for piece, _ in group for unit in piece.ended]
    table, companion = run.entry.table, f"{run.entry.table}_private"
    main = [_incoming(run, piece, rows.rows, rows.at) for piece, rows in group if len(rows.at)]
    for incoming, verdict in commit.commit_rows(
        run.library, table, main, run.report.run_id, pool, run.resumed
    ):
        _count(run, incoming, verdict)
    private = [
        _incoming(run, piece, rows.private, rows.private_at)
        for piece, rows in group
        if rows.private is not None and rows.private_at is not None and len(rows.private_at)
    ]
    commit.commit_rows(run.library, companion, private, run.report.run_id, pool, set())
    rejects = [reject for piece, rows in group for reject in _rejects(run, piece, rows)]
    commit.quarantine_rows(run.library, rejects, run.report.run_id, pool)
    for reject in rejects:
        run.tallies[reject.unit].n_quarantined += 1
        if reject.file_id in run.resumed:
            run.rejected_again.add(commit.quarantine_id(reject.file_id, reject.row_number, reject.table))
    resumed = run.resumed & {run.files[number] for number in ended}
    if resumed:
        settle(run.library, table, resumed, run.rejected_again, run.report.run_id, pool)
    _close(run, ended)


def _incoming(run: _Run, piece: Piece, rows: pa.Table, at: np.ndarray) -> Incoming:
    files = pa.array(run.files, pa.string())
    unit_of_row = piece.unit_of_row[at]
    return Incoming(
        rows=rows,
        source=run.source,
        file_id=files.take(pa.array(unit_of_row)),
        row_number=piece.batch.row_numbers[at],
        unit_of_row=unit_of_row,
    )


def _count(run: _Run, incoming: Incoming, verdict: commit.Outcome) -> None:
    flagged = np.asarray(incoming.rows.column("quality_flags").is_valid())
    for unit in np.unique(incoming.unit_of_row):
        mine = incoming.unit_of_row == unit
        tally = run.tallies[int(unit)]
        tally.n_stored += int((verdict.stored & mine).sum())
        tally.n_revised += int((verdict.revised & mine).sum())
        tally.n_merged += int((~verdict.stored & ~verdict.revised & mine).sum())
        tally.n_flagged += int((flagged & (verdict.stored | verdict.revised) & mine).sum())


def _rejects(run: _Run, piece: Piece, rows: Standardised) -> Iterator[commit.Reject]:
    def reject(unit: int, row_number: int, reason: str, raw: str, is_parsed: bool) -> commit.Reject:
        return commit.Reject(
            unit, run.source, run.entry.table, run.input_number, run.files[unit], run.units[unit].name,
            row_number, reason, personal.without_identity_numbers(raw), is_parsed,
        )  # fmt: skip

    for position, reason in rows.rejected:
        number = int(piece.batch.row_numbers[position])
        yield reject(int(piece.unit_of_row[position]), number, reason, raw_row(piece.batch, position), True)
    for unit, row in piece.broken:
        yield reject(unit, row.row_number, row.reason, row.raw, False)


def _close(run: _Run, ended: Sequence[int]) -> None:
    """Note the files that ended; the sums must be equal."""
    lines = []
    for number in ended:
        unit, file, tally = run.units[number], run.files[number], run.tallies[number]
        message = run.failed.get(number)
        if message is None:
            tally.check(unit.name)
        state = "failed" if message else "complete"
        watermark = run.watermarks.get(number) or run.options.get("since")
        lines.append(
            ledger.line(
                run.source, run.report.run_id, run.entry.table, unit, file, state, tally,
                watermark=watermark, message=message,
            )
        )  # fmt: skip
    run.library.ledger.note(lines)
