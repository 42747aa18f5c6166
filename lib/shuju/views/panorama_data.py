"""What the panorama shows, computed: facts and filters in, frames and arrays out. No Panel here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.facts import Counts, Crossfilter, Facts
from shuju.facts.filters import passing
from shuju.standard import regions
from shuju.views.live import Snapshot
from shuju.views.record_filters import RecordFilters, label_name

FACETS = ("library", "topic", "level", "genre", "source")
PAGE_ROWS = 20
RECORD_COLUMNS = ("key_hash", "record_id", "title", "site_id", "genre", "published_at")
# Days that hold fewer than one record in a thousand, at the very beginning, are not drawn.
STRAY_SHARE = 0.001


@dataclass(frozen=True)
class Headline:
    """The headline figures under the filters; those of the last days leave the filter on the day aside."""

    n: int
    n_all: int
    n_sites: int
    n_sites_all: int
    n_counties: int
    n_counties_all: int
    newest: dt.datetime | None
    last_7: int
    before_7: int
    last_30: int
    before_30: int


def selected(facts: Facts, counts: Counts, filters: RecordFilters, name: str) -> np.ndarray:
    """Return the rows of each code of ``name`` under all filters, that on ``name`` itself too."""
    choice = filters.for_facts().get(name)
    return counts.by[name] * passing(facts, name, choice)


def headline(snapshot: Snapshot, counts: Counts, filters: RecordFilters, now: dt.datetime) -> Headline:
    """Return the headline figures; ``newest`` is a day here, the moment is known with the rows."""
    facts = snapshot.records
    counties = np.array([facts.codes["region"][r.code] for r in regions("county")])
    by_day = selected(facts, counts, filters, "day")
    days = np.flatnonzero(by_day[1:]) + 1
    dimension = facts.schema.dimension("day")
    today = dimension.code(now.date())

    def between(first: int, last: int) -> int:
        return int(counts.by["day"][max(first, 1) : max(last + 1, 1)].sum())

    return Headline(
        n=counts.total,
        n_all=facts.n,
        n_sites=int(np.count_nonzero(selected(facts, counts, filters, "site")[1:])),
        n_sites_all=len(snapshot.sites),
        n_counties=int(np.count_nonzero(selected(facts, counts, filters, "region")[counties])),
        n_counties_all=len(counties),
        newest=dt.datetime.combine(dimension.day(days[-1]), dt.time()) if len(days) else None,
        last_7=between(today - 6, today),
        before_7=between(today - 13, today - 7),
        last_30=between(today - 29, today),
        before_30=between(today - 59, today - 30),
    )


def bars(snapshot: Snapshot, counts: Counts, filters: RecordFilters, name: str) -> pd.DataFrame:
    """Return one row a label of a dimension: ``label, name, n`` (under the other filters), ``n_all, is_on``.

    Labels without any record are left out, unless they are chosen.
    """
    facts = snapshot.records
    on = set(getattr(filters, name))
    frame = pd.DataFrame({"label": facts.labels(name), "n": counts.by[name], "n_all": snapshot.totals.by[name]})
    frame["is_on"] = frame["label"].isin(on)
    frame = frame[(frame["n_all"] > 0) | frame["is_on"]]
    frame = pd.concat([frame[frame.index > 0], frame[frame.index == 0]])  # what is unknown comes last
    sources = snapshot.library.catalog.sources
    if name == "source":
        names = [sources[label].title if label in sources else label for label in frame["label"]]
    else:
        names = [label_name(name, label) for label in frame["label"]]
    return frame.assign(name=names).reset_index(drop=True)


def day_span(snapshot: Snapshot) -> tuple[dt.date, dt.date]:
    """Return the first and the last day to draw; a few stray early records do not stretch the axis."""
    dimension = snapshot.records.schema.dimension("day")
    by_day = snapshot.totals.by["day"].copy()
    by_day[:1] = 0
    days = np.flatnonzero(by_day)
    if not len(days):
        today = snapshot.records.as_of.date()
        return today - dt.timedelta(days=30), today
    first = int(np.searchsorted(np.cumsum(by_day), STRAY_SHARE * by_day.sum(), side="right"))
    return dimension.day(max(first, int(days[0]))), dimension.day(int(days[-1]))


def trend(snapshot: Snapshot, counts: Counts, span: tuple[dt.date, dt.date]) -> pd.DataFrame:
    """Return one row a period of ``span``: ``start, end, n, n_all``; days, weeks or months by its length."""
    facts = snapshot.records
    first, last = (facts.schema.dimension("day").code(day) for day in span)
    days = np.arange(span[0], span[1] + dt.timedelta(days=1), dtype="datetime64[D]")
    period = _periods(days)
    begins = np.flatnonzero(np.r_[True, period[1:] != period[:-1]])

    def per_period(by_day: np.ndarray) -> np.ndarray:
        shown = np.zeros(len(days), np.int64)
        known = by_day[first : last + 1]
        shown[: len(known)] = known
        return np.add.reduceat(shown, begins)

    return pd.DataFrame(
        {
            "start": days[begins].astype("datetime64[ms]"),
            "end": np.r_[days[begins[1:]], days[-1:] + 1].astype("datetime64[ms]"),
            "n": per_period(counts.by["day"]),
            "n_all": per_period(snapshot.totals.by["day"]),
        }
    )


def trend_unit(span: tuple[dt.date, dt.date]) -> str:
    """Return what one bar of the trend stands for: 日, 周 or 月."""
    length = (span[1] - span[0]).days
    return "日" if length <= 120 else "周" if length <= 730 else "月"


def _periods(days: np.ndarray) -> np.ndarray:
    unit = trend_unit((days[0].item(), days[-1].item()))
    if unit == "月":
        return days.astype("datetime64[M]").astype(np.int64)
    whole = days.astype(np.int64)
    return whole if unit == "日" else (whole + 3) // 7  # weeks begin on Monday


def records_page(snapshot: Snapshot, crossfilter: Crossfilter, page: int) -> pd.DataFrame:
    """Return the records of one page, newest first: ``record_id, title, site, place, genre, published_at``.

    Rows that the library has revised since the facts were built are shown as they are now; rows
    that are gone are left out. O(k log n) for the page.
    """
    facts = crossfilter.facts
    positions = crossfilter.rows(PAGE_ROWS, (page - 1) * PAGE_ROWS)
    found = snapshot.library.take("records", facts.take("key", positions).tolist(), RECORD_COLUMNS).to_pandas()
    sites = snapshot.sites.set_index("site_id")
    region = found["site_id"].map(sites["region_code"])
    return found.assign(
        site=found["site_id"].map(sites["name"]).fillna(found["site_id"]),
        place=[label_name("region", code) if isinstance(code, str) else "—" for code in region],
        genre=[label_name("genre", code) for code in found["genre"]],
    )[["record_id", "title", "site", "place", "genre", "published_at"]]
