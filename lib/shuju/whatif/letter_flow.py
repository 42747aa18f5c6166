"""Which letters come, and to which department (来信与转办): more or fewer in a season, some handed to another department.

What chance decides of a letter is the same for all scenarios of a seed: who is handed over at 20 % is among those at 40 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from shuju.whatif.letter_history import History
from shuju.whatif.office import BY_TOPIC, MONTHS_OF, TO_QUICKEST, Office

ENOUGH = 200  # replies by which a department's time is known
UNKNOWN = 0  # the code of a department, or topic, that is not told


def times_each(history: History, office: Office, seed: int) -> np.ndarray:
    """Return for how many letters each stands: 0 that would not have come, 2 that has a twin. O(letters)."""
    factor = np.ones(13)
    factor[list(MONTHS_OF[office.season])] = office.demand
    return (factor[history.month] + _chance(history.n, seed)[0]).astype(np.int64)


def moved_to(history: History, target: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return the pool of each letter where a share of them goes to ``target``. O(letters)."""
    return np.where(_chance(history.n, seed)[1] < share, target, history.pool)


def targets(history: History) -> Mapping[str, np.ndarray]:
    """Return for each way of routing (``ROUTINGS``) the pool that it would hand each letter to, its own where it stays. O(n log n)."""
    return {BY_TOPIC: _usual(history), TO_QUICKEST: _quickest(history)}


def _usual(history: History) -> np.ndarray:
    """Return the pool that handled most letters of the same prefecture and topic; where topic or department are not known, the own."""
    n_pools = len(history.pool_department)
    matter = history.library * (int(history.topic.max(initial=0)) + 1) + history.topic
    is_known = (history.topic != UNKNOWN) & (history.department != UNKNOWN)
    pairs, counts = np.unique(matter[is_known] * n_pools + history.pool[is_known], return_counts=True)
    fewest_first = np.argsort(counts, kind="stable")
    usual = np.arange(int(matter.max(initial=0)) + 1)
    usual[pairs[fewest_first] // n_pools] = pairs[fewest_first] % n_pools  # the last one written has most
    return np.where(is_known, usual[matter], history.pool)


def _quickest(history: History) -> np.ndarray:
    """Return for letters of the slowest department of each prefecture the quickest one's pool, by the mean delay; for others the own.

    Departments with fewer than ``ENOUGH`` replies are neither.
    """
    n_pools = len(history.pool_department)
    happened, scored = history.observed()
    answered = np.bincount(history.pool[~np.isnan(history.delay_days)], minlength=n_pools)
    size = np.bincount(history.pool[scored], minlength=n_pools)
    mean = np.bincount(history.pool[scored], happened[scored], minlength=n_pools) / np.maximum(size, 1)
    eligible = np.flatnonzero((answered >= ENOUGH) & (history.pool_department != UNKNOWN))
    target = np.arange(n_pools)
    for library in np.unique(history.pool_library[eligible]):
        pools = eligible[history.pool_library[eligible] == library]
        target[pools[mean[pools].argmax()]] = pools[mean[pools].argmin()]
    return target[history.pool]


@lru_cache(maxsize=3)
def _chance(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what chance decides of each letter: whether one more comes with it, whether it is handed over."""
    draw = np.random.Generator(np.random.SFC64([seed, 1]))
    return draw.random(n), draw.random(n)
