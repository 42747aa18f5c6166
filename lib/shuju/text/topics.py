"""First-level topics (一级主题) of letters, each with a calibrated confidence.

Four linear classifiers read each letter: words, words scaled by their log-count ratio, runs of one to
three characters scaled so, and the same runs of the opening alone, where most letters say what they are
about. Their scores are added, and a temperature with one shift a class, fitted on
letters that the classifiers did not see, makes the sum a probability. Folded together they are one table
of weights a kind of feature. See docs/methods/topics.md.

Sources: S. Wang and C. Manning, Baselines and bigrams, ACL 2012; C. Guo et al., On calibration of modern
neural networks, ICML 2017.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from shuju.standard import code_list
from shuju.text.features import Rows, character_counts, inverse_frequency, weigh, word_counts
from shuju.text.linear import fit_svm, log_count_ratio, scores
from shuju.text.motive import motives
from shuju.text.taxonomy import by_first, evidence, lower_levels, taxonomy

SHIPPED = Path(__file__).with_name("models") / "topics.npz"
OUTSIDE, OUTSIDE_LEAD = 2.0, 1.5  # words, and how many times those of the topic given
RIGHT = 0.95  # of the letters that are not unsure
OPENING = 120  # characters
FOLDS = 5
KINDS = 3  # of features
_BATCH = 4096


@dataclass(frozen=True)
class Model:
    """What ``classify`` needs; one entry a kind of feature (words, characters, those of the opening) in each tuple.

    ``topics``: codes of the standard, one a class. ``inverse``: float32 by bucket. ``weights``: int8
    buckets × classes, times ``scales`` (float32 by class). ``intercept``: float32 by class. ``card``: how
    many letters taught it, how it did on those kept out in turn, and below which confidence it is unsure.
    """

    topics: tuple[str, ...]
    inverse: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray, ...]
    scales: tuple[np.ndarray, ...]
    intercept: np.ndarray
    card: Mapping[str, float] = field(default_factory=dict)


def classify(
    titles: Sequence[str | None], bodies: Sequence[str | None], model: Model | None = None
) -> pd.DataFrame:
    """Return for each letter what it is about and what its writer wants.

    Columns: ``topic_1`` (code of the standard's topics), ``confidence`` (the probability that it is right),
    ``is_unsure`` (below the confidence from which 95 of 100 letters are right: for the review list), ``topic_2``
    and ``topic_3`` (names of the taxonomy, by words; missing where no word tells), ``topic_next`` and
    ``confidence_next`` (the second choice), ``topic_outside`` (of an unsure letter: the topic beyond the model's
    that its words speak for, if any), ``motive`` (code of the standard's motives). A letter without any text has
    no topic, confidence 0 and no motive. ``model`` is the shipped one if none is given.
    Raises ``ValueError`` if there are not as many titles as bodies. Time is linear in the characters.
    """
    model = model or shipped()
    titles, bodies = _strings(titles), _strings(bodies)
    if len(titles) != len(bodies):
        raise ValueError(f"标题 {len(titles)} 个，正文 {len(bodies)} 个，应当一样多")
    chance = np.zeros((len(titles), len(model.topics)), np.float32)
    words = np.zeros((len(titles), len(taxonomy().names)), np.float32)
    for first in range(0, len(titles), _BATCH):
        batch = slice(first, first + _BATCH)
        chance[batch] = _probabilities(model, titles[batch], bodies[batch])
        words[batch] = evidence(titles[batch], bodies[batch])
    has_text = np.array(
        [bool((t or "").strip() or (b or "").strip()) for t, b in zip(titles, bodies, strict=True)], bool
    )
    best = np.argsort(-chance, axis=1, kind="stable")
    rows = np.arange(len(chance))
    names = np.array(model.topics, object)
    confidence = np.where(has_text, chance[rows, best[:, 0]], 0).astype(np.float32)
    is_unsure = confidence < model.card["unsure_below"]
    topic_1 = np.where(has_text, names[best[:, 0]], None)
    topic_2, topic_3 = lower_levels(words, topic_1)
    outside = np.where(is_unsure, _outside(by_first(words), model.topics, topic_1), None)
    return pd.DataFrame(
        {
            "topic_1": pd.array(topic_1, "str"),
            "confidence": confidence,
            "is_unsure": is_unsure,
            "topic_2": pd.array(topic_2, "str"),
            "topic_3": pd.array(topic_3, "str"),
            "topic_next": pd.array(np.where(has_text, names[best[:, 1]], None), "str"),
            "confidence_next": np.where(has_text, chance[rows, best[:, 1]], 0).astype(np.float32),
            "topic_outside": pd.array(outside, "str"),
            "motive": motives(titles, bodies),
        }
    )


def train(
    titles: Sequence[str | None],
    bodies: Sequence[str | None],
    labels: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    rare: int = 3,
) -> Model:
    """Return the model that labelled letters teach.

    Labels are codes or names of the standard's topics; a ``ValueError`` names one that is not, or says that
    there are fewer than two topics or fewer than ten letters of one. Buckets that fewer than ``rare``
    letters hold are left out. ``weights``: how many letters each counts for (1): answers of the review list, say,
    may count for more. Letters that begin alike are kept out together when quality and confidence
    are measured, for repeats would flatter both. Time is linear in the characters times the topics: about
    a minute for 5,700 letters and 7 topics.
    """
    titles, bodies = _strings(titles), _strings(bodies)
    topics, truth = _classes(labels)
    heavy = np.ones(len(truth)) if weights is None else np.asarray(weights, float)
    if len(heavy) != len(truth) or not (heavy > 0).all():
        raise ValueError("每封来信要有一个大于零的权重")
    counted = _counted(titles, bodies)
    inverse = tuple(inverse_frequency(rows, rare) for rows in counted)
    words, runs, opening = (weigh(rows, found) for rows, found in zip(counted, inverse, strict=True))
    learners = ((words, 0, False), (words, 0, True), (runs, 1, True), (opening, 2, True))

    fold = np.array(
        [zlib.crc32((b or t or "")[:20].encode()) % FOLDS for t, b in zip(titles, bodies, strict=True)]
    )
    unseen = np.zeros((len(learners), len(truth), len(topics)))
    for number in range(FOLDS):
        kept = fold == number
        for which, (rows, _, is_scaled) in enumerate(learners):
            taught = _fit(rows.take(~kept), truth[~kept], len(topics), heavy[~kept], is_scaled=is_scaled)
            unseen[which, kept] = _score(rows.take(kept), taught)
    spread = unseen.std(axis=(1, 2))
    summed = (unseen / spread[:, None, None]).sum(axis=0)
    slope, shift = _calibrate(summed, truth)
    chance = softmax(slope * summed + shift)

    folded = [np.zeros((rows.n_buckets, len(topics))) for rows in counted]
    intercept = shift.copy()
    for (rows, kind, is_scaled), width in zip(learners, spread, strict=True):
        found = _fit(rows, truth, len(topics), heavy, is_scaled=is_scaled) * (slope / width)
        folded[kind] += found[:-1]
        intercept += found[-1]
    scales = tuple((np.abs(w).max(axis=0) / 127).astype(np.float32) for w in folded)
    return Model(
        topics=topics,
        inverse=tuple(found.astype(np.float16).astype(np.float32) for found in inverse),
        weights=tuple(np.rint(w / s).astype(np.int8) for w, s in zip(folded, scales, strict=True)),
        scales=scales,
        intercept=intercept.astype(np.float32),
        card={"letters": len(truth)} | quality(chance, truth) | {"unsure_below": unsure_below(chance, truth)},
    )


def save(model: Model, path: Path) -> None:
    """Write a model: numbers only, no text but the codes of its topics and its card."""
    about = json.dumps({"topics": model.topics, "card": dict(model.card)}, ensure_ascii=False)
    arrays = {"about": np.frombuffer(about.encode(), np.uint8), "intercept": model.intercept}
    for number, (inverse, weights, scale) in enumerate(
        zip(model.inverse, model.weights, model.scales, strict=True)
    ):
        arrays |= {
            f"inverse_{number}": inverse.astype(np.float16),
            f"weights_{number}": weights,
            f"scales_{number}": scale,
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> Model:
    """Read a model that ``save`` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        return Model(
            topics=tuple(about["topics"]),
            inverse=tuple(stored[f"inverse_{k}"].astype(np.float32) for k in range(KINDS)),
            weights=tuple(stored[f"weights_{k}"] for k in range(KINDS)),
            scales=tuple(stored[f"scales_{k}"] for k in range(KINDS)),
            intercept=stored["intercept"],
            card=about["card"],
        )


@cache
def shipped() -> Model:
    """Return the model that comes with the library: seven topics, from letters of 2010 to 2020."""
    return load(SHIPPED)


def quality(chance: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return ``accuracy``, ``macro_f1`` and ``calibration_error`` of probabilities (letters × classes).

    The calibration error is the expected one over fifteen bins of equal width (Guo et al. 2017).
    """
    guess, confidence = chance.argmax(axis=1), chance.max(axis=1)
    classes = range(chance.shape[1])
    right = [int(((guess == c) & (truth == c)).sum()) for c in classes]
    f1 = [2 * right[c] / max(1, int((guess == c).sum() + (truth == c).sum())) for c in classes]
    bins = np.minimum((confidence * 15).astype(int), 14)
    gap = np.bincount(bins, weights=(guess == truth) - confidence, minlength=15)
    return {
        "accuracy": float((guess == truth).mean()),
        "macro_f1": float(np.mean(f1)),
        "calibration_error": float(np.abs(gap).sum() / len(truth)),
    }


def unsure_below(chance: np.ndarray, truth: np.ndarray) -> float:
    """Return the lowest confidence at and above which 95 of 100 letters are right; 1 if there is none."""
    confidence, is_right = chance.max(axis=1), chance.argmax(axis=1) == truth
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    is_last = np.append(np.diff(confidence[order]) != 0, True)  # letters of one confidence go together
    reached = np.flatnonzero((share >= RIGHT) & is_last)
    return float(confidence[order[reached[-1]]]) if len(reached) else 1.0


def softmax(values: np.ndarray) -> np.ndarray:
    """Return the probabilities of scores, row by row."""
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _counted(titles: list[str | None], bodies: list[str | None]) -> tuple[Rows, Rows, Rows]:
    openings = [body[:OPENING] if body else None for body in bodies]
    return word_counts(titles, bodies), character_counts(titles, bodies), character_counts(titles, openings)


def _strings(texts: Sequence[str | None]) -> list[str | None]:
    return [text if isinstance(text, str) else None for text in texts]


def _classes(labels: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    known = code_list("topics")
    unknown = sorted({str(label) for label in labels if label not in known.code_of})
    if unknown:
        raise ValueError(f"不是一级主题：{'、'.join(unknown)}；一级主题有：{'、'.join(known.names.values())}")
    codes = [known.code_of[label] for label in labels]
    topics = tuple(code for code in known.codes if code in set(codes))
    truth = np.array([topics.index(code) for code in codes], np.int64)
    scarce = [topics[c] for c, n in enumerate(np.bincount(truth, minlength=len(topics))) if n < 10]
    if len(topics) < 2 or scarce:
        raise ValueError(
            f"训练至少要有两个主题、每个主题十封来信；不足的主题：{'、'.join(scarce) or '只有一个主题'}"
        )
    return topics, truth


def _outside(found: np.ndarray, known: Sequence[str], given: np.ndarray) -> np.ndarray:
    """Return the topic not in ``known`` that a letter's words speak for, clearly more than for the one given."""
    firsts = taxonomy().firsts
    beyond = [n for n, topic in enumerate(firsts) if topic not in known]
    if not beyond or not len(found):
        return np.full(len(found), None, object)
    own = np.array([firsts.index(topic) if topic in firsts else -1 for topic in given])
    own_words = np.where(own >= 0, found[np.arange(len(found)), own], 0)
    most = found[:, beyond].max(axis=1)
    names = np.array([firsts[n] for n in beyond], object)[found[:, beyond].argmax(axis=1)]
    return np.where((most >= OUTSIDE) & (most >= OUTSIDE_LEAD * own_words), names, None)


def _fit(rows: Rows, truth: np.ndarray, n_classes: int, heavy: np.ndarray, *, is_scaled: bool) -> np.ndarray:
    """Return weights (buckets and, last, the intercept) × classes."""
    columns = []
    for c in range(n_classes):
        is_class = truth == c
        ratio = log_count_ratio(rows, is_class) if is_scaled else np.ones(rows.n_buckets, np.float32)
        scaled = Rows(rows.starts, rows.buckets, rows.values * ratio[rows.buckets], rows.n_buckets)
        columns.append(fit_svm(scaled, is_class, heavy) * np.append(ratio, 1))
    return np.stack(columns, axis=1)


def _score(rows: Rows, weights: np.ndarray) -> np.ndarray:
    return scores(rows.starts, rows.buckets, rows.values, weights[:-1]) + weights[-1]


def _calibrate(summed: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the slope and the shift by class that make softmax(slope · summed + shift) most likely.

    Newton's method on a convex function; a touch of ridge holds the shifts, which only count as differences.
    """
    n, n_classes = summed.shape
    inputs = np.concatenate(
        [summed[:, :, None], np.broadcast_to(np.eye(n_classes), (n, n_classes, n_classes))], axis=2
    )
    found = np.zeros(1 + n_classes)
    is_true = np.eye(n_classes)[truth]
    for _ in range(30):
        chance = softmax(inputs @ found)
        gradient = np.einsum("nk,nkp->p", chance - is_true, inputs) + found
        mean = np.einsum("nk,nkp->np", chance, inputs)
        curvature = np.einsum("nk,nkp,nkq->pq", chance, inputs, inputs, optimize=True) - mean.T @ mean
        step = np.linalg.solve(curvature + np.eye(1 + n_classes), gradient)
        found -= step
        if np.abs(step).max() < 1e-8:
            break
    return float(found[0]), found[1:]


def _probabilities(model: Model, titles: list[str | None], bodies: list[str | None]) -> np.ndarray:
    total = np.broadcast_to(model.intercept, (len(titles), len(model.topics))).copy()
    for rows, inverse, weights, scale in zip(
        _counted(titles, bodies), model.inverse, model.weights, model.scales, strict=True
    ):
        weighed = weigh(rows, inverse)
        total += scores(weighed.starts, weighed.buckets, weighed.values, weights) * scale
    return softmax(total)
