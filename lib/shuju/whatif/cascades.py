"""Cascades as what-if needs them: copies with their own delays, parents before children, and the pairs of document and site that are due."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.records.facts import selection as record_selection
from shuju.spread.arrival import Arrivals, arrivals
from shuju.spread.carriers import reprints_of
from shuju.whatif.parameter import WhatIfError

FEWEST = 30  # due pairs, below which nothing is told
QUIET_DAYS = np.timedelta64(30, "D")  # a site that has been quiet no longer than this is still run
LEVELS = ("province", "prefecture", "county")  # of sites; others stand after them
FEW_AN_HOUR = 50  # copies that an hour of the day needs to be compared


@dataclass(frozen=True)
class Cascades:
    """Copies of the documents, parents before their children, and the pairs of a document and a site that are due.

    Of each copy: ``parent`` (a position, -1 where it was made from the document itself or nobody knows), ``own`` (hours after its
    parent), ``site``, ``pair`` (that it answers, -1 if it was not due), ``hour`` of the day at which its document came out;
    ``generations`` are where each generation begins. ``speed`` is the median own delay of each site, ``by_hour`` that of first
    copies by the hour of their documents. ``watched`` (hours) belongs to the pairs, ``is_untimed`` tells of those that arrived at no
    time that can be true, ``is_run`` of those whose site was run when the document came out: a dead one relays nothing.
    """

    parent: np.ndarray
    own: np.ndarray
    site: np.ndarray
    pair: np.ndarray
    generations: np.ndarray
    hour: np.ndarray
    speed: np.ndarray
    pairs: Arrivals
    watched: np.ndarray
    is_untimed: np.ndarray
    is_run: np.ndarray
    by_hour: np.ndarray

    @cached_property
    def level(self) -> np.ndarray:
        """The level of the site of each pair as its place in ``LEVELS``, their number for any other."""
        places = {name: np.int8(at) for at, name in enumerate(LEVELS)}
        return self.pairs.sites["level"].map(places).fillna(len(LEVELS)).to_numpy(np.int8)[self.pairs.site]


def prepare(selection: Selection) -> Cascades:
    """Return the cascades of a selection of documents. O(copies log copies + documents × sites).

    Raises:
        WhatIfError: too few sites ought to carry them.
    """
    held, chosen = selection.held, np.flatnonzero(selection.mask())
    documents, sites = held.rows.iloc[chosen].reset_index(drop=True), held.sites
    pairs = arrivals(documents, held.reprints, sites, held.rule, pd.Timestamp(held.as_of))
    if len(pairs) < FEWEST:
        raise WhatIfError(f"所选文件只有 {len(pairs)} 次应转，不足 {FEWEST} 次，无法推演；请放宽条件")
    document, rows = reprints_of(documents, held.reprints)
    lag = rows["lag_hours"].to_numpy(float)
    timed = lag >= 0
    document, rows, lag = document[timed], rows[timed], lag[timed]
    generation = rows["generation"].fillna(1).to_numpy(int)
    order = np.argsort(generation, kind="stable")
    document, rows, lag, generation = document[order], rows.iloc[order], lag[order], generation[order]
    record = pd.Index(rows["origin_id"].astype(str) + "\n" + rows["record_id"].astype(str))
    made_from = record.get_indexer(rows["origin_id"].astype(str) + "\n" + rows["parent_id"].astype(str))
    at = np.arange(len(rows))
    # A copy that is told to be older than what it was made from keeps its own time; so does one whose parent has no true time.
    is_child = (
        (made_from >= 0) & (generation[made_from] < generation) & (lag[made_from] <= lag) & (made_from != at)
    )
    parent = np.where(is_child, made_from, -1)
    own = lag - np.where(parent >= 0, lag[parent], 0)
    site = pd.Index(sites["site_id"]).get_indexer(rows["site_id"])
    n_sites = len(sites)
    keys = pairs.document.astype(np.int64) * n_sites + pairs.site
    asked = document * n_sites + site
    found = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    speed = pd.Series(own).groupby(site).median().reindex(range(n_sites)).to_numpy(float)
    is_due = np.bincount(pairs.site, minlength=n_sites) > 0
    speed = np.where(is_due, speed, np.nan)  # who owes nothing is not mended
    pair = np.where((site >= 0) & (keys[found] == asked), found, -1)
    generations = np.searchsorted(generation, np.arange(generation.max(initial=0) + 2))
    hour = documents["published_at"].dt.hour.fillna(-1).to_numpy(int)[document]
    is_first = parent < 0
    is_untimed = pairs.has_arrived & np.isnan(pairs.hours)
    return Cascades(
        parent, own, site, pair, generations, hour, speed, pairs, pairs.observed_hours, is_untimed,
        _is_run(held.library, pairs), _by_hour(own[is_first], hour[is_first]),
    )  # fmt: skip


def _is_run(library: Library, pairs: Arrivals) -> np.ndarray:
    """Return whether the site of each pair brought anything between its first and last record, when the document came out. O(records).

    One that brought something lately runs on.
    """
    counted = record_selection(library).cube(["site", "day"])
    days = counted["day"].to_numpy().astype("datetime64[D]")
    has_rows = counted.transpose("site", "day").to_numpy() > 0
    if not has_rows.any():
        return np.ones(len(pairs), bool)
    at = pd.Index(counted["site"].to_numpy()).get_indexer(pairs.sites["site_id"])
    is_known = (at >= 0) & has_rows[at].any(axis=1)
    first, last = days[has_rows.argmax(axis=1)][at], days[::-1][has_rows[:, ::-1].argmax(axis=1)][at]
    goes_on = last >= days[has_rows.any(axis=0)].max() - QUIET_DAYS
    day = pairs.column("published_at").to_numpy("datetime64[D]")
    until = np.where(goes_on, day.max(initial=last.max()), last)
    return is_known[pairs.site] & (first[pairs.site] <= day) & (day <= until[pairs.site])


def _by_hour(own: np.ndarray, hour: np.ndarray) -> np.ndarray:
    """Return the median delay of first copies by the hour at which documents came out; NaN where there are few."""
    grouped = pd.Series(own).groupby(hour)
    median = grouped.median().where(grouped.size() >= FEW_AN_HOUR)
    return median.reindex(range(24)).to_numpy(float)
