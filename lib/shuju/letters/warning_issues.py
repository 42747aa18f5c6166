"""Warnings of single hot issues: many people write of one matter within days, wherever its letters are counted.

A matter that is new has no past of its own and is lost in the counts of its county and topic; held against its own last eight
weeks it stands out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from shuju.letters.warning import EMERGING, Floors, Rules, episodes

WINDOW_DAYS, BEFORE_DAYS = 12, 56
LEAST_EXPECTED = 0.5  # letters in a window: a matter of which nobody wrote may still be written of
ALPHA = 1e-3
COLUMNS = ["issue_id", "first_at", "alarmed_at", "time", "observed", "expected", "p"]


def issue_warnings(
    issues: pd.Series, days: np.ndarray, floors: Floors, rules: Rules | None = None
) -> pd.DataFrame:
    """Return where the letters of an issue rise within days, ``COLUMNS``.

    ``issues`` holds the issue of each letter (no nulls), ``days`` (datetime64[D]) when it was written. An alarm is a day up to
    which, in ``WINDOW_DAYS``, at least ``floors.letters`` came, more than the eight weeks before let expect (Poisson,
    p ≤ 0.001). O(letters + days of the issues).
    """
    rules = rules or Rules()
    order = np.lexsort((days, issues.to_numpy()))
    names, day = issues.to_numpy()[order], days[order].astype("datetime64[D]").astype(int)
    begins = np.flatnonzero(np.append(len(names) > 0, names[1:] != names[:-1]))
    ends = np.append(begins, len(names))[1:]
    rows = [
        (names[begin], *found)
        for begin, end in zip(begins, ends, strict=True)
        if end - begin >= floors.letters
        for found in _of_one(day[begin:end], floors, rules)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("first_at", "alarmed_at", "time"):
        frame[name] = pd.to_datetime(frame[name].to_numpy("datetime64[D]"))
    return frame.assign(kind=EMERGING)


def _of_one(day: np.ndarray, floors: Floors, rules: Rules) -> Iterator[tuple[object, ...]]:
    """Yield the warnings of one issue; ``day`` (numbers) rises."""
    counts = np.bincount(day - day[0])
    total = np.concatenate([[0], np.cumsum(counts)])
    at = np.arange(len(counts))
    opened = np.maximum(at - WINDOW_DAYS + 1, 0)
    n = total[at + 1] - total[opened]
    before = total[opened] - total[np.maximum(opened - BEFORE_DAYS, 0)]
    expected = np.maximum(before * WINDOW_DAYS / BEFORE_DAYS, LEAST_EXPECTED)
    p = stats.poisson.sf(n - 1, expected)
    alarm = (counts > 0) & (n >= floors.letters) & (p <= ALPHA)
    _, start, end = episodes(alarm[None], rules.quiet_days)
    free = 0  # the day after the last warning: no letter is told of twice
    for first, last in zip(start, end, strict=True):
        rise = max(free, opened[first] + int(np.argmax(counts[opened[first] : first + 1] > 0)))
        free = last + 1
        expected = (total[rise] - total[max(rise - BEFORE_DAYS, 0)]) / BEFORE_DAYS * (last - rise + 1)
        yield (
            *(np.datetime64(int(day[0] + k), "D") for k in (rise, first, last)),
            *(int(total[last + 1] - total[rise]), float(expected), float(p[first : last + 1].min())),
        )
