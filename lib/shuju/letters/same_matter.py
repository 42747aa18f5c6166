"""How surely two letters are of one matter at one place (同一件事): a forest of decision trees over what they share.

What was learned from are pairs of real letters that people read (``bench/same_matter.py``); the trees lie in
``models/same_matter.npz``. A score is a log-odds: 0 is even.

Long, since each feature of a pair is defined here beside its name.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numba as nb
import numpy as np

from shuju.letters.forest import Forest, log_odds, read_forest
from shuju.letters.profiles import MIDDLING, RARE, SLOTS, Profiles, bucket, longer

LEARNED = Path(__file__).with_name("models") / "same_matter.npz"
FEATURES = (
    "runs",  # cosine of all runs of characters, its root
    "title",  # that of the titles
    "rare",  # that of rare runs: names
    "middling",  # that of middling runs: what is wrong
    "title_least",  # share of a title that stands in the other letter, the lesser and the greater
    "title_most",
    "body_least",  # the same of whole letters
    "body_most",
    "phrase",  # the longest run that both titles have, of 12 characters
    "n_rare",  # rare runs that both have, logarithm
    "name",  # the rarest name that both have, log(letters / letters with it), a tenth
    "other_name",  # each title names a thing that the other letter does not know
    "other_prefecture",
    "other_county",
    "same_county",
    "same_writer",
    "days",  # between them, logarithm
    "length",  # of the shorter letter, logarithm
)
N_FEATURES = len(FEATURES)
ELSEWHERE = 1.0  # taken off the log-odds of letters of two places: too few that people read tell it
_PLACES = (FEATURES.index("other_prefecture"), FEATURES.index("other_county"))
MOST_DAYS = 180.0
# With the links of ``grouping``: of read pairs put together, some 95 in 100 are of one matter.
THRESHOLD = 0.8


class Table(NamedTuple):
    """The runs of one letter: bucket, weight, whether its title has it, and the last letter in which it was met."""

    keys: np.ndarray
    weights: np.ndarray
    is_rare: np.ndarray
    in_title: np.ndarray
    met: np.ndarray


class Learned(NamedTuple):
    """What was learned: the ``forest``, and the ``threshold`` above which two letters are of one matter."""

    forest: Forest
    threshold: float


@cache
def learned() -> Learned:
    """Return what was learned."""
    return Learned(read_forest(LEARNED), THRESHOLD)


def pair_features(letters: Profiles, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return (pairs, ``FEATURES``). O(characters of the pairs); pairs in the order of ``first`` cost least."""
    return _features(letters, np.asarray(first, np.int64), np.asarray(second, np.int64))


def pair_scores(
    letters: Profiles, first: np.ndarray, second: np.ndarray, model: Learned | None = None
) -> np.ndarray:
    """Return the log-odds that each pair is of one matter."""
    model = model or learned()
    return scores_of(model.forest, pair_features(letters, first, second))


@nb.njit(cache=True, nogil=True)
def score_of(forest: Forest, found: np.ndarray) -> float:
    """Return the log-odds of one row of ``FEATURES``."""
    return log_odds(forest, found) - ELSEWHERE * max(found[_PLACES[0]], found[_PLACES[1]])


@nb.njit(cache=True, nogil=True)
def scores_of(forest: Forest, found: np.ndarray) -> np.ndarray:
    """Return the log-odds of each row of ``FEATURES``."""
    scores = np.empty(len(found))
    for row in range(len(found)):
        scores[row] = score_of(forest, found[row])
    return scores


def empty_table() -> Table:
    """Return room for the runs of one letter."""
    return Table(
        np.full(SLOTS, -1, np.int32),
        np.zeros(SLOTS, np.float32),
        np.zeros(SLOTS, np.int8),
        np.zeros(SLOTS, np.bool_),
        np.zeros(SLOTS, np.int64),
    )


new_table = nb.njit(cache=True)(empty_table)


