"""Training of the topic model: labelled letters in, a ``Model`` out. The result does not depend on chance."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from shuju.standard import code_list
from shuju.text.features import Rows, inverse_frequency, weigh
from shuju.text.linear import fit_svm, log_count_ratio, scores
from shuju.text.topics import Head, Model, counted, softmax, strings

FOLDS = 5
LEAST = 10  # letters of a topic
# A letter is given a topic unless it is among the tenth of the kept-out letters that are least sure.
ANSWERED = 0.9
RIDGE = 3.0
# How far the rare topics of a further convention are lifted: 1 would count all topics alike.
LIFT = 0.5
LEARNERS = ((0, False), (0, True), (1, True), (2, True))  # kind of feature, scaled by its log-count ratio


class Labelled(NamedTuple):
    """Letters with a topic each, filed by one convention; ``weights``: how many letters each counts for (1)."""

    titles: Sequence[str | None]
    bodies: Sequence[str | None]
    labels: Sequence[str]
    weights: Sequence[float] | None = None


def train(
    titles: Sequence[str | None],
    bodies: Sequence[str | None],
    labels: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    others: Sequence[Labelled] = (),
    rare: int = 3,
) -> Model:
    """Return the model that labelled letters teach; ``others`` are letters filed by further conventions, a head each.

    Labels are codes or names of the standard's topics; a ``ValueError`` names one that is not, or says that
    there are fewer than two topics or fewer than ten letters of one. Buckets that fewer than ``rare``
    letters hold are left out. ``weights``: how many letters each counts for (1): answers of the review list, say,
    may count for more. Letters that begin alike are kept out together when quality and confidence
    are measured, for repeats would flatter both. Time is linear in the characters times the topics: some
    minutes for 9,000 letters.
    """
    taught = [Labelled(titles, bodies, labels, weights), *others]
    classes = [_classes(one) for one in taught]
    all_titles, all_bodies = (
        [text for one in taught for text in strings(getattr(one, part))] for part in ("titles", "bodies")
    )
    if len(all_titles) != len(all_bodies):
        raise ValueError("标题与正文应当一样多")
    features = counted(all_titles, all_bodies)
    inverse = tuple(inverse_frequency(rows, rare) for rows in features)
    weighed = [weigh(rows, found) for rows, found in zip(features, inverse, strict=True)]
    heads, first = [], 0
    for number, (topics, truth, heavy) in enumerate(classes):
        here = np.arange(first, first + len(truth))
        folds = folds_of([all_titles[k] for k in here], [all_bodies[k] for k in here])
        own = [rows.take(here) for rows in weighed]
        heads.append(_head(own, topics, truth, heavy, folds, lift=LIFT if number else 0.0))
        first += len(truth)
    return Model(tuple(found.astype(np.float16).astype(np.float32) for found in inverse), tuple(heads))


def folds_of(titles: Sequence[str | None], bodies: Sequence[str | None]) -> np.ndarray:
    """Return the fold of each letter; letters that begin alike are in one."""
    return np.array(
        [zlib.crc32((b or t or "")[:20].encode()) % FOLDS for t, b in zip(titles, bodies, strict=True)]
    )


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


def abstention(chance: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Return below which confidence no topic is given, the share of letters given one, and of these the right ones."""
    confidence, is_right = chance.max(axis=1), chance.argmax(axis=1) == truth
    limit = float(np.quantile(confidence, 1 - ANSWERED))
    given = confidence >= limit
    return {"unsure_below": limit, "answered": float(given.mean()), "right": float(is_right[given].mean())}


