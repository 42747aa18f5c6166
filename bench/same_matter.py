"""Pairs of real letters that people read: are those put together of one matter, and are those of one matter together?

    python -m bench.same_matter FOLDER [--write [MORE.csv]] [--thresholds]

FOLDER holds 附件3.xlsx, 附件4.xlsx and same_matter_pairs_dev.csv (reader_1: S the same matter at the same place, R related,
D different). ``tools/read_pairs.csv`` holds pairs drawn from an earlier version's hot issues and similar letters, read by two
who knew neither it nor each other; S there if both say so. The scorer is learned from four fifths of the pairs and asked
about the rest, split so that no letter is on both sides, each split grouping all letters anew. The peers learn their
threshold from the same four fifths. Intervals are Wilson's, 95 %.

``--thresholds`` tells the same at other thresholds and numbers of voices, and writes what ``/whatif_issues`` shows of it.
``--write`` learns from all pairs and writes what ``shuju`` ships: the numbers of the scorer, and how many letters have
each run of characters (no text; letters of MORE.csv, 附件2 of the same contest, count too).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numba as nb
import numpy as np
import pandas as pd
import python_calamine
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.ensemble import ExtraTreesClassifier

from shuju.letters.forest import Forest
from shuju.letters.grouping import LEAST, Constraints, Pairs, candidate_pairs, group
from shuju.letters.issues import LEAST_WRITERS
from shuju.letters.nearness import near_enough
from shuju.letters.profiles import BITS, Profiles, bucket, longer, run_counts, save_background
from shuju.letters.same_matter import LEARNED, THRESHOLD, Learned, pair_features, scores_of
from shuju.letters.scene import scene_of
from shuju.letters.scored import optional, prepared, profiled, scored
from shuju.letters.weighting import weights
from shuju.letters.wording import wordings

FOLDS = 5
TREES, LEAF = 150, 3
LEVELS, VOICES = np.round(np.arange(-1.2, 2.81, 0.2), 1) + 0.0, (1, 2, 3, 4, 5)
DEV = "dev"
READ = Path(__file__).parents[1] / "tools" / "read_pairs.csv"
READ_BY_THRESHOLD = LEARNED.with_name("read_by_threshold.csv")
PRECISION = 0.95


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


def read_pairs(folder: Path) -> pd.DataFrame:
    """Return the pairs that people read: letter_a, letter_b, is_same, drawn_from (``DEV`` for those of FOLDER)."""
    dev = pd.read_csv(folder / "same_matter_pairs_dev.csv", dtype=str)
    dev = dev.assign(is_same=dev["reader_1"] == "S", drawn_from=DEV)
    own = pd.read_csv(READ, dtype=str)
    own = own.assign(is_same=(own["reader_1"] == "S") & (own["reader_2"] == "S"))
    columns = ["letter_a", "letter_b", "is_same", "drawn_from"]
    found = pd.concat([dev[columns], own[columns]], ignore_index=True)
    a, b = found["letter_a"], found["letter_b"]
    return found[~pd.DataFrame({"a": np.minimum(a, b), "b": np.maximum(a, b)}).duplicated()].reset_index(
        drop=True
    )


def weigh(is_same: np.ndarray, drawn_from: np.ndarray) -> np.ndarray:
    """Return a weight for each pair: of those put together before, S and others weigh the same, for most of them are S."""
    weight = np.ones(len(is_same))
    for kind in set(drawn_from) - {DEV}:
        of_kind = drawn_from == kind
        for same in (True, False):
            chosen = of_kind & (is_same == same)
            weight[chosen] = of_kind.sum() / (2 * max(chosen.sum(), 1))
    return weight


def learn(features: np.ndarray, is_same: np.ndarray, weight: np.ndarray) -> Learned:
    """Return extremely randomised trees, grown on all pairs."""
    grown = ExtraTreesClassifier(TREES, min_samples_leaf=LEAF, random_state=0).fit(features, is_same, weight)
    first = np.cumsum([0, *(tree.tree_.node_count for tree in grown.estimators_)])

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(tree.tree_, name) for tree in grown.estimators_])

    of_tree = np.repeat(first[:-1], np.diff(first))
    left = joined("children_left")
    is_leaf = left < 0
    value = joined("value")[:, 0, 1]
    forest = Forest(
        np.where(is_leaf, -1, joined("feature")).astype(np.int16),
        joined("threshold").astype(np.float32),
        np.where(is_leaf, -1, left + of_tree).astype(np.int32),
        np.where(is_leaf, -1, joined("children_right") + of_tree).astype(np.int32),
        np.where(is_leaf, value, 0).astype(np.float32),
        first[:-1].astype(np.int32),
    )
    return Learned(forest, THRESHOLD)


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
    given = prepared(real_letters(folder))
    pairs = read_pairs(folder)
    row = pd.Series(given.index, given["letter_id"])
    a, b = (row[pairs[name]].to_numpy() for name in ("letter_a", "letter_b"))
    a, b = np.minimum(a, b), np.maximum(a, b)
    is_same, drawn_from = pairs["is_same"].to_numpy(bool), pairs["drawn_from"].to_numpy(str)
    scene = scene_of(given)
    rows = weights(wordings(given["title"].tolist(), given["body"].tolist()), scene.day)
    letters = profiled(given, scene, run_counts(given["title"].tolist(), given["body"].tolist()))
    first, second = candidate_pairs(rows, scene, LEAST * near_enough(rows, scene))
    features, candidates = pair_features(letters, a, b), pair_features(letters, first, second)
    writer = pd.factorize(given["writer_id"])[0]
    vectors = char_vectors(letters)
    cosine = np.asarray(vectors[a].multiply(vectors[b]).sum(axis=1)).ravel()
    near = (vectors @ vectors.T).tocoo()
    alone = np.full(len(given), -1)

    n = len(pairs)
    put = {name: np.zeros(n, bool) for name in ("pair", "group", "hot", "cosine", "components")}
    scores, took = np.zeros(n), 0.0
    fold = folds(pairs, 0)
    for k in range(FOLDS):
        train, test = fold != k, np.flatnonzero(fold == k)
        model = learn(features[train], is_same[train], weigh(is_same[train], drawn_from[train]))
        scores[test] = scores_of(model.forest, features[test])
        put["pair"][test] = scores[test] >= model.threshold
        started = time.perf_counter()
        told = scores_of(model.forest, candidates)
        number, _ = group(
            letters, scene, Pairs(first, second, told), alone, Constraints.none(), model, model.threshold
        )
        took = time.perf_counter() - started
        voices = pd.DataFrame({"n": number, "w": writer}).drop_duplicates().groupby("n").size().to_numpy()
        put["group"][test] = number[a[test]] == number[b[test]]
        put["hot"][test] = put["group"][test] & (voices[number[a[test]]] >= LEAST_WRITERS)
        least = best_threshold(cosine[train], is_same[train])
        put["cosine"][test] = cosine[test] >= least
        close = near.data >= least
        _, part = connected_components(
            coo_matrix((near.data[close], (near.row[close], near.col[close])), near.shape)
        )
        put["components"][test] = part[a[test]] == part[b[test]]
    is_dev, is_hot, is_similar = (drawn_from == kind for kind in (DEV, "hot_issue", "similar"))
    print(
        f"AUC of the scorer {auc(scores[is_dev], is_same[is_dev]):.3f}, of TF-IDF {auc(cosine[is_dev], is_same[is_dev]):.3f}"
    )
    print("| held out | precision | recall of S pairs | seconds |\n|---|---|---|---|")
    tell("in one matter", put["group"][is_dev], is_same[is_dev], took)
    tell("in one hot issue (3 voices)", put["hot"][is_dev], is_same[is_dev])
    tell("the scorer alone", put["pair"][is_dev], is_same[is_dev])
    tell("TF-IDF of 2–4 characters", put["cosine"][is_dev], is_same[is_dev])
    tell("TF-IDF, connected components", put["components"][is_dev], is_same[is_dev])
    tell("pairs of earlier hot issues: in one hot issue", put["hot"][is_hot], is_same[is_hot])
    tell("the same, TF-IDF", put["cosine"][is_hot], is_same[is_hot])
    tell("pairs shown as similar before: likely enough", scores[is_similar] >= THRESHOLD, is_same[is_similar])


def by_threshold(folder: Path) -> None:
    """Measure held out pairs at each of ``LEVELS``, and write it."""
    given, pairs = prepared(real_letters(folder)), read_pairs(folder)
    row = pd.Series(given.index, given["letter_id"])
    a, b = (row[pairs[name]].to_numpy() for name in ("letter_a", "letter_b"))
    a, b = np.minimum(a, b), np.maximum(a, b)
    is_same, drawn_from = pairs["is_same"].to_numpy(bool), pairs["drawn_from"].to_numpy(str)
    made, fold = scored(given), folds(pairs, 0)
    features = pair_features(made.profiles, a, b)
    candidates = pair_features(made.profiles, made.pairs.first, made.pairs.second)
    writer, alone = pd.factorize(given["writer_id"])[0], np.full(len(given), -1)
    put = np.zeros((len(LEVELS), len(VOICES), len(pairs)), bool)
    for k in range(FOLDS):
        train, test = fold != k, np.flatnonzero(fold == k)
        model = learn(features[train], is_same[train], weigh(is_same[train], drawn_from[train]))
        told = made.pairs._replace(score=scores_of(model.forest, candidates))
        for at, level in enumerate(LEVELS):
            number, _ = group(made.profiles, made.scene, told, alone, Constraints.none(), model, level)
            voices = pd.DataFrame({"n": number, "w": writer}).drop_duplicates().groupby("n").size().to_numpy()
            together = number[a[test]] == number[b[test]]
            for of, least in enumerate(VOICES):
                put[at, of, test] = together & (voices[number[a[test]]] >= least)
    is_dev = drawn_from == DEV
    found = pd.DataFrame(
        [
            (level, least, *(int((put[at, of] & chosen).sum()) for chosen in (is_dev, is_dev & is_same)), int((is_dev & is_same).sum()))
            for at, level in enumerate(LEVELS)
            for of, least in enumerate(VOICES)
        ],
        columns=["threshold", "voices", "n_put", "n_put_same", "n_same"],
    )  # fmt: skip
    found.to_csv(READ_BY_THRESHOLD, index=False, lineterminator="\n")
    print(
        found.assign(
            precision=found["n_put_same"] / found["n_put"], recall=found["n_put_same"] / found["n_same"]
        ).to_string()
    )


def write(folder: Path, more: Path | None) -> None:
    given = real_letters(folder)
    texts = [(given["title"].tolist(), given["body"].tolist())]
    if more is not None:
        rows = pd.read_csv(more)
        texts.append((rows["留言主题"].fillna("").tolist(), rows["留言详情"].fillna("").tolist()))
    save_background([t for titles, _ in texts for t in titles], [b for _, bodies in texts for b in bodies])
    given = prepared(given)
    pairs = read_pairs(folder)
    row = pd.Series(given.index, given["letter_id"])
    a, b = (row[pairs[name]].to_numpy() for name in ("letter_a", "letter_b"))
    letters = profiled(
        optional(given), scene_of(given), run_counts(given["title"].tolist(), given["body"].tolist())
    )
    features = pair_features(letters, np.minimum(a, b), np.maximum(a, b))
    is_same = pairs["is_same"].to_numpy(bool)
    model = learn(features, is_same, weigh(is_same, pairs["drawn_from"].to_numpy(str)))
    model.forest.save(LEARNED)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if "--thresholds" in sys.argv:
        by_threshold(place)
    elif "--write" in sys.argv:
        rest = sys.argv[sys.argv.index("--write") + 1 :]
        write(place, Path(rest[0]) if rest else None)
    else:
        main(place)
