"""What the briefing of letters (社情民意专报) says, computed: facts and filters in, figures and frames out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from shuju.facts import Counts, Crossfilter, Facts
from shuju.letters.departments import department_kinds
from shuju.letters.replies import IN_TERM, OVERDUE, VETO, WAITING, assess_replies, reply_times
from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.series.survival import kaplan_meier, quantile_time
from shuju.standard import region
from shuju.standard.holidays import holidays
from shuju.text.personal import mask
from shuju.views.filters import label_name
from shuju.views.letter_data import RegionBands, headline, region_bands, span_before
from shuju.views.letter_filters import LetterFilters
from shuju.views.linked_data import day_span, facets, selected, trend
from shuju.views.live import Snapshot, newest_of, snapshot

PERIOD_DAYS = 30
TOP = 10
DEPARTMENTS = 8
DEPARTMENT_LETTERS = 30  # fewer judged letters than this make no rate of a department
JUDGED = 5_000
BLOCK = 200
QUOTED = 5
QUOTED_CHARACTERS = 160
JUDGED_COLUMNS = ("title", "body", "motive", "writer_id", "department", "written_at", "reply", "replied_at")
QUOTED_COLUMNS = ("letter_id", "title", "body", "region_code", "department", "written_at", "replied_at")


@dataclass(frozen=True)
class Spell:
    """Letters of some days, of as many days just before (环比) and of the same days a year before (同比).

    What the library does not reach back to is None.
    """

    first: dt.date
    last: dt.date
    n: int
    before: int | None
    year_before: int | None


@dataclass(frozen=True)
class Replies:
    """How the judged letters were answered: ``n`` of ``n_all``, waiting counted until ``until``.

    ``share_in_term`` is None where no letter is answered or past its term, ``median_days`` and ``p90_days``
    where fewer than that share were ever answered. ``curve`` is that of ``kaplan_meier``; ``departments`` that
    of ``reply_times`` by kind of department.
    """

    n: int
    n_all: int
    until: dt.datetime
    n_answered: int
    n_due: int
    share_in_term: float | None
    median_days: float | None
    p90_days: float | None
    n_overdue: int
    n_veto: int
    n_template: int
    quality: float | None
    curve: pd.DataFrame
    departments: pd.DataFrame


@dataclass(frozen=True)
class Briefing:
    """All that the briefing says.

    ``trend`` as of ``linked_data.trend`` over ``span``; ``topics`` has ``name, n, share, spell, before, year_before``
    (of the spell); ``channels``, ``motives`` and ``departments`` ``name, n, share``; ``issues`` the columns of
    ``hot_issues`` and ``n_inside`` (its letters under the filters), ``warnings`` those of the table; ``quoted``
    ``letter_id, title, text, place, department, written_at, replied_at``. ``issues`` and ``warnings`` are
    None where they were never computed.
    """

    filters: LetterFilters
    as_of: dt.datetime
    is_synthetic: bool
    sources: tuple[str, ...]
    n: int
    n_all: int
    n_counties: int
    n_unanswered: int
    newest: dt.datetime | None
    span: tuple[dt.date, dt.date]
    spell: Spell
    trend: pd.DataFrame
    topics: pd.DataFrame
    channels: pd.DataFrame
    motives: pd.DataFrame
    departments: pd.DataFrame
    bands: RegionBands
    replies: Replies
    issues: pd.DataFrame | None
    n_issues: int
    warnings: pd.DataFrame | None
    n_warnings: int
    quoted: pd.DataFrame


def briefing(library: Library, facts: Facts, filters: LetterFilters, as_of: dt.datetime) -> Briefing:
    """Return what the briefing says about the letters under ``filters``.

    Replies are judged on at most ``JUDGED`` letters spread evenly over time: the newest alone could not be late
    yet. O(n) for counts, and the texts of those letters.

    Raises:
        FactsError: a label that the facts do not have.
    """
    shown = snapshot(library, facts)
    crossfilter = Crossfilter(facts, filters=filters.for_facts())
    counts = crossfilter.histograms()
    span = filters.day or day_span(shown)
    figures = headline(shown, counts, filters, newest_of(crossfilter), span[1])
    spell, by_spell = _spell(shown, filters)
    keys = _keys(crossfilter)
    issues, members = _issues(library, keys)
    warnings = _warnings(library, filters, span)
    return Briefing(
        filters=filters,
        as_of=as_of,
        is_synthetic=shown.is_synthetic,
        sources=tuple(_shares(shown, counts, filters, "source")["name"]),
        n=figures.n,
        n_all=figures.n_all,
        n_counties=figures.n_counties,
        n_unanswered=figures.n_unanswered,
        newest=figures.newest,
        span=span,
        spell=spell,
        trend=trend(shown, counts, span),
        topics=_topics(shown, counts, filters, by_spell),
        channels=_shares(shown, counts, filters, "channel"),
        motives=_shares(shown, counts, filters, "motive"),
        departments=_shares(shown, counts, filters, "department"),
        bands=region_bands("n", facts, selected(facts, counts, filters, "region"), None),
        replies=_replies(shown, crossfilter, counts.total, as_of),
        issues=None if issues is None else issues.head(TOP),
        n_issues=0 if issues is None else len(issues),
        warnings=None if warnings is None else warnings.head(TOP),
        n_warnings=0 if warnings is None else len(warnings),
        quoted=_quoted(library, facts, filters, counts, issues, members),
    )


def _spell(shown: Snapshot, filters: LetterFilters) -> tuple[Spell, list[Counts | None]]:
    """Return the days chosen, or the last thirty, and their counts beside those they are compared with."""
    begin, last = day_span(shown)
    days = filters.day or (last - dt.timedelta(days=PERIOD_DAYS - 1), last)
    length = days[1] - days[0] + dt.timedelta(days=1)
    found: list[Counts | None] = []
    for first, end in (days, (days[0] - length, days[1] - length), span_before(days)):
        if first < begin and found:
            found.append(None)
            continue
        chosen = replace(filters, day=(first, end))
        found.append(Crossfilter(shown.facts, filters=chosen.for_facts()).histograms())
    n, before, year_before = (None if counts is None else counts.total for counts in found)
    assert n is not None
    return Spell(*days, n, before, year_before), found


def _shares(shown: Snapshot, counts: Counts, filters: LetterFilters, name: str) -> pd.DataFrame:
    """Return ``code, name, n, share`` of the labels of a dimension that occur, most letters first, unknown last."""
    frame = facets(shown, [name])[name]
    n = selected(shown.facts, counts, filters, name)[frame["code"].to_numpy()]
    frame = frame.assign(n=n, share=n / max(counts.total, 1), is_unknown=frame["code"] == 0)
    frame = frame[frame["n"] > 0]
    frame = frame.sort_values(["is_unknown", "n"], ascending=[True, False], kind="stable", ignore_index=True)
    return frame[["code", "name", "n", "share"]]


def _topics(
    shown: Snapshot, counts: Counts, filters: LetterFilters, by_spell: Sequence[Counts | None]
) -> pd.DataFrame:
    frame = _shares(shown, counts, filters, "topic")
    for name, found in zip(("spell", "before", "year_before"), by_spell, strict=True):
        by_code = None if found is None else selected(shown.facts, found, filters, "topic")
        frame[name] = np.nan if by_code is None else by_code[frame["code"].to_numpy()]
    return frame


def _keys(crossfilter: Crossfilter) -> npt.NDArray[np.int64]:
    found = [crossfilter.facts.take("key", positions) for positions in crossfilter.chunks()]
    return np.concatenate([np.empty(0, np.int64), *found])


def _issues(library: Library, keys: npt.NDArray[np.int64]) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return the hot issues with letters among ``keys``, hottest first, and which letters those are."""
    issues = library.read("hot_issues")
    members = library.read("issue_letters", ["letter_id", "issue_id"])
    hashed = hash_columns(pa.table({"letter_id": pa.array(members["letter_id"], pa.string())}))
    members = members[np.isin(hashed, keys)]
    if not library.stored("hot_issues").exists:
        return None, members
    inside = issues["issue_id"].map(members["issue_id"].value_counts()).fillna(0).astype(int)
    issues = issues.assign(n_inside=inside)[inside > 0]
    return issues.sort_values(["heat", "issue_id"], ascending=[False, True], ignore_index=True), members


