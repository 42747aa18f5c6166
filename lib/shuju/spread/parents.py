"""The likeliest parent of each copy (取自谁), over whole columns: every copy of a document is compared with every other.

What edits, titles, sources and places tell is added up in nats; how much a place tells is learnt from the copies
themselves. Method, measured quality and limits: docs/methods/cascade.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

from shuju.spread.edits import Edits
from shuju.spread.edits_apart import edits_apart

# Nats.
PER_TITLE = 3.0  # a title that one of two has and the other has not
PER_ROUND_UP = 4.0  # a page of many documents is seldom what one copies a document from
NAMED, NAMED_ORIGIN = (
    4.0,
    0.4,
)  # the copy names the site; naming the origin is usual also where it came by another
# How likely a parent is by where it stands: the origin, the portal above, the province's portal, any other site.
# What is given here is where ``fit_habits`` begins.
RELATIONS = ("origin", "above", "top", "other")
FROM_ORIGIN, ABOVE, TOP, OTHER = range(len(RELATIONS))
HABITS = (2.0, 2.0, 0.5, -3.0)
FITTED_ON, ROUNDS = 3_000, 8  # documents
PER_DAY = 0.02  # older copies are a little less likely
_DAY = 86_400.0


EVIDENCE = ("edits", "title", "source", "level", "only")
FLAGS = ("undated", "before_origin", "contradiction")
ORIGIN, NOBODY = -1, -2


@dataclass(frozen=True)
class Copies:
    """The copies of some documents, whole columns; what ``infer_parents`` needs to know of each.

    ``origin`` (the same number for all copies of one document, in order), ``site`` (a row of ``Places``), ``second`` (NaN:
    undated), ``named`` (the row of the site it names as its source, or -1), ``title`` (hash), and its ``edits``.
    """

    origin: np.ndarray
    site: np.ndarray
    second: np.ndarray
    named: np.ndarray
    title: np.ndarray
    is_round_up: np.ndarray
    edits: Edits


@dataclass(frozen=True)
class Places:
    """Where sites stand: the row of the portal above each (or -1), whether it is the province's portal, its kind (a number)."""

    above: np.ndarray
    is_top: np.ndarray
    kind: np.ndarray


