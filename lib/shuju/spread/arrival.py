"""Arrival (到达率): which due sites carry which documents, and how soon.

Everything rests on pairs of a document and a site that ought to carry it. Formulas: docs/methods/arrival.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shuju.series.survival import kaplan_meier_by, quantile_times
from shuju.spread.breadth import breadth
from shuju.spread.carriers import Carriers, find_carriers
from shuju.spread.due import DueRule, due_pairs
from shuju.spread.shape import shapes

HOURS = (8, 24, 72)
FEW = 5  # due pairs; of fewer, a share says little
_TO = "to_"
_OF_SITE = ["kind", "level", "department"]


@dataclass(frozen=True)
class Arrivals:
    """Pairs of a document and a site that ought to carry it, whole columns, in the order of documents.

    ``document`` and ``site`` are rows of ``documents`` and ``sites``, ``clause`` the number of the clause of ``rule``. ``hours`` after the
    document; NaN where it has not arrived or its time cannot be true. ``observed_hours`` of each pair: how long the library has
    been watching since the document; NaN for an undated one.
    """

    documents: pd.DataFrame
    sites: pd.DataFrame
    rule: DueRule
    carriers: Carriers
    document: np.ndarray
    site: np.ndarray
    clause: np.ndarray
    has_arrived: np.ndarray
    hours: np.ndarray
    observed_hours: np.ndarray

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.document)

    def only(self, is_meant: np.ndarray) -> Arrivals:
        """Return the pairs chosen by a mask (one bool a pair); documents and sites stay."""
        names = ("document", "site", "clause", "has_arrived", "hours", "observed_hours")
        return replace(self, **{name: getattr(self, name)[is_meant] for name in names})

    def column(self, name: str) -> pd.Series:
        """Return a column of the documents for each pair, or with ``to_`` before it one of the sites (``to_level``)."""
        is_of_site = name.startswith(_TO)
        frame, at = (self.sites, self.site) if is_of_site else (self.documents, self.document)
        return frame[name.removeprefix(_TO)].take(at).reset_index(drop=True)


def arrivals(
    documents: pd.DataFrame, reprints: pd.DataFrame, sites: pd.DataFrame, rule: DueRule, as_of: pd.Timestamp
) -> Arrivals:
    """Return each pair of a document and a site that is due by ``rule``, and whether and when it arrived.

    ``documents``: origin_id, site_id, region_code, genre, topic_1, published_at; kind, level and department of their site are put
    to them. ``reprints`` as in the table. ``as_of`` is the newest time of the library: up to it a document that has not
    arrived was waited for. O(documents × sites + reprints log reprints).
    """
    known = sites.drop_duplicates("site_id")
    at = pd.Index(known["site_id"], dtype=object).get_indexer(documents["site_id"].astype(object))
    # Of a site that is not known, and where none is, the last: null.
    of_site = {name: np.append(known[name].to_numpy(object), None)[at] for name in _OF_SITE}
    documents = documents.assign(**of_site)
    documents, sites = documents.reset_index(drop=True), sites.reset_index(drop=True)
    document, site, clause = due_pairs(documents, sites, rule)
    carriers = find_carriers(documents, reprints, sites)
    found = carriers.find(document, site)
    has_arrived = found >= 0
    hours = np.append(carriers.hours, np.nan)[found]
    observed = (pd.Timestamp(as_of) - pd.to_datetime(documents["published_at"])) / pd.Timedelta(hours=1)
    observed = observed.to_numpy(float)[document]
    return Arrivals(documents, sites, rule, carriers, document, site, clause, has_arrived, hours, observed)


def rates(pairs: Arrivals, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return the arrival rates of the pairs, together or by columns (``genre``, ``to_level``, ``to_site_id``, …).

    Columns: those of ``by``; ``n_documents``, ``n_due``, ``n_arrived``; ``n_due_8h`` (pairs watched for so long) and ``share_8h`` (of these,
    0 to 1), likewise 24 and 72; ``share_ever``; ``half_life_hours`` (Kaplan–Meier; NaN: half have not arrived); ``is_small``
    (fewer than ``FEW`` due). A share of nothing is NaN. Groups are sorted; null is a group. O(n log n).
    """
    group, keys = _groups(pairs, by)
    n = len(keys)
    documents = pd.unique(group * (len(pairs.documents) + 1) + pairs.document)
    found = {
        "n_documents": np.bincount(documents // (len(pairs.documents) + 1), minlength=n),
        "n_due": np.bincount(group, minlength=n),
        "n_arrived": np.bincount(group[pairs.has_arrived], minlength=n),
    }
    for limit in HOURS:
        is_watched = pairs.observed_hours >= limit
        found[f"n_due_{limit}h"] = np.bincount(group[is_watched], minlength=n)
        arrived = np.bincount(group[is_watched & (pairs.hours <= limit)], minlength=n)
        found[f"share_{limit}h"] = share(arrived, found[f"n_due_{limit}h"])
    found["share_ever"] = share(found["n_arrived"], found["n_due"])
    found["half_life_hours"] = quantile_times(_waits(pairs, group), n)
    found["is_small"] = found["n_due"] < FEW
    return pd.concat([keys, pd.DataFrame(found)], axis=1)


def curves(pairs: Arrivals, by: Sequence[str] = ()) -> pd.DataFrame:
    """Return the arrival curves (到达曲线) of the pairs, together or by columns: ``by``, ``hours``, ``n_at_risk``, ``n_arrived``,
    ``share_arrived``. O(n log n).
    """
    group, keys = _groups(pairs, by)
    found = _waits(pairs, group).rename(columns={"time": "hours", "n_ended": "n_arrived"})
    found["share_arrived"] = 1 - found.pop("share_waiting")
    return pd.concat([keys.take(found.pop("group")).reset_index(drop=True), found], axis=1)


def measure(pairs: Arrivals, reprints: pd.DataFrame) -> pd.DataFrame:
    """Return all measures, one row a document, in their order: those of the table ``cascades`` and a few more.

    ``origin_id``; what ``breadth`` says; ``n_due``, ``share_8h``, ``share_24h``, ``share_72h``, ``share_ever``, ``half_life_hours`` and
    ``is_small`` as in ``rates``; ``is_pending`` (the longest clock still runs: later shares are NaN); ``shape``.
    ``pairs`` are all that ``arrivals`` gave for these ``reprints``.
    """
    documents = pairs.documents
    wide = breadth(documents, reprints, pairs.sites, pairs.carriers)
    found = rates(pairs, ["origin_id"]).set_index("origin_id").reindex(documents["origin_id"])
    found = found.reset_index(drop=True)
    found["n_due"] = found["n_due"].fillna(0).astype(np.int64)
    waited = np.full(len(documents), np.nan)
    waited[pairs.document] = pairs.observed_hours
    kept = ["n_due", *(f"share_{h}h" for h in HOURS), "share_ever", "half_life_hours"]
    return pd.concat([documents[["origin_id"]], wide, found[kept]], axis=1).assign(
        is_small=found["n_due"] < FEW,
        is_pending=waited < HOURS[-1],
        shape=shapes(documents, pairs.sites, pairs.carriers),
    )


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return ``part / whole``; NaN where ``whole`` is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=np.asarray(whole) > 0)