def _warnings(library: Library, filters: LetterFilters, span: tuple[dt.date, dt.date]) -> pd.DataFrame | None:
    """Return the warnings of the filters' places, topics and days, newest first, surest first."""
    rows = library.read("warnings")
    if not library.stored("warnings").exists:
        return None
    places = rows["region_code"].map(_library_of)
    inside = pd.Series(True, rows.index)
    for chosen, values in (
        (filters.region, rows["region_code"]),
        (filters.topic, rows["topic_1"]),
        (filters.library, places),
    ):
        if chosen:
            inside &= values.isin(chosen)
    first, last = (pd.to_datetime(rows[name]) for name in ("first_day", "day"))
    inside &= (first <= pd.Timestamp(span[1])) & (last >= pd.Timestamp(span[0]))
    rows = rows[inside].sort_values(["day", "p", "warning_id"], ascending=[False, True, True])
    return rows.reset_index(drop=True)


def _library_of(code: object) -> str | None:
    return region(code).parent_code if isinstance(code, str) and region(code).level == "county" else None


def _replies(shown: Snapshot, crossfilter: Crossfilter, n: int, as_of: dt.datetime) -> Replies:
    positions = _spread(crossfilter, n)
    keys = crossfilter.facts.take("key", positions)
    rows = shown.library.take("letters", keys.tolist(), JUDGED_COLUMNS)
    letters = rows.to_pandas()
    # What came after the newest letter or reply in the library is not known, so nothing waited longer for us.
    known = max((t for t in (shown.newest, letters["replied_at"].max()) if pd.notna(t)), default=as_of)
    until = min(as_of, pd.Timestamp(known).to_pydatetime())
    judged = assess_replies(letters, until, holidays=_days_off())
    state, answered = judged["state"], judged["has_reply"]
    due = int((state != WAITING).sum())
    curve = kaplan_meier(judged["days"], answered)
    return Replies(
        n=len(judged),
        n_all=n,
        until=until,
        n_answered=int(answered.sum()),
        n_due=due,
        share_in_term=float((state == IN_TERM).sum() / due) if due else None,
        median_days=_known(quantile_time(curve)),
        p90_days=_known(quantile_time(curve, 0.9)),
        n_overdue=int(state.isin([OVERDUE, VETO]).sum()),
        n_veto=int((state == VETO).sum()),
        n_template=int(judged["is_template"].sum()),
        quality=_known(float(judged["quality"].mean())),
        curve=curve,
        departments=_by_department(judged, department_kinds(rows.column("department"))),
    )


