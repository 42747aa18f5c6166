"""What the briefing of letters (社情民意专报) says, computed: a selection in, figures and frames out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.charts.trend import trend_data
from shuju.facts.naming import label_name
from shuju.facts.selection import Selection
from shuju.letters.facts import ANSWER_UNKNOWN
from shuju.letters.headline import Headline, headline_data
from shuju.letters.measures import MEASURES, Measure, measured
from shuju.letters.region_bands import bands_data, year_before
from shuju.letters.reply_record import Replies, replies_data
from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.standard import library_of
from shuju.text.personal import mask

PERIOD_DAYS = 30
TOP = 10
QUOTED = 5
QUOTED_CHARACTERS = 160
UNKNOWN_PLACE = "未知"
QUOTED_COLUMNS = ("letter_id", "title", "body", "department", "written_at", "replied_at", "key_hash")
# The measures that the briefing tells; its notes say what each counts.
TOLD = (
    "n", "n_counties", "n_answered", "n_unanswered", "n_unknown", "median_days", "median_days_all", "p90_days_all", "n_due",
    "share_in_term", "n_overdue", "n_veto",
)  # fmt: skip


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
class Briefing:
    """All that the briefing says.

    ``trend`` is that of ``trend_data`` over ``span``, which leaves out ``n_outside`` letters (stray early ones, or without a day);
    ``bands`` that of ``bands_data``; ``topics`` has ``name, n,
    share, spell, before, year_before`` (of the spell); ``channels``, ``motives`` and ``departments`` ``name, n,
    share``; ``issues`` the columns of ``hot_issues``, ``warnings`` those of the table; ``quoted`` ``letter_id,
    title, text, place, department, written_at, replied_at, answer``. ``measured`` are the values of ``MEASURES``,
    ``definitions`` those that are told. ``issues`` and ``warnings`` are None where they were
    never computed.
    """

    filters: str
    as_of: dt.datetime
    is_synthetic: bool
    sources: tuple[str, ...]
    headline: Headline
    measured: dict[str, float | int | None]
    definitions: tuple[Measure, ...]
    span: tuple[dt.date, dt.date]
    n_outside: int
    spell: Spell
    trend: pd.DataFrame
    topics: pd.DataFrame
    channels: pd.DataFrame
    motives: pd.DataFrame
    departments: pd.DataFrame
    bands: pd.DataFrame
    replies: Replies
    issues: pd.DataFrame | None
    n_issues: int
    warnings: pd.DataFrame | None
    n_warnings: int
    quoted: pd.DataFrame


def briefing_data(selection: Selection, as_of: dt.datetime) -> Briefing:
    """Return what the briefing says about a selection of letters. O(n) for counts, and the texts that are judged."""
    span = selection.day or selection.span
    spell, by_spell = _spell(selection)
    issues, members = _issues(selection)
    warnings = _warnings(selection, span)
    return Briefing(
        filters=selection.describe(),
        as_of=as_of,
        is_synthetic=selection.is_synthetic,
        sources=tuple(_shares(selection, "source")["name"]),
        headline=headline_data(selection),
        measured=measured(selection),
        definitions=tuple(MEASURES[name] for name in TOLD),
        span=span,
        n_outside=0 if selection.day else selection.total - selection.copy(day=span).total,
        spell=spell,
        trend=trend_data(selection, span),
        topics=_topics(selection, by_spell),
        channels=_shares(selection, "channel"),
        motives=_shares(selection, "motive"),
        departments=_shares(selection, "department"),
        bands=bands_data(selection, "n", only_chosen=True),
        replies=replies_data(selection),
        issues=None if issues is None else issues.head(TOP),
        n_issues=0 if issues is None else len(issues),
        warnings=None if warnings is None else warnings.head(TOP),
        n_warnings=0 if warnings is None else len(warnings),
        quoted=_quoted(selection, issues, members),
    )


def band_ranges(bands: pd.DataFrame) -> list[tuple[int, str, list[str]]]:
    """Return the bands that have counties, from low to high: number, the range of their values, their counties."""
    known = bands[bands["band"] >= 0]
    found = []
    for band, rows in known.groupby("band"):
        low, high = rows["n"].min(), rows["n"].max()
        found.append(
            (int(band), f"{low:,}" if low == high else f"{low:,} 至 {high:,}", rows["name"].tolist())
        )
    return found


def _spell(selection: Selection) -> tuple[Spell, list[Selection | None]]:
    """Return the days chosen, or the last thirty, and their letters beside those they are compared with."""
    begin, last = selection.span
    days = selection.day or (last - dt.timedelta(days=PERIOD_DAYS - 1), last)
    length = days[1] - days[0] + dt.timedelta(days=1)
    before = [(days[0] - length, days[1] - length), year_before(days)]
    found = [selection.copy(day=days)]
    found += [selection.copy(day=span) if span[0] >= begin else None for span in before]
    n = [None if part is None else part.total for part in found]
    return Spell(*days, *n), found  # type: ignore[arg-type]


def _shares(selection: Selection, dimension: str) -> pd.DataFrame:
    """Return ``label, name, n, share`` of the labels that occur, most letters first, unknown last."""
    n, names = selection.chosen_counts(dimension), selection.names(dimension)
    frame = pd.DataFrame({"label": n.index, "name": [names[label] for label in n.index], "n": n.to_numpy()})
    frame = frame.assign(share=frame["n"] / max(selection.total, 1), is_unknown=frame.index == 0)
    frame = frame[frame["n"] > 0]
    return frame.sort_values(["is_unknown", "n"], ascending=[True, False], kind="stable", ignore_index=True)


def _topics(selection: Selection, by_spell: Sequence[Selection | None]) -> pd.DataFrame:
    frame = _shares(selection, "topic")
    for name, part in zip(("spell", "before", "year_before"), by_spell, strict=True):
        counts = None if part is None else part.chosen_counts("topic")
        frame[name] = np.nan if counts is None else counts.reindex(frame["label"]).to_numpy()
    return frame


def _issues(selection: Selection) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return the hot issues with letters in the selection, hottest first, and which letters those are."""
    library = selection.resources
    members = library.read("issue_letters", ["letter_id", "issue_id"])
    members = members[np.isin(_hashes(members["letter_id"]), selection.keys(selection.total))]  # type: ignore[attr-defined]
    if not _is_built(library, "hot_issues"):
        return None, members
    issues = library.read("hot_issues")
    issues = issues[issues["issue_id"].isin(members["issue_id"])]
    return issues.sort_values(["heat", "issue_id"], ascending=[False, True], ignore_index=True), members


