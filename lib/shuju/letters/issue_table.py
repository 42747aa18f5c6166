"""The tables of hot issues (热点诉求) and their letters, updated day by day.

What ``find_issues`` must know of earlier days are the members that it returned, and what the letters of the last
``BACK_DAYS`` said; both are kept in the cache. New letters are given to it together with those of ``BACK_DAYS``
before the newest day that it has seen. Where older letters came or went since, all is found anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.facts import Facts
from shuju.letters.decisions import MERGE, RENAME, Decision, learned_threshold
from shuju.letters.facts import ANSWERED, UNANSWERED
from shuju.letters.issues import find_issues
from shuju.letters.reactions import find_reactions, name_of, with_reactions
from shuju.letters.same_matter import learned, pair_scores
from shuju.letters.scored import profiles_of
from shuju.letters.wording_cache import KnownWordings, load_wordings, save_wordings, update_wordings
from shuju.library import Library
from shuju.library.derived import Derived, Work, replace_table
from shuju.library.hashing import hash_columns
from shuju.standard import code_list
from shuju.text.terms import terms, without_parts

ISSUES, MEMBERS, RECORDS = "hot_issues", "issue_letters", "issue_records"
BACK_DAYS = 180
RECORD_DAYS = 30  # of records that a day looks at again; what was found before stays
N_WORDS = 8
DECIDED = 30  # letters of each side of a decision that the threshold is learned from
COLUMNS = (
    "key_hash", "content_hash", "letter_id", "title", "body", "written_at", "writer_id", "region_code", "channel",
    "department", "likes",
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """What issues are made from: the letters' facts, and what people decided, oldest first."""

    facts: Facts
    decisions: tuple[Decision, ...] = ()


def _build(work: Work[Heard]) -> dict[str, Any]:
    """Write the tables from the letters' facts; ids of issues that are known stay.

    O(characters of the letters that are new, and letters near to them), and the tables, which are written whole.
    """
    library, facts, decisions = work.library, work.source.facts, work.source.decisions
    if not facts.n:
        return {"n_issues": 0}
    work.tell("归集热点诉求")
    day = facts.coordinate("day")[facts.column("day")]
    since = known_since(work.known, day) if work.has("members", "wordings") else None
    letters = _letters(library, facts, since)
    wordings = update_wordings(
        letters["content_hash"].to_numpy(), letters["title"].tolist(), letters["body"].tolist(),
        None if since is None else load_wordings(work.folder / work.known["wordings"]),
    )  # fmt: skip
    before = None if since is None else pd.read_parquet(work.folder / work.known["members"])
    threshold = _decided_threshold(library, facts, decisions)
    issues, members = find_issues(letters, before, wordings, decisions, threshold)
    words = _words(library, issues, members[members["issue_id"].isin(issues["issue_id"])], since)
    issues = issues.rename(columns={"origin_region": "region_code"}).join(words, on="issue_id")
    records = _records(library, issues, is_anew=since is None)
    rows = _rows(with_reactions(issues, records), members, records)
    for name, found in ((ISSUES, rows), (MEMBERS, members), (RECORDS, records)):
        replace_table(library, name, found, made_by="shuju.letters.issues")
    return {"n_issues": len(rows)} | _left_for_next(work.folder, members, wordings, letters, day)


HOT_ISSUES = Derived(
    name="issues",
    tables=(ISSUES, MEMBERS, RECORDS),
    method=6,
    inputs=lambda heard: {
        "letters": heard.facts.source_version,
        "carried": heard.facts.schema.made_of,
        "decisions": [*map(list, heard.decisions)],
    },
    build=_build,
)


def _decided_threshold(library: Library, facts: Facts, decisions: Sequence[Decision]) -> float:
    """Return the learned threshold, moved by the decisions that people took so far (``learned_threshold``).

    O(pairs across the decisions: the letters of each, at most ``DECIDED`` a side).
    """
    sides = [
        (decision.letters[:DECIDED], decision.others[:DECIDED], decision.kind == MERGE)
        for decision in decisions
        if decision.kind != RENAME and decision.letters and decision.others
    ]
    base = learned().threshold
    ids = sorted({letter for one, other, _ in sides for letter in (*one, *other)})
    if not ids:
        return base
    keys = hash_columns(pa.table({"letter_id": pa.array(ids, pa.string())}))
    found = (
        library.take("letters", keys.tolist(), COLUMNS).to_pandas().drop_duplicates("letter_id", keep="last")
    )
    found = with_places(found, facts).reset_index(drop=True)
    row = {letter: n for n, letter in enumerate(found["letter_id"])}
    pairs = [
        (row[a], row[b], same, number)
        for number, (one, other, same) in enumerate(sides)
        for a in one
        for b in other
        if a in row and b in row and a != b
    ]
    if not pairs:
        return base
    first, second, same, number = (np.array(column) for column in zip(*pairs, strict=True))
    scores = pair_scores(profiles_of(found), first, second)
    return learned_threshold(base, scores, same, number)


def known_since(known: dict[str, Any], day: np.ndarray) -> pd.Timestamp | None:
    """Return the day from which letters must be read again; None if older letters came or went, so all must be found anew.

    ``day`` has the days of all letters.
    """
    since = pd.Timestamp(known["since"])
    return since if int((day < since.to_datetime64()).sum()) == known["n_before"] else None


