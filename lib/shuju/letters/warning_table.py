"""The table of warnings (预警): what rises in counties, prefectures and the province, with its people, matter and words.

Each run looks at the last year again; an older warning stays as it was told then. The first day looked at lies on a
grid of ``GRID_DAYS``, so that the forecasts of one day are the same on the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from shuju.facts import Facts
from shuju.letters.issue_table import HOT_ISSUES, ISSUES, MEMBERS
from shuju.letters.warning import Floors, find_warnings, usual_told
from shuju.letters.warning_issues import LEAST_EXPECTED, issue_warnings
from shuju.letters.warning_letters import (
    BEFORE,
    Matter,
    Placed,
    agree,
    count_voices,
    in_common,
    issue_behind,
    placed,
    share_that_holds,
    speakers,
    words_of,
)
from shuju.letters.warning_levels import ALL_TOPICS, counted, levels, of_level, without_doubles
from shuju.library import Library
from shuju.library.derived import Derived, Work, replace_table
from shuju.series import negative_binomial
from shuju.series.alarms import REFIT_DAYS, find_alarms
from shuju.standard import code_list, province
from shuju.text.terms import cut_letters, without_parts

WARNINGS = "warnings"
GRID_DAYS = REFIT_DAYS
AGAIN_DAYS = 364
FIRST_DAYS = 3 * 364  # that the first run looks at; of single issues it looks at all days
UPPER_LEVEL = 0.99
ISSUE_LEVEL = 0
BUDGET = 1.0
KEYNESS = 6.63  # p < 0.01
N_WORDS, N_LETTERS = 8, 5
FLOORS = Floors()
BEFORE_LETTERS = 1_000  # of the eight weeks before, the newest: enough to know usual words
USUAL_LETTERS = 5_000  # that tell which words are usual
TOLD = ("issue_id", "n_of_issue", "is_one_matter", "matter", "words", "letters", "is_worth")
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
    method=4,
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

    ``known`` are those of the last time (empty: the last three years are looked at); their ids stay. ``floors`` is what a warning needs,
    ``budget`` how many false alarms a week all series together may raise. Hot issues must be built before.
    O(series × days), and the texts of the letters behind warnings.
    """
    counts = counted(facts)
    if not counts.sizes["time"]:
        return known.iloc[:0]
    last = counts["time"].to_numpy()[-1].astype("datetime64[D]")
    again = _on_grid(last - AGAIN_DAYS)
    # A warning that began before is found from its beginning.
    since = _on_grid(last - FIRST_DAYS) if known.empty else again - GRID_DAYS
    members = library.read(MEMBERS, ["letter_id", "issue_id"]).set_index("letter_id")["issue_id"]
    letters = placed(facts, members)
    new = pd.concat([_of_issues(library, letters, floors), _found(counts, budget, since)], ignore_index=True)
    new = new[(new["n_observed"] >= floors.letters) & (known.empty | (new["day"] >= again))]
    new = without_doubles(_worth_reading(new, floors, library, letters, members))
    new = new.sort_values(["day", "p"], ascending=[False, True], ignore_index=True)
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


def _of_issues(library: Library, letters: Placed, floors: Floors) -> pd.DataFrame:
    """Return the warnings of single hot issues, each at the place and of the topic of its issue."""
    is_member = letters.issue != None  # noqa: E711 - elementwise
    found = issue_warnings(pd.Series(letters.issue[is_member], dtype=object), letters.day[is_member], floors)
    about = library.read(ISSUES, ["issue_id", "region_code", "topic_1"]).set_index("issue_id")
    about = about.reindex(found["issue_id"]).reset_index(drop=True)
    region, topic = about["region_code"].fillna(province().code), about["topic_1"].fillna(ALL_TOPICS)
    rows = _rows(found.assign(region=region, topic=topic, others=0, evidence=None))
    rows["warning_id"] = [
        f"{i}-{d:%Y%m%d}" for i, d in zip(found["issue_id"], rows["alarmed_day"], strict=True)
    ]
    rows["reason"] = [_reason(row) for row in rows.itertuples()]
    rows["n_upper"] = _upper(rows["n_expected"].clip(lower=LEAST_EXPECTED))
    return rows.assign(level=ISSUE_LEVEL, of_issue=found["issue_id"])


def _upper(expected: pd.Series) -> np.ndarray:
    return negative_binomial.quantile(UPPER_LEVEL, expected.astype(float), 1.0)


def _reason(row: Any) -> str:
    span = "至".join(f"{at.year}年{at.month}月{at.day}日" for at in dict.fromkeys((row.first_day, row.day)))
    return (
        f"{span}收到说这件事的来信 {row.n_observed} 封，按此前八周同样天数应有{usual_told(row.n_expected)}。"
    )


