"""Grouping: letters about one matter, by leaders that move: each letter joins the group whose centre it is nearest to.

Nothing is compared with all: an inverted index over what few letters say finds those that share a name. A letter
is held against the *centre* of a group, not against its nearest member, so that groups do not chain.
Letters further apart than ``WINDOW_DAYS`` are not compared; a group may last longer.

Sources: single-pass clustering with inverted index of topic detection and tracking (J. Allan et al., TDT pilot
study, 1998); J. Hartigan's exchange of single points, Clustering Algorithms, 1975.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from shuju.text.features import Rows

WINDOW_DAYS = 120.0
# What more letters say than this (share of all, but never fewer or more than these) names no matter.
COMMON_SHARE, COMMON_AT_LEAST, COMMON_AT_MOST = 0.05, 300, 1000
POWER = 1.5


@dataclass(frozen=True)
class Scene:
    """Letters in the order of time: day (float), county, prefecture and topic as codes (-1: not known)."""

    day: np.ndarray
    county: np.ndarray
    prefecture: np.ndarray
    topic: np.ndarray


def weights(rows: Rows) -> Rows:
    """Return the rows by rarity: (1 + log count) · log(n / letters with it)^1.5, of length 1.

    What one letter alone says, and what too many say, is left out. Buckets are numbered anew.
    """
    n = len(rows)
    found = np.bincount(rows.buckets, minlength=rows.n_buckets)
    common = min(max(COMMON_SHARE * n, COMMON_AT_LEAST), COMMON_AT_MOST)
    kept = (found > 1) & (found <= common)
    number = np.cumsum(kept, dtype=np.int32) - 1
    inverse = np.log((n + 1) / (found[kept] + 1)) ** POWER
    mine = kept[rows.buckets]
    starts = np.concatenate([[0], np.cumsum(mine)])[rows.starts]
    buckets = number[rows.buckets[mine]]
    values = ((1 + np.log(rows.values[mine])) * inverse[buckets]).astype(np.float32)
    square = np.concatenate([[0], np.cumsum(values.astype(np.float64) ** 2)])
    length = np.sqrt(square[starts[1:]] - square[starts[:-1]])
    values /= np.repeat(np.maximum(length, 1e-9), np.diff(starts)).astype(np.float32)
    return Rows(starts, buckets, values, int(kept.sum()))


def group(
    rows: Rows, scene: Scene, held: np.ndarray, *, join: float = 0.27, merge: float = 0.55, passes: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each letter, and how near it is to the centre of the group's others (0: alone).

    ``rows`` (of ``weights``) and ``scene`` are in the order of time. ``held`` gives groups that stay as they
    are (numbers from 0; -1: free). A letter joins the nearest centre if the cosine is at least ``join``; two groups
    become one if that of their centres is at least ``merge``. Free letters are placed once in the order of
    time, then ``passes`` times anew against all the others.
    """
    index = _index(rows.starts, rows.buckets, rows.values, rows.n_buckets)
    state = _State.of(held)
    free = held < 0
    near = np.zeros(len(rows), np.float32)
    for step in range(passes + 1):
        if step:
            _merge(rows, index, scene, state, held, join, merge)
        _place(
            rows.starts, rows.buckets, rows.values, *index, scene.day, scene.county, scene.prefecture, scene.topic,
            free, state.group, state.size, state.alike, state.pairs, near, join, step == 0,
        )  # fmt: skip
    return state.group, near


@dataclass
class _State:
    """Groups as they form: of each letter its group; of each group letters, sum of similarities, and pairs seen."""

    group: np.ndarray
    size: np.ndarray
    alike: np.ndarray
    pairs: np.ndarray

    @classmethod
    def of(cls, held: np.ndarray) -> _State:
        room = 4 * len(held) + int(held.max(initial=-1)) + 2
        return cls(held.copy(), np.zeros(room, np.int64), np.zeros(room), np.zeros(room))


def _merge(rows: Rows, index: tuple, scene: Scene, state: _State, held: np.ndarray, join: float, merge: float) -> None:
    """Join groups whose centres are near, the nearest first; the group that holds letters already stays."""
    one, other, alike, pairs = _between(
        rows.starts, rows.buckets, rows.values, *index, scene.day, scene.county, scene.prefecture, scene.topic,
        state.group, state.size, state.alike, state.pairs, 0.5 * join,
    )  # fmt: skip
    room = len(state.size)
    key, at = np.unique(one * room + other, return_inverse=True)
    a, b = key // room, key % room
    cross = np.bincount(at, alike) / np.bincount(at, pairs)
    own = state.alike / np.maximum(state.pairs, 1)
    spread = 1 / np.maximum(state.size, 1) + (1 - 1 / np.maximum(state.size, 1)) * own
    cosine = cross / np.sqrt(spread[a] * spread[b])
    is_held = np.zeros(room, np.bool_)
    is_held[held[held >= 0]] = True
    found = np.flatnonzero((cosine >= merge) & ~(is_held[a] & is_held[b]))
    found = found[np.argsort(-cosine[found], kind="stable")]
    _join(a[found], b[found], is_held, state.group, state.size, state.alike, state.pairs)


