"""What the panorama shows, computed: facts and filters in, frames and arrays out. No Panel here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.facts import Counts, Crossfilter, Facts
from shuju.facts.filters import passing
from shuju.standard import regions
from shuju.views.filters import Filters, label_name
from shuju.views.live import Snapshot

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
    last_day: dt.date


def selected(facts: Facts, counts: Counts, filters: Filters, name: str) -> np.ndarray:
    """Return the rows of each code of ``name`` under all filters, that on ``name`` itself too."""
    choice = filters.for_facts().get(name)
    return counts.by[name] * passing(facts, name, choice)


def headline(
    snapshot: Snapshot,
    counts: Counts,
    filters: Filters,
    newest: dt.datetime | None,
    last_day: dt.date,
) -> Headline:
    """Return the headline figures under ``filters``; ``newest`` is the newest record's time.

    The last 7 and 30 days end on ``last_day``.
    """
    facts = snapshot.facts
    counties = np.array([facts.codes["region"][r.code] for r in regions("county")])
    this_day = facts.schema.dimension("day").code(last_day)

    def between(first: int, last: int) -> int:
        return int(counts.by["day"][max(first, 1) : max(last + 1, 1)].sum())

    return Headline(
        n=counts.total,
        n_all=facts.n,
        n_sites=int(np.count_nonzero(selected(facts, counts, filters, "site")[1:])),
        n_sites_all=len(snapshot.sites),
        n_counties=int(np.count_nonzero(selected(facts, counts, filters, "region")[counties])),
        n_counties_all=len(counties),
        newest=newest,
        last_7=between(this_day - 6, this_day),
        before_7=between(this_day - 13, this_day - 7),
        last_30=between(this_day - 29, this_day),
        before_30=between(this_day - 59, this_day - 30),
        last_day=last_day,
    )


def facets(snapshot: Snapshot) -> dict[str, pd.DataFrame]:
    """Return for each of ``FACETS`` its labels: ``code, label, name, n_all``; those without a record are left out."""
    sources = snapshot.library.catalog.sources

    def names(name: str, labels: pd.Series) -> list[str]:
        if name == "source":
            return [sources[label].title if label in sources else label for label in labels]
        return [label_name(name, label) for label in labels]

    found = {}
    for name in FACETS:
        frame = pd.DataFrame({"label": snapshot.facts.labels(name), "n_all": snapshot.totals.by[name]})
        frame = frame.rename_axis("code").reset_index()
        frame = pd.concat([frame[1:], frame[:1]])  # what is unknown comes last
        frame = frame[frame["n_all"] > 0]
        found[name] = frame.assign(name=names(name, frame["label"])).reset_index(drop=True)
    return found


def bars(facet: pd.DataFrame, by_code: np.ndarray, chosen: Collection[str]) -> pd.DataFrame:
    """Return the labels of a facet with ``n``, the rows of each under the other filters, and ``is_on``."""
    return facet.assign(
        n=by_code[facet["code"].to_numpy()], is_on=[label in chosen for label in facet["label"]]
    )


def day_span(snapshot: Snapshot) -> tuple[dt.date, dt.date]:
    """Return the first and the last day to draw; a few stray early records do not stretch the axis."""
    dimension = snapshot.facts.schema.dimension("day")
    by_day = snapshot.totals.by["day"].copy()
    by_day[:1] = 0
    days = np.flatnonzero(by_day)
    if not len(days):
        today = snapshot.facts.as_of.date()
        return today - dt.timedelta(days=30), today
    first = int(np.searchsorted(np.cumsum(by_day), STRAY_SHARE * by_day.sum(), side="right"))
    return dimension.day(max(first, int(days[0]))), dimension.day(int(days[-1]))


def trend(snapshot: Snapshot, counts: Counts, span: tuple[dt.date, dt.date]) -> pd.DataFrame:
    """Return one row a period of ``span``: ``start, end, n, n_all``; days, weeks or months by its length."""
    facts = snapshot.facts
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
    found = snapshot.library.take(
        "records", facts.take("key", positions).tolist(), RECORD_COLUMNS
    ).to_pandas()
    sites = snapshot.sites.set_index("site_id")
    region = found["site_id"].map(sites["region_code"])
    return found.assign(
        site=found["site_id"].map(sites["name"]).fillna(found["site_id"]),
        place=[label_name("region", code) if isinstance(code, str) else "—" for code in region],
        genre=[label_name("genre", code) for code in found["genre"]],
    )[["record_id", "title", "site", "place", "genre", "published_at"]]
