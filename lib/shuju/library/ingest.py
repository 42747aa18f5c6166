"""Ingest (汇聚入库): raw files become standard records in the library, every row accounted for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from shuju.catalog import Input, Table
from shuju.clock import now
from shuju.engine import Pass, beside, run
from shuju.library.abandoned import close_abandoned
from shuju.library.compaction import compact_many
from shuju.library.errors import mendable_disk_errors
from shuju.library.groups import Piece, gather
from shuju.library.ledger import Tally
from shuju.library.profiling import hold_back, note_pages
from shuju.library.reading import Account, Plan, plan_input, read_files
from shuju.library.standardise import Context, Standardised, standardise
from shuju.library.storing import Group, store_group

if TYPE_CHECKING:
    from shuju.library.library import Library

GROUP_ROWS = 200_000
GROUP_BYTES = 192 << 20


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
    """What one run did: the tally of each table, the files left alone, the files that failed.

    ``warnings``: how files differ from those before them; ``held``: the same of files that were therefore held back.
    """

    run_id: str
    tallies: dict[str, Tally] = field(default_factory=dict)
    n_files: int = 0
    n_unchanged: int = 0
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)


def ingest(
    library: Library,
    source_name: str,
    location: str | Path | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    release: bool = False,
) -> Report:
    """Bring a source of the catalog into the library and return what became of its rows.

    ``location`` is the folder (or file) where the source's files are, if not the catalog's own. Files
    that are in the ledger as complete, unchanged and under the same mapping, are left alone. A run
    that was killed is completed by the next: rows that it had stored are recognised. Two runs of one
    source follow each other; runs of different sources go side by side. ``release`` takes in what was held back.

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
            plan = plan_input(library, source_name, number, place, report.run_id)
            listed |= plan.listed
            report.n_files += len(plan.units)
            report.n_unchanged += plan.n_unchanged
            if plan.entry.hold and not release:
                plan, said = hold_back(plan)
                report.held += said
            if plan.units:
                accounts = [Account() for _ in plan.units]
                _take_in(plan, accounts, progress)
                if plan.is_pages:
                    note_pages(plan, accounts)
                _sum_up(plan, accounts, report)
        close_abandoned(library, source_name, listed, report.run_id)
        library.save_indexes()
        for name in ("ledger", *_written(report, library)):
            compact_many(library.stored(name))
    return report


def _written(report: Report, library: Library) -> list[str]:
    """Return the tables that a run may have added files to."""
    names = [name for table in report.tallies for name in (table, f"{table}_private")]
    return [name for name in names if name in library.catalog.tables]


def _take_in(plan: Plan, accounts: list[Account], progress: Callable[[Progress], None] | None) -> None:
    """Read, gather, standardise and store the files of a plan, group by group."""
    tables = plan.library.catalog.tables
    standard = (plan.entry, tables[plan.entry.table], tables.get(f"{plan.entry.table}_private"), plan.context)
    standardised = run(STANDARDISE, gather(read_files(plan, accounts)), standard)
    if progress:
        standardised = _told(plan, standardised, progress)
    for group in _groups(standardised):
        store_group(plan, accounts, group)


def _standardise(piece: Piece, standard: tuple[Input, Table, Table | None, Context]) -> Standardised:
    return standardise(piece.batch, *standard)


STANDARDISE = Pass("标准化", _standardise, join=beside, cost=lambda piece: 4 * piece.batch.rows.nbytes)


def _groups(standardised: Iterable[tuple[Piece, Standardised]]) -> Iterator[Group]:
    """Yield the pieces in groups worth a commit; the last one may be small."""
    group: list[tuple[Piece, Standardised]] = []
    n_rows = n_bytes = 0
    for piece, rows in standardised:
        group.append((piece, rows))
        n_rows += len(piece.batch.row_numbers)
        n_bytes += rows.rows.nbytes
        if n_rows >= GROUP_ROWS or n_bytes >= GROUP_BYTES:
            yield group
            group, n_rows, n_bytes = [], 0, 0
    yield group


def _told(
    plan: Plan, standardised: Iterable[tuple[Piece, Standardised]], progress: Callable[[Progress], None]
) -> Iterator[tuple[Piece, Standardised]]:
    """Yield the pieces again, and tell after each how far the run is."""
    total = sum(unit.n_bytes for unit in plan.units)
    n_rows = n_bytes = 0
    for piece, rows in standardised:
        yield piece, rows
        n_rows += len(piece.batch.row_numbers) + len(piece.broken)
        n_bytes += sum(plan.units[number].n_bytes for number in piece.ended)
        last = plan.units[int(piece.unit_of_row[-1])].name if len(piece.unit_of_row) else ""
        progress(Progress(plan.entry.table, last, n_rows, n_bytes, total))


def _sum_up(plan: Plan, accounts: list[Account], report: Report) -> None:
    total = report.tallies.setdefault(plan.entry.table, Tally())
    for account in accounts:
        for name, n in vars(account.tally).items():
            setattr(total, name, getattr(total, name) + n)
    report.failures += [account.failure for account in accounts if account.failure]
    for unit, account in zip(plan.units, accounts, strict=True):
        name = f"网页 {len(accounts):,} 个" if plan.is_pages else unit.name
        report.warnings += [f"{name}：{warning}" for warning in account.warnings]
