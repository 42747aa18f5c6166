"""Which department handles a text: learned from letters whose department is known, beside the duties of bureaus.

A multinomial logistic regression over runs of characters, the topic model's probabilities and the words of duties. A
department that is a bureau of the table is believed to handle its duties before anything is learned
(``shuju.letters.bureaus``), so few letters are enough. See docs/methods/routing.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shuju.letters.bureaus import bureau_called, bureaus, duties
from shuju.text.features import Rows, character_counts, inverse_frequency, weigh
from shuju.text.linear import scores
from shuju.text.softmax import fit_softmax
from shuju.text.topics import chances, softmax, strings

BELIEF = 4.0  # what a text that speaks of one bureau's duties alone says for it, in log odds
RIDGE = 0.5
RARE = 2  # letters that hold a run at least
MOST = 120  # departments
FEW = 50  # letters, below which the bureaus of the table are departments too
CONSTANT = 0.5
BATCH = 4_096


@dataclass(frozen=True, eq=False)
class RoutingModel:
    """``departments``; ``inverse`` (float32 by bucket, 0 where unknown) and ``weights`` (columns × departments).

    Columns are the known buckets in their order, then topics, duties and a constant.
    """

    departments: tuple[str, ...]
    inverse: np.ndarray
    weights: np.ndarray


def learn(
    titles: Sequence[str | None], bodies: Sequence[str | None], departments: Sequence[str]
) -> RoutingModel:
    """Return the model that letters teach whose departments are known.

    The ``MOST`` departments with most letters are learned. With fewer than ``FEW`` letters the bureaus of the table
    are departments as well; with none, they alone. Time is linear in the characters times the departments.
    """
    titles, bodies = strings(titles), strings(bodies)
    names = [name for name, _ in Counter(departments).most_common(MOST)]
    if len(departments) < FEW:
        called = {bureau_called(name) for name in names}
        names += [name for name in bureaus().names if name not in called and name not in names]
    number = {name: n for n, name in enumerate(names)}
    kept = [k for k, department in enumerate(departments) if department in number]
    titles, bodies = [titles[k] for k in kept], [bodies[k] for k in kept]
    truth = np.array([number[departments[k]] for k in kept], np.int64)
    counts = character_counts(titles, bodies)
    inverse = inverse_frequency(counts, RARE)
    duty = duties(titles, bodies)
    rows = _columns(counts, inverse, _dense(titles, bodies, duty))
    weights = fit_softmax(rows, truth, _believed(names, duty), ridge=RIDGE)
    return RoutingModel(tuple(names), inverse, weights)


def department_chances(
    model: RoutingModel, titles: Sequence[str | None], bodies: Sequence[str | None]
) -> np.ndarray:
    """Return letters × departments: how likely each is. O(characters)."""
    titles, bodies = strings(titles), strings(bodies)
    found = [np.empty((0, len(model.departments)))]
    for first in range(0, len(titles), BATCH):
        part = titles[first : first + BATCH], bodies[first : first + BATCH]
        duty = duties(*part)
        rows = _columns(character_counts(*part), model.inverse, _dense(*part, duty))
        learned = scores(rows.starts, rows.buckets, rows.values, model.weights)
        found.append(softmax(learned + _believed(model.departments, duty)))
    return np.concatenate(found)


def save(model: RoutingModel, path: Path) -> None:
    """Write a model: numbers and the departments' names, no text of letters."""
    with path.open("wb") as file:
        known = np.flatnonzero(model.inverse)
        np.savez(
            file,
            departments=np.array(model.departments, str),
            known=known,
            inverse=model.inverse[known],
            n_buckets=np.array([len(model.inverse)]),
            weights=model.weights,
        )


def load(path: Path) -> RoutingModel:
    """Read a model that ``save`` wrote."""
    with np.load(path, allow_pickle=False) as held:
        inverse = np.zeros(int(held["n_buckets"][0]), np.float32)
        inverse[held["known"]] = held["inverse"]
        return RoutingModel(tuple(held["departments"].tolist()), inverse, held["weights"])


def _believed(names: Sequence[str], duty: np.ndarray) -> np.ndarray:
    """Return letters × departments: what the words of duties say for each, before anything is learned."""
    found = np.zeros((len(duty), len(names)))
    number = {name: n for n, name in enumerate(bureaus().names)}
    for column, name in enumerate(names):
        if (bureau := bureau_called(name)) is not None:
            found[:, column] = BELIEF * duty[:, number[bureau]]
    return found


def _dense(titles: Sequence[str | None], bodies: Sequence[str | None], duty: np.ndarray) -> np.ndarray:
    topics = np.sqrt(chances(titles, bodies))
    return np.hstack([topics, duty, np.full((len(duty), 1), CONSTANT)]).astype(np.float32)


def _columns(counts: Rows, inverse: np.ndarray, dense: np.ndarray) -> Rows:
    """Return the rows with buckets renumbered to those that are known, and the dense columns after them."""
    place = np.cumsum(inverse > 0) - 1
    n_known = int(place[-1]) + 1
    rows = weigh(counts, inverse)
    n, width = dense.shape
    lengths = np.diff(rows.starts)
    starts = np.concatenate([[0], np.cumsum(lengths + width)])
    buckets, values = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    at = np.repeat(starts[:-1] - rows.starts[:-1], lengths) + np.arange(len(rows.buckets))
    buckets[at], values[at] = place[rows.buckets], rows.values
    last = (starts[1:, None] - width + np.arange(width)).ravel()
    buckets[last], values[last] = np.tile(n_known + np.arange(width), n), dense.ravel()
    return Rows(starts, buckets, values, n_known + width)