@nb.njit(cache=True)
def _join(
    a: np.ndarray, b: np.ndarray, is_held: np.ndarray,
    group: np.ndarray, size: np.ndarray, alike: np.ndarray, pairs: np.ndarray,
) -> None:  # fmt: skip
    # Once a round: what a centre is after a merger is only known when its letters are placed anew.
    into = np.arange(len(size))
    done = np.zeros(len(size), np.bool_)
    for k in range(len(a)):
        x, y = a[k], b[k]
        if done[x] or done[y]:
            continue
        done[x] = done[y] = True
        if is_held[y] or (not is_held[x] and size[y] > size[x]):
            x, y = y, x
        into[y] = x
        size[x] += size[y]
        alike[x] += alike[y]
        pairs[x] += pairs[y]
        size[y] = 0
        alike[y] = pairs[y] = 0.0
    for i in range(len(group)):
        if group[i] >= 0:
            group[i] = into[group[i]]


@nb.njit(cache=True, nogil=True)
def _index(
    starts: np.ndarray, buckets: np.ndarray, values: np.ndarray, n_buckets: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the letters of each bucket in the order of time, with their weights."""
    first = np.zeros(n_buckets + 1, np.int64)
    for bucket in buckets:
        first[bucket + 1] += 1
    first = np.cumsum(first)
    next_place = first[:-1].copy()
    letters = np.empty(len(buckets), np.int32)
    weight = np.empty(len(buckets), np.float32)
    for i in range(len(starts) - 1):
        for k in range(starts[i], starts[i + 1]):
            place = next_place[buckets[k]]
            letters[place] = i
            weight[place] = values[k]
            next_place[buckets[k]] += 1
    return first, letters, weight


@nb.njit(cache=True, inline="always")
def _agreement(
    i: int, j: int, county: np.ndarray, prefecture: np.ndarray, topic: np.ndarray
) -> np.float32:
    """Return how far place and topic speak for one matter; what is not known speaks neither way."""
    found = np.float32(1)
    if county[i] >= 0 and county[j] >= 0 and county[i] != county[j]:
        same = prefecture[i] >= 0 and prefecture[i] == prefecture[j]
        found = np.float32(0.85) if same else np.float32(0.7)
    if topic[i] >= 0 and topic[j] >= 0 and topic[i] != topic[j]:
        found *= np.float32(0.85)
    return found


@nb.njit(cache=True, inline="always")
def _gather(
    i: int, begin: int, end: int,
    starts: np.ndarray, buckets: np.ndarray, values: np.ndarray,
    first: np.ndarray, last: np.ndarray, letters: np.ndarray, weight: np.ndarray,
    county: np.ndarray, prefecture: np.ndarray, topic: np.ndarray, group: np.ndarray,
    similarity: np.ndarray, touched: np.ndarray, total: np.ndarray, groups: np.ndarray,
) -> int:  # fmt: skip
    """Sum the similarity of letter ``i`` to the letters ``begin:end`` of each group; return how many groups."""
    n = 0
    for k in range(starts[i], starts[i + 1]):
        bucket = buckets[k]
        while first[bucket] < last[bucket] and letters[first[bucket]] < begin:
            first[bucket] += 1
        for place in range(first[bucket], last[bucket]):
            j = letters[place]
            if j >= end:
                break
            if similarity[j] == 0:
                touched[n] = j
                n += 1
            similarity[j] += values[k] * weight[place]
    found = 0
    for t in range(n):
        j = touched[t]
        if j != i and group[j] >= 0:
            g = group[j]
            if total[g] == 0:
                groups[found] = g
                found += 1
            total[g] += similarity[j] * _agreement(i, j, county, prefecture, topic)
        similarity[j] = 0
    return found


@nb.njit(cache=True, nogil=True)
def _place(
    starts: np.ndarray, buckets: np.ndarray, values: np.ndarray,
    index: np.ndarray, letters: np.ndarray, weight: np.ndarray,
    day: np.ndarray, county: np.ndarray, prefecture: np.ndarray, topic: np.ndarray,
    free: np.ndarray, group: np.ndarray, size: np.ndarray, alike: np.ndarray, pairs: np.ndarray,
    near: np.ndarray, join: float, is_first: bool,
) -> None:  # fmt: skip
    n = len(day)
    similarity, touched = np.zeros(n, np.float32), np.empty(n, np.int32)
    total, groups = np.zeros(len(size)), np.empty(n, np.int64)
    inside = np.zeros(len(size), np.int64)
    first, last = index[:-1].copy(), index[1:]
    next_group = len(size) - 1
    while next_group >= 0 and size[next_group] == 0:
        next_group -= 1
    if is_first:
        for i in range(n):
            next_group = max(next_group, group[i])
    next_group += 1
    begin = end = 0
    for i in range(n):
        while day[begin] < day[i] - WINDOW_DAYS:
            if group[begin] >= 0:
                inside[group[begin]] -= 1
            begin += 1
        # First only what is older is known; letters held already are counted as they come.
        while end < n and (end <= i if is_first else day[end] <= day[i] + WINDOW_DAYS):
            if group[end] >= 0:
                inside[group[end]] += 1
            end += 1
        found = _gather(
            i, begin, end, starts, buckets, values, first, last, letters, weight,
            county, prefecture, topic, group, similarity, touched, total, groups,
        )  # fmt: skip
        own = group[i]
        if own >= 0:
            inside[own] -= 1
            if not is_first:
                size[own] -= 1
                alike[own] -= 2 * total[own]
                pairs[own] -= 2 * inside[own]
        best, best_cosine = -1, join
        for f in range(found):
            g = groups[f]
            m = inside[g]
            if m > 0 and (free[i] or g == own):
                together = alike[g] / pairs[g] if pairs[g] > 0 else 0.0
                cosine = total[g] / np.sqrt(m + m * (m - 1) * max(together, 0.0))
                if g == own:
                    near[i] = cosine
                if cosine >= best_cosine:
                    best, best_cosine = g, cosine
        if free[i]:
            near[i] = best_cosine if best >= 0 else 0.0
        else:
            best = own
        if best < 0:
            if own >= 0 and size[own] == 0:
                best = own
            else:
                best = next_group
                next_group += 1
        group[i] = best
        alike[best] += 2 * total[best]
        pairs[best] += 2 * inside[best]
        size[best] += 1
        inside[best] += 1
        for f in range(found):
            total[groups[f]] = 0


@nb.njit(cache=True, nogil=True)
def _between(
    starts: np.ndarray, buckets: np.ndarray, values: np.ndarray,
    index: np.ndarray, letters: np.ndarray, weight: np.ndarray,
    day: np.ndarray, county: np.ndarray, prefecture: np.ndarray, topic: np.ndarray,
    group: np.ndarray, size: np.ndarray, alike: np.ndarray, pairs: np.ndarray, at_least: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Return for each letter and each other group near it: the two groups (lesser first), similarity, pairs."""
    n = len(day)
    similarity, touched = np.zeros(n, np.float32), np.empty(n, np.int32)
    total, groups = np.zeros(len(size)), np.empty(n, np.int64)
    inside = np.zeros(len(size), np.int64)
    first, last = index[:-1].copy(), index[1:]
    one, other = nb.typed.List.empty_list(nb.int64), nb.typed.List.empty_list(nb.int64)
    sums, counts = nb.typed.List.empty_list(nb.float64), nb.typed.List.empty_list(nb.float64)
    begin = end = 0
    for i in range(n):
        while day[begin] < day[i] - WINDOW_DAYS:
            inside[group[begin]] -= 1
            begin += 1
        while end < n and day[end] <= day[i] + WINDOW_DAYS:
            inside[group[end]] += 1
            end += 1
        found = _gather(
            i, begin, end, starts, buckets, values, first, last, letters, weight,
            county, prefecture, topic, group, similarity, touched, total, groups,
        )  # fmt: skip
        for f in range(found):
            g = groups[f]
            if g != group[i] and size[g] > 1:
                m = inside[g]
                together = alike[g] / pairs[g] if pairs[g] > 0 else 0.0
                if total[g] / np.sqrt(m + m * (m - 1) * max(together, 0.0)) >= at_least:
                    one.append(min(g, group[i]))
                    other.append(max(g, group[i]))
                    sums.append(total[g])
                    counts.append(m)
            total[g] = 0
    return (
        np.array([x for x in one]), np.array([x for x in other]), np.array([x for x in sums]), np.array([x for x in counts]),
    )  # fmt: skip
