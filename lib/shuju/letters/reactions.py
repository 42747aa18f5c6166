"""Records that speak of an issue after it began (文件与媒体回应): news, notices and policies of its prefecture.

A record speaks of an issue if its title or text holds the issue's *name* and one more of its words. A name has four
characters or more, is no place of the gazetteer, and at least half of the letters of issues that say it are those of the issue:
农贸市场 names none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from shuju.engine import Pass
from shuju.letters.stages import reached
from shuju.library import Library
from shuju.library.partitions import Rows, over_rows
from shuju.standard import code_list, regions
from shuju.text.occurrences import occurrences
from shuju.text.trie import trie

GENRES = ("news", "notice", "policy")
NAME_LENGTH, OWN_SHARE = 4, 0.5
UNTIL = pd.Timedelta(days=90)  # after the last letter: what is written later speaks of something else
PIECE_ROWS = 50_000
READ = ("record_id", "title", "body", "genre", "site_id", "region_code", "published_at")


_NONE = pd.DataFrame(
    {
        name: pd.array([], "datetime64[us]" if name == "published_at" else "str")
        for name in (
            "reaction_id",
            "issue_id",
            "record_id",
            "title",
            "genre",
            "site_id",
            "published_at",
            "words",
        )
    }
)


def name_of(found: pd.DataFrame) -> pd.Series:
    """Return the name of each issue by its id; where there is none, it is left out.

    ``found`` are the terms of issues (of ``terms`` by issue_id): issue_id, term, letters, letters_against, the most telling
    first.
    """
    own = found["letters"] >= OWN_SHARE * (found["letters"] + found["letters_against"])
    is_name = own & (found["term"].str.len() >= NAME_LENGTH) & ~found["term"].isin(places())
    return found[is_name].drop_duplicates("issue_id").set_index("issue_id")["term"]


@cache
def places() -> frozenset[str]:
    """Return how regions and townships are written."""
    named = (name for region in regions() for name in (region.name, region.short_name))
    return frozenset(named) | frozenset(code_list("towns").names.values())


def find_reactions(library: Library, issues: pd.DataFrame, since: pd.Timestamp) -> pd.DataFrame:
    """Return the records from ``since`` on that speak of issues: reaction_id, issue_id, record_id, title, genre, site_id,
    published_at, words (those found, joined by 、).

    ``issues`` has issue_id, region_code, name, words (joined by 、), first_at, last_at; one without any of them is spoken
    of by none. One pass over the records: O(their bytes).
    """
    issues = issues[issues["last_at"] + UNTIL >= since].reset_index(drop=True)
    names = issues[["name", "words", "region_code"]].astype("str").dropna()
    names = names.rename_axis("issue").reset_index()
    number, distinct = pd.factorize(names["name"])
    names["number"] = number
    where = [("published_at", ">=", since.to_pydatetime()), ("genre", "in", list(GENRES))]
    tree = trie(distinct.tolist())
    if not len(names) or not library.stored("records").refresh().exists:
        return _NONE
    parts = over_rows(REACTIONS, library, Rows("records", READ, where), (issues, names, tree))
    return pd.concat([_NONE, *parts], ignore_index=True)


def _reactions(
    rows: pa.Table, told: tuple[pd.DataFrame, pd.DataFrame, Mapping[str, np.ndarray]]
) -> pd.DataFrame:
    pieces = (rows.slice(first, PIECE_ROWS) for first in range(0, rows.num_rows, PIECE_ROWS))
    return pd.concat([_NONE, *(_speaking(piece, *told) for piece in pieces)], ignore_index=True)


REACTIONS = Pass("文件与媒体回应", _reactions)


def _speaking(
    rows: pa.Table, issues: pd.DataFrame, names: pd.DataFrame, tree: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    texts = [rows.column(name).combine_chunks() for name in ("title", "body")]
    met = pd.concat(pd.DataFrame(dict(zip(("row", "number"), occurrences(text, tree)))) for text in texts)
    met = met.drop_duplicates().merge(names, on="number")
    record = rows.drop_columns(["body"]).take(met["row"].to_numpy()).to_pandas()
    issue = issues.iloc[met["issue"]].reset_index(drop=True)
    is_here = (record["region_code"].str[:4] == issue["region_code"].str[:4]).fillna(False).astype(bool)
    is_then = (record["published_at"] > issue["first_at"]) & (
        record["published_at"] <= issue["last_at"] + UNTIL
    )
    near = np.flatnonzero(is_here & is_then)
    # Of the few that are left.
    at = pa.array(met["row"].to_numpy()[near])
    title, body = (text.take(at).fill_null("").to_pylist() for text in texts)
    said = [f"{one}\n{other}" for one, other in zip(title, body, strict=True)]
    found = [
        "、".join([name, *(word for word in words.split("、") if word in text and _is_more(word, name))])
        for text, name, words in zip(said, met["name"].iloc[near], met["words"].iloc[near], strict=True)
    ]
    record = record.iloc[near].assign(issue_id=issue["issue_id"].array[near], words=pd.array(found, "str"))
    record = record[record["words"].str.contains("、")].drop_duplicates(["issue_id", "record_id"])
    return record.assign(reaction_id=record["issue_id"] + "|" + record["record_id"])[list(_NONE)]


def _is_more(word: str, name: str) -> bool:
    return word not in name and name not in word and word not in places()


def with_reactions(issues: pd.DataFrame, reactions: pd.DataFrame) -> pd.DataFrame:
    """Return the issues with the first record that speaks of each as a sign of conversion, and the stage that follows."""
    first = reactions.groupby("issue_id")["published_at"].min().reindex(issues["issue_id"]).to_numpy()
    at = issues["conversion_at"].to_numpy()
    is_first = ~np.isnat(first) & (np.isnat(at) | (first < at))
    found = issues.assign(
        conversion_at=np.where(is_first, first, at),
        conversion_sign=issues["conversion_sign"].mask(is_first, "record"),
    )
    return found.assign(stage=reached(found))
