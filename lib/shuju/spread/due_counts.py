"""Due sites counted (应转): which of them had which document within which limit, counted under any filter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numba import njit

from shuju.spread.arrival import HOURS, arrivals, share
from shuju.spread.due import DueRule
from shuju.standard import regions

WITHIN = {"8": "8 小时", "24": "24 小时", "72": "72 小时", "ever": "至今"}
NEVER = len(WITHIN)  # the bucket of what has not arrived


@dataclass(frozen=True, eq=False)
class DueCounts:
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


def due_counts(
    documents: pd.DataFrame,
    reprints: pd.DataFrame,
    sites: pd.DataFrame,
    rule: DueRule,
    as_of: dt.datetime | None,
) -> DueCounts:
    """Return the due pairs of ``documents`` (columns as of ``spread.documents``). O(due pairs)."""
    n, published = len(documents), documents["published_at"]
    end = pd.Timestamp(as_of) if as_of is not None else published.max()
    pairs = arrivals(documents, reprints, sites, rule, end)
    bucket = np.searchsorted(HOURS, np.nan_to_num(pairs.hours, nan=np.inf)).astype(np.uint8)
    bucket[~pairs.has_arrived] = NEVER
    watched = ((end - published) / pd.Timedelta(hours=1)).to_numpy(float)
    document = pairs.document.astype(np.int32)
    counts = np.bincount(document.astype(np.int64) * (NEVER + 1) + bucket, minlength=n * (NEVER + 1))
    return DueCounts(
        document,
        pairs.site.astype(np.int16),
        bucket,
        np.searchsorted(HOURS, watched, side="right").astype(np.uint8),
        counts.reshape(n, NEVER + 1),
        np.searchsorted(document, np.arange(n + 1)),
    )


def by_site(due: DueCounts, passes: np.ndarray, n_sites: int) -> xr.Dataset:
    """Return ``due`` and ``arrived`` (site, within) of the documents that pass; one pass over the pairs.

    For a limit only documents count whose clock has run out.
    """
    counts = _count(due.document, due.site, due.bucket, due.n_watched, passes, n_sites)
    n_due, n_arrived = _within(counts)
    return xr.Dataset(
        {"due": (("site", "within"), n_due), "arrived": (("site", "within"), n_arrived)},
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


def by_group(due: DueCounts, passes: np.ndarray, group: np.ndarray, n_groups: int) -> xr.Dataset:
    """Return ``due`` and ``arrived`` (group, within) of the documents that pass, by a number for each document; −1 is left out."""
    counts = np.zeros((n_groups, 4, NEVER + 1), np.int64)
    meant = np.flatnonzero(passes & (group >= 0))
    np.add.at(counts, (group[meant], due.n_watched[meant]), due.by_document[meant])
    n_due, n_arrived = _within(counts)
    return xr.Dataset(
        {"due": (("group", "within"), n_due), "arrived": (("group", "within"), n_arrived)},
        coords={"within": list(WITHIN)},
    )


def by_prefecture(
    due: DueCounts, sites: pd.DataFrame, documents: np.ndarray, origin_ids: list[str]
) -> xr.Dataset:
    """Return ``due`` (document, prefecture) and ``arrived`` (document, prefecture, within) of some documents (their rows).

    A prefecture is counted with its counties. O(pairs of these documents).
    """
    prefectures = [r.code for r in regions("prefecture")]
    at = pd.Index(prefectures).get_indexer(sites["prefecture"].astype(object))
    size = len(prefectures)
    counts = np.zeros((len(documents), size, NEVER + 1), np.int64)
    for row, number in enumerate(documents):
        pair = slice(due.bounds[number], due.bounds[number + 1])
        place = at[due.site[pair]]
        is_in = place >= 0
        cell = place[is_in] * (NEVER + 1) + due.bucket[pair][is_in]
        counts[row] = np.bincount(cell, minlength=size * (NEVER + 1)).reshape(size, NEVER + 1)
    arrived = np.cumsum(counts[..., :NEVER], axis=-1)
    return xr.Dataset(
        {
            "due": (("document", "prefecture"), counts.sum(-1)),
            "arrived": (("document", "prefecture", "within"), arrived),
        },
        coords={"document": origin_ids, "prefecture": prefectures, "within": list(WITHIN)},
    )


def arrival_rate(counts: xr.Dataset, within: str) -> np.ndarray:
    """Return the share (0..1) that arrived within a limit; NaN of nothing."""
    due, arrived = counts["due"], counts["arrived"].sel(within=within)
    due = due.sel(within=within) if "within" in due.dims else due
    return share(arrived.to_numpy().astype(float), due.to_numpy())
