"""Weights of words in letters: rare names weigh most, above all those that come in a burst."""

from __future__ import annotations

import numba as nb
import numpy as np

from shuju.text.features import Rows

# What more letters say names no matter, but in a burst.
FEW, COMMON = 30, 200
BURST_SHARE, BURST_AT_MOST = 0.05, 3000
# Days between the quartiles, as a share of all letters': a burst, and a name that stands at all times.
BURST_SPREAD, STEADY_SPREAD = 0.25, 0.75
STEADY_FROM, STEADY_WEIGHT = 15, 0.8
FEATURES = 32


def weights(rows: Rows, day: np.ndarray) -> Rows:
    """Return the rows by rarity: (1 + log count) · log(n / letters with it) · s, of length 1.

    ``rows`` are in the order of ``day``. What one letter alone says, what too many say, and all but the
    ``FEATURES`` heaviest of a letter are left out. Too many is more than a twentieth of the letters (30 at
    least, at most 200); what is said in a burst may be said by a twentieth (at most 3,000): the name of a matter of
    which all speak. s is 1 for what is said in a burst and falls to 0.8 for what is said at all times: the
    county's hospital is written about every week, and each time for another reason. Of what fewer than 15 letters say s
    is 1. Buckets are numbered anew. Linear.
    """
    n = len(rows)
    found = np.bincount(rows.buckets, minlength=rows.n_buckets)
    spread = _spread(rows, day, found)
    common = max(min(BURST_SHARE * n, COMMON), FEW)
    in_burst = (found <= min(BURST_SHARE * n, BURST_AT_MOST)) & (spread < BURST_SPREAD)
    kept = (found > 1) & ((found <= common) | in_burst)
    number = np.cumsum(kept, dtype=np.int32) - 1
    mine = kept[rows.buckets]
    starts = np.concatenate([[0], np.cumsum(mine)])[rows.starts]
    found, spread = found[kept], spread[kept]
    steady = np.interp(spread, [BURST_SPREAD, STEADY_SPREAD], [1, STEADY_WEIGHT])
    weight = np.log((n + 2) / (found + 1)) * np.where(found < STEADY_FROM, 1, steady)
    return Rows(
        *_heaviest(starts, number[rows.buckets[mine]], rows.values[mine], weight.astype(np.float32)),
        len(weight),
    )


def _spread(rows: Rows, day: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the days between the quartiles of the letters of each bucket, as a share of those of all letters."""
    low, high = np.quantile(day, [0.25, 0.75]) if len(day) else (0.0, 1.0)
    between = _between_quartiles(rows.starts, rows.buckets, day.astype(np.float32), found)
    return between / np.float32(max(high - low, 1.0))


@nb.njit(cache=True, nogil=True)
def _between_quartiles(
    starts: np.ndarray, buckets: np.ndarray, day: np.ndarray, found: np.ndarray
) -> np.ndarray:
    between = np.zeros(len(found), np.float32)
    seen = np.zeros(len(found), np.int32)
    for i in range(len(starts) - 1):
        for k in range(starts[i], starts[i + 1]):
            bucket = buckets[k]
            if seen[bucket] == found[bucket] // 4:
                between[bucket] -= day[i]
            if seen[bucket] == 3 * found[bucket] // 4:
                between[bucket] += day[i]
            seen[bucket] += 1
    return between


@nb.njit(cache=True, nogil=True)
def _heaviest(
    starts: np.ndarray, buckets: np.ndarray, values: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kept_starts = np.zeros_like(starts)
    kept, weighed = np.empty_like(buckets), np.empty_like(values)
    n = 0
    for i in range(len(starts) - 1):
        own = (np.float32(1) + np.log(values[starts[i] : starts[i + 1]])) * weight[
            buckets[starts[i] : starts[i + 1]]
        ]
        order = np.argsort(-own)[:FEATURES]
        length = np.float32(0)
        for k in order:
            length += own[k] * own[k]
        for k in order:
            kept[n] = buckets[starts[i] + k]
            weighed[n] = own[k] / np.sqrt(length)
            n += 1
        kept_starts[i + 1] = n
    return kept_starts, kept[:n].copy(), weighed[:n].copy()
