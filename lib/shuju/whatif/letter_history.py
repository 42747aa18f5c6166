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


@dataclass(frozen=True)
class History:
    """Letters whose source tells of replies, in the order in which they came; one entry of each array a letter.

    ``came`` in days since ``first_day`` (datetime64[D]) with the time of day; ``delay_days`` until the reply, NaN where there is none;
    ``seen_days`` how long each was looked at for; ``pool`` who handled it (a number), ``department`` and ``motive`` as codes with
    their ``names``, ``urgent`` whether it complains or asks for help; ``term_days`` in working days; ``workday`` the number of
    working days before each day from ``first_day`` on. ``n_unknown`` letters were left out.
    """

    first_day: np.datetime64
    came: np.ndarray
    delay_days: np.ndarray
    seen_days: np.ndarray
    pool: np.ndarray
    department: np.ndarray
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
        columns = ("came", "delay_days", "seen_days", "pool", "department", "motive", "term_days", "urgent")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    def known_at(self, day: float) -> History:
        """Return what was known at the end of ``day``: letters that had come, replies that had gone out."""
        before = self.part(self.came < day)
        seen = np.minimum(day - before.came, before.seen_days)
        return replace(
            before, delay_days=np.where(before.delay_days <= seen, before.delay_days, np.nan), seen_days=seen
        )

    @cached_property
    def by_pool(self) -> np.ndarray:
        """The letters in the order of pools, within each as they came."""
        return np.argsort(self.pool, kind="stable")

    @cached_property
    def in_pools(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """When each came, the same in working days passed, and its pool, in the order of ``by_pool``."""
        order = self.by_pool
        return self.came[order], self.came_worked[order], self.pool[order]

    @cached_property
    def by_week(self) -> np.ndarray:
        """How many came in each week from ``first_day`` on."""
        return np.bincount((self.came // 7).astype(np.int64))

    @cached_property
    def came_worked(self) -> np.ndarray:
        """When each came, in working days passed."""
        return self.working_time(self.came)

    def working_time(self, days: np.ndarray) -> np.ndarray:
        """Return points in time (days since ``first_day``) as working days passed; days off stand still."""
        whole = np.clip(np.floor(days).astype(np.int64), 0, len(self.workday) - 2)
        length = self.workday[whole + 1] - self.workday[whole]
        return self.workday[whole] + length * np.clip(days - whole, 0, 1)

    def calendar_time(self, worked: np.ndarray) -> np.ndarray:
        """Return working days passed as points in time; the inverse of ``working_time``. What lies beyond all known days is the last."""
        day_of = np.flatnonzero(np.diff(self.workday) > 0)
        whole = np.minimum(worked.astype(np.int64), len(day_of) - 1)
        return day_of[whole] + np.minimum(worked - whole, 1)


def letter_history(selection: FactSelection, terms: Terms | None = None) -> History:
    """Return the history of the letters of a selection. O(letters).

    Raises:
        WhatIfError: of too few of them is it known how long the reply took.
    """
    facts, positions = selection.shown, selection.positions
    codes = {
        name: facts.take(name, positions).astype(np.int64)
        for name in ("answer", "reply_fine", "department", "library", "motive")
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
    delay = np.where(is_answered, STEPS[np.maximum(codes["reply_fine"] - 1, 0)], np.nan)
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
        pool=np.unique(pools, return_inverse=True)[1], department=codes["department"], motive=codes["motive"],
        term_days=(terms or Terms()).days(motives[codes["motive"]]), workday=workday,
        urgent=np.isin(motives[codes["motive"]], URGENT),
        names={name: [selection.name_of(name, label) for label in facts.labels(name)] for name in ("department", "motive")},
        n_unknown=int((~known).sum()),
    )  # fmt: skip


def _by_name(labels: Sequence[str]) -> np.ndarray:
    """Return for each code the place of its label in alphabetical order."""
    return np.argsort(np.argsort(np.array(labels, str), kind="stable"))
