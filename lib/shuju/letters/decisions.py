"""What people decided about issues (人的判定): split, merged, renamed, a letter taken out; applied on every run.

A decision names letters, for these stay when ids are found anew. The later of two that contradict each other holds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from shuju.letters.grouping import Constraints

SPLIT, MERGE, RENAME, TAKE_OUT = "split", "merge", "rename", "take_out"
KINDS = {SPLIT: "拆分", MERGE: "合并", RENAME: "改名", TAKE_OUT: "移出来信"}
# A threshold learnt from decisions moves by so much at most; so many decisions weigh as much as what was learnt before.
MOVES_AT_MOST = 1.0
PRIOR_DECISIONS = 20.0


class Decision(NamedTuple):
    """One decision. ``issue_id`` is the issue it was made on.

    ``letters``: split off, merged in, taken out, or (rename) all of the issue. ``others``: the letters of the issue that
    they leave or join. ``name``: of a rename.
    """

    kind: str
    issue_id: str
    letters: tuple[str, ...]
    others: tuple[str, ...] = ()
    name: str = ""


def constraints(decisions: list[Decision], letter_ids: pd.Series) -> Constraints:
    """Return the decisions as pairs of rows of ``letter_ids``; letters that are not there are left out.

    Letters that are merged, and those that are split off, begin as one group. O(letters of the decisions, squared per
    decision for those apart).
    """
    row = pd.Series(np.arange(len(letter_ids)), letter_ids.to_numpy(object))
    row = row[~row.index.duplicated()]
    together: dict[tuple[int, int], None] = {}
    apart: dict[tuple[int, int], None] = {}

    def rows(ids: tuple[str, ...]) -> list[int]:
        return row.reindex(list(ids)).dropna().astype(int).tolist()

    for decision in decisions:
        mine, others = rows(decision.letters), rows(decision.others)
        across = {(min(a, b), max(a, b)) for a in mine for b in others if a != b}
        if decision.kind == MERGE:
            both = [*others, *mine]
            for pair in across:
                apart.pop(pair, None)
            together |= dict.fromkeys((min(both[0], b), max(both[0], b)) for b in both[1:])
        elif decision.kind in (SPLIT, TAKE_OUT):
            gone = set(mine)
            together = {pair: None for pair in together if (pair[0] in gone) == (pair[1] in gone)}
            apart |= dict.fromkeys(across)
            if decision.kind == SPLIT:
                together |= dict.fromkeys((min(mine[0], b), max(mine[0], b)) for b in mine[1:])
    return Constraints(_pairs(together), _pairs(apart))


def _pairs(found: dict[tuple[int, int], None]) -> np.ndarray:
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def applied(members: pd.DataFrame, decisions: list[Decision]) -> pd.DataFrame:
    """Return the members as people would have them: split off, merged in, or taken out (no member of anything).

    ``members`` has letter_id and issue_id. Letters that are split off are the issue of the first of them. Applied
    twice, it changes nothing more.
    """
    issue = members.set_index("letter_id")["issue_id"].copy()
    for decision in decisions:
        here = [letter for letter in decision.letters if letter in issue.index]
        if not here:
            continue
        match decision.kind:
            case "merge":
                target = _home(issue, decision.others)
                if target is not None:
                    moved = issue.loc[here].unique()
                    issue[issue.isin(moved)] = target
            case "split":
                if set(issue.loc[here]) & set(issue.reindex(list(decision.others)).dropna()):
                    issue.loc[here] = _free(f"issue-{here[0]}", issue)
            case "take_out":
                apart = issue.reindex(list(decision.others)).dropna()
                gone = [letter for letter in here if issue[letter] in set(apart)]
                issue = issue.drop(gone)
    kept = members[members["letter_id"].isin(issue.index)]
    return kept.assign(issue_id=pd.array(issue.reindex(kept["letter_id"]), "str"))


def _free(issue_id: str, issue: pd.Series) -> str:
    """Return the id, marked where another issue has it: one whose first letter went."""
    taken = set(issue)
    while issue_id in taken:
        issue_id += "-2"
    return issue_id


def _home(issue: pd.Series, letters: tuple[str, ...]) -> str | None:
    """Return the issue that most of the letters are in."""
    found = issue.reindex(list(letters)).dropna()
    return None if found.empty else str(found.mode().iloc[0])


def renamed(members: pd.DataFrame, decisions: list[Decision]) -> pd.Series:
    """Return the names that people gave, by issue_id: an issue has the newest name given to most of its letters."""
    issue = members.drop_duplicates("letter_id").set_index("letter_id")["issue_id"]
    names = {}
    for decision in decisions:
        if decision.kind == RENAME and decision.name:
            home = _home(issue, decision.letters)
            if home is not None:
                names[home] = decision.name
    return pd.Series(names, dtype="str")


def learned_threshold(base: float, scores: np.ndarray, is_same: np.ndarray, decision: np.ndarray) -> float:
    """Return the threshold that fits the decisions, no further than ``MOVES_AT_MOST`` from ``base``.

    ``scores``: log-odds of the pairs across each ``decision`` (its number); ``is_same``: it was a merger. Each decision counts
    once, whatever the number of its pairs. The threshold t is the one under which they are likeliest: the
    logistic loss of score − t, and (t − base)² with the weight of ``PRIOR_DECISIONS``. O(pairs).
    """
    if not len(scores):
        return base
    weight = 1 / np.bincount(decision)[decision]
    moves = np.linspace(-MOVES_AT_MOST, MOVES_AT_MOST, 201)
    margin = np.where(is_same, 1.0, -1.0)[:, None] * (scores[:, None] - base - moves[None, :])
    loss = (weight[:, None] * np.logaddexp(0, -margin)).sum(axis=0) + PRIOR_DECISIONS * moves**2 / 8
    return base + float(moves[int(np.argmin(loss))])
