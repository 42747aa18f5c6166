"""Every card under a scope against a library filtered by hand: figures that differ.

    python -m bench.recount HOME [region codes]

HOME is a built library (``shuju demo --no-serve``, ``shuju build``). For each role, and for departments of some places
(one prefecture and one county if none is given), every card of every page is answered twice: as that person over HOME, and without
any scope over a copy whose rows were deleted by hand, by the rule in other words. Cards that need an id are asked for every
id that is seen, up to 20. Fails if a figure differs.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import holoviews as hv
import numpy as np
import pandas as pd
import xarray as xr
from deltalake import DeltaTable

import shuju
from shuju.access import Subject, entered
from shuju.desk.organisations import answerable, of_region
from shuju.desk.store import open_desk
from shuju.facts.cards import Card, all_cards
from shuju.facts.schema import FactsError
from shuju.letters import facts as letter_facts
from shuju.library import Library, close_to_strangers, open_library, share, unshare
from shuju.records import facts as record_facts

PUBLISHED = ("sites", "records", "cascades", "reprints", "policy_items")
OF_ISSUES = ("hot_issues", "issue_letters", "issue_records")
MOST_IDS = 20
# That the data of a table reach to a day, and from when on, is told to everybody (docs/security.md).
TOLD_TO_ALL = ("as_of", "first_day", "last_day")


def main(home: Path, codes: list[str]) -> int:
    print("| as | letters | issues | answers compared | that differ |\n|---|---|---|---|---|")
    n_differ = 0
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        for who, code in people(home, codes):
            alone = filtered_by_hand(home, Path(folder) / who.account, who.role, code)
            n, differ = compared(home, alone, who)
            letters, issues = (open_library(alone).count(table) for table in ("letters", "hot_issues"))
            print(f"| {who.title} | {letters:,} | {issues:,} | {n:,} | {len(differ)} |", flush=True)
            for name, (one, other) in differ.items():
                print(f"  {name}: {first_difference(one, other)}", file=sys.stderr)
            n_differ += len(differ)
            shutil.rmtree(alone)
    return n_differ


def people(home: Path, codes: list[str]) -> Iterator[tuple[Subject, str]]:
    """Yield who looks, and for departments the code of their place."""
    for role in ("leader", "analyst", "operator"):
        yield Subject(role, role, role), ""
    desk = open_desk(open_library(home).home)
    for code in codes:
        place = of_region(desk, code)
        own = answerable(desk, place.id)
        yield Subject(code, code, "department", place.name, own.regions, own.library, own.departments), code


def filtered_by_hand(home: Path, to: Path, role: str, code: str) -> Path:
    """Copy a library and delete what somebody may not see; facts are made anew from what is left."""
    shutil.copytree(home, to, ignore=shutil.ignore_patterns("raw", "truth", "facts", "keys"))
    if role in ("leader", "analyst"):
        gone: dict[str, str] = {"letters_private": "true"}
    elif role == "department":
        gone = of_department(home, code)
    else:
        gone = {table: "true" for table in tables_of(home) if table not in (*PUBLISHED, "ledger")}
    for table, rows in gone.items():
        if (to / "tables" / table / "_delta_log").exists():
            DeltaTable(str(to / "tables" / table)).delete(rows)
    library = open_library(to)
    record_facts.build(library)
    letter_facts.build(library)
    return to


def of_department(home: Path, code: str) -> dict[str, str]:
    """Return what a department of a place may not see, as conditions of SQL: codes of regions begin alike."""
    start = code.removesuffix("00") if code.endswith("00") else code
    tables = home / "tables"
    letters = DeltaTable(str(tables / "letters")).to_pandas(columns=["letter_id", "region_code"])
    own = set(letters["letter_id"][letters["region_code"].fillna("").str.startswith(start)])
    members = DeltaTable(str(tables / "issue_letters")).to_pandas(columns=["letter_id", "issue_id"])
    foreign = set(members["issue_id"][~members["letter_id"].isin(own)])
    listed = ", ".join(f"'{one}'" for one in sorted(foreign)) or "''"
    gone = {table: "true" for table in tables_of(home) if table not in PUBLISHED}
    gone |= dict.fromkeys(OF_ISSUES, f"issue_id IN ({listed})")
    for table in ("letters", "warnings"):
        gone[table] = f"region_code IS NULL OR NOT starts_with(region_code, '{start}')"
    return gone


def tables_of(home: Path) -> list[str]:
    return sorted(one.name for one in (home / "tables").iterdir())


def compared(home: Path, alone: Path, who: Subject) -> tuple[int, dict[str, tuple[str, str]]]:
    """Answer every card both ways; return how many answers, and those that differ by card and id."""
    with seen_by(home, who):
        asked = dict(answers(home, who.role))
    differ = {}
    recounted = dict(answers(alone, who.role))
    for name in asked.keys() | recounted.keys():
        one, other = asked.get(name, "—"), recounted.get(name, "—")
        if one != other:
            differ[name] = one, other
    return len(asked), differ


@contextmanager
def seen_by(home: Path, who: Subject) -> Iterator[None]:
    """Have a library limited to what somebody sees, as a server does."""
    library = open_library(home)
    share(library)
    close_to_strangers()
    try:
        with entered(who):
            yield
    finally:
        unshare(library)


def answers(home: Path, role: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each answer of the tables that a role may look at, and its figures as text."""
    ids = {table: seen_ids(shuju.open(home), table) for table in ("hot_issues", "cascades")}
    for card in all_cards():
        if not card.table or (role == "operator" and card.table not in PUBLISHED):
            continue
        keys = ids[card.table] if "id" in card.options else [""]
        for key in keys:
            selection = shuju.select(card.table, home)
            yield f"{card.name} {key}".strip(), figures_of(card, selection, {"id": key} if key else {})