def _found(counts: xr.DataArray, budget: float, since: np.datetime64 | None) -> pd.DataFrame:
    """Return the warnings of all levels with their ``level``, the finest first."""
    parts = []
    for number, level in enumerate(levels()):
        cube = of_level(counts, level)
        alarms = find_alarms(cube, pool=["region"], budget=budget * level.budget, since=since)
        rows = _rows(find_warnings(alarms, cube, across="region"))
        parts.append(rows.assign(level=ISSUE_LEVEL + 1 + number, of_issue=None))
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
    rows["n_upper"] = _upper(rows["n_expected"])
    rows["kind"] = rows["kind"].map(code_list("warning_kinds").code_of)
    return rows.assign(words=None, letters=None)


def _worth_reading(
    rows: pd.DataFrame, floors: Floors, library: Library, letters: Placed, members: pd.Series
) -> pd.DataFrame:
    """Return the warnings in which enough people speak of one matter, or with words in common; no number rises alone.

    Columns ``n_voices``, ``issue_id``, ``n_of_issue``, ``is_one_matter``, ``matter``, ``words``, ``letters`` are filled.
    """
    keys = {row.Index: _keys(row, letters) for row in rows.itertuples()}
    behind = _read(library, keys.values())
    behind = behind.join(speakers(behind))
    voices = pd.Series({at: count_voices(behind.loc[own]) for at, own in keys.items()}, dtype="int64")
    rows = rows.assign(n_voices=voices)[voices.reindex(rows.index) >= floors.voices]
    before = {row.Index: _keys(row, letters, is_before=True) for row in rows.itertuples()}
    earlier = _read(library, before.values())
    titles = library.read(ISSUES, ["issue_id", "title"]).set_index("issue_id")["title"].to_dict()
    usual = earlier.iloc[:: max(len(earlier) // USUAL_LETTERS, 1)]
    usual_share = share_that_holds(usual["title"].fillna("") + usual["body"].fillna(""))
    told_in = pd.concat([behind, earlier[~earlier.index.isin(behind.index)]])
    needed = [np.empty(0, np.int64), *before.values(), *(keys[at] for at in before)]
    told_in = told_in[told_in.index.isin(np.concatenate(needed))]
    cut = cut_letters(told_in["title"], told_in["body"])
    found = []
    for at in rows.index:
        mine = behind.loc[keys[at]]
        words = words_of(cut, *(told_in.index.get_indexer(own) for own in (keys[at], before[at])))
        issue = mine["letter_id"].map(members)
        matter = in_common(issue_behind(issue, titles), words, usual_share)
        agreeing = count_voices(mine[agree(mine, issue, matter)])
        found.append(_told(matter, words, mine) | {"is_worth": agreeing >= floors.voices})
    told = pd.DataFrame(found, index=rows.index, columns=list(TOLD))
    rows = rows.drop(columns=["words", "letters"]).join(told)
    return rows[rows["is_worth"].astype(bool)]


def _told(matter: Matter, words: pd.DataFrame, mine: pd.DataFrame) -> dict[str, Any]:
    """Return what a warning says of its letters, with those of them that hold most of the words that grew."""
    grown = without_parts(words[words["keyness"] >= KEYNESS], N_WORDS)
    text = mine["title"].fillna("") + mine["body"].fillna("")
    holds = sum((text.str.contains(w, regex=False).astype(int) for w in grown), pd.Series(0, text.index))
    first = holds.sort_values(ascending=False, kind="stable").index[:N_LETTERS]
    shown = (
        *(matter.issue_id, matter.n_of_issue, matter.is_one, matter.told),
        *("、".join(grown) or None, ",".join(mine.loc[first, "letter_id"])),
    )
    return dict(zip(TOLD, shown, strict=False))


def _keys(row: Any, letters: Placed, is_before: bool = False) -> np.ndarray:
    """Return the keys of the letters of a warning, or of the province's on its topic in the eight weeks before.

    Words are held against the province's, for the eight weeks of a county may hold no letter.
    """
    first, stop = row.first_day, row.day + pd.Timedelta(days=1)
    if is_before:
        before = letters.of(
            province().code, row.topic_1, (first - BEFORE).to_datetime64(), first.to_datetime64()
        )
        return before[-BEFORE_LETTERS:]
    if row.of_issue is not None:
        return letters.of_issue(row.of_issue, first.to_datetime64(), stop.to_datetime64())
    return letters.of(row.region_code, row.topic_1, first.to_datetime64(), stop.to_datetime64())


def _read(library: Library, keys: Iterable[np.ndarray]) -> pd.DataFrame:
    """Return the letters of some keys, each once, by key."""
    wanted = np.unique(np.concatenate([np.empty(0, np.int64), *keys]))
    return library.take("letters", wanted.tolist(), READ).to_pandas().set_index("key_hash")