def horizon(day: np.ndarray) -> dict[str, Any]:
    """Return what ``known_since`` needs: the day ``BACK_DAYS`` before the newest, and the number of older letters."""
    since = pd.Timestamp(day[~np.isnat(day)].max()) - pd.Timedelta(days=BACK_DAYS)
    return {"since": since.isoformat(), "n_before": int((day < since.to_datetime64()).sum())}


def _left_for_next(
    folder: Path, members: pd.DataFrame, wordings: KnownWordings, letters: pd.DataFrame, day: np.ndarray
) -> dict[str, Any]:
    """Write what the next run needs under new names, so the last run's files stay until this run's state is written."""
    seen, run = horizon(day), uuid.uuid4().hex[:12]
    names = {"members": f"members-{run}.parquet", "wordings": f"wordings-{run}.npz"}
    members.to_parquet(folder / names["members"], index=False)
    recent = np.unique(letters.loc[letters["written_at"] >= seen["since"], "content_hash"].to_numpy())
    rows, is_new = wordings.of(recent)
    save_wordings(KnownWordings(recent, rows, is_new), folder / names["wordings"])
    return seen | names | {"files": list(names.values())}


def _letters(library: Library, facts: Facts, since: pd.Timestamp | None) -> pd.DataFrame:
    """Return the letters from the day ``since`` on; place, topic and whether they were answered are those of the facts."""
    where = None if since is None else [("written_at", ">=", since.to_pydatetime())]
    return with_places(library.read("letters", COLUMNS, where), facts)


def with_places(letters: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Return letters (``COLUMNS``) with region_code and topic_1 as the facts have them."""
    order = np.argsort(facts.column("key"), kind="stable")
    key = letters["key_hash"].to_numpy()
    at = order[np.searchsorted(facts.column("key"), key, sorter=order)]
    for column, name in (("region_code", "region"), ("topic_1", "topic")):
        codes = facts.take(name, at)
        letters[column] = pd.array(facts.coordinate(name)[codes], "str")
        letters.loc[codes == 0, column] = None
    answer = pd.Series(facts.coordinate("answer")[facts.take("answer", at)])
    letters["is_answered"] = (answer == ANSWERED).astype("boolean").where(answer.isin([ANSWERED, UNANSWERED]))
    return letters.drop(columns="key_hash")


def _records(library: Library, issues: pd.DataFrame, *, is_anew: bool) -> pd.DataFrame:
    """Return the records that speak of issues: the known ones and those of the last days, or of all days if ``is_anew``."""
    if is_anew or issues.empty:
        return find_reactions(library, issues, issues["first_at"].min())
    since = issues["last_at"].max() - pd.Timedelta(days=RECORD_DAYS)
    known = library.read(RECORDS)
    known = known[(known["published_at"] < since) & known["issue_id"].isin(issues["issue_id"])]
    return pd.concat([known, find_reactions(library, issues, since)], ignore_index=True)


def _rows(issues: pd.DataFrame, members: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Return the issues with the columns of the catalog."""
    rows = issues.rename(columns={"letters": "n_letters", "writers": "n_writers"})
    spoken = records["issue_id"].value_counts()
    members = members[members["issue_id"].isin(rows["issue_id"])]
    by_issue = members["is_answered"].astype("boolean").groupby(members["issue_id"])
    known = by_issue.count()
    waiting = (known - by_issue.sum()).where(known > 0).astype("Int64")
    return rows.assign(
        stage=rows["stage"].map(code_list("stages").code_of),
        n_unanswered=rows["issue_id"].map(waiting),
        n_answer_unknown=rows["n_letters"] - rows["issue_id"].map(known).astype(np.int64),
        regions=rows["regions"].map(",".join),
        related=rows["related"].map(",".join),
        representatives=rows["representatives"].map(",".join),
        n_records=rows["issue_id"].map(spoken).fillna(0).astype(np.int64),
    )


def _words(
    library: Library, issues: pd.DataFrame, members: pd.DataFrame, since: pd.Timestamp | None
) -> pd.DataFrame:
    """Return by issue ``words``, those that its letters' titles say more than those of the others, and its ``name``.

    Those of an issue that no letter joined stay; the others are held against each other and all letters from ``since`` on.
    """
    known = pd.DataFrame(columns=["words", "name"], index=pd.Index([], dtype="str"), dtype="str")
    if since is not None:
        before = library.read(ISSUES, ["issue_id", "n_letters", "words", "name"]).set_index("issue_id")
        letters = issues.set_index("issue_id")["letters"]
        known = before.loc[before["n_letters"] == letters.reindex(before.index), ["words", "name"]]
        is_old = members["issue_id"].isin(known.index) & (members["written_at"] < since)
        members = members[~is_old]
    found = terms(members[["issue_id", "title"]].assign(body=""), by="issue_id", at_least=2)
    found = found[(found["log_ratio"] > 0) & ~found["issue_id"].isin(known.index)]
    told = {issue: "、".join(without_parts(rows, N_WORDS)) for issue, rows in found.groupby("issue_id")}
    new = pd.DataFrame({"words": pd.Series(told, dtype="str"), "name": name_of(found)})
    return pd.concat([known, new.astype("str")])