def _head(
    rows: Sequence[Rows],
    topics: tuple[str, ...],
    truth: np.ndarray,
    heavy: np.ndarray,
    folds: np.ndarray,
    *,
    lift: float,
) -> Head:
    unseen = np.zeros((len(LEARNERS), len(truth), len(topics)))
    for number in range(FOLDS):
        kept = folds == number
        for which, (kind, is_scaled) in enumerate(LEARNERS):
            taught = _fit(
                rows[kind].take(~kept), truth[~kept], len(topics), heavy[~kept], is_scaled=is_scaled
            )
            unseen[which, kept] = _score(rows[kind].take(kept), taught)
    spread = unseen.std(axis=(1, 2))
    summed = (unseen / spread[:, None, None]).sum(axis=0)
    counts = np.bincount(truth, minlength=len(topics))
    wanted = heavy * (counts.mean() / counts[truth]) ** lift
    chance = np.zeros(summed.shape)
    for number in range(FOLDS):
        kept = folds == number
        mix, shift = _mixed(summed[~kept], truth[~kept], wanted[~kept])
        chance[kept] = softmax(summed[kept] @ mix + shift)
    mix, shift = _mixed(summed, truth, wanted)

    folded = [np.zeros((r.n_buckets, len(topics))) for r in rows]
    intercept = shift.copy()
    for (kind, is_scaled), width in zip(LEARNERS, spread, strict=True):
        found = _fit(rows[kind], truth, len(topics), heavy, is_scaled=is_scaled) / width @ mix
        folded[kind] += found[:-1]
        intercept += found[-1]
    scales = tuple((np.abs(w).max(axis=0) / 127).astype(np.float32) for w in folded)
    return Head(
        topics=topics,
        weights=tuple(_in_bytes(w / s) for w, s in zip(folded, scales, strict=True)),
        scales=scales,
        intercept=intercept.astype(np.float32),
        card={"letters": len(truth)} | quality(chance, truth) | abstention(chance, truth),
    )


def _in_bytes(weights: np.ndarray) -> np.ndarray:
    """Return weights of -127 to 127 as int8; those of one step, the many smallest, become 0, which the file packs."""
    rounded = np.rint(weights).astype(np.int8)
    return np.where(np.abs(rounded) <= 1, 0, rounded).astype(np.int8)


def _mixed(summed: np.ndarray, truth: np.ndarray, heavy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix and the shift by class that make softmax(summed · matrix + shift) most likely.

    Multinomial logistic regression with a ridge; all inputs are of one scale.
    """
    n, k = summed.shape
    is_true = np.eye(k)[truth]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        found = flat.reshape(k + 1, k)
        values = summed @ found[:-1] + found[-1]
        most = values.max(axis=1, keepdims=True)
        raised = np.exp(values - most)
        total = raised.sum(axis=1, keepdims=True)
        likely = (heavy * ((values - most)[np.arange(n), truth] - np.log(total[:, 0]))).sum()
        error = heavy[:, None] * (raised / total - is_true)
        slope = np.vstack([summed.T @ error + RIDGE * found[:-1], error.sum(axis=0)])
        return -likely + 0.5 * RIDGE * float((found[:-1] ** 2).sum()), slope.ravel()

    start = np.vstack([np.eye(k), np.zeros(k)]).ravel()
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x.reshape(k + 1, k)
    return found[:-1], found[-1]


def _classes(taught: Labelled) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return topics, the class of each letter, and its weight."""
    known = code_list("topics")
    unknown = sorted({str(label) for label in taught.labels if label not in known.code_of})
    if unknown:
        raise ValueError(f"不是一级主题：{'、'.join(unknown)}；一级主题有：{'、'.join(known.names.values())}")
    codes = [known.code_of[label] for label in taught.labels]
    topics = tuple(code for code in known.codes if code in set(codes))
    truth = np.array([topics.index(code) for code in codes], np.int64)
    scarce = [topics[c] for c, n in enumerate(np.bincount(truth, minlength=len(topics))) if n < LEAST]
    if len(topics) < 2 or scarce:
        raise ValueError(
            f"训练至少要有两个主题、每个主题十封来信；不足的主题：{'、'.join(scarce) or '只有一个主题'}"
        )
    heavy = np.ones(len(truth)) if taught.weights is None else np.asarray(taught.weights, float)
    if len(heavy) != len(truth) or not (heavy > 0).all():
        raise ValueError("每封来信要有一个大于零的权重")
    return topics, truth, heavy


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
