"""Arrival of all documents as small codes: which due site had which document within which limit, counted under any filter."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numba import njit

from shuju.spread.arrival import HOURS, share
from shuju.standard import regions
from shuju.views.spread_data import SpreadTables, arrivals_of

WITHIN = {"8": "8 小时", "24": "24 小时", "72": "72 小时", "ever": "至今"}
NEVER = len(WITHIN)  # the bucket of what has not arrived
CITIES = tuple(r.code for r in regions("prefecture"))


@dataclass(frozen=True)
class ArrivalFacts:
    """Pairs of a document and a site that ought to carry it, in the order of documents.

    ``bucket`` (uint8) is the first limit of ``WITHIN`` that was kept (the last: later, or at no known time), or ``NEVER``.
    ``n_watched`` (uint8, one a document) is how many of the clocks have run out. ``by_document`` (documents ×
    buckets) counts pairs; those of document k are rows ``bounds[k]`` to ``bounds[k + 1]``.
    """

    document: np.ndarray
    site: np.ndarray
    bucket: np.ndarray
    n_watched: np.ndarray
    by_document: np.ndarray
    bounds: np.ndarray


_made: dict[str, tuple[SpreadTables, ArrivalFacts]] = {}
_making = threading.Lock()


def arrival_facts(tables: SpreadTables) -> ArrivalFacts:
    """Return the facts of one state of the tables, made once for it in O(due pairs)."""
    key = tables.library.home.uri
    with _making:
        known = _made.get(key)
        if known is None or known[0] is not tables:
            _made[key] = known = (tables, _facts(tables))
        return known[1]


def _facts(tables: SpreadTables) -> ArrivalFacts:
    pairs = arrivals_of(tables, tables.documents, tables.reprints)
    n = len(tables.documents)
    bucket = np.searchsorted(HOURS, np.nan_to_num(pairs.hours, nan=np.inf)).astype(np.uint8)
    bucket[~pairs.has_arrived] = NEVER
    published = tables.documents["published_at"]
    end = pd.Timestamp(tables.as_of) if tables.as_of is not None else published.max()
    watched = ((end - published) / pd.Timedelta(hours=1)).to_numpy(float)
    document = pairs.document.astype(np.int32)
    counts = np.bincount(document.astype(np.int64) * (NEVER + 1) + bucket, minlength=n * (NEVER + 1))
    return ArrivalFacts(
        document,
        pairs.site.astype(np.int16),
        bucket,
        np.searchsorted(HOURS, watched, side="right").astype(np.uint8),
        counts.reshape(n, NEVER + 1),
        np.searchsorted(document, np.arange(n + 1)),
    )


def by_site(facts: ArrivalFacts, passes: np.ndarray, n_sites: int) -> xr.Dataset:
    """Return ``due`` and ``arrived`` (site, within) of the documents that pass; one pass over the pairs.

    For a limit only documents count whose clock has run out.
    """
    counts = _count(facts.document, facts.site, facts.bucket, facts.n_watched, passes, n_sites)
    due, arrived = _within(counts)
    return xr.Dataset(
        {"due": (("site", "within"), due), "arrived": (("site", "within"), arrived)},
        coords={"within": list(WITHIN)},
    )


@njit(nogil=True, cache=True)
def _count(document, site, bucket, n_watched, passes, n_sites):
    counts = np.zeros((n_sites, 4, 5), np.int64)
    for k in range(len(document)):
        if passes[document[k]]:
            counts[site[k], n_watched[document[k]], bucket[k]] += 1
    return counts


def _within(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return due and arrived (…, within) of counts (…, n_watched, bucket)."""
    due, arrived = [], []
    for at in range(NEVER):
        watched = counts[..., min(at + 1, len(HOURS)) :, :] if at < len(HOURS) else counts
        due.append(watched.sum((-2, -1)))
        arrived.append(watched[..., : at + 1].sum((-2, -1)))
    return np.stack(due, axis=-1), np.stack(arrived, axis=-1)


def by_group(facts: ArrivalFacts, passes: np.ndarray, group: np.ndarray, n_groups: int) -> xr.Dataset:
    """Return ``due`` and ``arrived`` (group, within) of the documents that pass, by a number for each document; −1 is left out."""
    counts = np.zeros((n_groups, 4, NEVER + 1), np.int64)
    meant = np.flatnonzero(passes & (group >= 0))
    np.add.at(counts, (group[meant], facts.n_watched[meant]), facts.by_document[meant])
    due, arrived = _within(counts)
    return xr.Dataset(
        {"due": (("group", "within"), due), "arrived": (("group", "within"), arrived)},
        coords={"within": list(WITHIN)},
    )


def matrix(
    facts: ArrivalFacts, sites: pd.DataFrame, documents: np.ndarray, origin_ids: list[str]
) -> xr.Dataset:
    """Return ``due`` (document, city) and ``arrived`` (document, city, within) of some documents (their rows).

    A prefecture is counted with its counties. O(pairs of these documents).
    """
    city = pd.Index(CITIES).get_indexer(sites["city"].astype(object))
    size = len(CITIES)
    counts = np.zeros((len(documents), size, NEVER + 1), np.int64)
    for at, number in enumerate(documents):
        pair = slice(facts.bounds[number], facts.bounds[number + 1])
        place = city[facts.site[pair]]
        is_in = place >= 0
        cell = place[is_in] * (NEVER + 1) + facts.bucket[pair][is_in]
        counts[at] = np.bincount(cell, minlength=size * (NEVER + 1)).reshape(size, NEVER + 1)
    arrived = np.cumsum(counts[..., :NEVER], axis=-1)
    return xr.Dataset(
        {
            "due": (("document", "city"), counts.sum(-1)),
            "arrived": (("document", "city", "within"), arrived),
        },
        coords={"document": origin_ids, "city": list(CITIES), "within": list(WITHIN)},
    )


def rate(counts: xr.Dataset, within: str) -> np.ndarray:
    """Return the share (0..1) that arrived within a limit; NaN of nothing."""
    due, arrived = counts["due"], counts["arrived"].sel(within=within)
    due = due.sel(within=within) if "within" in due.dims else due
    return share(arrived.to_numpy().astype(float), due.to_numpy())
