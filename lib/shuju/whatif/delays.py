"""Two models of how long a reply takes (答复用时): a queue before a staff, and delays as they were.

Both give of the same letters, under the same seed, the delay of each (days; infinite where no reply comes), so that scenarios differ by their
parameters alone. Neither is true: ``backtest`` tells which foretold the later letters better.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numba import njit

from shuju.series.queues import waits_by_pool
from shuju.series.survival import kaplan_meier_by
from shuju.whatif.letter_flow import times_each
from shuju.whatif.letter_history import History
from shuju.whatif.office import Office

GRID = 512  # steps of a distribution of delays
OWN_FEWEST = 200  # letters that a pool needs for a distribution of its own
SERVICE_DAYS, LOADS, SPREADS = (0.5, 1, 2, 4, 8, 12, 16), (0.1, 0.5, 0.8, 0.9, 0.97), (0.5, 1.0, 1.5)
FITTED_ON, YEAR_WORKDAYS = 20_000, 250
RARE = 1e-9


class Model(Protocol):
    """What gives each letter a delay."""

    title: str

    def delays(
        self, history: History, office: Office, seed: int, pool: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the days until the reply to each letter, infinite where none comes; ``pool`` is who handles it, if somebody else does."""
        ...


@dataclass(frozen=True)
class AsBefore:
    """Delays as they were: each letter draws from those of its pool, or of all where the pool has few (Kaplan–Meier, so that who waits counts).

    Staff and order of work change nothing here: the delays do not tell of them.
    """

    quantiles: np.ndarray
    of_pool: np.ndarray
    title: str = "经验分布"

    @classmethod
    def fit(cls, history: History) -> AsBefore:
        """Return the distributions of the delays of ``history``. O(n log n)."""
        ended = ~np.isnan(history.delay_days)
        time = np.where(ended, history.delay_days, history.seen_days)
        n_pools = int(history.pool.max(initial=-1)) + 1
        size = np.bincount(history.pool[ended], minlength=n_pools)
        own = size >= OWN_FEWEST
        of_pool = np.where(own, np.cumsum(own), 0)
        groups = [np.zeros(history.n, np.int64), of_pool[history.pool]]
        everyone = kaplan_meier_by(groups[0], time, ended)
        curves = kaplan_meier_by(groups[1], time, ended)
        curves = curves[curves["group"] > 0]
        quantiles = np.full((int(own.sum()) + 1, GRID), np.inf)
        at = (np.arange(GRID) + 0.5) / GRID
        quantiles[0] = _quantiles(everyone, at)
        for group, curve in curves.groupby("group"):
            quantiles[int(group)] = _quantiles(curve, at)
        return cls(quantiles, of_pool)

    def delays(
        self, history: History, office: Office, seed: int, pool: np.ndarray | None = None
    ) -> np.ndarray:
        """Return a draw for each letter."""
        pool = np.minimum(history.pool if pool is None else pool, len(self.of_pool) - 1)
        return self.quantiles[self.of_pool[pool], _steps(history.n, seed)] * (1 - office.faster)


@lru_cache(maxsize=2)
def _steps(n: int, seed: int) -> np.ndarray:
    """Return for each letter a step of its distribution; the same for all scenarios of a seed."""
    return np.random.Generator(np.random.SFC64(seed)).integers(0, GRID, n, dtype=np.int64)


def _quantiles(curve, at: np.ndarray) -> np.ndarray:
    """Return the times by which shares ``at`` have ended; infinite beyond the share that ever did."""
    ended = 1 - curve["share_waiting"].to_numpy()
    place = np.searchsorted(ended, at - RARE)
    times = np.append(curve["time"].to_numpy(), np.inf)
    return times[place]


