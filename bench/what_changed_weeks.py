"""What changed, week by week: which sentences somebody who looked every Monday would have read, and how many were false.

    python -m bench.what_changed_weeks HOME [--weeks 52] [--read OUT] [--seed 1]

Goes back week by week from the day before the last week. Letters are counted up to each week's end, and judged by those before; hot issues stand
in the week in which they became such, with the letters that they had by then; warnings in the week of their newest day; documents in the week
after they were published, against those before. What is told of one week is ranked as on the page, seven at most.

Of a synthetic province (``truth``) a sentence is false if nothing was planted: letters outside planted bursts and issues, an issue or a
warning most of whose letters are of no planted issue and no burst; of documents, for which nothing is planted, all are. With ``--read`` a
sample of fifty sentences is written to OUT, each with the titles behind it, to be read and judged by people; OUT holds real letters and stays outside
the repository.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import select

from bench.what_changed import in_burst
from shuju.access.roles import ANALYST, DEPARTMENT, LEADER
from shuju.clock import now
from shuju.desk.sessions import demo_subject
from shuju.desk.store import open_desk
from shuju.desk.tables.tasks import tasks
from shuju.desk.tasks.transitions import table
from shuju.letters import facts as letter_facts
from shuju.letters import issue_selection, warning_selection
from shuju.letters.hot_since import hot_since
from shuju.library import Library, open_library
from shuju.library.hashing import hash_columns
from shuju.mine import issue_changes, letter_changes
from shuju.mine.change import Change, ranked
from shuju.mine.task_changes import task_changes
from shuju.spread import documents as carried
from shuju.standard import regions_within

WEEK, SAMPLE, TITLES = pd.Timedelta(days=7), 50, 12


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("home", type=Path)
    asked.add_argument("--weeks", type=int, default=52)
    asked.add_argument("--read", type=Path)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    library = open_library(given.home)
    letters = all_letters(library)
    told = [
        (end, change)
        for end in week_ends(letters, given.weeks)
        for change in changes_of(library, letters, end)
    ]
    n = Counter(change.kind for _, change in told)
    print(f"{len(letters):,} letters, {given.weeks} weeks: {len(told)} sentences, {dict(n)}", flush=True)
    if (given.home / "truth").exists():
        truth = {
            name: pd.read_parquet(given.home / "truth" / f"{name}.parquet")
            for name in ("issue_members", "bursts")
        }
        false = [(end, change) for end, change in told if not is_planted(change, end, letters, truth)]
        for end, change in false:
            print(f"  false, {end:%Y-%m-%d}: {change.sentence}")
        parts = "，".join(f"{kind} {sum(c.kind == kind for _, c in false)}/{n[kind]}" for kind in n)
        print(f"false: {len(false) / given.weeks:.2f} a week ({parts})")
        print("tasks: {} sentences, {} false".format(*of_tasks(library, given.weeks)), flush=True)
    if given.read:
        sample = random.Random(given.seed).sample(told, min(SAMPLE, len(told)))
        given.read.write_text(
            "\n".join(evidence(k, *one, letters) for k, one in enumerate(sample, 1)), encoding="utf-8"
        )


def of_tasks(library: Library, weeks: int) -> tuple[int, int]:
    """Return how many sentences on overdue and soon due tasks the demo's persons read in coming weeks, and how many are false.

    Each is recounted from the bare rows of the desk; a sentence that is lacking counts as false, too.
    """
    desk, n, false = open_desk(library.home), 0, 0
    rows = pd.read_sql(select(tasks), desk)
    for role, back in product((LEADER, ANALYST, DEPARTMENT), range(weeks)):
        by, at = demo_subject(desk, role), now() + dt.timedelta(days=7 * back)
        told = {c.link: c.value for c in task_changes(desk, by, at=at) if "light=" in c.link}
        own = rows["assigner"] == by.account
        if role == DEPARTMENT:
            waits = rows["state"].isin(["to_sign", "working", "delay_asked", "waiting"])
            mine = (
                (rows["organisation_id"] == by.organisation_id)
                & waits
                & rows["handler"].isin(["", by.account])
            )
        else:
            decides = ["draft", "objected", "delay_asked", "in_review", "done", "to_rate"]
            mine = own & rows["state"].isin(decides)
        lights = {
            "red": rows["next_due"] < at,
            "yellow": (rows["next_due"] >= at) & (rows["next_yellow"] <= at),
        }
        watched = own & rows["state"].isin([name for name, state in table().states.items() if state.is_open])
        wanted = {("mine", light): int((mine & on).sum()) for light, on in lights.items()}
        wanted["watched", "red"] = int((watched & lights["red"]).sum())
        right = {f"desk?view={view}&light={light}": k for (view, light), k in wanted.items() if k}
        n, false = n + len(told), false + len(told.items() ^ right.items())
    return n, false


def all_letters(library: Library) -> pd.DataFrame:
    """Return all letters with place and topic as pages count them, and the issue that each is a member of."""
    letters = library.load("letters", columns=["letter_id", "title", "written_at", "writer_id"]).compute()
    members = library.read("issue_letters", ["letter_id", "issue_id"]).set_index("letter_id")["issue_id"]
    facts = letter_facts.newest(library)
    counted = {
        column: facts.coordinate(name)[facts.column(name)]
        for column, name in (("region_code", "region"), ("topic_1", "topic"))
    }
    keys = hash_columns(pa.table({"letter_id": pa.array(letters["letter_id"], pa.string())}))
    placed = pd.DataFrame(counted, facts.column("key")).reindex(keys).set_index(letters.index)
    found = letters.assign(issue_id=letters["letter_id"].map(members)).join(placed)
    return found.sort_values("written_at")


def week_ends(letters: pd.DataFrame, weeks: int) -> list[pd.Timestamp]:
    """Return the last days of weeks, the newest first; the last week of the library is left out, for some are planted in."""
    last = letters["written_at"].max().normalize()
    return [last - WEEK * back for back in range(1, weeks + 1)]


def changes_of(library: Library, letters: pd.DataFrame, end: pd.Timestamp) -> list[Change]:
    """Return what would have been told on the evening of a day of the week before."""
    found = [*_letters(library, end), *_issues(library, letters, end), *_warnings(library, end)]
    if library.version_of("cascades") >= 0:
        found += _documents(library, end)
    return ranked(found)


def _letters(library: Library, end: pd.Timestamp) -> list[Change]:
    selection = letter_facts.selection(library)
    counts = (
        selection.cube(["region", "topic", "day"]).rename(day="time").transpose("region", "topic", "time")
    )
    rows = letter_changes.unusual_now(
        counts.sel(time=slice(None, end.to_datetime64())), letter_changes.judged()
    )
    days = ((end - pd.Timedelta(days=6)).date(), end.date())
    return [letter_changes._change(row, days) for row in rows.itertuples()]


def _issues(library: Library, letters: pd.DataFrame, end: pd.Timestamp) -> list[Change]:
    rows = issue_selection.newest(library).rows
    since = rows["issue_id"].map(hot_since(library))
    here = is_in_week(since, end)
    found = []
    for row, day in zip(rows[here].itertuples(), since[here], strict=True):
        own = letters[
            (letters["issue_id"] == row.issue_id) & (letters["written_at"] < end + pd.Timedelta(days=1))
        ]
        then = row._replace(n_letters=len(own), n_writers=own["writer_id"].fillna(own["letter_id"]).nunique())
        found.append(issue_changes._issue(then, day))
    return found


def _warnings(library: Library, end: pd.Timestamp) -> list[Change]:
    rows = warning_selection.newest(library).rows
    return [issue_changes._warning(row) for row in rows[is_in_week(rows["day"], end)].itertuples()]


def _documents(library: Library, end: pd.Timestamp) -> list[Change]:
    low = issue_changes.low_documents(carried.newest(library), end + pd.Timedelta(days=1))
    new = [one for one in low if one.at is not None and one.at > end + pd.Timedelta(days=1) - WEEK]
    return sorted(new, key=lambda one: -one.unusual)[: issue_changes.MOST_DOCUMENTS]


def is_in_week(at: pd.Series, end: pd.Timestamp) -> pd.Series:
    after = pd.to_datetime(at).dt.normalize()
    return (after > end - WEEK) & (after <= end)


def behind(change: Change, end: pd.Timestamp, letters: pd.DataFrame) -> pd.DataFrame:
    """Return the letters that a sentence counts."""
    until = letters[letters["written_at"] < end + pd.Timedelta(days=1)]
    if change.kind == "issue":
        return until[until["issue_id"] == change.key.partition(":")[2]]
    first = end - pd.Timedelta(days=6)
    if change.kind == "warning":
        first = pd.Timestamp(change.link.partition("day=")[2][:10])
    inside = {change.region, *regions_within(change.region)} if change.region else set(until["region_code"])
    is_meant = until["region_code"].isin(inside) & (until["topic_1"].eq(change.topic) | (not change.topic))
    return until[is_meant & (until["written_at"] >= first)]


def is_planted(
    change: Change, end: pd.Timestamp, letters: pd.DataFrame, truth: dict[str, pd.DataFrame]
) -> bool:
    """Whether a sentence tells what was planted."""
    if change.kind == "document":
        return False
    own = behind(change, end, letters)
    planted = truth["issue_members"].set_index("letter_id")["issue_id"]
    if 2 * own["letter_id"].isin(planted.index).sum() >= len(own):
        return True
    row: Any = pd.Series({"region": change.region, "topic": change.topic})
    return in_burst(row, truth["bursts"], min(end, own["written_at"].max().normalize()))


def evidence(number: int, end: pd.Timestamp, change: Change, letters: pd.DataFrame) -> str:
    """Return a sentence with what is behind it, to be read."""
    own = behind(change, end, letters) if change.kind != "document" else letters.iloc[:0]
    titles = [
        f"    {row.written_at:%m-%d} {row.region_code} {row.topic_1} {row.title}"
        for row in own.tail(TITLES).itertuples()
    ]
    return "\n".join(
        [f"{number:02d} [{end:%Y-%m-%d}] {change.kind}: {change.sentence}  ({len(own)})", *titles]
    )


if __name__ == "__main__":
    main()
