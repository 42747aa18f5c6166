"""The library as those who run it see it: what it holds, how fresh, and whether every row is accounted for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shuju.clock import now
from shuju.facts.fact_selection import totals
from shuju.facts.naming import label_name
from shuju.facts.store import Facts
from shuju.library import Library
from shuju.library.status import status
from shuju.library.versioned import versioned
from shuju.records.facts import newest
from shuju.standard import code_list, regions
from shuju.ui.templates import render

REASONS = 8


@dataclass(frozen=True)
class LibraryData:
    """What the page tells, as plain values; ``by_library`` is (name, records, last day published)."""

    status: Mapping[str, Any]
    by_library: Sequence[tuple[str, int, dt.date | None]]
    n_counties: int
    n_counties_all: int
    is_synthetic: bool
    as_of: dt.datetime | None


@versioned("ledger", "records", "letters")
def library_data(library: Library) -> LibraryData:
    """Return the figures of the library as it is; once for each state. O(lines of the ledger).

    ``as_of`` is the time of its newest record or letter.
    """
    facts = newest(library)
    by = totals(facts).by
    codes, counties = facts.codes, [r.code for r in regions("county")]
    last = _last_days(facts)
    state = status(library)
    newest_times = [
        t["newest"] for t in state["tables"] if t["newest"] and t["name"] in ("records", "letters")
    ]
    return LibraryData(
        status=state,
        by_library=[
            (
                label_name("libraries", code),
                int(by["library"][codes["library"][code]]),
                last.get(code),
            )
            for code in code_list("libraries").codes
        ],
        n_counties=sum(int(by["region"][codes["region"][code]]) > 0 for code in counties),
        n_counties_all=len(counties),
        is_synthetic=_is_synthetic(library, facts),
        as_of=dt.datetime.fromisoformat(max(newest_times)) if newest_times else None,
    )


def _is_synthetic(library: Library, facts: Facts) -> bool:
    sources = library.ledger.frame()["source"].unique() if not facts.n else facts.labels("source")
    return any(
        name in library.catalog.sources and library.catalog.sources[name].synthetic for name in sources
    )


def _last_days(facts: Facts) -> dict[str, dt.date]:
    """Return the last day on which each library published, from the counts of library × day."""
    from shuju.facts import cube

    if not facts.n:
        return {}
    days = cube(facts, ("library", "day"))["n"]
    last = {}
    for label in days["library"].values:
        filled = days["day"].values[days.sel(library=label).values > 0]
        if len(filled):
            last[str(label)] = pd.Timestamp(filled[-1]).date()
    return last


def library_html(library: Library) -> str:
    """Return the page as HTML."""
    found = library_data(library)
    tables = {table["name"]: table for table in found.status["tables"]}
    total = sum(table["n_current"] for table in tables.values())
    return render(
        "library/library.html", found=found, tables=tables, total=total, now=now(), n_reasons=REASONS
    )
