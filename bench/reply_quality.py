"""Judging replies before they go: does a letter's own reply rank above replies to other letters of its topic, beside TF-IDF cosine.

    python -m bench.reply_quality FOLDER

FOLDER holds ``letters_tipdm2020c/附件4.xlsx``. Each reply is ranked among those to all other letters of the topic that the model gives;
replies with the same words are left out. TF-IDF is fitted on these very letters and replies; ours knows only what ships. Then: which share
of real replies is flagged, and of replies given to another letter of the same topic.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from shuju.letters.demands import ENOUGH, sentences_that_ask, taken_up
from shuju.letters.reply_quality import (
    CHARACTER_SHARE,
    LEAST_CHARACTERS,
    LEAST_RELEVANCE,
    PARTS,
    letter_vectors,
    relevances,
    reply_vectors,
)
from shuju.text.tokens import cut
from shuju.text.topics import classify

LEAST_OF_TOPIC = 5
Near = Callable[[np.ndarray], np.ndarray]


def read(folder: Path) -> pd.DataFrame:
    """Return title, body, reply and topic of the letters with a reply."""
    found = pd.read_excel(folder / "letters_tipdm2020c" / "附件4.xlsx", engine="calamine")
    found = found.rename(columns={"留言主题": "title", "留言详情": "body", "答复意见": "reply"})
    found = found[["title", "body", "reply"]].astype("str")
    return found.assign(
        topic=classify(found["title"].tolist(), found["body"].tolist())["topic_likely"].to_numpy()
    )


def ours(letters: pd.DataFrame) -> Near:
    asked, told = (
        letter_vectors(letters["title"].tolist(), letters["body"].tolist()),
        reply_vectors(letters["reply"].tolist()),
    )
    shares = (1 - CHARACTER_SHARE, CHARACTER_SHARE)
    return lambda rows: sum(
        w * (a[rows] @ b[rows].T).toarray() for w, a, b in zip(shares, asked, told, strict=True)
    )


def tf_idf(letters: pd.DataFrame, *, by_words: bool) -> Near:
    asked, told = (letters["title"] + "\n" + letters["body"]).tolist(), letters["reply"].tolist()
    how = {"analyzer": "char", "ngram_range": (1, 3)}
    if by_words:
        asked, told, how = cut(asked), cut(told), {"analyzer": lambda words: words}
    model = TfidfVectorizer(sublinear_tf=True, **how).fit([*asked, *told])
    a, b = model.transform(asked), model.transform(told)
    return lambda rows: (a[rows] @ b[rows].T).toarray()


def ranked(letters: pd.DataFrame, near: Near) -> tuple[float, float, int]:
    """Return the mean AUC, the share of letters whose own reply is first, and how many letters there were."""
    bare = letters["reply"].str.replace(r"[\W\d]", "", regex=True).to_numpy()
    aucs, first = [], []
    for rows in (np.flatnonzero(letters["topic"] == topic) for topic in letters["topic"].dropna().unique()):
        if len(rows) < LEAST_OF_TOPIC:
            continue
        found = near(rows)
        for k, row in enumerate(rows):
            others = found[k][bare[rows] != bare[row]]
            aucs.append(((found[k, k] > others).mean() + (found[k, k] >= others).mean()) / 2)
            first.append((found[k, k] > others).all())
    return float(np.mean(aucs)), float(np.mean(first)), len(aucs)


def flagged(letters: pd.DataFrame) -> None:
    """Print which share of replies would be flagged: to their own letter, to another of the same topic."""
    chance, other = np.random.default_rng(1), np.arange(len(letters))
    for topic in letters["topic"].dropna().unique():
        rows = chance.permutation(np.flatnonzero(letters["topic"] == topic))
        other[rows] = np.roll(rows, 1)
    titles, bodies, replies = (letters[name].tolist() for name in ("title", "body", "reply"))
    long = np.array([len(re.sub(r"\W", "", reply)) >= LEAST_CHARACTERS for reply in replies])
    print(
        f"replies of fewer than {LEAST_CHARACTERS} characters: {1 - long.mean():.3f}; figures below are of the others"
    )
    for name, given in (("own", np.arange(len(letters))), ("another's", other)):
        rows = np.flatnonzero(long[given])
        told = [replies[k] for k in given[rows]]
        low = relevances([titles[k] for k in rows], [bodies[k] for k in rows], told) < LEAST_RELEVANCE
        asked = [sentences_that_ask(titles[k], bodies[k]) or [titles[k]] for k in rows]
        shares = np.concatenate([taken_up(texts, reply) for texts, reply in zip(asked, told, strict=True)])
        print(
            f"{name}: hardly to the point {low.mean():.3f}; demands not taken up {(shares < ENOUGH).mean():.3f} of {len(shares):,}"
        )
    parts = {
        name: np.mean([rule.search(r) is not None for r in letters["reply"][long]])
        for name, rule in PARTS.items()
    }
    print("says: " + ", ".join(f"{name} {share:.3f}" for name, share in parts.items()))


def main(folder: Path) -> None:
    letters = read(folder)
    for name, near in (
        ("ours", ours(letters)),
        ("TF-IDF, words", tf_idf(letters, by_words=True)),
        ("TF-IDF, 1 to 3 characters", tf_idf(letters, by_words=False)),
    ):
        auc, first, n = ranked(letters, near)
        print(f"{name}: AUC {auc:.4f}, own reply first {first:.4f}, of {n:,} letters", flush=True)
    flagged(letters)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
