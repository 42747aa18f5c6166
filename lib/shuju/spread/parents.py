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


@dataclass(frozen=True)
class Node:
    """The possible parents of the copies of one document: matrices of copies × (origin, copies)."""

    text: np.ndarray  # nats for what edits, title, source and time tell
    relation: np.ndarray  # a row of RELATIONS, -1: not possible
    apart: np.ndarray
    is_other_title: np.ndarray
    is_named: np.ndarray
    flags: np.ndarray


def infer_parents(
    copies: Copies, origins: Copies, places: Places
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return for each copy: its parent (a row of ``copies``, ``ORIGIN`` or ``NOBODY``), confidence, evidence, flags.

    Documents one after another; within one, matrices of copies × copies.
    """
    n = len(copies.origin)
    parent, confidence = np.full(n, NOBODY), np.zeros(n)
    evidence, flags = np.full(n, "", object), np.full(n, "", object)
    habits = fit_habits(copies, origins, places)
    for first, end in pairwise(np.flatnonzero(np.diff(copies.origin, prepend=-1, append=-1))):
        node = _possible(copies, origins, places, first, end)
        found = _tree(node, habits[_kind(copies, places, first, end)], first)
        parent[first:end], confidence[first:end], evidence[first:end] = found
        flags[first:end] = node.flags
    return parent, confidence, evidence, flags


def fit_habits(copies: Copies, origins: Copies, places: Places) -> np.ndarray:
    """Return which relation each kind of site usually copies from, in nats: (kinds, RELATIONS).

    A conditional logit fitted to the copies themselves by expectation and maximisation (Train 2009, ch. 14): what edits and
    sources tell of some copies says whom the others of their kind most likely copied. O(copies of ``FITTED_ON`` documents).
    """
    kinds = int(places.kind.max(initial=0)) + 2
    habits = np.tile(np.array(HABITS), (kinds, 1))
    edges = np.flatnonzero(np.diff(copies.origin, prepend=-1, append=-1))
    step = max(1, (len(edges) - 1) // FITTED_ON)
    sample = [
        (_possible(copies, origins, places, a, b), _kind(copies, places, a, b))
        for a, b in list(pairwise(edges))[::step]
    ]
    if not sample:  # revisions and related pages alone
        return habits
    texts = np.concatenate([node.text.ravel() for node, _ in sample])
    relations = np.concatenate([node.relation.ravel() for node, _ in sample]).astype(np.int8)
    widths = np.concatenate([np.full(len(kind), len(kind) + 1) for _, kind in sample])
    own_kinds = np.concatenate([kind for _, kind in sample])
    for _ in range(ROUNDS):
        seen, foreseen = _counted(texts, relations, widths, own_kinds, habits)
        habits += np.log(seen / foreseen)
        habits -= habits[:, :1] - HABITS[0]
    return habits


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


def _kind(copies: Copies, places: Places, first: int, end: int) -> np.ndarray:
    site = copies.site[first:end]
    return np.where(site >= 0, places.kind[np.maximum(site, 0)], places.kind.max(initial=0) + 1)


def _scores(node: Node, habits: np.ndarray, text: np.ndarray | float) -> np.ndarray:
    """Return the nats of each possible parent; sites of one relation share its habit among them."""
    by_relation = np.take_along_axis(habits, np.maximum(node.relation, 0), axis=1)
    n_others = np.maximum(1, (node.relation == len(RELATIONS) - 1).sum(axis=1))[:, None]
    by_relation = by_relation - np.where(node.relation == len(RELATIONS) - 1, np.log(n_others), 0)
    return np.where(node.relation >= 0, by_relation + text, -np.inf)


def _shares(node: Node, habits: np.ndarray, text: np.ndarray | float) -> np.ndarray:
    score = _scores(node, habits, text)
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def _possible(copies: Copies, origins: Copies, places: Places, first: int, end: int) -> Node:
    of, size = copies.origin[first], end - first
    site = np.concatenate([[origins.site[of]], copies.site[first:end]])
    second = np.concatenate([[origins.second[of]], copies.second[first:end]])
    title = np.concatenate([[origins.title[of]], copies.title[first:end]])
    child, named = copies.site[first:end], copies.named[first:end]

    apart = edits_apart(copies.edits, first, end)
    # A title that a copy made itself, and nobody took over, tells nothing of its parent.
    _, at, count = np.unique(title, return_inverse=True, return_counts=True)
    is_other_title = (title[1:, None] != title[None, :]) & (count[at[1:]] > 1)[:, None]
    is_named = (named[:, None] == site[None, :]) & (named >= 0)[:, None] & (named != child)[:, None]
    lag = second[1:, None] - second[None, :]
    text = -apart - PER_TITLE * is_other_title
    text += np.where(is_named, NAMED, 0.0) - PER_DAY * np.abs(np.nan_to_num(lag)) / _DAY
    text[:, 0] += np.where(is_named[:, 0], NAMED_ORIGIN - NAMED, 0.0)

    text[:, 1:] -= PER_ROUND_UP * copies.is_round_up[first:end]

    above = np.where(child >= 0, places.above[child], -1)
    relation = np.full((size, size + 1), RELATIONS.index("other"))
    relation[:, places.is_top[site] & (site >= 0)] = RELATIONS.index("top")
    relation[(above[:, None] == site[None, :]) & (above >= 0)[:, None]] = RELATIONS.index("above")
    relation[:, 0] = RELATIONS.index("origin")
    possible = (lag > 0) & (site[None, :] != child[:, None])
    possible[:, 0] = True  # an undated copy, and one dated before its origin, is still one
    relation[~possible] = -1
    says = {
        "undated": np.isnan(second[1:]),
        "before_origin": second[1:] < second[0],
        "contradiction": (named >= 0) & (named != child) & ~(is_named & possible).any(axis=1),
    }
    return Node(text, relation, apart, is_other_title, is_named, _joined(says, FLAGS, size))


def _tree(node: Node, habits: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    score = _scores(node, habits, node.text)
    best, rows = score.argmax(axis=1), np.arange(len(score))
    confidence = _shares(node, habits, node.text)[rows, best]
    score[rows, best] = -np.inf
    runner = score.argmax(axis=1)
    is_only = ~np.isfinite(score[rows, runner])
    told = {
        "edits": (node.apart[rows, best] < node.apart[rows, runner]) & ~is_only,
        "title": node.is_other_title[rows, runner] & ~node.is_other_title[rows, best] & ~is_only,
        "source": node.is_named[rows, best],
        "level": node.relation[rows, best] == RELATIONS.index("above"),
        "only": is_only,
    }
    parent = np.where(best == 0, ORIGIN, first + best - 1)
    return parent, confidence, _joined(told, EVIDENCE, len(rows))


def _joined(told: dict[str, np.ndarray], names: tuple[str, ...], n: int) -> np.ndarray:
    joined = np.full(n, "", object)
    for name in names:
        joined = np.where(told[name], np.where(joined == "", name, joined + "," + name), joined)
    return joined


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