@nb.njit(cache=True, nogil=True)
def load(letters: Profiles, i: int, table: Table) -> None:
    """Put the runs of letter ``i`` in the table."""
    codes, end = letters.codes, letters.ends[i]
    table.keys[:] = -1
    for k in range(letters.starts[i], end):
        hashed = np.uint64(0)
        for m in range(k, min(k + 4, end)):
            if codes[m] == 0:
                break
            hashed = longer(hashed, codes[m])
            if m > k:
                b = bucket(hashed)
                slot = b & (SLOTS - 1)
                while table.keys[slot] >= 0 and table.keys[slot] != b:
                    slot = (slot + 1) & (SLOTS - 1)
                if table.keys[slot] < 0:
                    table.keys[slot] = b
                    table.weights[slot] = letters.weight[b]
                    n = letters.count[b]
                    table.is_rare[slot] = 2 if n <= RARE else 1 if n <= MIDDLING else 0
                    table.in_title[slot] = k < letters.titles[i]
                    table.met[slot] = -1


@nb.njit(cache=True, inline="always")
def _slot(table: Table, b: int) -> int:
    slot = b & (SLOTS - 1)
    while table.keys[slot] >= 0 and table.keys[slot] != b:
        slot = (slot + 1) & (SLOTS - 1)
    return slot


@nb.njit(cache=True, inline="always")
def _pair(codes: np.ndarray, start: int) -> int:
    return bucket(longer(longer(np.uint64(0), codes[start]), codes[start + 1]))


@nb.njit(cache=True, nogil=True)
def compare(letters: Profiles, i: int, j: int, table: Table, out: np.ndarray) -> None:
    """Write the features of letters ``i``, whose runs the table holds, and ``j``."""
    codes, title, end = letters.codes, letters.titles[j], letters.ends[j]
    norms = letters.norms
    shared = rare = middling = in_titles = own_title = other_title = together = 0.0
    n_rare, run, longest = 0, 0, 0
    for k in range(letters.starts[j], end):
        hashed = np.uint64(0)
        is_joined = False
        for m in range(k, min(k + 4, end)):
            if codes[m] == 0:
                break
            hashed = longer(hashed, codes[m])
            if m > k:
                slot = _slot(table, bucket(hashed))
                if table.keys[slot] < 0:
                    break  # what goes on from an unknown run is unknown
                if m == k + 1 and k < title and table.in_title[slot]:
                    is_joined = True
                if table.met[slot] == j:
                    continue
                table.met[slot] = j
                w = table.weights[slot]
                shared += w * w
                together += w
                if table.is_rare[slot] == 2:
                    rare += w * w
                    n_rare += 1
                elif table.is_rare[slot] == 1:
                    middling += w * w
                if k < title:
                    other_title += w
                    if table.in_title[slot]:
                        in_titles += w * w
                if table.in_title[slot]:
                    own_title += w
        run = run + 1 if is_joined else 0
        longest = max(longest, run)
    out[0] = np.sqrt(shared / (np.sqrt(norms[i, 0] * norms[j, 0]) + 1e-6))
    out[1] = in_titles / (np.sqrt(norms[i, 1] * norms[j, 1]) + 1e-6)
    out[2] = np.sqrt(rare / (np.sqrt(norms[i, 2] * norms[j, 2]) + 1e-6))
    out[3] = np.sqrt(middling / (np.sqrt(norms[i, 3] * norms[j, 3]) + 1e-6))
    one, other = own_title / (norms[i, 5] + 1e-6), other_title / (norms[j, 5] + 1e-6)
    out[4], out[5] = min(one, other), max(one, other)
    one, other = together / (norms[i, 4] + 1e-6), together / (norms[j, 4] + 1e-6)
    out[6], out[7] = min(one, other), max(one, other)
    out[8] = min(longest + 1 if longest else 0, 12) / 12.0
    out[9] = np.log1p(float(n_rare))
    _compare_names(letters, i, j, table, out)
    p, q = letters.prefecture[i], letters.prefecture[j]
    c, d = letters.county[i], letters.county[j]
    out[12] = 1.0 if p >= 0 and q >= 0 and p != q else 0.0
    out[13] = 1.0 if c >= 0 and d >= 0 and c != d else 0.0
    out[14] = 1.0 if c >= 0 and c == d else 0.0
    out[15] = 1.0 if letters.writer[i] >= 0 and letters.writer[i] == letters.writer[j] else 0.0
    out[16] = np.log1p(min(abs(letters.day[i] - letters.day[j]), MOST_DAYS))
    out[17] = np.log(10.0 + min(end - letters.starts[j], letters.ends[i] - letters.starts[i]))