def _by_department(judged: pd.DataFrame, kinds: pa.ChunkedArray) -> pd.DataFrame:
    """Return ``reply_times`` of the kinds of department with enough letters, most letters first."""
    by = kinds.to_pandas().set_axis(judged.index).rename("department")
    enough = by.isin(by.value_counts().loc[lambda n: n >= DEPARTMENT_LETTERS].head(DEPARTMENTS).index)
    found = reply_times(judged[enough], by[enough])
    return found.sort_values("n", ascending=False, kind="stable") if len(found) else found


def _spread(crossfilter: Crossfilter, n: int) -> npt.NDArray[np.int64]:
    """Return all positions, or ``JUDGED`` of them in blocks spread evenly over the letters in order of time."""
    if n <= JUDGED:
        return crossfilter.rows(JUDGED)
    starts = np.linspace(0, n - BLOCK, JUDGED // BLOCK).astype(int)
    return np.unique(np.concatenate([crossfilter.rows(BLOCK, int(start)) for start in starts]))


def _days_off() -> npt.NDArray[np.datetime64]:
    return np.concatenate([np.arange(h.first_day, h.last_day + 1) for h in holidays()])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _quoted(
    library: Library,
    facts: Facts,
    filters: LetterFilters,
    counts: Counts,
    issues: pd.DataFrame | None,
    members: pd.DataFrame,
) -> pd.DataFrame:
    """Return letters to read: one of each of the hottest issues, then the newest of the strongest topics."""
    ids = [] if issues is None else list(_representatives(issues.head(QUOTED), set(members["letter_id"])))
    hashed = hash_columns(pa.table({"letter_id": pa.array(ids, pa.string())})).tolist()
    by_topic = selected(facts, counts, filters, "topic")
    labels = facts.labels("topic")
    newest = []
    for code in np.argsort(-by_topic, kind="stable")[:QUOTED]:
        chosen = filters.for_facts() | {"topic": (labels[code],)}
        newest.append(facts.take("key", Crossfilter(facts, filters=chosen).rows(QUOTED)).tolist())
    # The newest of each topic first, then the second newest of each.
    hashed += [key for together in zip_longest(*newest) for key in together if key is not None]
    rows = library.take("letters", list(dict.fromkeys(hashed))[:QUOTED], QUOTED_COLUMNS).to_pandas()
    return rows.assign(
        title=mask(rows["title"].tolist()),
        text=[_excerpt(body) for body in mask(rows["body"].fillna("").tolist())],
        place=[label_name("region", c) if isinstance(c, str) else "地区不明" for c in rows["region_code"]],
    ).drop(columns=["body", "region_code"])


def _representatives(issues: pd.DataFrame, inside: set[str]) -> Iterator[str]:
    for told in issues["representatives"].fillna(""):
        found = [letter_id for letter_id in told.split(",") if letter_id in inside]
        yield from found[:1]


def _excerpt(body: str) -> str:
    """Return the beginning of a text, to the end of a sentence where one ends in time."""
    text = " ".join(body.split())
    if len(text) <= QUOTED_CHARACTERS:
        return text
    cut = max(text.rfind(mark, QUOTED_CHARACTERS // 2, QUOTED_CHARACTERS) for mark in "。！？；")
    return text[: cut + 1] if cut > 0 else text[:QUOTED_CHARACTERS] + "……"
