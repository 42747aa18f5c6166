"""The state of the library: what it holds, how fresh it is, and whether every row is accounted for."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from shuju.clock import now
from shuju.library.commit import WAITING
from shuju.library.ledger import COUNTS, HELD
from shuju.library.library import Library
from shuju.library.sealing import seal_states
from shuju.library.versioned import versioned

MANY_WARNED = 1_000
LATELY_DAYS = 7
WARNED = 20  # so many files unlike their predecessors are told of


@dataclass(frozen=True)
class TableState:
    """One table against its ledger: its rows must be those that the ledger calls stored or revised."""

    name: str
    title: str
    n_current: int
    n_rows: int
    n_bytes: int
    n_files: int
    version: int | None
    newest: dt.datetime | None
    n_read: int = 0
    n_stored: int = 0
    n_revised: int = 0
    n_merged: int = 0
    n_quarantined: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether the ledger's sums are equal, and equal to what the table holds."""
        went = self.n_stored + self.n_revised + self.n_merged + self.n_quarantined
        return went == self.n_read and self.n_stored + self.n_revised == self.n_rows


def table_states(library: Library) -> list[TableState]:
    """Return the state of each table that sources fill, in the catalog's order (from logs alone)."""
    sums = library.ledger.sums().groupby("table_name")[list(COUNTS)].sum()
    states = []
    for name, table in library.catalog.tables.items():
        if name in ("ledger", "quarantine") or name.endswith("_private") or table.derived:
            continue
        stored = library.stored(name).refresh()
        files = stored.files()
        newest = [f.high[table.time] for f in files if table.time in f.high]
        counts = {c: int(sums.at[name, c]) if name in sums.index else 0 for c in COUNTS}
        states.append(
            TableState(
                name=name,
                title=table.title,
                n_current=library.count(name),
                n_rows=sum(f.n_rows for f in files),
                n_bytes=sum(f.n_bytes for f in files),
                n_files=len(files),
                version=stored.newest if stored.exists else None,
                newest=max(newest, default=None),
                **counts,
            )
        )
    return states


def status(library: Library) -> dict[str, Any]:
    """Return the state of the library as plain data, as ``shuju status --json`` prints it."""
    states = table_states(library)
    quarantine = library.read("quarantine", ["table_name", "reason", "state"])
    waiting = quarantine[quarantine["state"] == WAITING]
    cause = waiting["reason"].str.split("：第").str[0]  # without the place in the line, which differs
    by_reason = (
        waiting.assign(reason=cause).groupby(["table_name", "reason"]).size().sort_values(ascending=False)
    )
    sources = library.ledger.sums()
    return {
        "home": library.home.uri,
        "balanced": all(s.is_balanced for s in states)
        and len(waiting) == sum(s.n_quarantined for s in states),
        "tables": [_plain(asdict(s) | {"balanced": s.is_balanced}) for s in states],
        "sources": [{k: _number(v) for k, v in row.items()} for row in sources.to_dict("records")],
        "sealing": [asdict(one) for one in seal_states(library)],
        "warnings": [
            {
                "source": line.source,
                "path": line.path,
                "table": line.table_name,
                "held": line.state == HELD,
                "at": line.noted_at.isoformat(),
                "said": line.warnings.split("\n"),
            }
            for line in library.ledger.warned(WARNED).itertuples()
        ],
        "quarantine": {
            "waiting": len(waiting),
            "by_reason": [{"table": t, "reason": r, "n": int(n)} for (t, r), n in by_reason.items()],
        },
    }


def files_to_look_at(library: Library) -> tuple[int, int]:
    """Return how many files of the last ``LATELY_DAYS`` days are to be looked at, and how many are held back, whenever that was."""
    since = now() - dt.timedelta(days=LATELY_DAYS)
    warned = _warned(library)
    return sum(at >= since and not is_held for at, is_held in warned), sum(is_held for _, is_held in warned)


@versioned("ledger")
def _warned(library: Library) -> list[tuple[dt.datetime, bool]]:
    lines = library.ledger.warned(MANY_WARNED)
    return [(line.noted_at.to_pydatetime(), line.state == HELD) for line in lines.itertuples()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}


def _number(value: Any) -> Any:
    return int(value) if hasattr(value, "dtype") else value
