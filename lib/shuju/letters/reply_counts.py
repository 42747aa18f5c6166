"""What is known of the replies to the letters of a selection, as counts: all that measures of replies are made of.

Letters whose source tells nothing of replies are in ``n_unknown`` and nowhere else.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuju.facts.fact_selection import newest_of
from shuju.facts.selection import Selection
from shuju.letters.facts import ANSWER_UNKNOWN, ANSWERED, FINE_DAYS, UNANSWERED
from shuju.letters.replies import IN_TERM, LATE, VETO_DAYS, is_late

Counts = npt.NDArray[np.int64]
TENTHS, LONGEST = 60, 365  # days are told in tenths up to the first, and not at all beyond the second
_ASIDE = 1e-6  # of a whole day: later or earlier than letters that have waited so long


def _steps() -> np.ndarray:
    """Return the days that each step of ``reply_fine`` is told as."""
    edges = np.array((0.0, *FINE_DAYS, LONGEST + 1.5))
    middle = (edges[:-1] + edges[1:]) / 2
    told = np.where(middle < TENTHS - 0.05, middle.round(1), middle.round())
    return np.where(told.round() == told, told + _ASIDE * np.sign(middle - told) * (told > 0), told)


STEPS = _steps()


@dataclass(frozen=True)
class ReplyCounts:
    """Letters by what became of them; those that wait are counted up to the end of the day ``until``.

    ``n_timed`` are answered letters by the step of ``reply_fine`` (``STEPS``), ``n_waiting`` unanswered
    ones by whole days. ``n_in_term`` and ``n_late`` are replies whose time is known, ``n_overdue`` (of which ``n_veto`` over
    three months) letters that wait past their term.
    """

    until: dt.date
    n_answered: int
    n_unanswered: int
    n_unknown: int
    n_timed: Counts
    n_waiting: Counts
    n_in_term: int
    n_late: int
    n_overdue: int
    n_veto: int

    @property
    def n_known(self) -> int:
        """How many letters are known to be answered or not."""
        return self.n_answered + self.n_unanswered

    @property
    def n_due(self) -> int:
        """How many are answered at a known time, or past their term."""
        return self.n_in_term + self.n_late + self.n_overdue

    @property
    def share_unanswered(self) -> float | None:
        """The share that waits, of those of which it is known; None where it is known of none."""
        return self.n_unanswered / self.n_known if self.n_known else None

    @property
    def share_in_term(self) -> float | None:
        """The share answered in term, of those due; None where none is."""
        return self.n_in_term / self.n_due if self.n_due else None

    @property
    def median_days(self) -> float | None:
        """The median time of the replies; None without any."""
        return _median(self.n_timed)

    def answered_within(self) -> pd.DataFrame:
        """Return ``days`` and the ``share`` of letters that are answered by then (Kaplan–Meier). O(steps)."""
        waits = np.arange(len(self.n_waiting), dtype=float)
        at = np.concatenate([STEPS, waits])
        order = np.argsort(
            at, kind="stable"
        )  # a reply at the time at which another is last seen to wait comes first
        ended = np.concatenate([self.n_timed, np.zeros(len(waits), np.int64)])[order]
        lost = np.concatenate([np.zeros(len(STEPS), np.int64), self.n_waiting])[order]
        at_risk = (ended + lost).sum() - np.concatenate([[0], np.cumsum(ended + lost)[:-1]])
        waiting = np.cumprod(1 - ended / np.maximum(at_risk, 1))
        is_step = ended > 0
        return pd.DataFrame({"days": at[order][is_step], "share": 1 - waiting[is_step]})

    def quantile(self, share: float) -> float | None:
        """Return the days within which ``share`` of the letters are answered; None where fewer ever were."""
        curve = self.answered_within()
        reached = curve.loc[curve["share"] >= share - 1e-12, "days"]
        return float(reached.iloc[0]) if len(reached) else None


def reply_counts(selection: Selection) -> ReplyCounts:
    """Return what is known of the replies to the letters chosen.

    O(codes), and one pass over the rows where some wait for an answer.
    """
    answer = selection.chosen_counts("answer")
    until = _until(selection)
    n_waiting, n_overdue, n_veto = _waiting(selection, until, int(answer[UNANSWERED]))
    term = selection.chosen_counts("term")
    return ReplyCounts(
        until=until,
        n_answered=int(answer[ANSWERED]),
        n_unanswered=int(answer[UNANSWERED]),
        n_unknown=int(answer[ANSWER_UNKNOWN]),
        n_timed=selection.codes_of("reply_fine")[1:].astype(np.int64),
        n_waiting=n_waiting,
        n_in_term=int(term[IN_TERM]),
        n_late=int(term[LATE]),
        n_overdue=n_overdue,
        n_veto=n_veto,
    )


def median_reply_days(days: npt.ArrayLike) -> float | None:
    """Return the median of some replies' ``days`` (NaN: not known) as ``ReplyCounts.median_days`` has it; None without any."""
    known = np.asarray(days, float)
    known = known[~np.isnan(known)]
    return _median(np.bincount(np.searchsorted(FINE_DAYS, known, side="right"), minlength=len(STEPS)))


def day_count(days: float | None) -> tuple[str, str]:
    """Return days and their unit as they are told everywhere: ``("30.7", "天")``, ``("72", "天")``, ``("365", "天以上")``, or a dash."""
    if days is None or np.isnan(days):
        return "—", ""
    if days >= LONGEST + 0.5:
        return str(LONGEST), "天以上"
    return (f"{days:.1f}" if days < TENTHS - 0.05 else f"{days:.0f}"), "天"


def days_told(days: float | None) -> str:
    """Return the same in one piece: ``30.7 天``."""
    return " ".join(day_count(days)).rstrip()


def _median(n_timed: Counts) -> float | None:
    n = int(n_timed.sum())
    if not n:
        return None
    middle = np.searchsorted(np.cumsum(n_timed), [(n - 1) // 2, n // 2], side="right")
    return float(STEPS[middle].mean())


def _until(selection: Selection) -> dt.date:
    """Return the day of the newest letter of the library: nothing is known of what came later."""
    newest = newest_of(selection.whole)  # type: ignore[attr-defined]
    return selection.span[1] if newest is None else newest.date()


def _waiting(selection: Selection, until: dt.date, n: int) -> tuple[Counts, int, int]:
    """Return the unanswered letters by the days that they wait, and how many wait past their term, and over three months."""
    if not n:
        return np.zeros(0, np.int64), 0, 0
    counts = selection.copy(answer=[UNANSWERED]).cube(["day", "motive"])
    written = counts["day"].to_numpy().astype("datetime64[D]")
    end = np.datetime64(until, "D")
    waited = np.maximum((end - written).astype(int), 0)
    n_by_day = counts.sum("motive").to_numpy().astype(np.int64)
    late = np.stack(
        [
            is_late(
                written,
                np.full(len(written), end),
                np.full(len(written), motive, object),
            )
            for motive in counts["motive"].to_numpy()
        ],
        axis=1,
    )
    is_veto = waited > VETO_DAYS
    n_overdue = int(counts.transpose("day", "motive").to_numpy()[late | is_veto[:, None]].sum())
    return np.bincount(waited, n_by_day).astype(np.int64), n_overdue, int(n_by_day[is_veto].sum())
