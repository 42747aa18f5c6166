"""The table of warnings (预警): every county and topic by the day, with the words and letters of each warning.

Each run looks at the last year again; an older warning stays as it was told then. The first day looked at lies on a
grid of ``GRID_DAYS``, so that the forecasts of one day are the same on the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts import Facts, cube
from shuju.letters.warning import find_warnings
from shuju.letters.warning_letters import BEFORE, letters_of_warning, words_of_warning
from shuju.library import Library
from shuju.library.derived import Derived, Work, replace_table
from shuju.series import negative_binomial
from shuju.series.alarms import REFIT_DAYS, find_alarms
from shuju.standard import code_list, regions

WARNINGS = "warnings"
GRID_DAYS = REFIT_DAYS
AGAIN_DAYS = 364
RECENT_DAYS = 90
UPPER_LEVEL = 0.99
BUDGET = 1.0
KEYNESS = 6.63  # p < 0.01
N_WORDS, N_LETTERS = 8, 5
SERIES = ["region", "topic"]
READ = ("key_hash", "letter_id", "title", "body", "written_at")


def daily_counts(facts: Facts) -> xr.DataArray:
    """Return the letters of each county and topic by day (``region`` × ``topic`` × ``time``), first to last day.

    ``facts`` are those of the letters. O(letters + cells).
    """
    counties = [r.code for r in regions("county")]
    topics = list(code_list("topics").codes)
    counts = cube(facts, [*SERIES, "day"])["n"].sel(region=counties, topic=topics).rename(day="time")
    days = np.flatnonzero(counts.sum(SERIES).to_numpy())
    return counts.isel(time=slice(days[0], days[-1] + 1) if len(days) else slice(0, 0))


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
    method=2,
    inputs=lambda facts: {"letters": facts.source_version},
    build=_build,
)


def warnings_of(library: Library, facts: Facts, known: pd.DataFrame) -> pd.DataFrame:
    """Return all warnings, columns as of the catalog, newest first.

    ``known`` are those of the last time (empty: all days are looked at); their ids stay. Of the last
    ``RECENT_DAYS`` the words that grew and the letters that hold most of them are told too; only these
    letters' texts are read. O(counties × topics × days) and the texts.
    """
    counts = daily_counts(facts)
    if not counts.sizes["time"]:
        return known.iloc[:0]
    last = counts["time"].to_numpy()[-1].astype("datetime64[D]")
    again = _on_grid(last - AGAIN_DAYS)
    since = (
        None if known.empty else again - GRID_DAYS
    )  # a warning that began before is found from its beginning
    found = find_warnings(
        find_alarms(counts, pool=["region"], budget=BUDGET, since=since), counts, across="region"
    )
    new = _rows(found)
    if not known.empty:
        is_new, is_old = new["day"] >= again, known["day"] < again
        kept, new, found = known[is_old], new[is_new], found[is_new.to_numpy()]
        new = pd.concat([new, kept[~kept["warning_id"].isin(new["warning_id"])]], ignore_index=True)
    is_recent = (found["time"] > pd.Timestamp(last) - pd.Timedelta(days=RECENT_DAYS)).to_numpy()
    return _with_letters(new, found[is_recent], library, facts)


def warning_id(region: str, topic: str, day: np.datetime64 | pd.Timestamp) -> str:
    """Return the id of a warning: its series and its first alarm."""
    return f"{region}-{topic}-{pd.Timestamp(day):%Y%m%d}"


def _on_grid(day: np.datetime64) -> np.datetime64:
    number = day.astype("datetime64[D]").astype(int)
    return np.datetime64(int(number - number % GRID_DAYS), "D")


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


def _with_letters(rows: pd.DataFrame, recent: pd.DataFrame, library: Library, facts: Facts) -> pd.DataFrame:
    """Fill ``words`` and ``letters`` of the warnings that are ``recent``."""
    if recent.empty:
        return rows
    letters = _letters(library, facts, recent)
    told = {}
    for row in recent.itertuples(index=False):
        warning = pd.Series(row._asdict())
        words = words_of_warning(letters, warning)
        words = words.loc[words["keyness"] >= KEYNESS, "term"].head(N_WORDS).tolist()
        mine = letters_of_warning(letters, warning)
        text = mine["title"].fillna("") + mine["body"].fillna("")
        holds = sum((text.str.contains(w, regex=False).astype(int) for w in words), pd.Series(0, text.index))
        first = holds.sort_values(ascending=False, kind="stable").index[:N_LETTERS]
        key = warning_id(row.region, row.topic, row.alarmed_at)
        told[key] = ("、".join(words), ",".join(mine.loc[first, "letter_id"]))
    for at, name in enumerate(("words", "letters")):
        found = rows["warning_id"].map({key: values[at] or None for key, values in told.items()})
        rows[name] = found.where(found.notna(), rows[name])
    return rows


def _letters(library: Library, facts: Facts, recent: pd.DataFrame) -> pd.DataFrame:
    """Return the letters of the warned series from eight weeks before; place and topic as the facts have them."""
    since = recent["first_at"].min() - BEFORE
    day = facts.coordinate("day")[facts.column("day")]
    at = np.flatnonzero(day >= since.to_datetime64())
    series = pd.DataFrame({name: facts.coordinate(name)[facts.take(name, at)] for name in SERIES})
    series["key_hash"] = facts.take("key", at)
    series = series.merge(recent[SERIES].drop_duplicates())
    return library.read("letters", READ, [("written_at", ">=", since.to_pydatetime())]).merge(series)
