"""First-level topics (一级主题) of letters, each with a calibrated confidence; none where that is too low.

Four linear classifiers read each letter: words, words scaled by their log-count ratio, runs of one to
three characters scaled so, and the same runs of the opening alone, where most letters say what they are
about. Their scores are added, and a multinomial logistic regression, fitted on letters that the classifiers did not
see, makes the sums probabilities. Folded together they are one table of weights a kind of feature
(``shuju.text.topic_training`` makes them). See docs/methods/topics.md.

People file letters by different conventions: one office calls a late bus 城乡建设 (公共汽车), another 交通运输. A model
has a head for each convention that taught it; the first one gives the topics.

Sources: S. Wang and C. Manning, Baselines and bigrams, ACL 2012; C. Guo et al., On calibration of modern
neural networks, ICML 2017; C. Chow, On optimum recognition error and reject tradeoff, 1970.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from shuju.standard import code_list
from shuju.text.features import Rows, character_counts, weigh, word_counts
from shuju.text.linear import scores
from shuju.text.motive import motives
from shuju.text.taxonomy import evidence, lower_levels, taxonomy

SHIPPED = Path(__file__).with_name("models") / "topics.npz"
OPENING = 120  # characters
KINDS = 3  # of features
_BATCH = 4096


@dataclass(frozen=True)
class Head:
    """One convention of filing letters: the weights that follow it.

    ``topics``: codes of the standard, one a class. ``weights``: int8 buckets × classes by kind of feature (words,
    characters, those of the opening), times ``scales`` (float32 by class). ``intercept``: float32 by class. ``card``:
    how many letters taught it, how it did on those kept out in turn, and below which confidence it gives no topic.
    """

    topics: tuple[str, ...]
    weights: tuple[np.ndarray, ...]
    scales: tuple[np.ndarray, ...]
    intercept: np.ndarray
    card: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """What ``classify`` needs: ``inverse`` (float32 by bucket and kind of feature) and the heads, the main one first."""

    inverse: tuple[np.ndarray, ...]
    heads: tuple[Head, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that it can give."""
        return self.heads[0].topics

    @property
    def card(self) -> Mapping[str, float]:
        """The card of the main head."""
        return self.heads[0].card