def _groups(pairs: Arrivals, by: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the number of each pair's group, and the values of ``by`` of each group, sorted."""
    group = np.zeros(len(pairs), np.int64)
    columns = [_coded(pairs, name) for name in by]
    for codes, values in columns:
        group = group * len(values) + codes
    used, group = np.unique(group, return_inverse=True)
    keys = {}
    for name, (_, values) in reversed(list(zip(by, columns))):
        keys[name] = values.take(used % len(values)).array
        used = used // len(values)
    keys = pd.DataFrame(dict(reversed(keys.items())), index=range(len(used) if by else 1))
    return group, keys


def _coded(pairs: Arrivals, name: str) -> tuple[np.ndarray, pd.Series]:
    """Return the number of each pair's value among the values of the column, sorted, null last, and these values."""
    is_of_site = name.startswith(_TO)
    frame, at = (pairs.sites, pairs.site) if is_of_site else (pairs.documents, pairs.document)
    codes, values = pd.factorize(frame[name.removeprefix(_TO)], sort=True, use_na_sentinel=True)
    codes = np.where(codes < 0, len(values), codes)
    return codes[at], pd.concat([pd.Series(values), pd.Series([None], dtype=object)], ignore_index=True)


def _waits(pairs: Arrivals, group: np.ndarray) -> pd.DataFrame:
    # Of what has arrived at no known time, nobody knows how long it was waited for.
    hours = np.where(pairs.has_arrived, pairs.hours, pairs.observed_hours)
    return kaplan_meier_by(group, hours, pairs.has_arrived)
