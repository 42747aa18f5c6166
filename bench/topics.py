"""Topics of letters: quality and speed beside TF-IDF + LinearSVC of scikit-learn, same folds, same words.

    python -m bench.topics FILE [repeats] [apart|random]

FILE is 附件2_labelled_dev.csv. ``apart`` keeps letters that begin alike in one fold; ``random`` splits each topic
by chance, as a part kept back by chance would be. scikit-learn is no dependency: where
it is absent, only our own figures are printed.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from shuju.text.topic_training import quality, train
from shuju.text.topics import classify
from shuju.text.user_dictionary import jieba_tokenizer


def sklearn_pipeline() -> object:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    return make_pipeline(TfidfVectorizer(tokenizer=jieba_tokenizer().lcut, token_pattern=None), LinearSVC())


def split(how: str, repeat: int, bodies: pd.Series, truth: np.ndarray) -> np.ndarray:
    """Return the fold of each letter: ``apart`` keeps repeats together, ``random`` spreads each topic evenly."""
    if how == "apart":
        return np.array([zlib.crc32(f"{repeat}{body[:20]}".encode()) % 5 for body in bodies])
    shuffled = np.random.default_rng(repeat).permutation(len(truth))
    fold = np.empty(len(truth), np.int64)
    fold[shuffled[np.argsort(truth[shuffled], kind="stable")]] = np.arange(len(truth)) % 5
    return fold


def main(path: Path, repeats: int = 1, how: str = "apart") -> None:
    frame = pd.read_csv(path)
    titles, bodies = frame["留言主题"], frame["留言详情"]
    topics, truth = np.unique(frame["一级标签"], return_inverse=True)
    has_sklearn = importlib.util.find_spec("sklearn") is not None
    kept_out: dict[str, list[np.ndarray]] = {"ours": [], "TF-IDF + LinearSVC": []}
    figures, confident = [], []
    for repeat in range(repeats):
        fold = split(how, repeat, bodies, truth)
        ours = np.zeros((len(frame), len(topics)))
        plain = np.zeros((len(frame), len(topics)))
        for number in range(5):
            test = fold == number
            model = train(titles[~test], bodies[~test], frame["一级标签"][~test])
            found = classify(titles[test], bodies[test], model)
            rows = np.flatnonzero(test)
            likely = found["topic_likely"].to_numpy(object).astype(topics.dtype)
            ours[rows, np.searchsorted(topics, likely)] = found["confidence"]
            confident.append(
                (
                    1 - found["is_unsure"].mean(),
                    (found["topic_1"].to_numpy() == frame["一级标签"][test])[
                        ~found["is_unsure"].to_numpy()
                    ].mean(),
                )
            )
            if has_sklearn:
                peer = sklearn_pipeline().fit(bodies[~test], truth[~test])
                plain[rows, peer.predict(bodies[test])] = 1
        figures.append(quality(ours, truth))
        kept_out["ours"].append(figures[-1]["macro_f1"])
        if has_sklearn:
            kept_out["TF-IDF + LinearSVC"].append(quality(plain, truth)["macro_f1"])
    print({name: float(np.mean([f[name] for f in figures])) for name in figures[0]})
    print("letters that are not unsure, and how many of them are right:", np.mean(confident, axis=0))
    for name, values in kept_out.items():
        if values:
            print(f"{name:20} macro-F1 {np.mean(values):.4f} (from {min(values):.4f} to {max(values):.4f})")

    classify(titles[:100], bodies[:100])
    started = time.perf_counter()
    classify(titles, bodies)
    print(f"ours, words included: {len(frame) / (time.perf_counter() - started):,.0f} letters a second")
    if has_sklearn:
        peer = sklearn_pipeline().fit(bodies, truth)
        started = time.perf_counter()
        peer.predict(bodies)
        print(f"jieba + scikit-learn: {len(frame) / (time.perf_counter() - started):,.0f} letters a second")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(n) for n in sys.argv[2:3]), *sys.argv[3:4])
