"""What the first page tells: letters of the week, warnings and issues that are alive, documents and where they lack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shuju.desk.marked_warnings import RECENT_DAYS, marked_warnings_data
from shuju.desk.marks import ACKNOWLEDGED, VERDICT, WRONG
from shuju.facts.newest_days import last_weeks, n_lately
from shuju.facts.selection import Selection
from shuju.letters import facts as letter_facts
from shuju.letters import issue_selection, warning_selection
from shuju.letters.measures import measured
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.records import facts as record_facts
from shuju.spread import documents as carried
from shuju.spread.due_counts import NEVER, arrival_rate, by_group
from shuju.ui.templates import render

WEEKS = 26
SHOWN = 8  # on a wall screen; less room shows fewer
TOPICS = 6
LEAST_DUE = 5


@dataclass(frozen=True)
class Lately:
    """Rows a week up to the newest one's day, oldest first, and of the last 7 and 30 days beside those before."""

    n_all: int
    weeks: Sequence[int]
    starts: Sequence[dt.date]
    last_7: int
    before_7: int
    last_30: int
    before_30: int
    as_of: dt.datetime | None
    is_synthetic: bool


@dataclass(frozen=True)
class LettersNow:
    """Letters lately: their weeks, what waits, the topics of the last 30 ``days`` (code, name, n, n of the 30 days before)."""

    weeks: Lately
    measures: Mapping[str, Any]
    topics: Sequence[tuple[str, str, int, int]]
    days: tuple[dt.date, dt.date]


@dataclass(frozen=True)
class IssuesNow:
    """Hot issues with a letter in the last 30 days, the hottest first; and those before."""

    alive: pd.DataFrame
    n_alive: int
    quiet: pd.DataFrame
    n_quiet: int


@dataclass(frozen=True)
class DocumentsNow:
    """The newest policies that sites ought to carry, with ``n_arrived`` and ``lacking`` (level → sites without it).

    ``share`` arrived within 24 hours of what was due, of documents of the last 30 days and of the 30 before.
    """

    newest: Sequence[Mapping[str, Any]]
    n_recent: int
    share: float
    share_before: float


def lately(selection: Selection, n_weeks: int = WEEKS) -> Lately:
    """Return the weeks of a selection without filters. O(days)."""
    last = selection.span[1]
    backward = range(n_weeks - 1, -1, -1)
    return Lately(
        n_all=selection.n_all,
        weeks=last_weeks(selection, n_weeks),
        starts=[last - dt.timedelta(days=7 * k + 6) for k in backward],
        last_7=n_lately(selection, 7),
        before_7=n_lately(selection, 7, 7),
        last_30=n_lately(selection, 30),
        before_30=n_lately(selection, 30, 30),
        as_of=selection.as_of,
        is_synthetic=selection.is_synthetic,
    )


@versioned("letters")
def letters_now(library: Library) -> LettersNow | None:
    """Return the letters lately, None without letters. One pass over the facts for each version."""
    letters = letter_facts.selection(library)
    if not letters.n_all:
        return None
    last = letters.span[1]
    days = (last - dt.timedelta(days=29), last)
    recent = letters.copy(day=days).chosen_counts("topic")
    before = letters.copy(day=(last - dt.timedelta(days=59), last - dt.timedelta(days=30)))
    earlier, names = before.chosen_counts("topic"), letters.names("topic")
    known = recent.iloc[1:]
    most = known[known > 0].sort_values(ascending=False, kind="stable").head(TOPICS)
    topics = [(code, names[code], int(n), int(earlier[code])) for code, n in most.items()]
    return LettersNow(lately(letters), measured(letters), topics, days)


@versioned("records", "sites")
def records_now(library: Library) -> Lately | None:
    """Return the records lately, None without records. O(days) over counts that are kept."""
    records = record_facts.selection(library)
    return lately(records) if records.n_all else None