@dataclass(frozen=True)
class AtDesks:
    """A queue a pool: its letters wait for one of its desks, in working time; how long each takes there is lognormal.

    ``service_days`` (working days at a desk, mean), ``load`` (the share of time desks are busy at the present number) and ``spread`` (of the
    logarithm) are fitted; the desks of a pool follow from its letters a working day.
    """

    service_days: float
    load: float
    spread: float
    desks: np.ndarray
    title: str = "排队模型"

    @classmethod
    def fit(cls, history: History) -> AtDesks:
        """Return the queue whose delays are nearest to those of ``history``: of the grid of parameters that with the least CRPS."""
        from shuju.whatif.backtest import crps

        sample = history.part(np.arange(history.n) >= history.n - FITTED_ON)
        per_day = _per_day(sample)
        best, least = None, np.inf
        for service in SERVICE_DAYS:
            for load in LOADS:
                for spread in SPREADS:
                    model = cls(
                        service,
                        load,
                        spread,
                        np.maximum(np.round(per_day * service / load), 1).astype(np.int64),
                    )
                    drawn = np.stack([model.delays(sample, Office(), seed) for seed in range(3)])
                    score = crps(sample, drawn)
                    if score < least:
                        best, least = model, score
        assert best is not None
        return best

    def delays(
        self, history: History, office: Office, seed: int, pool: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the delays under another staff, order and number of letters. O(n log n)."""
        asked = history.in_pools if pool is None else history.in_other_pools(pool)
        order, came = asked.order, asked.came_worked
        unit, merges = _draws(history.n, seed, self.spread)
        if asked.drawn is not None:
            unit, merges = unit[asked.drawn], merges[asked.drawn]
        service = unit * max(self.service_days * (1 - office.faster), RARE)
        if office.merged > 0:  # merged letters take no time at a desk
            service = np.where(merges < office.merged, 0, service)
        of_desk, rank = (
            np.minimum(asked.pool, len(self.desks) - 1),
            _ranks(history, office.order, came, order),
        )
        desks = np.maximum(np.round(self.desks * office.staff), 1).astype(np.int64)
        if office.demand == 1:
            waited = waits_by_pool(came, service, of_desk, desks, rank)
        else:
            waited = _waits_of_some(
                came, service, of_desk, desks, rank, times_each(history, office, seed)[order]
            )
        return reply_delays(order, asked.came, came, waited, service, history.working_days)


@njit(nogil=True, cache=True)
def reply_delays(order, came, came_worked, waited, service, working_days):
    """Return the days until each letter's reply, letter ``order[i]`` being the i-th of the other arrays; one pass.

    Time at a desk is working time: days off stand still. What lies beyond all known ``working_days`` is at the end of the last.
    """
    delay = np.empty(len(order))
    for i in range(len(order)):
        worked = came_worked[i] + waited[i] + service[i]
        whole = min(int(worked), len(working_days) - 1)
        delay[order[i]] = max(working_days[whole] + min(worked - whole, 1) - came[i], 0)
    return delay


def _waits_of_some(
    came: np.ndarray, service: np.ndarray, pool: np.ndarray, desks: np.ndarray, rank: np.ndarray | None, times: np.ndarray
) -> np.ndarray:  # fmt: skip
    """Return the waits where each letter comes so many times: one that does not come takes no time, a twin comes with its own."""
    taken = np.where(times == 0, 0, service)
    if times.max(initial=0) <= 1:
        return waits_by_pool(came, taken, pool, desks, rank)
    copies = np.maximum(times, 1)
    at = np.repeat(np.arange(len(times)), copies)
    waited = waits_by_pool(came[at], taken[at], pool[at], desks, None if rank is None else rank[at])
    return waited[np.cumsum(copies) - copies]


@lru_cache(maxsize=3)
def _draws(n: int, seed: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what chance decides of each letter, in the order of pools; the same for all scenarios of a seed.

    The first is the time at a desk as a share of the mean (lognormal), the second whether it is merged.
    """
    draw = np.random.Generator(np.random.SFC64(seed))
    normal = draw.standard_normal(n)
    return np.exp(normal * spread - spread**2 / 2), draw.random(n)


def _ranks(history: History, order: str, came: np.ndarray, at: np.ndarray) -> np.ndarray | None:
    if order == "fifo":
        return None
    return came + history.term_days[at] if order == "edd" else (~history.urgent[at]).astype(float)


def _per_day(history: History) -> np.ndarray:
    """Return the letters of each pool a working day, in the last year."""
    worked = history.came_worked
    first = max(float(worked.max()) - YEAR_WORKDAYS, float(worked.min()))
    late = history.pool[worked >= first]
    return np.bincount(late, minlength=int(history.pool.max(initial=-1)) + 1) / max(
        float(worked.max()) - first, 1.0
    )
