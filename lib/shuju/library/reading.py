"""Which files of an input are to be read, and their rows as a stream; an account of each file as it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuju.catalog import Input
from shuju.clock import now
from shuju.engine import Pass, run
from shuju.library import ledger
from shuju.library.batch import RawBatch
from shuju.library.errors import LibraryError, SourceError
from shuju.library.expected import as_expected, filled
from shuju.library.findings import Found
from shuju.library.ledger import ABANDONED, Tally
from shuju.library.profile import ProfileParts
from shuju.library.readers import html_pages, reader
from shuju.library.readers.files import Unit
from shuju.library.standardise import Context

if TYPE_CHECKING:
    from shuju.library.library import Library

PAGE_READERS = ("html", "sitemap", "docx", "pdf")
PROCESS_UNITS = 2_000  # for fewer pages, starting processes takes longer than reading them here
AT_A_TIME = 32  # units that a process is given


@dataclass(frozen=True)
class Plan:
    """What one run reads of one input: ``units`` and their ``files`` in the ledger, one beside the other.

    ``listed`` are all files that there are, those already complete (``n_unchanged``) too; ``resumed`` are those that an
    earlier run began. ``earlier``: by file, what it was called in the ledger under earlier mappings.
    """

    library: Library
    source: str
    run_id: str
    input_number: int
    entry: Input
    units: tuple[Unit, ...]
    files: tuple[str, ...]
    listed: frozenset[str]
    resumed: frozenset[str]
    earlier: Mapping[str, frozenset[str]]
    n_unchanged: int
    options: Mapping[str, Any]
    context: Context

    @property
    def is_pages(self) -> bool:
        """Whether a file is one page: then one profile is kept of all pages of a run."""
        return self.entry.reader in PAGE_READERS


@dataclass
class Account:
    """What becomes of one file, as it is read: its tally, how far a query was read, why it failed.

    ``rejected`` are the rows of a resumed file that are at fault this time too. ``profile``: what its rows look like; ``found``: in their
    values; ``notes`` and ``missing``: by
    the reader. ``warnings`` are what all this comes to. ``seen`` are the raw fields that any page filled.
    """

    tally: Tally = field(default_factory=Tally)
    watermark: str | None = None
    failure: str | None = None
    rejected: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    profile: ProfileParts = field(default_factory=ProfileParts)
    found: Found = field(default_factory=Found)
    notes: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def plan_input(library: Library, source: str, number: int, place: Path, run_id: str) -> Plan:
    """List the files of an input, leave out those already complete, and note the rest in the ledger."""
    entry = library.source(source).inputs[number]
    options = entry.reader_options
    states = library.ledger.states(source)
    units, files, listed, n_unchanged = [], [], set(), 0
    for unit in reader(entry.reader).units(entry.files, place, options):
        file = ledger.file_id(source, unit, entry)
        listed.add(file)
        if states.get(file) == "complete":
            n_unchanged += 1
            continue
        units.append(unit)
        files.append(file)
        if "watermark" in options:
            options["since"] = library.ledger.watermark(source, entry.table, unit.name)
    if options.pop("compare", False):
        options["furniture"] = html_pages.furniture(units, options)
    library.ledger.note(
        ledger.line(source, run_id, entry.table, unit, file, "planned")
        for unit, file in zip(units, files, strict=True)
        if states.get(file) != "planned"
    )
    sites = library.site_maps() if entry.table != "sites" else {}
    return Plan(
        library=library,
        source=source,
        run_id=run_id,
        input_number=number,
        entry=entry,
        units=tuple(units),
        files=tuple(files),
        listed=frozenset(listed),
        resumed=frozenset(f for f in files if states.get(f) in ("planned", "failed", ABANDONED)),
        earlier=library.ledger.earlier_readings(source, entry.table, units, files),
        n_unchanged=n_unchanged,
        options=options,
        context=Context(location=place, now=now(), **sites),
    )


def read_files(plan: Plan, accounts: Sequence[Account]) -> Iterator[tuple[int, RawBatch | None]]:
    """Yield (file number, batch) over all files, and (number, None) after the last batch of each.

    A file that cannot be read further ends there; its account says why.
    """
    module = reader(plan.entry.reader)
    if getattr(module, "IN_PROCESSES", False) and len(plan.units) >= PROCESS_UNITS:
        yield from _read_in_processes(plan, accounts)
        return
    for number, (unit, account) in enumerate(zip(plan.units, accounts, strict=True)):
        try:
            for batch in as_expected(plan.entry, unit.name, module.read(unit, plan.options)):
                account.watermark = _watermark(plan, batch) or account.watermark
                note_batch(plan, accounts, number, batch)
                yield number, batch
        except (SourceError, OSError) as error:
            account.failure = _failure(unit, error)
        yield number, None


def note_batch(plan: Plan, accounts: Sequence[Account], number: int, batch: RawBatch) -> None:
    """Note in the account of a file that a batch of it was read; what any page filled is noted in the first."""
    accounts[number].tally.n_read += batch.n_read
    accounts[number].notes += batch.notes
    accounts[number].missing |= batch.missing
    if plan.is_pages:
        accounts[0].seen |= filled(batch.rows)


def _read_in_processes(plan: Plan, accounts: Sequence[Account]) -> Iterator[tuple[int, RawBatch | None]]:
    some = [plan.units[first : first + AT_A_TIME] for first in range(0, len(plan.units), AT_A_TIME)]
    read = chain.from_iterable(run(READ, some, (plan.entry.reader, plan.options)))
    for number, (batches, error) in enumerate(read):
        for batch in batches:
            note_batch(plan, accounts, number, batch)
            yield number, batch
        if error is not None:
            accounts[number].failure = _failure(plan.units[number], error)
        yield number, None


def _read_whole(
    units: Sequence[Unit], how: tuple[str, Mapping[str, Any]]
) -> list[tuple[list[RawBatch], Exception | None]]:
    name, options = how
    return [_read_unit(name, unit, options) for unit in units]


def _read_unit(name: str, unit: Unit, options: Mapping[str, Any]) -> tuple[list[RawBatch], Exception | None]:
    try:
        return list(reader(name).read(unit, options)), None
    except (SourceError, OSError) as error:
        return [], error


READ = Pass("读取文件", _read_whole, holds_gil=True)


def _watermark(plan: Plan, batch: RawBatch) -> str | None:
    column = plan.options.get("watermark")
    has_one = column in batch.rows.column_names and batch.rows.num_rows
    return str(batch.rows.column(column)[-1]) if has_one else None


def _failure(unit: Unit, error: Exception) -> str:
    return str(error) if isinstance(error, LibraryError) else f"{unit.name}：读取失败：{_os_reason(error)}"


def _os_reason(error: Exception) -> str:
    reasons = {2: "文件已不存在", 5: "磁盘读取出错", 13: "没有读取权限"}
    return reasons.get(getattr(error, "errno", None) or 0, str(error))
