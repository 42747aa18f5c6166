"""A library made, and told row by row without what a run stamps on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from shuju.letters import facts as letter_facts
from shuju.letters.build import build_letters
from shuju.library import Library, open_library
from shuju.library.ingest import ingest
from shuju.library.sealing import opened
from shuju.library.status import status
from shuju.records import facts as record_facts
from shuju.spread.build import build_spread

STAMPS = ["run_id", "ingested_at", "quarantined_at", "updated_at"]
TAKEN_IN = ("records", "letters", "sites", "quarantine")
MADE = ("reprints", "cascades", "hot_issues", "issue_letters", "issue_records", "warnings")


def take_in(home: Path | str, catalog: Path) -> Library:
    """Bring every source of the catalog in and build all that is derived."""
    library = open_library(home, catalog)
    for name, source in library.catalog.sources.items():
        if source.synthetic:
            ingest(library, name)
    record_facts.build(library)
    build_letters(library)
    build_spread(library)
    return library


def contents(home: Path | str, catalog: Path) -> dict[str, pd.DataFrame]:
    """Return all tables: those that came in by their keys, those that were made as they stand; and facts."""
    library = open_library(home, catalog)
    assert status(library)["balanced"]
    found = {}
    for name in (*TAKEN_IN, *MADE):
        rows = library.load(name).compute().drop(columns=STAMPS, errors="ignore")
        if name in TAKEN_IN:
            rows = rows.sort_values(library.catalog.table(name).key)
        found[name] = rows.reset_index(drop=True)
    # What is encrypted differs each time: what it says does not.
    waiting = found["quarantine"]
    waiting["raw"] = [
        opened(raw, "quarantine", "raw", row) for raw, row in zip(waiting["raw"], waiting["quarantine_id"])
    ]
    for facts in (record_facts.build(library), letter_facts.build(library)):
        # Labels: a code depends on which data file was written first.
        columns = {d.name: facts.coordinate(d.name)[facts.column(d.name)] for d in facts.schema.dimensions}
        rows = pd.DataFrame(columns | {"key": np.asarray(facts.column("key"))})
        found[f"facts of {facts.schema.name}"] = rows.sort_values("key").reset_index(drop=True)
    found["ledger"] = library.ledger.sums().sort_values(["source", "table_name"]).reset_index(drop=True)
    return found


def assert_same(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    for name, rows in expected.items():
        pd.testing.assert_frame_equal(found[name], rows, obj=name)
