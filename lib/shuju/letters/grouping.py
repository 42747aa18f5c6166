"""Grouping of letters about one matter at one place: agglomeration by how surely pairs are of one matter.

An inverted index over rare words finds letters that share a name, so no letter is compared with all others; only these
pairs are scored. The surest pair is joined first. Two groups become one only if pairs across them are sure
on the mean, and each letter has one that is: members who never met count too, so groups do not chain. Letters further apart than ``WINDOW_DAYS``
are no pair; a group may last longer.

Sources: group-average agglomeration as used in topic detection (J. Allan et al., TDT pilot study, 1998); constraints
of users: K. Wagstaff and C. Cardie, Clustering with instance-level constraints, ICML 2000.

Long, since the agglomeration is one algorithm of small kernels.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from shuju.letters.forest import Forest
from shuju.letters.nearness import WINDOW_DAYS, Index, Scene, Words, agreement, inverted, words_of
from shuju.letters.profiles import Profiles
from shuju.letters.same_matter import (
    FEATURES,
    N_FEATURES,
    Learned,
    compare,
    load,
    new_table,
    score_of,
    title_stands,
)
from shuju.text.features import Rows

CANDIDATES = 12  # earlier letters that a letter is compared with, the nearest by rare words
PLACES = ("other_prefecture", "other_county", "same_county")  # features of place
LINK = -1.0  # added to the threshold where groups are joined, not single letters
STRICTER = 0.6  # where the group joined has the voices of a hot issue: it is shown to many
MANY = 5  # two groups of so many letters each need not be stricter: each tells enough of its matter
CORE = 5  # letters of a group that are held against those of another
# Of what brings a letter near by its words: below, two letters are hardly ever of one matter.
LEAST = 0.5


class Pairs(NamedTuple):
    """Pairs of letters (``first < second``) and the log-odds that they are of one matter."""

    first: np.ndarray
    second: np.ndarray
    score: np.ndarray


class Constraints(NamedTuple):
    """What people decided: ``together`` and ``apart`` are pairs of letters, (n, 2)."""

    together: np.ndarray
    apart: np.ndarray

    @classmethod
    def none(cls) -> Constraints:
        """Return no constraints."""
        return cls(np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64))


def candidate_pairs(rows: Rows, scene: Scene, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs that are worth scoring: letters with the ``CANDIDATES`` nearest earlier ones of the window.

    ``rows`` (of ``weights``) and ``scene`` are in the order of time. ``least`` is the least
    cosine of rare words, weighed by place and topic.
    """
    return _candidates(words_of(rows), inverted(rows), scene, least)


