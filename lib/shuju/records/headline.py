"""The headline figures of records (信息概况): how many, of how many sites and counties, how many lately."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shuju.facts.most_frequent import most_frequent
from shuju.facts.naming import site_names
from shuju.facts.newest_days import last_weeks, n_lately
from shuju.facts.selection import Selection
from shuju.records.silent_sites import silent_sites
from shuju.standard import regions


@dataclass(frozen=True)
class Headline:
    """The headline figures under the filters; those of the last days end on ``last_day`` and leave the day's filter aside.

    ``silent`` are the sites that publish no more (``silent_sites``).
    """

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
    as_of: dt.datetime | None
    is_synthetic: bool
    weeks: tuple[int, ...] = ()
    topic: tuple[str, int] | None = None
    silent: tuple[Mapping[str, Any], ...] = ()


def headline_data(selection: Selection) -> Headline:
    """Return the headline figures of a selection of records."""
    counties = [r.code for r in regions("county")]
    by_region = selection.chosen_counts("region").reindex(counties)
    return Headline(
        n=selection.total,
        n_all=selection.n_all,
        n_sites=int((selection.chosen_counts("site")[1:] > 0).sum()),
        n_sites_all=len(site_names(selection.resources)),
        n_counties=int((by_region > 0).sum()),
        n_counties_all=len(counties),
        newest=selection.newest,
        last_7=n_lately(selection, 7),
        before_7=n_lately(selection, 7, 7),
        last_30=n_lately(selection, 30),
        before_30=n_lately(selection, 30, 30),
        last_day=selection.span[1],
        as_of=selection.as_of,
        is_synthetic=selection.is_synthetic,
        weeks=last_weeks(selection),
        topic=most_frequent(selection, "topic"),
        silent=tuple(silent_sites(selection).to_dict("records")),
    )
