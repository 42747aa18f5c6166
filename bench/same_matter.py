"""Pairs of real letters that people read: are those put together of one matter, and are those of one matter together?

    python -m bench.same_matter FOLDER [--write [MORE.csv]]

FOLDER holds 附件3.xlsx, 附件4.xlsx and same_matter_pairs_dev.csv (reader_1: S the same matter at the same place, R related,
D different). The scorer is learned from four fifths of the pairs and asked about the rest, split so that no letter is on both sides,
each split grouping all letters anew. The peers learn their threshold from the same four fifths. Intervals are Wilson's, 95 %.

``--write`` learns from all pairs and writes what ``shuju`` ships: the numbers of the scorer, and how many letters have
each run of characters (no text; letters of MORE.csv, 附件2 of the same contest, count too).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numba as nb
import numpy as np
import pandas as pd
import python_calamine
from scipy.optimize import minimize
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from shuju.letters.grouping import LEAST, Constraints, Pairs, candidate_pairs, group
from shuju.letters.issues import VOICES, _optional, _prepared, _profiles
from shuju.letters.nearness import near_enough
from shuju.letters.profiles import BITS, Profiles, bucket, longer, run_counts, save_background
from shuju.letters.same_matter import FEATURES, LEARNED, Learned, pair_features
from shuju.letters.scene import scene_of
from shuju.letters.weighting import weights
from shuju.letters.wording import wordings

FOLDS, ROUNDS = 5, 1
PRECISION = 0.95
PRIOR = 1.0  # variance of the normal prior on the weights of features of unit variance
THRESHOLD = 0.7  # of the log-odds; the least at which pooled precision was 0.95 with the links of grouping


def real_letters(folder: Path) -> pd.DataFrame:
    parts = []
    for name in ("附件3.xlsx", "附件4.xlsx"):
        rows = python_calamine.load_workbook(folder / name).get_sheet_by_index(0).to_python()
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        parts.append(
            pd.DataFrame(
                {
                    "letter_id": frame["留言编号"].astype(int).astype(str),
                    "title": frame["留言主题"],
                    "body": frame["留言详情"],
                    "written_at": pd.to_datetime(frame["留言时间"], format="mixed"),
                    "writer_id": frame["留言用户"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def folds(pairs: pd.DataFrame, seed: int) -> np.ndarray:
    """Return the fold of each pair; pairs that are joined by letters are in one."""
    ids, number = np.unique(pairs[["letter_a", "letter_b"]].to_numpy(str), return_inverse=True)
    a, b = number.reshape(-1, 2).T
    n, part = connected_components(
        coo_matrix((np.ones(len(a)), (a, b)), shape=(len(ids),) * 2), directed=False
    )
    size = np.bincount(part[a], minlength=n)
    load, fold = np.zeros(FOLDS), np.zeros(n, np.int64)
    for k in np.argsort(-size - np.random.default_rng(seed).random(n) * 0.9):
        fold[k] = load.argmin()
        load[fold[k]] += size[k]
    return fold[part[a]]


def learn(features: np.ndarray, is_same: np.ndarray, threshold: float = THRESHOLD) -> Learned:
    """Return the logistic regression with a normal prior."""
    mean, spread = features.mean(0), features.std(0) + 1e-9
    scaled = (features - mean) / spread

    def loss(t: np.ndarray) -> tuple[float, np.ndarray]:
        odds = scaled @ t[1:] + t[0]
        error = 1 / (1 + np.exp(-odds)) - is_same
        value = (np.logaddexp(0, odds) - is_same * odds).sum() + (t[1:] ** 2).sum() / (2 * PRIOR)
        return value, np.r_[error.sum(), scaled.T @ error + t[1:] / PRIOR]

    t = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return Learned(t[1:] / spread, float(t[0] - (mean / spread) @ t[1:]), threshold)


def best_threshold(scores: np.ndarray, is_same: np.ndarray) -> float:
    """Return the least score from which precision is ``PRECISION``."""
    order = np.argsort(-scores)
    fine = np.flatnonzero(np.cumsum(is_same[order]) / np.arange(1, len(order) + 1) >= PRECISION)
    return float(scores[order[fine[-1]]]) if len(fine) else np.inf


def wilson(hits: int, n: int) -> str:
    if not n:
        return "—"
    p, z = hits / n, 1.96
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((middle + side * half) / (1 + z * z / n) for side in (-1, 1))
    return f"{p:.3f} ({low:.3f}–{high:.3f})"


def auc(scores: np.ndarray, is_same: np.ndarray) -> float:
    rank = pd.Series(scores).rank().to_numpy()
    n = is_same.sum()
    return float((rank[is_same].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


@nb.njit
def _runs(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    found = np.empty((3 * len(codes), 2), np.int64)
    n = 0
    for i in range(len(starts)):
        for k in range(starts[i], ends[i]):
            hashed = np.uint64(0)
            for m in range(k, min(k + 4, ends[i])):
                if codes[m] == 0:
                    break
                hashed = longer(hashed, codes[m])
                if m > k:
                    found[n, 0], found[n, 1] = i, bucket(hashed)
                    n += 1
    return found[:n]


def char_vectors(letters: Profiles) -> csr_matrix:
    """Return TF-IDF of runs of two to four characters of the title and body, each row of length 1."""
    rows, columns = np.unique(_runs(letters.codes, letters.starts, letters.ends), axis=0).T
    values = letters.weight[columns]
    length = np.sqrt(np.bincount(rows, values**2, len(letters)))
    return csr_matrix((values / length[rows], (rows, columns)), shape=(len(letters), 1 << BITS))


def tell(name: str, put: np.ndarray, is_same: np.ndarray, seconds: float = float("nan")) -> None:
    hits = int((put & is_same).sum())
    print(
        f"| {name} | {wilson(hits, int(put.sum()))} | {wilson(hits, int(is_same.sum()))} | {seconds:.1f} |",
        flush=True,
    )


def main(folder: Path) -> None:
    given = _prepared(real_letters(folder))
    pairs = pd.read_csv(folder / "same_matter_pairs_dev.csv", dtype=str)
    row = pd.Series(given.index, given["letter_id"])
    a, b = (row[pairs[name]].to_numpy() for name in ("letter_a", "letter_b"))
    a, b = np.minimum(a, b), np.maximum(a, b)
    is_same = (pairs["reader_1"] == "S").to_numpy()
    scene = scene_of(given)
    rows = weights(wordings(given["title"].tolist(), given["body"].tolist()), scene.day)
    letters = _profiles(given, scene, run_counts(given["title"].tolist(), given["body"].tolist()))
    first, second = candidate_pairs(rows, scene, LEAST * near_enough(rows, scene))
    features, candidates = pair_features(letters, a, b), pair_features(letters, first, second)
    writer = pd.factorize(given["writer_id"])[0]
    vectors = char_vectors(letters)
    cosine = np.asarray(vectors[a].multiply(vectors[b]).sum(axis=1)).ravel()
    near = (vectors @ vectors.T).tocoo()
    alone = np.full(len(given), -1)

    n = ROUNDS * len(pairs)
    put = {name: np.zeros(n, bool) for name in ("pair", "group", "hot", "cosine", "components")}
    scores, took, truth = np.zeros(n), 0.0, np.tile(is_same, ROUNDS)
    for at in range(ROUNDS):
        fold = folds(pairs, at)
        for k in range(FOLDS):
            train, test = fold != k, np.flatnonzero(fold == k)
            out = test + at * len(pairs)
            model = learn(features[train], is_same[train])
            scores[out] = features[test] @ model.weights + model.bias
            own = features[train] @ model.weights + model.bias
            put["pair"][out] = scores[out] >= best_threshold(own, is_same[train])
            started = time.perf_counter()
            told = candidates @ model.weights + model.bias
            number, _ = group(
                letters, scene, Pairs(first, second, told), alone, Constraints.none(), model, model.threshold
            )
            took = time.perf_counter() - started
            voices = pd.DataFrame({"n": number, "w": writer}).drop_duplicates().groupby("n").size().to_numpy()
            put["group"][out] = number[a[test]] == number[b[test]]
            put["hot"][out] = put["group"][out] & (voices[number[a[test]]] >= VOICES)
            least = best_threshold(cosine[train], is_same[train])
            put["cosine"][out] = cosine[test] >= least
            close = near.data >= least
            _, part = connected_components(
                coo_matrix((near.data[close], (near.row[close], near.col[close])), near.shape)
            )
            put["components"][out] = part[a[test]] == part[b[test]]
    print(f"AUC of the scorer {auc(scores, truth):.3f}, of TF-IDF {auc(np.tile(cosine, ROUNDS), truth):.3f}")
    print("| held out | precision | recall of S pairs | seconds |\n|---|---|---|---|")
    tell("in one matter", put["group"], truth, took)
    tell("in one hot issue (3 voices)", put["hot"], truth)
    tell("the scorer alone", put["pair"], truth)
    tell("TF-IDF of 2–4 characters", put["cosine"], truth)
    tell("TF-IDF, connected components", put["components"], truth)


def write(folder: Path, more: Path | None) -> None:
    given = real_letters(folder)
    texts = [(given["title"].tolist(), given["body"].tolist())]
    if more is not None:
        rows = pd.read_csv(more)
        texts.append((rows["留言主题"].fillna("").tolist(), rows["留言详情"].fillna("").tolist()))
    save_background([t for titles, _ in texts for t in titles], [b for _, bodies in texts for b in bodies])
    given = _prepared(given)
    pairs = pd.read_csv(folder / "same_matter_pairs_dev.csv", dtype=str)
    row = pd.Series(given.index, given["letter_id"])
    a, b = (row[pairs[name]].to_numpy() for name in ("letter_a", "letter_b"))
    letters = _profiles(
        _optional(given), scene_of(given), run_counts(given["title"].tolist(), given["body"].tolist())
    )
    features = pair_features(letters, np.minimum(a, b), np.maximum(a, b))
    model = learn(features, (pairs["reader_1"] == "S").to_numpy())
    held = {
        "threshold": model.threshold,
        "bias": round(model.bias, 4),
        "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, model.weights, strict=True)},
    }
    LEARNED.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if "--write" in sys.argv:
        rest = sys.argv[sys.argv.index("--write") + 1 :]
        write(place, Path(rest[0]) if rest else None)
    else:
        main(place)