def group(
    letters: Profiles,
    scene: Scene,
    pairs: Pairs,
    held: np.ndarray,
    constraints: Constraints,
    model: Learned,
    threshold: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each letter, and how near it is to the others of its group (0 to 1; 0: alone).

    ``held`` gives groups that stay as they are (numbers from 0; -1: free); two of them never become one, and groups
    found are numbered after them, each by its first letter. Pairs score ``threshold`` at least to be joined. Letters
    that are ``together`` begin as one group; no group holds two that are ``apart``. O(pairs · ``CORE``²)
    comparisons at most.
    """
    order = np.argsort(-pairs.score, kind="stable")
    order = order[pairs.score[order] >= threshold]
    link = threshold + LINK
    root = _agglomerate(
        letters, pairs.first[order], pairs.second[order], held,
        constraints.together, constraints.apart, model.forest, link, link + STRICTER,
    )  # fmt: skip
    elsewhere = np.array([FEATURES.index(name) for name in PLACES])
    return _numbered(root, held), _sureness(letters, scene, root, model.forest, elsewhere)


def _numbered(root: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return numbers from 0 on: held groups keep theirs, the others follow in the order of their first letters."""
    n_held = int(held.max(initial=-1)) + 1
    of_root = np.full(len(root), -1, np.int64)
    known = np.flatnonzero(held >= 0)
    of_root[root[known]] = held[known]
    _, first = np.unique(root, return_index=True)
    fresh = np.sort(first)
    fresh = fresh[of_root[root[fresh]] < 0]
    of_root[root[fresh]] = n_held + np.arange(len(fresh))
    return of_root[root]


@nb.njit(cache=True, nogil=True)
def _candidates(words: Words, index: Index, scene: Scene, least: float) -> tuple[np.ndarray, np.ndarray]:
    day = scene.day
    n = len(day)
    similarity = np.zeros(n, np.float32)
    met = np.empty(n, np.int32)
    begin_of = index.first[:-1].copy()
    best = np.empty(CANDIDATES, np.float32)
    who = np.empty(CANDIDATES, np.int32)
    first, second = np.empty(n * CANDIDATES, np.int32), np.empty(n * CANDIDATES, np.int32)
    n_pairs, begin = 0, 0
    for i in range(n):
        while day[begin] < day[i] - WINDOW_DAYS:
            begin += 1
        n_met = 0
        for k in range(words.starts[i], words.starts[i + 1]):
            bucket = words.buckets[k]
            while begin_of[bucket] < index.first[bucket + 1] and index.letters[begin_of[bucket]] < begin:
                begin_of[bucket] += 1
            for place in range(begin_of[bucket], index.first[bucket + 1]):
                j = index.letters[place]
                if j >= i:
                    break
                if similarity[j] == 0:
                    met[n_met] = j
                    n_met += 1
                similarity[j] += words.values[k] * index.weight[place]
        kept = 0
        for t in range(n_met):
            j = met[t]
            near = similarity[j]
            similarity[j] = 0
            if near < least:
                continue
            near *= agreement(i, j, scene)
            if near < least or (kept == CANDIDATES and near <= best[kept - 1]):
                continue
            at = kept if kept < CANDIDATES else CANDIDATES - 1
            while at > 0 and best[at - 1] < near:
                best[at], who[at] = best[at - 1], who[at - 1]
                at -= 1
            best[at], who[at] = near, j
            kept = min(kept + 1, CANDIDATES)
        for t in range(kept):
            first[n_pairs], second[n_pairs] = who[t], i
            n_pairs += 1
    return first[:n_pairs].copy(), second[:n_pairs].copy()


@nb.njit(cache=True, inline="always")
def _find(root: np.ndarray, i: int) -> int:
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@nb.njit(cache=True, inline="always")
def _join(root: np.ndarray, size: np.ndarray, after: np.ndarray, last: np.ndarray, a: int, b: int) -> None:
    """Put group ``b`` into ``a``: members of a group are a chain from its root on."""
    root[b] = a
    size[a] += size[b]
    after[last[a]] = b
    last[a] = last[b]


@nb.njit(cache=True, inline="always")
def _core(of: int, size: int, after: np.ndarray, core: np.ndarray) -> int:
    """Write up to ``CORE`` members, evenly from the group's chain; return how many."""
    n, at, k = min(size, CORE), of, 0
    for t in range(n):
        wanted = t * size // n
        while k < wanted:
            at = after[at]
            k += 1
        core[t] = at
    return n


@nb.njit(cache=True, nogil=True)
def _many_voices(writer: np.ndarray, after: np.ndarray, a: int, b: int) -> bool:
    """Tell whether two groups together have three writers; one who is not known is a writer too."""
    one = other = np.int64(-2)
    for group_root in (a, b):
        at = group_root
        while at >= 0:
            who = writer[at] if writer[at] >= 0 else -3 - at
            if one == -2:
                one = who
            elif other == -2 and who != one:
                other = who
            elif who not in {one, other}:
                return True
            at = after[at]
    return False


@nb.njit(cache=True, nogil=True)
def _is_apart(root: np.ndarray, apart: np.ndarray, a: int, b: int) -> bool:
    for k in range(len(apart)):
        x, y = _find(root, apart[k, 0]), _find(root, apart[k, 1])
        if (x == a and y == b) or (x == b and y == a):
            return True
    return False


@nb.njit(cache=True, nogil=True)
def _agglomerate(
    letters: Profiles,
    first: np.ndarray,
    second: np.ndarray,
    held: np.ndarray,
    together: np.ndarray,
    apart: np.ndarray,
    forest: Forest,
    link: float,
    link_hot: float,
) -> np.ndarray:
    n = len(letters.starts)
    root, size = np.arange(n), np.ones(n, np.int64)
    after, last = np.full(n, -1, np.int64), np.arange(n)
    is_held = held >= 0
    of_held = np.full(n + 1, -1, np.int64)
    for i in range(n):
        if is_held[i]:
            if of_held[held[i]] >= 0:
                _join(root, size, after, last, of_held[held[i]], i)
            else:
                of_held[held[i]] = i
    for k in range(len(together)):
        a, b = _find(root, together[k, 0]), _find(root, together[k, 1])
        if a != b and not (is_held[a] and is_held[b]):
            if is_held[b] or (not is_held[a] and b < a):
                a, b = b, a
            _join(root, size, after, last, a, b)
    has_apart = np.zeros(n, np.bool_)
    for k in range(len(apart)):
        has_apart[_find(root, apart[k, 0])] = True
        has_apart[_find(root, apart[k, 1])] = True
    table, found = new_table(), np.zeros(N_FEATURES)
    mine, others = np.empty(CORE, np.int64), np.empty(CORE, np.int64)
    least, least_hot = 1 / (1 + np.exp(-link)), 1 / (1 + np.exp(-link_hot))
    tried = set()
    tried.add((np.int64(-1), np.int64(-1), np.int64(0)))  # numba must see what the set holds
    for p in range(len(first)):
        a, b = _find(root, first[p]), _find(root, second[p])
        if a == b or (is_held[a] and is_held[b]):
            continue
        if size[a] + size[b] > 2:
            key = (min(a, b), max(a, b), size[a] + size[b])
            if key in tried:
                continue
            tried.add(key)
        if has_apart[a] and has_apart[b] and _is_apart(root, apart, a, b):
            continue
        if size[a] * size[b] > 1:
            n_mine, n_others = _core(a, size[a], after, mine), _core(b, size[b], after, others)
            total = 0.0
            best_mine, best_others = np.zeros(CORE), np.zeros(CORE)
            for x in range(n_mine):
                load(letters, mine[x], table)
                for y in range(n_others):
                    compare(letters, mine[x], others[y], table, found)
                    sure = 1 / (1 + np.exp(-score_of(forest, found)))
                    total += sure
                    best_mine[x] = max(best_mine[x], sure)
                    best_others[y] = max(best_others[y], sure)
            mean = total / (n_mine * n_others)
            nearest = min(best_mine.sum() / n_mine, best_others.sum() / n_others)
            is_hot = min(size[a], size[b]) < MANY and _many_voices(letters.writer, after, a, b)
            if (nearest + mean) / 2 < (least_hot if is_hot else least):
                continue
        # The root is the earliest letter, or that of the held group.
        if is_held[b] or (not is_held[a] and b < a):
            a, b = b, a
        has_apart[a] |= has_apart[b]
        _join(root, size, after, last, a, b)
    for i in range(n):
        root[i] = _find(root, i)
    return root


@nb.njit(cache=True, nogil=True)
def _sureness(
    letters: Profiles, scene: Scene, root: np.ndarray, forest: Forest, places: np.ndarray
) -> np.ndarray:
    """Return the mean over up to ``CORE`` others of the group: probability by the words alone, times ``agreement``.

    So ``stages`` can give back what another place takes off.
    """
    n = len(root)
    size = np.zeros(n, np.int64)
    for i in range(n):
        size[root[i]] += 1
    first = np.zeros(n + 1, np.int64)
    first[1:] = np.cumsum(size)
    fill = first[:-1].copy()
    members = np.empty(n, np.int64)
    for i in range(n):
        members[fill[root[i]]] = i
        fill[root[i]] += 1
    sure = np.zeros(n, np.float32)
    table, found = new_table(), np.zeros(N_FEATURES)
    for i in range(n):
        own = size[root[i]]
        if own < 2:
            continue
        load(letters, i, table)
        met = 0
        asked = min(own, CORE + 1)
        for t in range(asked):
            j = members[first[root[i]] + t * own // asked]
            if j != i:
                compare(letters, i, j, table, found)
                found[places] = 0
                sure[i] += agreement(i, j, scene) / (1 + np.exp(-score_of(forest, found)))
                met += 1
        sure[i] /= max(met, 1)
    return sure


def title_truth(letters: Profiles, number: np.ndarray, most: int = 40) -> np.ndarray:
    """Return for each letter in how many of its group's others, at most ``most``, all names of its title stand (0 to 1).

    1 where the title names nothing. Linear in the letters of groups.
    """
    order = np.argsort(number, kind="stable")
    return _title_truth(letters, number, order, most)


@nb.njit(cache=True, nogil=True)
def _title_truth(letters: Profiles, number: np.ndarray, order: np.ndarray, most: int) -> np.ndarray:
    n = len(order)
    holds, asked = np.zeros(n, np.float32), np.zeros(n, np.float32)
    table = new_table()
    first = 0
    while first < n:
        end = first + 1
        while end < n and number[order[end]] == number[order[first]]:
            end += 1
        size = end - first
        for t in range(min(size, most) if size > 1 else 0):
            j = order[first + t * size // min(size, most)]
            load(letters, j, table)
            for k in range(first, end):
                if order[k] != j:
                    asked[order[k]] += 1
                    holds[order[k]] += title_stands(letters, order[k], table)
        first = end
    for i in range(n):
        holds[i] = holds[i] / asked[i] if asked[i] else 1.0
    return holds