@nb.njit(cache=True, nogil=True)
def _compare_names(letters: Profiles, i: int, j: int, table: Table, out: np.ndarray) -> None:
    """A name stands in the other letter if all its pairs of characters do."""
    codes = letters.codes
    best = 0.0
    tells = np.zeros(2, np.bool_)
    is_known = np.zeros(2, np.bool_)
    for side in range(2):
        whose = j if side else i
        for n in range(letters.name_first[whose], letters.name_first[whose + 1]):
            is_found = True
            for k in range(letters.name_start[n], letters.name_end[n] - 1):
                slot = _slot(table, _pair(codes, k))
                if table.keys[slot] < 0 or (side == 0 and table.met[slot] != j):
                    is_found = False
                    break
            if is_found:
                best = max(best, letters.name_weight[n])
            if letters.name_tells[n]:
                tells[side] = True
                is_known[side] |= is_found
    out[10] = best / 10.0
    out[11] = 1.0 if tells[0] and tells[1] and not is_known[0] and not is_known[1] else 0.0


@nb.njit(cache=True, nogil=True)
def title_stands(letters: Profiles, i: int, table: Table) -> bool:
    """Tell whether all names in the title of letter ``i`` stand in the letter whose runs the table holds."""
    for n in range(letters.name_first[i], letters.name_first[i + 1]):
        if letters.name_end[n] > letters.titles[i]:
            continue
        for k in range(letters.name_start[n], letters.name_end[n] - 1):
            if table.keys[_slot(table, _pair(letters.codes, k))] < 0:
                return False
    return True


@nb.njit(cache=True, nogil=True)
def _features(letters: Profiles, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    found = np.zeros((len(first), N_FEATURES))
    table = new_table()
    held = -1
    for p in range(len(first)):
        if first[p] != held:
            held = first[p]
            load(letters, held, table)
        table.met[:] = -1
        compare(letters, held, second[p], table, found[p])
    return found


def shared_phrases(letters: Profiles, i: int, j: int, most: int = 3) -> list[str]:
    """Return the weightiest phrases of two letters: runs of four characters or more that both have, none inside another."""
    found = _shared_runs(letters, i, j)
    told = [
        letters.codes[a:b].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass") for a, b, _ in found
    ]
    weight = dict(zip(told, (w for _, _, w in found), strict=True))
    ranked = sorted(weight, key=lambda phrase: (-weight[phrase], phrase))
    kept: list[str] = []
    for phrase in ranked:
        if len(kept) < most and not any(phrase in other for other in kept):
            kept.append(phrase)
    return kept


@nb.njit(cache=True, nogil=True)
def _shared_runs(letters: Profiles, i: int, j: int) -> list[tuple[int, int, float]]:
    """Return start and end in letter ``i``, and weight, of the runs that letter ``j`` has: up to 12 characters."""
    found = []
    codes = letters.codes
    table = new_table()
    load(letters, j, table)
    k, end = letters.starts[i], letters.ends[i]
    while k + 3 < end:
        stop, weight = k, 0.0
        while stop + 3 < end and stop < k + 9:
            hashed = np.uint64(0)
            for m in range(stop, stop + 4):
                if codes[m] == 0:
                    hashed = np.uint64(0)
                    break
                hashed = longer(hashed, codes[m])
            slot = _slot(table, bucket(hashed)) if hashed != 0 else -1
            if slot < 0 or table.keys[slot] < 0:
                break
            weight = max(weight, float(table.weights[slot]))
            stop += 1
        if stop > k:
            found.append((k, stop + 3, weight * np.sqrt(float(stop + 3 - k))))
            k = stop + 3
        else:
            k += 1
    return found