def _warnings(selection: Selection, span: tuple[dt.date, dt.date]) -> pd.DataFrame | None:
    """Return the warnings of the selection's places, topics and days, newest first, surest first."""
    from shuju.letters.warning_selection import selection as select_warnings

    if not _is_built(selection.resources, "warnings"):
        return None
    found = select_warnings(selection.resources, region=selection.region, topic=selection.topic, day=span)
    rows = found.rows(found.n_all)
    if not selection.library:
        return rows
    libraries = rows["region_code"].map(library_of, na_action="ignore")
    return rows[libraries.isin(selection.library)]


def _quoted(selection: Selection, issues: pd.DataFrame | None, members: pd.DataFrame) -> pd.DataFrame:
    """Return letters to read: one of each of the hottest issues, then the newest of the strongest topics."""
    ids = [] if issues is None else list(_representatives(issues.head(QUOTED), set(members["letter_id"])))
    keys = _hashes(pd.Series(ids, dtype=str)).tolist()
    by_topic = selection.chosen_counts("topic").sort_values(ascending=False, kind="stable")
    topics = by_topic[by_topic > 0].index[:QUOTED]
    newest = [selection.copy(topic=[topic]).keys(QUOTED).tolist() for topic in topics]  # type: ignore[attr-defined]
    # The newest of each topic first, then the second newest of each.
    keys += [key for together in zip_longest(*newest) for key in together if key is not None]
    found = list(dict.fromkeys(keys))[:QUOTED]
    rows = selection.resources.take("letters", found, QUOTED_COLUMNS).to_pandas()
    told = {name: selection.codes_at(name, rows["key_hash"].to_numpy()) for name in ("region", "answer")}  # type: ignore[attr-defined]
    return rows.assign(
        title=mask(rows["title"].tolist()),
        text=[_excerpt(body) for body in mask(rows["body"].fillna("").tolist())],
        place=["地区不明" if c == UNKNOWN_PLACE else label_name("regions", c) for c in told["region"]],
        answer=[s if s == ANSWER_UNKNOWN else label_name("answer_states", s) for s in told["answer"]],
    ).drop(columns=["body", "key_hash"])


def _representatives(issues: pd.DataFrame, inside: set[str]) -> Iterator[str]:
    for told in issues["representatives"].fillna(""):
        found = [letter_id for letter_id in told.split(",") if letter_id in inside]
        yield from found[:1]


def _hashes(letter_ids: pd.Series) -> np.ndarray:
    return hash_columns(pa.table({"letter_id": pa.array(letter_ids, pa.string())}))


def _is_built(library: Library, table: str) -> bool:
    return library.stored(table).refresh().exists


def _excerpt(body: str) -> str:
    """Return the beginning of a text, to the end of a sentence where one ends in time."""
    text = " ".join(body.split())
    if len(text) <= QUOTED_CHARACTERS:
        return text
    cut = max(text.rfind(mark, QUOTED_CHARACTERS // 2, QUOTED_CHARACTERS) for mark in "。！？；")
    return text[: cut + 1] if cut > 0 else text[:QUOTED_CHARACTERS] + "……"
