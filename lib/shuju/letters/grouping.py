"""Grouping of letters about one matter: leader clustering with moving centroids.

Each letter joins the group whose centre is nearest. An inverted index over rare words finds letters that share a name,
so no letter is compared with all others. A letter is compared with the *centre* of a group, not with its nearest
member, so groups do not chain. Letters further apart than ``WINDOW_DAYS`` are not compared; a group may last longer.

Sources: single-pass clustering with inverted index of topic detection and tracking (J. Allan et al., TDT pilot
study, 1998); J. Hartigan's exchange of single points, Clustering Algorithms, 1975.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from shuju.letters.nearness import WINDOW_DAYS, Index, Scene, Words, agreement, inverted, words_of
from shuju.text.features import Rows

MERGE = 0.30
MEETINGS = 16  # kept, at most, for each letter
ROUNDS = 8


def group(
    rows: Rows,
    scene: Scene,
    held: np.ndarray,
    *,
    join: float,
    merge: float = MERGE,
    passes: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each letter, and how near it is to the centre of the group's others (0: alone).

    ``rows`` (of ``weights``) and ``scene`` are in the order of time. ``held`` gives groups that stay as they
    are (numbers from 0; -1: free). A letter joins the nearest centre if the cosine is at least ``join``
    (``near_enough``); two groups become one if that of their centres is at least ``merge``. Free letters are placed once in the
    order of time, then ``passes`` times anew against all the others.
    """
    words, index = words_of(rows), inverted(rows)
    state = Groups.of(held)
    free = held < 0
    near = np.zeros(len(rows), np.float32)
    nobody = np.zeros_like(free)

    def place(who: np.ndarray, is_first: bool) -> tuple[np.ndarray, ...]:
        return _place(words, index, scene, who, state, near, join, is_first)

    place(free, True)
    for _ in range(passes):
        _merge(place(nobody, False), state, held, merge)
        place(free, False)
    _merge(place(nobody, False), state, held, merge)
    return state.group, near


class Groups(NamedTuple):
    """Groups as they form: the group of each letter; per group its size, sum of similarities, and pairs seen."""

    group: np.ndarray
    size: np.ndarray
    alike: np.ndarray
    pairs: np.ndarray

    @classmethod
    def of(cls, held: np.ndarray) -> Groups:
        """Return the groups that are held, and room for more."""
        room = 4 * len(held) + int(held.max(initial=-1)) + 2
        return cls(held.copy(), np.zeros(room, np.int64), np.zeros(room), np.zeros(room))


def _merge(meetings: tuple[np.ndarray, ...], state: Groups, held: np.ndarray, merge: float) -> None:
    """Join groups whose centres are near, nearest first, round by round; two held groups are never joined."""
    one, other, alike, pairs = meetings
    room = len(state.size)
    # A letter that shares nothing with the other group left no trace, but counts.
    key, first, at = np.unique(one * room + other, return_index=True, return_inverse=True)
    one, other = one[first], other[first]
    left = np.bincount(at)
    alike = np.bincount(at, alike)
    pairs = np.bincount(at, pairs) * np.maximum(
        (state.size[one] + state.size[other]) / np.maximum(left, 1), 1
    )
    is_held = np.zeros(room, np.bool_)
    is_held[held[held >= 0]] = True
    into = np.arange(room)
    for _ in range(ROUNDS):
        a, b = np.minimum(into[one], into[other]), np.maximum(into[one], into[other])
        apart = a != b
        key, at = np.unique(a[apart] * room + b[apart], return_inverse=True)
        a, b = key // room, key % room
        together, seen = np.bincount(at, alike[apart]), np.bincount(at, pairs[apart])
        size = np.maximum(state.size, 1)
        own = np.clip(state.alike / np.maximum(state.pairs, 1), 0, 1)
        spread = 1 / size + (1 - 1 / size) * own
        cosine = together / np.maximum(seen, 1) / np.sqrt(spread[a] * spread[b])
        found = np.flatnonzero((cosine >= merge) & ~(is_held[a] & is_held[b]))
        if not len(found):
            break
        found = found[np.argsort(-cosine[found], kind="stable")]
        # Once a round each: what a centre is after a merger is known only then.
        taken = set()
        step = np.arange(room)
        for k in found.tolist():
            x, y = int(a[k]), int(b[k])
            if x in taken or y in taken:
                continue
            taken |= {x, y}
            if is_held[y] or (not is_held[x] and state.size[y] > state.size[x]):
                x, y = y, x
            step[y] = x
            state.size[x] += state.size[y]
            state.alike[x] += state.alike[y] + 2 * together[k]
            state.pairs[x] += state.pairs[y] + 2 * seen[k]
            state.size[y], state.alike[y], state.pairs[y] = 0, 0, 0
        into = step[into]
    state.group[:] = np.where(state.group >= 0, into[state.group], -1)