def infer_parents(
    copies: Copies, origins: Copies, places: Places
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return for each copy: its parent (a row of ``copies``, ``ORIGIN`` or ``NOBODY``), confidence, evidence, flags.

    O(copies²) within a document, without the GIL.
    """
    bounds = np.flatnonzero(np.diff(copies.origin, prepend=-1, append=-1))
    habits = fit_habits(copies, origins, places)
    given = _arrays(copies, origins, places)
    parent, confidence, evidence, flags = _parents(bounds, *given, _kinds(copies, places), habits)
    return parent, confidence, _told(EVIDENCE)[evidence], _told(FLAGS)[flags]


def fit_habits(copies: Copies, origins: Copies, places: Places) -> np.ndarray:
    """Return which relation each kind of site usually copies from, in nats: (kinds, RELATIONS).

    A conditional logit fitted to the copies themselves by expectation and maximisation (Train 2009, ch. 14): what edits and
    sources tell of some copies says whom the others of their kind most likely copied. O(copies of ``FITTED_ON`` documents).
    """
    kinds = int(places.kind.max(initial=0)) + 2
    habits = np.tile(np.array(HABITS), (kinds, 1))
    edges = np.flatnonzero(np.diff(copies.origin, prepend=-1, append=-1))
    sample = list(pairwise(edges))[:: max(1, (len(edges) - 1) // FITTED_ON)]
    if not sample:  # revisions and related pages alone
        return habits
    given, kind = _arrays(copies, origins, places), _kinds(copies, places)
    nodes = [_possible(*given, a, b)[:2] for a, b in sample]
    texts = np.concatenate([text.ravel() for text, _ in nodes])
    relations = np.concatenate([relation.ravel() for _, relation in nodes])
    widths = np.concatenate([np.full(b - a, b - a + 1) for a, b in sample])
    own_kinds = np.concatenate([kind[a:b] for a, b in sample])
    for _ in range(ROUNDS):
        seen, foreseen = _counted(texts, relations, widths, own_kinds, habits)
        habits += np.log(seen / foreseen)
        habits -= habits[:, :1] - HABITS[0]
    return habits


def _arrays(copies: Copies, origins: Copies, places: Places) -> tuple[tuple[np.ndarray, ...], ...]:
    """Return the columns that compiled code reads: of copies, of their documents (row by row), of edits, of places."""
    of, edits = copies.origin, copies.edits
    return (
        (copies.site, copies.second, copies.title, copies.named, copies.is_round_up),
        (origins.site[of], origins.second[of], origins.title[of]),
        (edits.marks, edits.starts, edits.missing),
        (places.above, places.is_top),
    )


def _kinds(copies: Copies, places: Places) -> np.ndarray:
    kind = places.kind[np.maximum(copies.site, 0)]
    return np.where(copies.site >= 0, kind, places.kind.max(initial=0) + 1)


def _told(names: tuple[str, ...]) -> np.ndarray:
    """Return for each set of names, a bit each, the names joined by commas."""
    sets = range(1 << len(names))
    return np.array([",".join(n for k, n in enumerate(names) if held >> k & 1) for held in sets], object)


@njit(nogil=True, cache=True)
def _counted(texts, relations, widths, kinds, habits):
    """Return how often each kind copies by each relation: as everything tells, and as habits alone would have it."""
    seen, foreseen = np.full(habits.shape, 0.5), np.full(habits.shape, 0.5)
    shares = np.empty(widths.max())
    other = habits.shape[1] - 1
    at = 0
    for row in range(len(widths)):
        width, kind = widths[row], kinds[row]
        n_others = 0
        for j in range(width):
            n_others += relations[at + j] == other
        of_others = np.log(max(1, n_others))
        for is_told in range(2):
            tally = seen if is_told else foreseen
            most = -np.inf
            for j in range(width):
                relation = relations[at + j]
                if relation >= 0:
                    shares[j] = habits[kind, relation] - (of_others if relation == other else 0.0)
                    shares[j] += texts[at + j] if is_told else 0.0
                    most = max(most, shares[j])
            total = 0.0
            for j in range(width):
                if relations[at + j] >= 0:
                    shares[j] = np.exp(shares[j] - most)
                    total += shares[j]
            for j in range(width):
                if relations[at + j] >= 0:
                    tally[kind, relations[at + j]] += shares[j] / total
        at += width
    return seen, foreseen


@njit(nogil=True, cache=True)
def _parents(bounds, copies, documents, edits, places, kinds, habits):
    """Return for each copy its parent, confidence, evidence and flags (a bit for each of ``EVIDENCE`` and ``FLAGS``)."""
    n = len(kinds)
    parent, confidence = np.full(n, NOBODY), np.zeros(n)
    evidence, flags = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    for d in range(len(bounds) - 1):
        first, end = bounds[d], bounds[d + 1]
        text, relation, apart, is_other_title, is_named, own_flags = _possible(
            copies, documents, edits, places, first, end
        )
        flags[first:end] = own_flags
        for i in range(end - first):
            score = _scores(text[i], relation[i], habits[kinds[first + i]])
            best = score.argmax()
            top = score[best]
            confidence[first + i] = 1 / np.exp(score - top).sum()
            score[best] = -np.inf
            runner = score.argmax()
            is_only = score[runner] == -np.inf
            told = 0
            if not is_only and apart[i, best] < apart[i, runner]:
                told |= 1
            if not is_only and is_other_title[i, runner] and not is_other_title[i, best]:
                told |= 2
            if is_named[i, best]:
                told |= 4
            if relation[i, best] == ABOVE:
                told |= 8
            if is_only:
                told |= 16
            evidence[first + i] = told
            parent[first + i] = ORIGIN if best == 0 else first + best - 1
    return parent, confidence, evidence, flags


@njit(nogil=True, cache=True)
def _scores(text, relation, habits):
    """Return the nats of each possible parent of a copy; sites of one relation share its habit among them."""
    of_others = np.log(max(1, (relation == OTHER).sum()))
    score = np.full(len(text), -np.inf)
    for j in range(len(text)):
        if relation[j] >= 0:
            score[j] = habits[relation[j]] - (of_others if relation[j] == OTHER else 0.0) + text[j]
    return score


@njit(nogil=True, cache=True)
def _possible(copies, documents, edits, places, first, end):
    """Return of the copies of one document, matrices of copies × (document, copies): ``text`` (nats for what edits, title,
    source and time tell), ``relation`` (a row of ``RELATIONS``; -1: not possible), ``apart``, ``is_other_title``,
    ``is_named``; and the flags of each copy.
    """
    n = end - first
    site, second, title, named, is_round_up = copies
    above, is_top = places
    head = documents[0][first], documents[1][first], documents[2][first]
    apart = edits_apart(edits[0], edits[1], edits[2], first, end)
    text, relation = np.empty((n, n + 1)), np.empty((n, n + 1), np.int8)
    is_other_title, is_named = np.zeros((n, n + 1), np.bool_), np.zeros((n, n + 1), np.bool_)
    flags = np.zeros(n, np.uint8)
    for i in range(n):
        child, own_title, own_named = site[first + i], title[first + i], named[first + i]
        names_other = own_named >= 0 and own_named != child
        portal = above[child] if child >= 0 else -1
        # A title that a copy made itself, and nobody took over, tells nothing of its parent.
        is_shared = own_title == head[2]
        for j in range(n):
            is_shared |= j != i and title[first + j] == own_title
        is_found = False
        for j in range(n + 1):
            at = first + j - 1
            place = head[0] if j == 0 else site[at]
            lag = second[first + i] - (head[1] if j == 0 else second[at])
            is_other_title[i, j] = is_shared and own_title != (head[2] if j == 0 else title[at])
            is_named[i, j] = names_other and own_named == place
            nats = -apart[i, j] - (PER_TITLE if is_other_title[i, j] else 0.0)
            nats += (NAMED if is_named[i, j] else 0.0) - PER_DAY * abs(0.0 if np.isnan(lag) else lag) / _DAY
            if j == 0 and is_named[i, j]:
                nats += NAMED_ORIGIN - NAMED
            if j > 0 and is_round_up[at]:
                nats -= PER_ROUND_UP
            text[i, j] = nats
            if j == 0:  # an undated copy, and one dated before its origin, is still one
                relation[i, j] = FROM_ORIGIN
            elif not lag > 0 or place == child:
                relation[i, j] = -1
            elif portal >= 0 and portal == place:
                relation[i, j] = ABOVE
            elif place >= 0 and is_top[place]:
                relation[i, j] = TOP
            else:
                relation[i, j] = OTHER
            is_found |= is_named[i, j] and relation[i, j] >= 0
        if np.isnan(second[first + i]):
            flags[i] |= 1
        if second[first + i] < head[1]:
            flags[i] |= 2
        if names_other and not is_found:
            flags[i] |= 4
    return text, relation, apart, is_other_title, is_named, flags


def generations(parent: np.ndarray) -> np.ndarray:
    """Return how many steps each copy is from its origin (1: from itself); 0 where nobody carried it before.

    ``parent`` as ``infer_parents`` gives it. O(copies × depth).
    """
    generation = np.where(parent == ORIGIN, 1, 0)
    while True:
        above = generation[np.maximum(parent, 0)]
        more = np.where((parent >= 0) & (above > 0), above + 1, generation)
        if np.array_equal(more, generation):
            return generation
        generation = more