def seen_ids(library: Library, table: str) -> list[str]:
    column = {"hot_issues": "issue_id", "cascades": "origin_id"}[table]
    return sorted(library.read(table, [column])[column])[:MOST_IDS]


def figures_of(card: Card, selection: shuju.Selection, chosen: dict[str, str]) -> str:
    """Return an answer of a card as text that can be compared."""
    try:
        return text_of(card.data(selection, **card.settings(chosen)))
    except FactsError as refused:
        return f"refused: {refused}"


def text_of(found: Any) -> str:
    """Return values of any kind as text: rows of frames in order of their text, for ties may fall either way."""
    if isinstance(found, pd.DataFrame):
        lines = sorted(found.to_csv(index=False, float_format="%.9g").splitlines())
        return "\n".join(lines) + text_of(dict(found.attrs))
    if isinstance(found, pd.Series):
        return text_of(found.rename("n").reset_index())
    if isinstance(found, xr.DataArray | xr.Dataset):
        return text_of(found.to_dict())
    if isinstance(found, np.ndarray):
        return np.array2string(found, threshold=sys.maxsize, precision=9)
    if isinstance(found, dict) and isinstance(found.get("department"), pd.DataFrame):
        counts = sorted(
            found["department"]["n_all"]
        )  # which of equally frequent departments are listed may differ
        return text_of({name: part for name, part in found.items() if name != "department"}) + str(counts)
    if isinstance(found, dict):
        told = {str(key): text_of(value) for key, value in found.items() if key not in TOLD_TO_ALL}
        return str(sorted(told.items()))
    if isinstance(found, list | tuple):
        return str([text_of(one) for one in found])
    if isinstance(found, hv.Element):
        return text_of(found.dframe())
    if hasattr(found, "__dataclass_fields__"):
        return text_of({name: getattr(found, name) for name in found.__dataclass_fields__})
    return str(found)


def first_difference(one: str, other: str) -> str:
    at = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return f"…{one[max(0, at - 80) : at + 120]!r} against …{other[max(0, at - 80) : at + 120]!r}"


if __name__ == "__main__":
    sys.exit(int(main(Path(sys.argv[1]), sys.argv[2:] or ["430100", "430104"]) > 0))
