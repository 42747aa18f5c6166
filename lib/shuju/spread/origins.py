"""Which records are origins (原文): documents that other sites carried, found among all records at once.

Records that share a long run of characters are linked to the earliest that has it. The earliest of many is an origin,
unless most of it is another site's text itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from shuju.engine.threads import WORKERS, kept_pool
from shuju.spread.sketches import Sketches

MOST_RECORDS = 2_048  # with one run: beyond, it is the frame of pages, not a document
MOSTLY = 0.3  # of a record's runs lead to one earlier record of another site: a copy
AT_LEAST = 3  # runs that link two records, of a record that has twice as many, and
SHARE = 0.3  # of the runs of the shorter one: a sentence or two that both have are no copy
NEAR_SECONDS = 72 * 3600  # by which a copy may be dated before its origin
SLICES = 32


@dataclass(frozen=True)
class Links:
    """Which row (``record``) shares how many sampled runs (``shared``) with which earlier row (``origin``), and
    which rows are ``copies``: most of them is another site's.
    """

    record: np.ndarray
    origin: np.ndarray
    shared: np.ndarray
    copies: np.ndarray


def find_origins(sketches: Sketches, names: pd.DataFrame, first_new: int = 0) -> tuple[np.ndarray, Links]:
    """Return the rows of the records that other sites carried, and the links that say so.

    ``names`` says what sites call themselves (``sketches.site_names``): a copy dated before its origin is told by
    whom the others name as their source. Only what rows from ``first_new`` on tell is looked at. O(s log s) in the
    sampled runs, by slices of their hashes: memory for one of ``SLICES`` a thread.
    """
    total = sketches.n_hashes()
    edges = [2**64 * k // SLICES for k in range(SLICES + 1)]

    def linked(low: int, high: int) -> np.ndarray:
        hashed, rows = sketches.between(low, high)
        return _links(hashed, rows, sketches.second, sketches.site, first_new, MOST_RECORDS)

    pairs = kept_pool("origins", WORKERS).map(linked, edges[:-1], edges[1:])
    joined, shared = np.unique(np.concatenate(list(pairs)), return_counts=True)
    record, origin = joined >> 32, joined & 0xFFFFFFFF
    fewer = np.minimum(total[record], total[origin])
    least = np.minimum(AT_LEAST, np.maximum(1, total[record] // 2))
    enough = shared >= np.maximum(least, SHARE * fewer)
    links = _resolved(
        sketches, Links(record[enough], origin[enough], shared[enough], np.empty(0, np.int64)), total
    )
    named = _named(sketches, names, links, np.setdiff1d(links.origin, links.copies), total)
    if len(named):
        links = _resolved(sketches, _redirected(links, named), total)
    return np.setdiff1d(links.origin, links.copies), links


def _resolved(sketches: Sketches, links: Links, total: np.ndarray) -> Links:
    """Return the links without those of a site with itself, and which records are copies by them."""
    kept = sketches.site[links.record] != sketches.site[links.origin]
    record, origin, shared = links.record[kept], links.origin[kept], links.shared[kept]
    is_copy = shared >= MOSTLY * total[record]
    return Links(record, origin, shared, np.unique(record[is_copy]))


def _redirected(links: Links, named: pd.Series) -> Links:
    """Return the links with other origins, which are linked to those that they stand for in turn."""
    origin = pd.Series(links.origin).map(named).fillna(pd.Series(links.origin)).to_numpy().astype(np.int64)
    back = pd.DataFrame({"r": links.record, "o": links.origin, "s": links.shared})
    back = back[back["r"] == back["o"].map(named)]
    return Links(
        np.concatenate([links.record, back["o"]]),
        np.concatenate([origin, back["r"]]),
        np.concatenate([links.shared, back["s"]]),
        links.copies,
    )


def _named(
    sketches: Sketches, names: pd.DataFrame, links: Links, origins: np.ndarray, total: np.ndarray
) -> pd.Series:
    """Return, by origin, the record that its copies name as theirs, where that is another one."""
    site_of = names.drop_duplicates("source").set_index("source")["site"]
    members = pd.DataFrame({"origin": links.origin, "record": links.record, "shared": links.shared})
    members = members[np.isin(members["origin"], origins)]
    members["site"] = sketches.site[members["record"]]
    members["named"] = pd.Series(sketches.source[members["record"]]).map(site_of).to_numpy()
    votes = members.dropna(subset="named").groupby(["origin", "named"]).size().rename("votes").reset_index()
    own = votes[votes["named"] == sketches.site[votes["origin"]]].set_index("origin")["votes"]
    near = np.abs(sketches.second[members["record"]] - sketches.second[members["origin"]]) <= NEAR_SECONDS
    whole = members["shared"].to_numpy() >= MOSTLY * total[members["origin"]]
    others = members[near & whole].merge(
        votes, left_on=["origin", "site"], right_on=["origin", "named"], suffixes=("", "_of")
    )
    # Nobody names a page that nobody copied, such as one that is dated too early.
    names_it = (
        pd.Series(sketches.source[others["origin"]]).map(site_of).to_numpy() == others["site"].to_numpy()
    )
    others = others[~others["origin"].isin(own.index) & ((others["votes"] > 1) | names_it)]
    best = others.sort_values(["votes", "record"]).drop_duplicates("origin", keep="last")
    return best.set_index("origin")["record"]


@njit(nogil=True, cache=True)
def _links(hashed, rows, second, site, first_new, most):
    """Return (record · 2³² + origin) for each run of each record: the earliest that has it, or a later record of the
    same site (the next year's edition) where that came before the record.
    """
    n = len(hashed)
    found = np.empty(1024, np.int64)
    editions = np.empty(most, np.int64)
    m = 0
    start = 0
    while start < n:
        end = start + 1
        while end < n and hashed[end] == hashed[start]:
            end += 1
        if 2 <= end - start <= most:
            first = rows[start]
            has_new = first >= first_new
            for k in range(start + 1, end):
                row = rows[k]
                has_new |= row >= first_new
                if second[row] < second[first] or (second[row] == second[first] and row < first):
                    first = row
            if has_new:
                if m + end - start > len(found):
                    more = np.empty(2 * len(found) + end - start, np.int64)
                    more[:m] = found[:m]
                    found = more
                n_editions = 0
                for k in range(start, end):
                    if site[rows[k]] == site[first]:
                        editions[n_editions] = rows[k]
                        n_editions += 1
                for k in range(start, end):
                    row = rows[k]
                    if site[row] != site[first]:
                        origin = first
                        for e in range(n_editions):
                            if second[origin] < second[editions[e]] <= second[row]:
                                origin = editions[e]
                        found[m] = row << 32 | origin
                        m += 1
        start = end
    return found[:m].copy()
