"""Which hot issues and warnings are new, and which documents arrived at few sites."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from shuju.desk.marked_warnings import marked_warnings_data
from shuju.desk.marks import VERDICT, WRONG
from shuju.facts.naming import label_name, place_name
from shuju.letters import issue_selection, warning_selection
from shuju.letters.hot_since import hot_since
from shuju.letters.warning_selection import issue_counted, where_counted
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.mine.change import Change, place_and_topic, unusualness
from shuju.spread import documents as carried

MOST_SELDOM = 3.0  # −log₁₀ of the share from which no issue is more unusual for its people
LEAST_DUE = 5
MOST_DOCUMENTS = 3
LEAST_PAST = 20
LOW = 0.1  # share of past documents that arrived no better
WITHIN_24 = 2  # buckets of 8 and of 24 hours; as many clocks have run out


@versioned(*issue_selection.TABLES)
def _issues(library: Library) -> list[Change]:
    rows = issue_selection.newest(library).rows
    since = rows["issue_id"].map(hot_since(library)) if len(rows) else []
    people = rows["n_writers"].to_numpy(float)
    as_many = (1 + len(people) - np.searchsorted(np.sort(people), people)) / (1 + len(people))
    return [
        _issue(row, day, share)
        for row, day, share in zip(rows.itertuples(), since, as_many, strict=True)
        if not pd.isna(day)
    ]


def issue_changes(library: Library, since: dt.datetime) -> list[Change]:
    """Return the hot issues that became such after ``since``. O(issues) once for each version."""
    return [change for change in _issues(library) if change.at is not None and change.at > since]


def _issue(row: Any, day: pd.Timestamp, as_many: float) -> Change:
    """Return an issue as a change; ``as_many`` is the share of all hot issues of which as many people wrote."""
    # Of letters the facts know the day: the whole of it is new to whoever looked on it.
    at = (day + pd.Timedelta(days=1)).to_pydatetime()
    topic, region = _text(row.topic_1), _text(row.region_code)
    return Change(
        f"issue:{row.issue_id}", "issue", f"新热点“{_cut(row.title)}”（{place_name(region)}）：来信 ", int(row.n_letters),
        f" 封，{int(row.n_writers):,} 人", f"issue?{urlencode({'id': row.issue_id})}", 0.4 + 0.5 * min(-math.log10(as_many) / MOST_SELDOM, 1),
        int(row.n_writers), topic=topic, region=region, at=at,
    )  # fmt: skip


def warning_changes(library: Library, since: dt.datetime) -> list[Change]:
    """Return the warnings whose rise was found after ``since``, and which nobody called wrong. O(warnings)."""
    found = marked_warnings_data(warning_selection.selection(library)).heard
    rows = found[(found[VERDICT] != WRONG) & (pd.to_datetime(found["day"]) > pd.Timestamp(since))]
    issues = issue_selection.newest(library).rows
    titles = dict(zip(issues["issue_id"], issues["title"], strict=True)) if len(issues) else {}
    return [_warning(row, titles) for row in rows.itertuples()]


def _warning(row: Any, titles: Mapping[str, str]) -> Change:
    topic, region, first, last = (
        _text(row.topic_1),
        _text(row.region_code),
        _day(row.first_day),
        _day(row.day),
    )
    issue = _text(row.issue_id)
    counted = issue_counted(row.warning_id, row.issue_id)
    about = (
        f"“{_cut(titles.get(counted, row.matter))}”（{place_name(region)}）"
        if counted
        else place_and_topic(region, topic)
    )
    usual = "不到 1" if row.n_expected < 1 else f"约 {row.n_expected:.0f}"
    kind = label_name("warning_kinds", row.kind)
    voices = row.n_observed if pd.isna(row.n_voices) else row.n_voices
    # The letters of the week are told by the warning, if they are of the same place and topic; so is its issue.
    week = f"{pd.Timestamp(last):%G-%V}"
    return Change(
        f"warning:{row.warning_id}", "warning", f"{kind}：{about} {first} 至 {last} 来信 ",
        int(row.n_observed), f" 封，平常{usual} 封，至少 {int(voices):,} 人",
        where_counted(row), unusualness(float(row.p)), int(voices),
        float(row.n_expected), topic, region, pd.Timestamp(row.day).to_pydatetime(),
        (f"letters:{region}:{topic}:{week}", *((f"issue:{issue}",) if issue else ())),
    )  # fmt: skip


@versioned(*carried.TABLES)
def _documents(library: Library) -> list[Change]:
    table = carried.newest(library)
    return [] if table.as_of is None else low_documents(table, table.as_of)


def low_documents(table: carried.DocumentTable, as_of: dt.datetime) -> list[Change]:
    """Return the policies of the four weeks to ``as_of`` that came within 24 hours to fewer sites than most before. O(n log n)."""
    rows, due = table.rows, table.due
    n_due = due.by_document.sum(1)
    is_meant = (
        (n_due >= LEAST_DUE) & (rows["genre"] == "policy").to_numpy(bool) & (due.n_watched >= WITHIN_24)
    )
    n_arrived = due.by_document[:, :WITHIN_24].sum(1)
    share = n_arrived / np.maximum(n_due, 1)
    age = (np.datetime64(as_of) - rows["published_at"].to_numpy()) / np.timedelta64(1, "D")
    past = np.sort(share[is_meant & (age > 28)])
    if len(past) < LEAST_PAST:
        return []
    p = (1 + np.searchsorted(past, share, side="right")) / (1 + len(past))
    found = np.flatnonzero(is_meant & (age >= 0) & (age <= 28) & (p <= LOW))
    usual = float(np.median(past))
    return [_document(rows.iloc[k], int(n_arrived[k]), int(n_due[k]), usual, float(p[k])) for k in found]


def document_changes(library: Library, since: dt.datetime) -> list[Change]:
    """Return the policies published after ``since`` that came within 24 hours to fewer sites than most before them; the lowest few."""
    new = [change for change in _documents(library) if change.at is not None and change.at > since]
    return sorted(new, key=lambda change: -change.unusual)[:MOST_DOCUMENTS]


def _document(row: pd.Series, n_arrived: int, n_due: int, usual: float, p: float) -> Change:
    told = f" 个转载，{n_arrived / n_due:.0%}；以往一半文件达到 {usual:.0%}"
    return Change(
        f"document:{row['origin_id']}", "document", f"《{_cut(row['title'])}》24 小时内 {n_due} 个应转网站中只有 ", n_arrived, told,
        f"document?{urlencode({'id': row['origin_id']})}", 0.4 + 0.4 * unusualness(p), n_due, usual * n_due, _text(row["topic_1"]),
        _text(row["region_code"]), pd.Timestamp(row["published_at"]).to_pydatetime(),
    )  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _day(value: Any) -> str:
    return f"{pd.Timestamp(value):%Y-%m-%d}"


def _cut(title: Any, most: int = 30) -> str:
    text = _text(title)
    return text if len(text) <= most else text[:most] + "…"
