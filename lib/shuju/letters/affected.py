"""Which letters a day's new ones can move: letters near them, letters near those, and the issues of both.

All others stay where they are, so a day costs what its letters affect, not what the half year holds.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from shuju.letters.grouping import WINDOW_DAYS, Scene, agreement, inverted
from shuju.text.features import Rows

# Share of the nearness that brings a letter to a centre. A letter hardly ever joins a group whose members are all
# further away: this changes 1 % of assignments and halves the time.
LEAST = 0.6


def affected_letters(
    rows: Rows, scene: Scene, is_new: np.ndarray, held: np.ndarray, join: float
) -> np.ndarray:
    """Tell which letters must be placed, or are needed to place others.

    ``rows`` (of ``weights``) and ``scene`` are in the order of time, ``held`` is the issue of each letter (-1: none),
    ``join`` the nearness at which a letter joins. Linear in the letters that share words with those found.
    """
    index = inverted(rows)
    found = is_new.copy()
    asked = is_new
    for _ in range(2):
        near = _near(
            np.flatnonzero(asked), rows.starts, rows.buckets, rows.values, *index,
            scene.day, scene.county, scene.prefecture, scene.topic, LEAST * join,
        )  # fmt: skip
        asked = near & ~found & (held < 0)
        found |= near
    return found | np.isin(held, np.unique(held[found & (held >= 0)]))


@nb.njit(cache=True, nogil=True)
def _near(
    who: np.ndarray, starts: np.ndarray, buckets: np.ndarray, values: np.ndarray,
    index: np.ndarray, letters: np.ndarray, weight: np.ndarray,
    day: np.ndarray, county: np.ndarray, prefecture: np.ndarray, topic: np.ndarray, least: float,
) -> np.ndarray:  # fmt: skip
    found = np.zeros(len(day), np.bool_)
    similarity = np.zeros(len(day), np.float32)
    places = np.empty(len(day), np.int32)
    for i in who:
        n = 0
        for k in range(starts[i], starts[i + 1]):
            for place in range(index[buckets[k]], index[buckets[k] + 1]):
                j = letters[place]
                if similarity[j] == 0:
                    places[n] = j
                    n += 1
                similarity[j] += values[k] * weight[place]
        for t in range(n):
            j = places[t]
            if (
                abs(day[j] - day[i]) <= WINDOW_DAYS
                and similarity[j] * agreement(i, j, county, prefecture, topic) >= least
            ):
                found[j] = True
            similarity[j] = 0
    return found