def classify(
    titles: Sequence[str | None],
    bodies: Sequence[str | None],
    model: Model | None = None,
    *,
    among: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return for each letter what it is about and what its writer wants.

    Columns: ``topic_1`` (code of the standard's topics; missing where the model is unsure), ``topic_likely`` (the
    first choice, also where it is unsure), ``confidence`` (the probability that this is right), ``is_unsure`` (below the
    confidence from which the model gives a topic: for the review list), ``topic_2`` and ``topic_3`` (names of the
    taxonomy, by words; missing where no word tells), ``topic_next`` and ``confidence_next`` (the second choice),
    ``motive`` (code of the standard's motives). A letter without any text has no topic, confidence 0 and no motive.

    ``model`` is the shipped one if none is given. ``among`` are the only topics that may be: where they are
    those of one of the model's heads, that head decides, else the main head among these.
    Raises ``ValueError`` if there are not as many titles as bodies, or a topic in ``among`` that the model does not
    know. Time is linear in the characters.
    """
    model = model or shipped()
    titles, bodies = strings(titles), strings(bodies)
    if len(titles) != len(bodies):
        raise ValueError(f"标题 {len(titles)} 个，正文 {len(bodies)} 个，应当一样多")
    head, allowed = _head(model, among)
    chance = np.zeros((len(titles), len(head.topics)), np.float32)
    words = np.zeros((len(titles), len(taxonomy().names)), np.float32)
    for first in range(0, len(titles), _BATCH):
        batch = slice(first, first + _BATCH)
        chance[batch] = _probabilities(model, head, allowed, titles[batch], bodies[batch])
        words[batch] = evidence(titles[batch], bodies[batch])
    has_text = np.array(
        [bool((t or "").strip() or (b or "").strip()) for t, b in zip(titles, bodies, strict=True)], bool
    )
    best = np.argsort(-chance, axis=1, kind="stable")
    rows = np.arange(len(chance))
    names = np.array(head.topics, object)
    confidence = np.where(has_text, chance[rows, best[:, 0]], 0).astype(np.float32)
    is_unsure = confidence < head.card["unsure_below"]
    likely = np.where(has_text, names[best[:, 0]], None)
    topic_1 = np.where(is_unsure, None, likely)
    topic_2, topic_3 = lower_levels(words, topic_1)
    return pd.DataFrame(
        {
            "topic_1": pd.array(topic_1, "str"),
            "topic_likely": pd.array(likely, "str"),
            "confidence": confidence,
            "is_unsure": is_unsure,
            "topic_2": pd.array(topic_2, "str"),
            "topic_3": pd.array(topic_3, "str"),
            "topic_next": pd.array(np.where(has_text, names[best[:, 1]], None), "str"),
            "confidence_next": np.where(has_text, chance[rows, best[:, 1]], 0).astype(np.float32),
            "motive": motives(titles, bodies),
        }
    )


def chances(titles: Sequence[str | None], bodies: Sequence[str | None]) -> np.ndarray:
    """Return letters × topics of the shipped model: how likely each is (float32). O(characters)."""
    model, head = shipped(), shipped().heads[0]
    told = strings(titles), strings(bodies)
    found = [np.empty((0, len(head.topics)), np.float32)]
    for first in range(0, len(titles), _BATCH):
        batch = (texts[first : first + _BATCH] for texts in told)
        found.append(_probabilities(model, head, np.ones(len(head.topics), bool), *batch))
    return np.concatenate(found)


def save(model: Model, path: Path) -> None:
    """Write a model: numbers only, no text but the codes of its topics and its cards."""
    about = [{"topics": head.topics, "card": dict(head.card)} for head in model.heads]
    text = json.dumps(about, ensure_ascii=False).encode()
    arrays: dict[str, np.ndarray] = {"about": np.frombuffer(text, np.uint8)}
    for kind, inverse in enumerate(model.inverse):
        arrays[f"inverse_{kind}"] = inverse.astype(np.float16)
    for number, head in enumerate(model.heads):
        arrays[f"intercept_{number}"] = head.intercept
        for kind, (weights, scale) in enumerate(zip(head.weights, head.scales, strict=True)):
            is_known = model.inverse[kind] > 0  # the weights of all other buckets are 0
            arrays |= {f"weights_{number}_{kind}": weights[is_known], f"scales_{number}_{kind}": scale}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> Model:
    """Read a model that ``save`` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        about = json.loads(stored["about"].tobytes())
        inverse = tuple(stored[f"inverse_{kind}"].astype(np.float32) for kind in range(KINDS))
        heads = []
        for number, told in enumerate(about):
            weights = tuple(
                _spread_out(stored[f"weights_{number}_{kind}"], inverse[kind] > 0) for kind in range(KINDS)
            )
            scales = tuple(stored[f"scales_{number}_{kind}"] for kind in range(KINDS))
            intercept = stored[f"intercept_{number}"]
            heads.append(Head(tuple(told["topics"]), weights, scales, intercept, told["card"]))
        return Model(inverse, tuple(heads))


@cache
def shipped() -> Model:
    """Return the model that comes with the library: fifteen topics, from letters of 2010 to 2020."""
    return load(SHIPPED)


def softmax(values: np.ndarray) -> np.ndarray:
    """Return the probabilities of scores, row by row."""
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def counted(titles: list[str | None], bodies: list[str | None]) -> tuple[Rows, Rows, Rows]:
    """Return the features of letters by kind: words, runs of characters, those of the opening."""
    openings = [body[:OPENING] if body else None for body in bodies]
    return word_counts(titles, bodies), character_counts(titles, bodies), character_counts(titles, openings)


def strings(texts: Sequence[str | None]) -> list[str | None]:
    """Return the texts, None for whatever is none."""
    return [text if isinstance(text, str) else None for text in texts]


def _spread_out(weights: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    whole = np.zeros((len(is_known), weights.shape[1]), np.int8)
    whole[is_known] = weights
    return whole


def _head(model: Model, among: Sequence[str] | None) -> tuple[Head, np.ndarray]:
    """Return the head that decides, and which of its topics may be."""
    if among is None:
        return model.heads[0], np.ones(len(model.topics), bool)
    known = code_list("topics").code_of
    wanted = {known.get(topic, topic) for topic in among}
    for head in model.heads:
        if wanted == set(head.topics):
            return head, np.ones(len(head.topics), bool)
    strange = sorted(wanted - set(model.topics))
    if strange or len(wanted) < 2:
        raise ValueError(
            f"只在这些主题中判定：{'、'.join(sorted(wanted))}；模型不认识：{'、'.join(strange) or '（至少要两个主题）'}"
        )
    return model.heads[0], np.array([topic in wanted for topic in model.topics])


def _probabilities(
    model: Model, head: Head, allowed: np.ndarray, titles: list[str | None], bodies: list[str | None]
) -> np.ndarray:
    total = np.broadcast_to(head.intercept, (len(titles), len(head.topics))).copy()
    for rows, inverse, weights, scale in zip(
        counted(titles, bodies), model.inverse, head.weights, head.scales, strict=True
    ):
        weighed = weigh(rows, inverse)
        total += scores(weighed.starts, weighed.buckets, weighed.values, weights) * scale
    total[:, ~allowed] = -np.inf
    return softmax(total)
