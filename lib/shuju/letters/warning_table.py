"""The table of warnings (预警): what rises in counties, prefectures and the province, with its people, matter and words.

Each run looks at the last year again; an older warning stays as it was told then. The first day looked at lies on a
grid of ``GRID_DAYS``, so that the forecasts of one day are the same on the next.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts import Facts
from shuju.letters.issue_table import HOT_ISSUES, ISSUES, MEMBERS
from shuju.letters.warning import Floors, find_warnings
from shuju.letters.warning_letters import (
    BEFORE,
    Placed,
    count_voices,
    matter_of,
    placed,
    speakers,
    words_of,
)
from shuju.letters.warning_levels import ALL_TOPICS, counted, levels, of_level, without_doubles
from shuju.library import Library
from shuju.library.derived import Derived, Work, replace_table
from shuju.series import negative_binomial
from shuju.series.alarms import REFIT_DAYS, find_alarms
from shuju.standard import code_list

WARNINGS = "warnings"
GRID_DAYS = REFIT_DAYS
AGAIN_DAYS = 364
TOLD = 200  # the newest warnings, of which words and letters are told
UPPER_LEVEL = 0.99
BUDGET = 1.0
KEYNESS = 6.63  # p < 0.01
N_WORDS, N_LETTERS = 8, 5
FLOORS = Floors()
READ = ("key_hash", "letter_id", "writer_id", "title", "body", "written_at")


def daily_counts(facts: Facts) -> xr.DataArray:
    """Return the letters of each county and topic by day (``region`` × ``topic`` × ``time``), first to last day.

    ``facts`` are those of the letters. O(letters + cells).
    """
    return of_level(counted(facts), levels()[0])


def _build(work: Work[Facts]) -> dict[str, Any]:
    """Write the table from the letters' facts; warnings that were told before are kept if the last run is known."""
    work.tell("判断预警")
    before = work.library.read(WARNINGS)
    rows = warnings_of(work.library, work.source, before if work.known else before.iloc[:0])
    replace_table(work.library, WARNINGS, rows, made_by="shuju.letters.warning")
    return {"n_warnings": len(rows)}


EARLY_WARNINGS = Derived(
    name="warnings",
    tables=(WARNINGS,),
    method=3,
    inputs=lambda facts: {
        "letters": facts.source_version,
        "issues": HOT_ISSUES.method,
        "floors": asdict(FLOORS),
    },
    build=_build,
)


def warnings_of(
    library: Library, facts: Facts, known: pd.DataFrame, floors: Floors = FLOORS, budget: float = BUDGET
) -> pd.DataFrame:
    """Return all warnings worth a reader's minute, columns as of the catalog, newest first.

    ``known`` are those of the last time (empty: all days are looked at); their ids stay. ``floors`` is what a warning needs,
    ``budget`` how many false alarms a week all series together may raise. Hot issues must be built before. Of the newest
    ``TOLD`` the words that grew and the letters that hold most of them are told too.
    O(series × days), and the texts of the letters behind warnings.
    """
    counts = counted(facts)
    if not counts.sizes["time"]:
        return known.iloc[:0]
    last = counts["time"].to_numpy()[-1].astype("datetime64[D]")
    again = _on_grid(last - AGAIN_DAYS)
    # A warning that began before is found from its beginning.
    since = None if known.empty else again - GRID_DAYS
    new = _found(counts, budget, since)
    new = new[(new["n_observed"] >= floors.letters) & (known.empty | (new["day"] >= again))]
    letters = placed(facts)
    new = without_doubles(_with_people(new, floors, library, letters))
    new = _told(new.sort_values(["day", "p"], ascending=[False, True], ignore_index=True), library, letters)
    new["topic_1"] = new["topic_1"].where(new["topic_1"] != ALL_TOPICS)
    if not known.empty:
        kept = known[(known["day"] < again) & ~known["warning_id"].isin(new["warning_id"])]
        new = pd.concat([new, kept], ignore_index=True) if len(new) else kept
    return new


def warning_id(region: str, topic: str, day: np.datetime64 | pd.Timestamp) -> str:
    """Return the id of a warning: its series and its first alarm."""
    return f"{region}-{topic or '各主题'}-{pd.Timestamp(day):%Y%m%d}"


def _on_grid(day: np.datetime64) -> np.datetime64:
    number = day.astype("datetime64[D]").astype(int)
    return np.datetime64(int(number - number % GRID_DAYS), "D")


