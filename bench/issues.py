"""Hot issues and repeats: on the real letters beside two peers, on a synthetic province, and how fast.

    python -m bench.issues [FOLDER] [HOME]

FOLDER holds the letters of 问政湖南 (附件3.xlsx, near_duplicate_pairs.csv, hot_events_dev.csv); HOME is a
library made by ``shuju demo``. What is not given is left out.

The peers on the real letters: near-duplicates only (MinHash, Jaccard ≥ 0.5, joined), and TF-IDF over words with
DBSCAN (cosine ≥ 0.25, 0.35, 0.45; 3 letters), all letters compared with all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import python_calamine

from shuju.letters.issues import find_issues
from shuju.letters.repeats import find_repeats
from shuju.letters.wording import wordings
from shuju.text.features import inverse_frequency, weigh, word_counts
from shuju.text.fingerprints import groups, similar_pairs

COLUMNS = [
    *("letter_id", "title", "body", "written_at", "writer_id", "region_code", "topic_1", "channel"),
    *("department", "likes", "status", "replied_at"),
]


def real_letters(folder: Path) -> pd.DataFrame:
    rows = python_calamine.load_workbook(folder / "附件3.xlsx").get_sheet_by_index(0).to_python()
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    return pd.DataFrame(
        {
            "letter_id": frame["留言编号"].astype(int).astype(str),
            "title": frame["留言主题"],
            "body": frame["留言详情"],
            "written_at": pd.to_datetime(frame["留言时间"]),
            "writer_id": frame["留言用户"],
            "likes": frame["点赞数"].astype(int),
        }
    )


def score_repeats(letters: pd.DataFrame, folder: Path) -> tuple[float, float]:
    """Return recall and precision of the pairs of Jaccard 0.8 and more."""
    true = pd.read_csv(folder / "near_duplicate_pairs.csv", dtype={0: str, 1: str})
    true = true[true["jaccard5"] >= 0.8]
    wanted = {frozenset(pair) for pair in true.iloc[:, :2].to_numpy().tolist()}
    found = find_repeats(letters)
    found = {frozenset(pair) for pair in found[["letter_id", "repeat_of"]].to_numpy().tolist()}
    return len(wanted & found) / len(wanted), len(wanted & found) / len(found)


def score_events(letter_id: pd.Series, group: np.ndarray, size_rank: dict, folder: Path) -> list[dict]:
    """Return for each event: recall of the letters that two teams agree on, in one group; strangers; rank."""
    events = pd.read_csv(folder / "hot_events_dev.csv", dtype={"留言编号": str})
    events = events[events["收录此留言的队数"] >= 2]
    found = []
    for event, rows in events.groupby("事件"):
        is_in = letter_id.isin(rows["留言编号"]).to_numpy()
        best = pd.Series(group[is_in]).value_counts().index[0]
        hits, size = int((group[is_in] == best).sum()), int((group == best).sum())
        found.append(
            {
                "event": event,
                "recall": hits / is_in.sum(),
                "strangers": 1 - hits / size,
                "rank": size_rank[best],
            }
        )
    return found


def by_size(group: np.ndarray) -> dict:
    ranked = pd.Series(group).value_counts()
    return dict(zip(ranked.index, range(1, len(ranked) + 1), strict=True))


def minhash_only(letters: pd.DataFrame) -> np.ndarray:
    first, second, _ = similar_pairs(letters["body"].tolist(), 0.5)
    return groups(len(letters), first, second)


def dbscan(letters: pd.DataFrame, near: float, at_least: int = 3) -> np.ndarray:
    rows = word_counts(letters["title"].tolist(), letters["body"].tolist())
    rows = weigh(rows, inverse_frequency(rows, 2))
    number, buckets = np.unique(rows.buckets, return_inverse=True)
    dense = np.zeros((len(rows), len(number)), np.float32)
    dense[np.repeat(np.arange(len(rows)), np.diff(rows.starts)), buckets] = rows.values
    close = dense @ dense.T >= near
    core = close.sum(axis=1) >= at_least
    first, second = np.nonzero(close & core[:, None] & core)
    group = groups(len(letters), first, second)
    border = np.flatnonzero(~core & (close & core).any(axis=1))
    group[border] = group[np.argmax(close[border] & core, axis=1)]
    return group


def adjusted_rand(one: pd.Series, other: pd.Series) -> float:
    def pairs(count: pd.Series) -> float:
        return float((count * (count - 1) / 2).sum())

    a, b = pairs(one.value_counts()), pairs(other.value_counts())
    both = pairs(pd.Series(1, pd.MultiIndex.from_arrays([one, other])).groupby(level=[0, 1]).sum())
    expected = a * b / (len(one) * (len(one) - 1) / 2)
    return (both - expected) / ((a + b) / 2 - expected)


def score_planted(issues: pd.DataFrame, members: pd.DataFrame, truth: Path) -> dict[str, float]:
    """Return how planted issues are found.

    ARI over the letters of planted issues (a letter in no found issue is alone); of each planted issue the found one
    with most of its letters: strangers in it; stage and origin right, over issues found by half of their letters.
    """
    true = pd.read_parquet(truth / "issue_members.parquet")
    planted = pd.read_parquet(truth / "issues.parquet").set_index("issue_id")
    found = members.set_index("letter_id")["issue_id"]
    mine = true["letter_id"].map(found)
    pairs = pd.DataFrame({"true": true["issue_id"], "found": mine}).dropna().value_counts().reset_index()
    best = pairs.drop_duplicates("true").set_index("true")
    size = members.groupby("issue_id").size()
    half = best[best["count"] * 2 > planted["letters"].reindex(best.index)]
    got = issues.set_index("issue_id").loc[half["found"]]
    want = planted.loc[half.index]
    return {
        "ARI": adjusted_rand(true["issue_id"], mine.fillna(true["letter_id"])),
        "recall of letters": best["count"].sum() / len(true),
        "issues found by half": len(half) / len(planted),
        "strangers": 1 - half["count"].sum() / size[half["found"]].sum(),
        "stage right": (got["stage"].to_numpy() == want["stage"].to_numpy()).mean(),
        "origin right": (got["origin_region"].to_numpy() == want["origin_county"].to_numpy()).mean(),
        "issues": len(issues),
    }


def measure_real(folder: Path) -> None:
    letters = real_letters(folder)
    recall, precision = score_repeats(letters, folder)
    print(f"| repeats, Jaccard ≥ 0.8 | recall {recall:.4f}, precision {precision:.4f} |")
    find_issues(letters.head(200))
    started = time.perf_counter()
    issues, members = find_issues(letters)
    seconds = time.perf_counter() - started
    own = letters["letter_id"].map(members.set_index("letter_id")["issue_id"]).fillna(letters["letter_id"])
    rank = dict(zip(issues["issue_id"], issues.index + 1, strict=True))
    methods = [("find_issues (rank by heat)", own.to_numpy(object), rank, seconds)]
    for name, method in (
        ("MinHash only", minhash_only),
        ("TF-IDF + DBSCAN 0.25", lambda frame: dbscan(frame, 0.25)),
        ("TF-IDF + DBSCAN 0.35", lambda frame: dbscan(frame, 0.35)),
        ("TF-IDF + DBSCAN 0.45", lambda frame: dbscan(frame, 0.45)),
    ):
        started = time.perf_counter()
        group = method(letters)
        methods.append((f"{name} (rank by size)", group, by_size(group), time.perf_counter() - started))
    for name, group, ranks, seconds in methods:
        for row in score_events(letters["letter_id"], group, ranks, folder):
            print(
                f"| {name}, {row['event']}, {seconds:.1f} s | recall {row['recall']:.3f}, "
                f"strangers {row['strangers']:.3f}, rank {row['rank']} |"
            )


def library_letters(home: Path, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    from deltalake import DeltaTable

    table = DeltaTable(home / "tables" / "letters")
    letters = table.to_pyarrow_table(columns=[*columns, "revision"]).to_pandas()
    return letters.sort_values("revision").drop_duplicates("letter_id", keep="last").drop(columns="revision")


def measure_planted(home: Path) -> None:
    letters = library_letters(home).sort_values("written_at", ignore_index=True)
    started = time.perf_counter()
    wordings(letters["title"].tolist(), letters["body"].tolist())
    worded = time.perf_counter() - started
    started = time.perf_counter()
    issues, members = find_issues(letters)
    seconds = time.perf_counter() - started
    print(f"| {len(letters):,} letters | {seconds:.0f} s, of which words {worded:.0f} s |")
    for name, value in score_planted(issues, members, home / "truth").items():
        print(f"| {name} | {value:.3f} |")
    day = letters["written_at"].max().normalize()
    recent = letters[letters["written_at"] >= day - pd.Timedelta(days=180)]
    before = recent[recent["written_at"] < day]
    known = members[members["letter_id"].isin(letters[letters["written_at"] < day]["letter_id"])]
    started = time.perf_counter()
    _, after = find_issues(recent, known)
    seconds = time.perf_counter() - started
    kept = after.set_index("letter_id")["issue_id"].reindex(known["letter_id"]).to_numpy()
    print(
        f"| one day: {len(recent) - len(before):,} new letters over {len(before):,} of 180 days | {seconds:.1f} s; "
        f"{(kept == known['issue_id'].to_numpy()).mean():.4f} of known letters keep their issue |"
    )


def main() -> int:
    print("| what | measured |\n|---|---|")
    for given in map(Path, sys.argv[1:]):
        if (given / "附件3.xlsx").exists():
            measure_real(given)
        elif (given / "truth").exists():
            measure_planted(given)
        else:
            print(f"{given}: neither the letters nor a synthetic library", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
