"""What happened to letters (来信办理记录): when each came, how long it took, who handled it; what models of answering are fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from shuju.facts.fact_selection import FactSelection
from shuju.letters.facts import UNANSWERED
from shuju.letters.replies import Terms
from shuju.letters.reply_counts import STEPS
from shuju.standard.working_days import working_days
from shuju.whatif.parameter import WhatIfError

FEWEST = 100  # letters with a known reply, below which nothing is fitted
SECONDS = 86_400.0
URGENT = ("complaint", "help")
SPAN_DAYS = 400  # working days are known so far beyond the last letter
CAP_DAYS = 60.0  # a delay beyond counts as this long, for the last letters were not looked at longer


@dataclass(frozen=True)
class InPools:
    """Letters in the order of pools: which each is (``order``), when it came in days and in working days passed, its pool.

    ``drawn`` is where chance decided of it, None where that is its own place.
    """

    order: np.ndarray
    came: np.ndarray
    came_worked: np.ndarray
    pool: np.ndarray
    drawn: np.ndarray | None = None


@dataclass(frozen=True)
class History:
    """Letters whose source tells of replies, in the order in which they came; one entry of each array a letter.

    ``came`` in days since ``first_day`` (datetime64[D]) with the time of day; ``delay_days`` until the reply, NaN where there is none;
    ``seen_days`` how long each was looked at for; ``pool`` who handled it (a number for each prefecture and department), ``library``,
    ``department``, ``topic`` and ``motive`` as codes, some with their ``names``, ``urgent`` whether it complains or asks for help;
    ``term_days`` in working days; ``workday`` the number of working days before each day from ``first_day`` on. ``n_unknown`` letters were left out.
    """

    first_day: np.datetime64
    came: np.ndarray
    delay_days: np.ndarray
    seen_days: np.ndarray
    pool: np.ndarray
    library: np.ndarray
    department: np.ndarray
    topic: np.ndarray
    motive: np.ndarray
    term_days: np.ndarray
    workday: np.ndarray
    names: dict[str, list[str]]
    urgent: np.ndarray
    n_unknown: int

    @property
    def n(self) -> int:
        """How many letters there are."""
        return len(self.came)

    @property
    def until(self) -> float:
        """Up to when letters were looked at, in days since ``first_day``."""
        return float((self.came + self.seen_days).max()) if self.n else 0.0

    def part(self, chosen: np.ndarray) -> History:
        """Return some of the letters."""
        columns = (
            "came", "delay_days", "seen_days", "pool", "library", "department", "topic", "motive", "term_days", "urgent",
        )  # fmt: skip
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    def observed(self, cap: float = CAP_DAYS) -> tuple[np.ndarray, np.ndarray]:
        """Return delays cut at ``cap`` days, and which letters were answered or looked at so long."""
        happened = np.minimum(np.where(np.isnan(self.delay_days), cap, self.delay_days), cap)
        return happened, ~np.isnan(self.delay_days) | (self.seen_days >= cap)

    def known_at(self, day: float) -> History:
        """Return what was known at the end of ``day``: letters that had come, replies that had gone out."""
        before = self.part(self.came < day)
        seen = np.minimum(day - before.came, before.seen_days)
        return replace(
            before, delay_days=np.where(before.delay_days <= seen, before.delay_days, np.nan), seen_days=seen
        )

    @cached_property
    def in_pools(self) -> InPools:
        """The letters in the order of pools, within each as they came."""
        return self._arranged(self.pool)

    def in_other_pools(self, pool: np.ndarray) -> InPools:
        """Return the letters in the order of other pools."""
        place = np.empty(self.n, np.int64)
        place[self.in_pools.order] = np.arange(self.n)
        arranged = self._arranged(pool)
        return replace(arranged, drawn=place[arranged.order])

    def _arranged(self, pool: np.ndarray) -> InPools:
        # Short numbers are sorted by their digits, in a third of the time.
        order = np.argsort(pool.astype(np.int16) if pool.max(initial=0) < 1 << 15 else pool, kind="stable")
        return InPools(order, self.came[order], self.came_worked[order], pool[order])

    @cached_property
    def pool_library(self) -> np.ndarray:
        """The prefecture of each pool."""
        return self._of_pool(self.library)

    @cached_property
    def pool_department(self) -> np.ndarray:
        """The department of each pool."""
        return self._of_pool(self.department)

    def _of_pool(self, codes: np.ndarray) -> np.ndarray:
        found = np.zeros(int(self.pool.max(initial=-1)) + 1, np.int64)
        found[self.pool] = codes
        return found

    @cached_property
    def week(self) -> np.ndarray:
        """The week in which each came, from ``first_day`` on."""
        return (self.came // 7).astype(np.int64)

    @cached_property
    def once(self) -> np.ndarray:
        """One for each letter: that it came once."""
        return np.ones(self.n, np.int64)

    @cached_property
    def month(self) -> np.ndarray:
        """The month of the year (1 to 12) in which each came."""
        days = self.first_day + np.arange(int(self.came[-1]) + 1 if self.n else 0)
        return (days.astype("datetime64[M]").astype(np.int64) % 12 + 1)[self.came.astype(np.int64)]

    @cached_property
    def by_week(self) -> np.ndarray:
        """How many came in each week from ``first_day`` on."""
        return np.bincount(self.week)

    @cached_property
    def came_worked(self) -> np.ndarray:
        """When each came, in working days passed."""
        return self.working_time(self.came)

    @cached_property
    def working_days(self) -> np.ndarray:
        """Which days (since ``first_day``) are working days."""
        return np.flatnonzero(np.diff(self.workday) > 0)

    def working_time(self, days: np.ndarray) -> np.ndarray:
        """Return points in time (days since ``first_day``) as working days passed; days off stand still."""
        whole = np.clip(np.floor(days).astype(np.int64), 0, len(self.workday) - 2)
        length = self.workday[whole + 1] - self.workday[whole]
        return self.workday[whole] + length * np.clip(days - whole, 0, 1)


def letter_history(selection: FactSelection, terms: Terms | None = None) -> History:
    """Return the history of the letters of a selection. O(letters).

    Raises:
        WhatIfError: of too few of them is it known how long the reply took.
    """
    facts, positions = selection.shown, selection.positions
    codes = {
        name: facts.take(name, positions).astype(np.int64)
        for name in ("answer", "reply_fine", "department", "library", "topic", "motive")
    }
    times = facts.times(positions)
    waits = codes["answer"] == facts.codes["answer"][UNANSWERED]
    known = ~np.isnat(times) & ((codes["reply_fine"] > 0) | waits)
    positions, times = positions[known], times[known]
    codes = {name: column[known] for name, column in codes.items()}
    is_answered = codes["reply_fine"] > 0
    if is_answered.sum() < FEWEST:
        raise WhatIfError(
            f"所选来信中只有 {int(is_answered.sum()):,} 封知道答复用了多久，不足 {FEWEST} 封，无法推演；请放宽条件"
        )
    order = np.argsort(times, kind="stable")
    times, is_answered = times[order], is_answered[order]
    codes = {name: column[order] for name, column in codes.items()}
    first_day = times[0].astype("datetime64[D]")
    came = (times - first_day.astype("datetime64[s]")) / np.timedelta64(1, "s") / SECONDS
    delay = np.where(is_answered, STEPS[np.maximum(codes["reply_fine"] - 1, 0)].round(1), np.nan)
    until = float(max(came[-1], np.nanmax(came + delay)))
    motives = np.array(facts.labels("motive"), object)
    n_days = int(until) + SPAN_DAYS
    days = first_day + np.arange(n_days + 1)
    workday = np.concatenate([[0], np.cumsum(working_days().count(days, days + 1))]).astype(float)
    # By name: codes come in the order in which labels were first seen, and what chance decides must not.
    library, department = (_by_name(facts.labels(name))[codes[name]] for name in ("library", "department"))
    pools = library * facts.size("department") + department
    return History(
        first_day=first_day, came=came, delay_days=delay, seen_days=np.maximum(until - came, 0),
        pool=np.unique(pools, return_inverse=True)[1],
        **{name: codes[name] for name in ("library", "department", "topic", "motive")},
        term_days=(terms or Terms()).days(motives[codes["motive"]]), workday=workday,
        urgent=np.isin(motives[codes["motive"]], URGENT),
        names={name: [selection.name_of(name, label) for label in facts.labels(name)] for name in ("department", "motive")},
        n_unknown=int((~known).sum()),
    )  # fmt: skip


def _by_name(labels: Sequence[str]) -> np.ndarray:
    """Return for each code the place of its label in alphabetical order."""
    return np.argsort(np.argsort(np.array(labels, str), kind="stable"))
