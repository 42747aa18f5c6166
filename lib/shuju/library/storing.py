"""A group of standardised rows into the library: main table, private companion, quarantine, ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from shuju.library import commit, ledger
from shuju.library.commit import Incoming
from shuju.library.groups import Piece
from shuju.library.profiling import earlier_profiles, note_findings, profile_notes, profile_rows
from shuju.library.quarantine import settle, settle_earlier
from shuju.library.reading import Account, Plan
from shuju.library.standardise import Standardised, raw_row
from shuju.text import personal

Group = Sequence[tuple[Piece, Standardised]]


def store_group(plan: Plan, accounts: Sequence[Account], group: Group) -> None:
    """Write what a group holds to the library, then call its ended files complete.

    Raises:
        LedgerError: the sums of a file do not add up.
    """
    _commit_rows(plan, accounts, group)
    _quarantine(plan, accounts, group)
    ended = [number for piece, _ in group for number in piece.ended]
    if resumed := [number for number in ended if plan.files[number] in plan.resumed]:
        files = {plan.files[number] for number in resumed}
        again = set().union(*(accounts[number].rejected for number in resumed))
        settle(plan.library, plan.entry.table, files, again, plan.run_id)
    settled = [
        line
        for number in ended
        if accounts[number].failure is None
        for line in settle_earlier(
            plan.library,
            plan.source,
            plan.entry.table,
            plan.earlier.get(plan.files[number], ()),
            plan.run_id,
        )
    ]
    _close(plan, accounts, ended, settled)


def _commit_rows(plan: Plan, accounts: Sequence[Account], group: Group) -> None:
    table = plan.entry.table
    main = [_incoming(plan, piece, rows.rows, rows.at) for piece, rows in group if len(rows.at)]
    for piece, rows in group:
        note_findings(plan, accounts, piece.unit_of_row, rows.findings)
    for incoming in main:
        profile_rows(plan, accounts, incoming.rows, incoming.unit_of_row)
    for incoming, outcome in commit.commit_rows(plan.library, table, main, plan.run_id, set(plan.resumed)):
        _count(accounts, incoming, outcome)
    private = [
        _incoming(plan, piece, rows.private, rows.private_at)
        for piece, rows in group
        if rows.private is not None and rows.private_at is not None and len(rows.private_at)
    ]
    commit.commit_rows(plan.library, f"{table}_private", private, plan.run_id, set())


def _incoming(plan: Plan, piece: Piece, rows: pa.Table, at: np.ndarray) -> Incoming:
    unit_of_row = piece.unit_of_row[at]
    return Incoming(
        rows=rows,
        source=plan.source,
        file_id=pa.array(plan.files, pa.string()).take(pa.array(unit_of_row)),
        row_number=piece.batch.row_numbers[at],
        unit_of_row=unit_of_row,
    )


def _count(accounts: Sequence[Account], incoming: Incoming, outcome: commit.Outcome) -> None:
    flagged = np.asarray(incoming.rows.column("quality_flags").is_valid())
    for unit in np.unique(incoming.unit_of_row):
        mine = incoming.unit_of_row == unit
        tally = accounts[int(unit)].tally
        tally.n_stored += int((outcome.stored & mine).sum())
        tally.n_revised += int((outcome.revised & mine).sum())
        tally.n_merged += int((~outcome.stored & ~outcome.revised & mine).sum())
        tally.n_flagged += int((flagged & (outcome.stored | outcome.revised) & mine).sum())


def _quarantine(plan: Plan, accounts: Sequence[Account], group: Group) -> None:
    rejects = [reject for piece, rows in group for reject in _rejects(plan, piece, rows)]
    commit.quarantine_rows(plan.library, rejects, plan.run_id)
    for reject in rejects:
        account = accounts[reject.unit]
        account.tally.n_quarantined += 1
        if reject.file_id in plan.resumed:
            account.rejected.add(commit.quarantine_id(reject.file_id, reject.row_number, reject.table))


def _rejects(plan: Plan, piece: Piece, rows: Standardised) -> Iterator[commit.Reject]:
    def reject(unit: int, row_number: int, reason: str, raw: str, is_parsed: bool) -> commit.Reject:
        return commit.Reject(
            unit=unit,
            source=plan.source,
            table=plan.entry.table,
            input_number=plan.input_number,
            file_id=plan.files[unit],
            path=plan.units[unit].name,
            row_number=row_number,
            reason=reason,
            raw=personal.without_identity_numbers(raw),
            is_parsed=is_parsed,
        )

    for position, reason in rows.rejected:
        number = int(piece.batch.row_numbers[position])
        yield reject(int(piece.unit_of_row[position]), number, reason, raw_row(piece.batch, position), True)
    for unit, row in piece.broken:
        yield reject(unit, row.row_number, row.reason, row.raw, False)


def _close(
    plan: Plan, accounts: Sequence[Account], ended: Sequence[int], settled: Sequence[dict[str, object]]
) -> None:
    """Note the files that ended, and what they settled; the sums must be equal."""
    lines = list(settled)
    before = earlier_profiles(plan)
    for number in ended:
        unit, account = plan.units[number], accounts[number]
        more: dict[str, object] = {}
        if account.failure is None:
            account.tally.check(unit.name)
            if not plan.is_pages:
                more = profile_notes(plan, unit.name, account, before)
        lines.append(
            ledger.line(
                plan.source,
                plan.run_id,
                plan.entry.table,
                unit,
                plan.files[number],
                "failed" if account.failure else "complete",
                account.tally,
                watermark=account.watermark or plan.options.get("since"),
                message=account.failure,
                **more,
            )
        )
    plan.library.ledger.note(lines)