def _found(counts: xr.DataArray, budget: float, since: np.datetime64 | None) -> pd.DataFrame:
    """Return the warnings of all levels with their ``level``, the finest first."""
    parts = []
    for number, level in enumerate(levels()):
        cube = of_level(counts, level)
        alarms = find_alarms(cube, pool=["region"], budget=budget * level.budget, since=since)
        parts.append(_rows(find_warnings(alarms, cube, across="region")).assign(level=number))
    return pd.concat(parts, ignore_index=True)


def _rows(found: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "first_at": "first_day", "alarmed_at": "alarmed_day", "time": "day", "region": "region_code",
        "topic": "topic_1", "observed": "n_observed", "expected": "n_expected", "others": "n_others",
        "evidence": "reason", "p": "p", "kind": "kind",
    }  # fmt: skip
    rows = found.reindex(columns=list(columns)).rename(columns=columns)
    rows["warning_id"] = [
        warning_id(*series) for series in zip(rows["region_code"], rows["topic_1"], rows["alarmed_day"])
    ]
    rows["n_upper"] = negative_binomial.quantile(UPPER_LEVEL, rows["n_expected"].astype(float), 1.0)
    rows["kind"] = rows["kind"].map(code_list("warning_kinds").code_of)
    return rows.assign(words=None, letters=None)


def _with_people(rows: pd.DataFrame, floors: Floors, library: Library, letters: Placed) -> pd.DataFrame:
    """Return the warnings in which enough people speak, with ``n_voices``, the issue behind most letters and ``is_one_matter``."""
    keys = [_keys(row, letters) for row in rows.itertuples()]
    behind = _read(library, keys)
    behind = behind.join(speakers(behind))
    members = library.read(MEMBERS, ["letter_id", "issue_id"]).set_index("letter_id")["issue_id"]
    titles = library.read(ISSUES, ["issue_id", "title"]).set_index("issue_id")["title"].to_dict()
    issue = behind["letter_id"].map(members)
    found = []
    for own in keys:
        mine = behind.index.get_indexer(own)
        found.append((count_voices(behind.iloc[mine]), *matter_of(issue.iloc[mine], titles)))
    names = ["n_voices", "issue_id", "n_of_issue", "is_one_matter", "matter"]
    people = pd.DataFrame(found, index=rows.index, columns=names)
    return rows.join(people)[people["n_voices"] >= floors.voices]


def _told(rows: pd.DataFrame, library: Library, letters: Placed) -> pd.DataFrame:
    """Return the warnings, the newest ``TOLD`` with the words that grew and the letters that hold most of them."""
    newest = list(rows.head(TOLD).itertuples())
    mine, before = ([_keys(row, letters, back) for row in newest] for back in (False, True))
    texts = _read(library, [*mine, *before])
    words, shown = [], []
    for own, earlier in zip(mine, before, strict=True):
        letters_now, letters_before = texts.loc[own], texts.loc[earlier]
        grown = words_of(letters_now, letters_before)
        grown = grown.loc[grown["keyness"] >= KEYNESS, "term"].head(N_WORDS).tolist()
        text = letters_now["title"].fillna("") + letters_now["body"].fillna("")
        holds = sum((text.str.contains(w, regex=False).astype(int) for w in grown), pd.Series(0, text.index))
        first = holds.sort_values(ascending=False, kind="stable").index[:N_LETTERS]
        words.append("、".join(grown) or None)
        shown.append(",".join(letters_now.loc[first, "letter_id"]))
    rest = [None] * (len(rows) - len(newest))
    return rows.assign(words=[*words, *rest], letters=[*shown, *rest])


def _keys(row: Any, letters: Placed, is_before: bool = False) -> np.ndarray:
    """Return the keys of the letters of a warning, or of those of the eight weeks before."""
    first, stop = row.first_day, row.day + pd.Timedelta(days=1)
    if is_before:
        first, stop = first - BEFORE, first
    return letters.of(row.region_code, row.topic_1, first.to_datetime64(), stop.to_datetime64())


def _read(library: Library, keys: list[np.ndarray]) -> pd.DataFrame:
    """Return the letters of some keys, each once, by key."""
    wanted = np.unique(np.concatenate([np.empty(0, np.int64), *keys]))
    return library.take("letters", wanted.tolist(), READ).to_pandas().set_index("key_hash")
