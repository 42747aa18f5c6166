"""Rows in the order of a dimension, without sorting all of them: how many bear each label is known, so only a page's labels are read."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral

import numpy as np

from shuju.facts.encode import DAY_SECONDS
from shuju.facts.passes import Passes, count_cells, pick_rows
from shuju.facts.rows import in_time_order
from shuju.facts.schema import SECOND, UNKNOWN, Codes, FactsError
from shuju.facts.store import Facts

TOGETHER = 50_000  # rows that are picked and sorted at once; more of one label are read by their days


def check_page(n: int, first: int) -> None:
    """Check how many rows are asked for, and from which on.

    Raises:
        FactsError: they are no numbers, or negative.
    """
    if not (isinstance(n, Integral) and isinstance(first, Integral) and n >= 0 and first >= 0):
        raise FactsError(f"行数与起点应为不小于 0 的整数，不能是 {n!r}、{first!r}")


def label_order(facts: Facts, dimension: str, names: Mapping[str, str], *, descending: bool) -> np.ndarray:
    """Return the codes of a dimension as a table shows them; unknown comes last either way.

    Labels of a standard stand in its order, free ones (departments, sites) in that of their pinyin, as GB 18030 has it.
    """
    codes = np.arange(1, facts.size(dimension))
    found = facts.schema.dimension(dimension)
    if isinstance(found, Codes) and (not found.names or found.names in ("sites", "sources")):
        labels = facts.labels(dimension)
        spelt = [names[labels[code]].encode("gb18030") for code in codes]
        codes = codes[sorted(range(len(codes)), key=spelt.__getitem__)]
    return np.append(codes[::-1] if descending else codes, UNKNOWN)


def in_label_order(
    facts: Facts, passes: Passes, dimension: str, codes: np.ndarray, counts: np.ndarray, *, first: int, n: int
) -> np.ndarray:
    """Return the positions of ``n`` rows that pass, from the ``first``-th on: by ``codes``, the newest of each first.

    ``counts[code]`` is how many rows that pass bear a code. A page costs a pass over the rows for a label of many rows that it
    shows (two at most: where the page begins, where it ends), and one for all others: O(rows), whatever the page.
    """
    counts = counts[codes]
    codes, counts = codes[counts > 0], counts[counts > 0]
    ends = np.cumsum(counts)
    at = int(np.searchsorted(ends, first, side="right"))
    taken = [np.empty(0, np.int64)]
    while n > 0 and at < len(codes):
        skip = first - int(ends[at] - counts[at])
        after = at + 1
        while (
            after < len(codes)
            and ends[after - 1] < first + n
            and ends[after] - ends[at] + counts[at] <= TOGETHER
        ):
            after += 1
        lut = np.zeros(facts.size(dimension), bool)
        lut[codes[at:after]] = True
        only = {**passes, dimension: lut & passes.get(dimension, True)}
        is_many = ends[after - 1] - ends[at] + counts[at] > TOGETHER
        found = (
            _newest(facts, only, skip, n)
            if is_many
            else _sorted(facts, only, dimension, codes)[skip : skip + n]
        )
        taken.append(found)
        first, n, at = first + len(found), n - len(found), after
    return np.concatenate(taken)


def _newest(facts: Facts, passes: Passes, first: int, n: int) -> np.ndarray:
    """Return ``n`` positions from the ``first``-th on, newest first."""
    time = facts.schema.time
    assert time is not None
    days = np.arange(facts.size(time))
    per_day = count_cells(facts, {time: days}, passes, len(days)).astype(np.int64)
    taken = [np.empty(0, np.int64)]
    for positions in in_time_order(facts, passes, per_day, first=first, size=n, newest_first=True):
        taken.append(positions)
        if sum(map(len, taken)) >= n:
            break
    return np.concatenate(taken)[:n]


def _sorted(facts: Facts, passes: Passes, dimension: str, codes: np.ndarray) -> np.ndarray:
    positions = pick_rows(facts, passes)
    rank = np.zeros(facts.size(dimension), np.int64)
    rank[codes] = np.arange(len(codes))
    time = facts.schema.time
    assert time is not None
    when = facts.take(time, positions).astype(np.int64) * DAY_SECONDS + facts.take(SECOND, positions)
    return positions[np.lexsort((-positions, -when, rank[facts.take(dimension, positions)]))]
