"""Which sites carry which documents, and since when: one pair each, however often a site repeats a document."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shuju.spread.kinds import REPRINT_KINDS


@dataclass(frozen=True)
class Carriers:
    """Pairs of a document (a row of the documents) and a site (a row of the sites), in this order, each once.

    ``hours`` after the document; NaN where no copy of the site has a time that can be true: undated, or dated
    before its origin. A document's own site is not among its carriers.
    """

    document: np.ndarray
    site: np.ndarray
    hours: np.ndarray
    n_sites: int

    def find(self, document: np.ndarray, site: np.ndarray) -> np.ndarray:
        """Return the position of each pair, -1 where the site does not carry the document. O(pairs log carriers)."""
        keys = self._keys(self.document, self.site)
        asked = self._keys(document, site)
        if not len(keys):
            return np.full(len(asked), -1)
        at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        return np.where(keys[at] == asked, at, -1)

    def _keys(self, document: np.ndarray, site: np.ndarray) -> np.ndarray:
        return np.asarray(document, np.int64) * self.n_sites + site


def find_carriers(documents: pd.DataFrame, reprints: pd.DataFrame, sites: pd.DataFrame) -> Carriers:
    """Return who carried the ``documents`` (origin_id, site_id), by ``reprints`` (origin_id, site_id, kind, lag_hours).

    Rows of other kinds than reprints, of other documents, and of sites that are not in ``sites`` (site_id) are left out.
    O(reprints log reprints).
    """
    document, rows = reprints_of(documents, reprints)
    register = pd.Index(sites["site_id"])
    site = register.get_indexer(rows["site_id"])
    own = register.get_indexer(documents["site_id"])
    is_other = (site >= 0) & (site != own[document])
    document, site = document[is_other], site[is_other]
    lag = rows["lag_hours"].to_numpy(float)[is_other]
    lag = np.where(lag >= 0, lag, np.inf)
    n = len(sites)
    order = np.lexsort((lag, document * n + site))
    key = (document * n + site)[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    hours = lag[order][first]
    return Carriers(key[first] // n, key[first] % n, np.where(np.isfinite(hours), hours, np.nan), n)


def reprints_of(documents: pd.DataFrame, reprints: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the rows of ``reprints`` that are reprints of ``documents``, and of which (a row of ``documents``)."""
    document = pd.Index(documents["origin_id"]).get_indexer(reprints["origin_id"])
    is_one = (document >= 0) & reprints["kind"].isin(REPRINT_KINDS).to_numpy(bool)
    return document[is_one].astype(np.int64), reprints[is_one]
