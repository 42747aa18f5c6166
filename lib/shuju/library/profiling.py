"""Profiles of files as they are taken in: made, held against those before, kept in the ledger; files held back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from shuju.library import ledger
from shuju.library.batch import RawBatch
from shuju.library.errors import SourceError
from shuju.library.expected import as_expected, unseen
from shuju.library.findings import Finding
from shuju.library.ledger import HELD, PROFILED
from shuju.library.profile import ProfileParts, with_outcome
from shuju.library.profile_rules import KEPT, differences, series_of
from shuju.library.readers import reader
from shuju.library.readers.files import Unit
from shuju.library.reading import Account, Plan
from shuju.library.standardise import standardise

MANY_PAGES = 20  # so many pages together may be expected to fill what the catalog names
Profiles = list[dict[str, Any]]


def profile_rows(plan: Plan, accounts: Sequence[Account], rows: pa.Table, unit_of_row: np.ndarray) -> None:
    """Add standard rows to the profiles of their files; the rows of a file follow each other."""
    table = plan.library.catalog.table(plan.entry.table)
    names = frozenset(plan.entry.fields)
    if plan.is_pages:
        accounts[0].profile.add(rows, table, names)
        return
    starts = np.flatnonzero(np.diff(unit_of_row, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(unit_of_row)]):
        accounts[int(unit_of_row[start])].profile.add(rows.slice(start, stop - start), table, names)


def note_findings(
    plan: Plan, accounts: Sequence[Account], unit_of_row: np.ndarray, findings: Sequence[Finding]
) -> None:
    """Add what was found in rows to what is told of their files."""
    for finding in findings:
        units, counts = np.unique(unit_of_row[finding.at], return_counts=True)
        for unit, n in zip(units.tolist(), counts.tolist()):
            accounts[0 if plan.is_pages else unit].found.add(finding, n)


def earlier_profiles(plan: Plan) -> Profiles:
    """Return the profiles of the files of this input that came before, the last of each series, oldest first."""
    return plan.library.ledger.profiles(plan.source, plan.entry.table, plan.input_number, KEPT)


def profile_notes(plan: Plan, name: str, account: Account, before: Profiles) -> dict[str, object]:
    """Return what the ledger notes of the file ``name``: its profile, and how it differs from those before, to which it is added."""
    table = plan.library.catalog.table(plan.entry.table)
    tally = account.tally
    made = with_outcome(account.profile.profile(table), tally.n_read, vars(tally)) | {
        "input": plan.input_number,
        "series": series_of(name),
    }
    for field, told in made["fields"].items():
        told["null_words"] = round(account.found.null_words(field) / tally.n_read, 4)
    titles = {field: column.name for field, column in table.columns.items()}
    known = {field for profile in before for field in profile["fields"]}  # told of their first file already
    missing = dict.fromkeys(said for field, said in account.missing.items() if field not in known)
    account.warnings = [
        *account.notes,
        *missing,
        *account.found.told(titles),
        *differences(made, before, table),
    ]
    if not tally.n_read:
        return {"warnings": "\n".join(account.warnings) or None}
    before.append(made)
    account.profile = ProfileParts()  # its samples are not needed any more
    return {
        "profile": json.dumps(made, ensure_ascii=False),
        "warnings": "\n".join(account.warnings) or None,
    }


def note_pages(plan: Plan, accounts: Sequence[Account]) -> None:
    """Note one profile of all pages of a run."""
    before = earlier_profiles(plan)
    whole = Account(profile=accounts[0].profile, found=accounts[0].found)
    if not before or len(accounts) >= MANY_PAGES:
        whole.notes += unseen(plan.entry, accounts[0].seen)
    for account in accounts:
        if account.failure is None:
            for name, n in vars(account.tally).items():
                setattr(whole.tally, name, getattr(whole.tally, name) + n)
    notes = profile_notes(plan, "", whole, before)
    accounts[0].warnings = whole.warnings
    if notes:
        unit = Unit(f"网页 {len(accounts):,} 个", None, "", 0)
        line = ledger.line(plan.source, plan.run_id, plan.entry.table, unit, "", PROFILED, **notes)
        plan.library.ledger.note([line])


def hold_back(plan: Plan) -> tuple[Plan, list[str]]:
    """Return the plan without the files that differ from those before, and what to say of each.

    Each file is read once more for this. A file that cannot be read stays in the plan, which tells why.
    """
    before = earlier_profiles(plan)
    kept, said, lines = [], [], []
    for number, unit in enumerate(plan.units):
        account = Account()
        try:
            for batch in as_expected(
                plan.entry, unit.name, reader(plan.entry.reader).read(unit, plan.options)
            ):
                _profile_batch(plan, account, batch)
                account.notes += batch.notes
                account.missing |= batch.missing
        except (SourceError, OSError):
            kept.append(number)
            continue
        notes = profile_notes(plan, unit.name, account, before)
        if account.warnings:
            if account.tally.n_read:
                before.pop()
            said += [f"{unit.name}：{warning}" for warning in account.warnings]
            lines.append(
                ledger.line(
                    plan.source, plan.run_id, plan.entry.table, unit, plan.files[number], HELD, **notes
                )
            )
        else:
            kept.append(number)
    plan.library.ledger.note(lines)
    left = replace(plan, units=tuple(plan.units[n] for n in kept), files=tuple(plan.files[n] for n in kept))
    return left, said


def _profile_batch(plan: Plan, account: Account, batch: RawBatch) -> None:
    catalog = plan.library.catalog
    table = catalog.table(plan.entry.table)
    made = standardise(
        batch, plan.entry, table, catalog.tables.get(f"{plan.entry.table}_private"), plan.context
    )
    account.profile.add(made.rows, table, frozenset(plan.entry.fields))
    for finding in made.findings:
        account.found.add(finding, len(finding.at))
    account.tally.n_read += batch.n_read
    account.tally.n_quarantined += len(made.rejected) + len(batch.broken)
    account.tally.n_flagged += int(made.rows.column("quality_flags").is_valid().to_numpy().sum())