class _Scratch(NamedTuple):
    """Working memory for comparing one letter with the others; ``first`` and ``last`` bound the window in each bucket."""

    first: np.ndarray
    last: np.ndarray
    similarity: np.ndarray
    met: np.ndarray
    total: np.ndarray
    groups: np.ndarray


@nb.njit(cache=True, inline="always")
def _gather(
    i: int,
    begin: int,
    end: int,
    words: Words,
    index: Index,
    scene: Scene,
    group: np.ndarray,
    scratch: _Scratch,
) -> int:
    """Sum the similarity of letter ``i`` to the letters ``begin:end`` of each group; return how many groups."""
    first, last, similarity = scratch.first, scratch.last, scratch.similarity
    met, total, groups = scratch.met, scratch.total, scratch.groups
    letters, weight = index.letters, index.weight
    n = 0
    for k in range(words.starts[i], words.starts[i + 1]):
        bucket = words.buckets[k]
        while first[bucket] < last[bucket] and letters[first[bucket]] < begin:
            first[bucket] += 1
        for place in range(first[bucket], last[bucket]):
            j = letters[place]
            if j >= end:
                break
            if similarity[j] == 0:
                met[n] = j
                n += 1
            similarity[j] += words.values[k] * weight[place]
    found = 0
    for t in range(n):
        j = met[t]
        if j != i and group[j] >= 0:
            g = group[j]
            if total[g] == 0:
                groups[found] = g
                found += 1
            total[g] += similarity[j] * agreement(i, j, scene)
        similarity[j] = 0
    return found


@nb.njit(cache=True, nogil=True)
def _place(
    words: Words,
    index: Index,
    scene: Scene,
    free: np.ndarray,
    state: Groups,
    near: np.ndarray,
    join: float,
    is_first: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Place the free letters, and return where a letter is near to a second group.

    Of each meeting: the two groups (the lesser first), sum of similarities, pairs.
    """
    day, group, size, alike, pairs = scene.day, state.group, state.size, state.alike, state.pairs
    n = len(day)
    total, groups = np.zeros(len(size)), np.empty(n, np.int64)
    scratch = _Scratch(
        index.first[:-1].copy(),
        index.first[1:],
        np.zeros(n, np.float32),
        np.empty(n, np.int32),
        total,
        groups,
    )
    inside = np.zeros(len(size), np.int64)
    next_group = len(size) - 1
    while next_group >= 0 and size[next_group] == 0:
        next_group -= 1
    if is_first:
        for i in range(n):
            next_group = max(next_group, group[i])
    next_group += 1
    one, other = np.empty(MEETINGS * n, np.int64), np.empty(MEETINGS * n, np.int64)
    sums, counts = np.empty(MEETINGS * n), np.empty(MEETINGS * n)
    met = 0
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
        found = _gather(i, begin, end, words, index, scene, group, scratch)
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
            g = groups[f]
            m = inside[g]
            if g != best and not is_first and size[g] > 1 and size[best] > 1 and met < len(one):
                together = alike[g] / pairs[g] if pairs[g] > 0 else 0.0
                if total[g] >= 0.25 * join * np.sqrt(m + m * (m - 1) * max(together, 0.0)):
                    one[met], other[met], sums[met], counts[met] = min(g, best), max(g, best), total[g], m
                    met += 1
            total[g] = 0
    return one[:met], other[:met], sums[:met], counts[:met]
