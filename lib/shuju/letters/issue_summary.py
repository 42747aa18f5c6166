"""What an issue is said to be: title, place, topic, department, representatives and related issues of its members."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd

from shuju.letters.elsewhere import place_counts
from shuju.letters.heat import heat
from shuju.letters.issue_title import issue_title
from shuju.letters.stages import stages
from shuju.text.terms import stop_words
from shuju.text.tokens import cut

REPRESENTATIVES = 5
RELATED, NAME_ISSUES = 5, 20  # a name that more issues write relates none
TRUE_OF_ALL = 1.0  # share of the other letters in which all names of a title stand


def describe(members: pd.DataFrame, given: pd.Series) -> pd.DataFrame:
    """Return the issues of hot members; ``given`` are names by issue_id that people gave."""
    by = members.groupby("issue_id", sort=True)
    found = pd.DataFrame(
        {
            "first_at": by["written_at"].min(),
            "last_at": by["written_at"].max(),
            "letters": by.size(),
            "writers": by["writer"].nunique(),
            "regions": _lists(members, "region_code").reindex(by.size().index),
            "department": _most_frequent(members, "department"),
            "topic_1": _most_frequent(members, "topic_1"),
        }
    )
    found["n_regions"] = place_counts(members).reindex(found.index, fill_value=0)
    found["regions"] = [value if isinstance(value, list) else [] for value in found["regions"]]
    as_of = members["written_at"].max() if len(members) else pd.Timestamp(0)
    found = found.join(heat(members, as_of)).join(stages(members))
    told = members.sort_values(["clearness", "similarity"], ascending=False, kind="stable")
    found["title"] = _titles(told, given).reindex(found.index)
    found["related"] = _related(members).reindex(found.index)
    found["related"] = [value if isinstance(value, list) else [] for value in found["related"]]
    spoken = told[~told["is_repeat"]]
    spoken = spoken[spoken.groupby("issue_id").cumcount() < REPRESENTATIVES]
    found["representatives"] = _lists(spoken, "letter_id")
    return found.reset_index().sort_values(["heat", "issue_id"], ascending=[False, True], ignore_index=True)


def _titles(told: pd.DataFrame, given: pd.Series) -> pd.Series:
    """Return a title for each issue; ``told`` are its members, the clearest title first."""
    true = told[told["holds"] >= TRUE_OF_ALL].drop_duplicates("issue_id").set_index("issue_id")["title"]
    rest = told[~told["issue_id"].isin(true.index)]
    composed = {
        issue: issue_title(rows["title"].tolist(), rows["names"].tolist(), rows["holds"].tolist())
        for issue, rows in rest.groupby("issue_id", sort=False)
    }
    found = pd.concat([true.astype("str"), pd.Series(composed, dtype="str")])
    given = given[given.index.isin(found.index)]
    return pd.concat([found.drop(given.index), given])


def _related(members: pd.DataFrame) -> pd.Series:
    """Return for each issue, as a list, those that at least half of their letters name the same rare thing with."""
    named = members.assign(name=members["names"].str.split("、"))[["issue_id", "name"]].explode("name")
    named = named[named["name"].str.len() > 2].groupby(["issue_id", "name"]).size().rename("n").reset_index()
    size = members["issue_id"].value_counts().reindex(named["issue_id"]).to_numpy(float)
    named = named[named["n"] * 2 >= size]
    spread = named["name"].value_counts()
    shared = named[named["name"].isin(spread.index[spread.between(2, NAME_ISSUES)])]
    pairs = shared.merge(shared, on="name", suffixes=("", "_other"))
    pairs = pairs[pairs["issue_id"] != pairs["issue_id_other"]]
    ranked = pairs.groupby(["issue_id", "issue_id_other"])["n_other"].max().rename("n").reset_index()
    ranked = ranked.sort_values(["issue_id", "n", "issue_id_other"], ascending=[True, False, True])
    ranked = ranked[ranked.groupby("issue_id").cumcount() < RELATED]
    return ranked.groupby("issue_id")["issue_id_other"].agg(list)


def _lists(members: pd.DataFrame, column: str) -> pd.Series:
    """Return the values of a column by issue, in order of first appearance."""
    pairs = members[["issue_id", column]].dropna().drop_duplicates()
    issue, ids = pd.factorize(pairs["issue_id"])
    order = np.argsort(issue, kind="stable")
    values, ends = pairs[column].to_numpy(object)[order].tolist(), np.cumsum(np.bincount(issue)).tolist()
    return pd.Series(
        [values[start:end] for start, end in zip([0, *ends], ends, strict=False)], ids, dtype=object
    )


def _most_frequent(members: pd.DataFrame, column: str) -> pd.Series:
    count = members.groupby(["issue_id", column], sort=True, observed=True).size().rename("n").reset_index()
    count = count.sort_values("n", ascending=False, kind="stable")
    return count.drop_duplicates("issue_id").set_index("issue_id")[column]


def clearness(members: pd.DataFrame) -> np.ndarray:
    """Return how well each title says what the titles of its issue say; as it is known, where no letter is new.

    That is the mean share of titles with its words. Short titles name the matter but not what is wrong with it, so a
    word counts by its square share and the sum is divided by the root of the number of words.
    """
    known = members["clearness"].to_numpy(float, copy=True)
    is_asked = members["issue_id"].isin(members.loc[np.isnan(known), "issue_id"]).to_numpy()
    asked = members[is_asked]
    words = cut(asked["title"].fillna("").tolist())
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    rows = pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(words)), lengths),
            "word": pd.array(list(chain.from_iterable(words)), "str"),
        }
    ).drop_duplicates()
    rows = rows[(rows["word"].str.len() > 1) & ~rows["word"].isin(stop_words())]
    rows["issue"] = pd.factorize(asked["issue_id"])[0][rows["row"]]
    size = asked.groupby("issue_id")["letter_id"].transform("size").to_numpy()
    share = rows.groupby(["issue", "word"])["row"].transform("size").to_numpy() / size[rows["row"]]
    summed = np.bincount(rows["row"], share**2, minlength=len(asked))
    known[is_asked] = summed / np.sqrt(2 + np.bincount(rows["row"], minlength=len(asked)))
    return known