@versioned(*issue_selection.TABLES)
def issues_now(library: Library) -> IssuesNow | None:
    """Return the hot issues that are alive, None without any. O(issues)."""
    return issues_among(issue_selection.selection(library))


def issues_among(selection: Selection) -> IssuesNow | None:
    """Return the same of the hot issues that pass."""
    rows = selection.rows(selection.n_all)
    if not len(rows) or selection.as_of is None:
        return None
    since = pd.Timestamp(selection.as_of) - pd.Timedelta(days=RECENT_DAYS)
    is_alive = pd.to_datetime(rows["last_at"]) > since
    alive, quiet = rows[is_alive], rows[~is_alive].sort_values("last_at", ascending=False)
    return IssuesNow(alive.head(SHOWN), len(alive), quiet.head(SHOWN), len(quiet))


@versioned(*carried.TABLES)
def documents_now(library: Library) -> DocumentsNow | None:
    """Return the newest policies and how they arrived, None where none is due anywhere. O(documents)."""
    return documents_among(carried.newest(library))


def documents_among(table: carried.DocumentTable, passes: np.ndarray | bool = True) -> DocumentsNow | None:
    """Return the same of the documents of a table for which ``passes`` says so."""
    rows, due = table.rows, table.due
    is_meant = (due.by_document.sum(1) >= LEAST_DUE) & (rows["genre"] == "policy").to_numpy(bool) & passes
    if not is_meant.any() or table.as_of is None:
        return None
    published = rows["published_at"].to_numpy()
    end = np.datetime64(table.as_of)
    age = (end - published) / np.timedelta64(1, "D")
    period = np.where(is_meant & (age < 30), 0, np.where(is_meant & (age < 60), 1, -1))
    share, share_before = arrival_rate(by_group(due, is_meant, period, 2), "24")
    groups = table.sites["group"].to_numpy()
    newest = []
    for number in np.flatnonzero(is_meant)[:SHOWN]:
        pairs = slice(due.bounds[number], due.bounds[number + 1])
        is_lacking = due.bucket[pairs] == NEVER
        lacking = pd.Series(groups[due.site[pairs][is_lacking]]).value_counts()
        told = {name: int(lacking.get(group, 0)) for group, name in carried.GROUPS.items()}
        newest.append(
            rows.iloc[number].to_dict()
            | {"n_due_sites": len(is_lacking), "n_arrived": int((~is_lacking).sum())}
            | {"lacking": {name: n for name, n in told.items() if n}}
        )
    return DocumentsNow(newest, int((period == 0).sum()), float(share), float(share_before))


def warnings_now(library: Library) -> dict[str, Any]:
    """Return the warnings of the last 30 days that stand: ``shown``, ``n``, ``n_new``; ``last`` is the newest before."""
    return warnings_among(warning_selection.selection(library))


def warnings_among(warnings: Selection) -> dict[str, Any]:
    """Return the same of the warnings that pass."""
    found = marked_warnings_data(warnings)
    standing = found.heard[found.heard[VERDICT] != WRONG]
    order = {"emerging": 0, "widespread": 1, "seasonal": 2}
    shown = standing.assign(rank=standing["kind"].map(order)).sort_values("rank", kind="stable").head(SHOWN)
    return {
        "shown": shown,
        "n": len(standing),
        "n_new": int(standing[ACKNOWLEDGED].isna().sum()),
        "last": found.earlier.head(SHOWN),
        "n_before": len(found.earlier),
    }


def prepare(library: Library) -> None:
    """Make what the page tells of the tables as they are now, before anybody asks."""
    letters_now(library), records_now(library), issues_now(library), documents_now(library)


def home_html(library: Library) -> str:
    """Return the first page as HTML; what it tells of tables is made once for each of their versions."""
    letters, records = letters_now(library), records_now(library)
    return render(
        "home/home.html",
        letters=letters,
        records=records,
        issues=issues_now(library),
        documents=documents_now(library),
        warnings=warnings_now(library) if letters else None,
        recent_days=RECENT_DAYS,
    )
