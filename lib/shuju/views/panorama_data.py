"""What the panorama shows, computed: facts and filters in, frames and arrays out. No Panel here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.facts import Counts, Crossfilter
from shuju.standard import regions
from shuju.views.filters import Filters, label_name
from shuju.views.linked_data import selected
from shuju.views.live import Snapshot

FACETS = ("library", "topic", "level", "genre", "source")
PAGE_ROWS = 20
RECORD_COLUMNS = ("key_hash", "record_id", "title", "site_id", "genre", "published_at")


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
