"""Which letters a day's new ones can move: letters near them, letters near those, and the issues of both.

All others stay where they are, so a day costs what its letters affect, not what the half year holds.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from shuju.letters.nearness import WINDOW_DAYS, Index, Scene, Words, agreement, inverted, words_of
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
    words, index = words_of(rows), inverted(rows)
    found = is_new.copy()
    asked = is_new
    for _ in range(2):
        near = _near(np.flatnonzero(asked), words, index, scene, LEAST * join)
        asked = near & ~found & (held < 0)
        found |= near
    return found | np.isin(held, np.unique(held[found & (held >= 0)]))


@nb.njit(cache=True, nogil=True)
def _near(who: np.ndarray, words: Words, index: Index, scene: Scene, least: float) -> np.ndarray:
    day = scene.day
    found = np.zeros(len(day), np.bool_)
    similarity = np.zeros(len(day), np.float32)
    places = np.empty(len(day), np.int32)
    for i in who:
        n = 0
        for k in range(words.starts[i], words.starts[i + 1]):
            bucket = words.buckets[k]
            for place in range(index.first[bucket], index.first[bucket + 1]):
                j = index.letters[place]
                if similarity[j] == 0:
                    places[n] = j
                    n += 1
                similarity[j] += words.values[k] * index.weight[place]
        for t in range(n):
            j = places[t]
            if abs(day[j] - day[i]) <= WINDOW_DAYS and similarity[j] * agreement(i, j, scene) >= least:
                found[j] = True
            similarity[j] = 0
    return found
