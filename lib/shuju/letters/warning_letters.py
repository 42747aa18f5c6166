"""The letters of a warning: who they are, how many people speak in them, of which matter, in which words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, takewhile
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shuju.clock import wall_time
from shuju.facts import Facts
from shuju.letters.reactions import places
from shuju.letters.repeats import find_repeats
from shuju.letters.warning_levels import ALL_TOPICS
from shuju.library.hashing import hash_columns
from shuju.standard import regions_within
from shuju.text.terms import CutLetters, cut_letters, terms_against, without_parts

BEFORE = pd.Timedelta(weeks=8)
ONE_MATTER = 0.5  # of a warning's letters that must be of one hot issue
# A word that many matters have in common: in so many letters, and in such a share, 2.8 times as often as before (p < 0.0001).
COMMON_LETTERS, COMMON_SHARE, COMMON_KEYNESS, COMMON_RATIO, COMMON_WORDS = 5, 0.3, 15.13, 1.5, 3
USUAL_SHARE = 0.04  # of any letters: a word that more of them hold tells no matter


@dataclass(frozen=True)
class Placed:
    """All letters by region, topic (codes of the facts), issue (None: of none) and day, in order of day; ``keys`` lead to them."""

    facts: Facts
    day: np.ndarray
    region: np.ndarray
    topic: np.ndarray
    issue: np.ndarray
    keys: np.ndarray

    def of_issue(self, issue: str, first: np.datetime64, stop: np.datetime64) -> np.ndarray:
        """Return the keys of the letters of an issue from ``first`` up to before ``stop``. O(letters of these days)."""
        days = slice(*np.searchsorted(self.day, np.array([first, stop], "datetime64[D]")))
        return self.keys[days][self.issue[days] == issue]

    def of(self, region: str, topic: str, first: np.datetime64, stop: np.datetime64) -> np.ndarray:
        """Return the keys of the letters of a series from ``first`` up to before ``stop``. O(letters of these days)."""
        days = slice(*np.searchsorted(self.day, np.array([first, stop], "datetime64[D]")))
        codes = self.facts.codes["region"]
        inside = [codes[code] for code in (region, *regions_within(region)) if code in codes]
        chosen = np.isin(self.region[days], inside)
        if topic != ALL_TOPICS:
            chosen &= self.topic[days] == self.facts.codes["topic"].get(topic, -1)
        return self.keys[days][chosen]


def placed(facts: Facts, members: pd.Series) -> Placed:
    """Return the letters of the facts, ready to be asked for by warning; ``members`` holds issues by letter_id. O(n log n)."""
    day = facts.coordinate("day")[facts.column("day")].astype("datetime64[D]")
    order = np.argsort(day, kind="stable")
    order = order[~np.isnat(day[order])]
    region, topic, keys = (facts.column(name)[order] for name in ("region", "topic", "key"))
    hashes = hash_columns(pa.table({"letter_id": pa.array(members.index, pa.string())}))
    issue = pd.Series(members.to_numpy(object), hashes).reindex(keys).to_numpy(object)
    return Placed(facts, day[order], region, topic, np.where(pd.isna(issue), None, issue), keys)


def speakers(letters: pd.DataFrame) -> pd.DataFrame:
    """Return ``writer`` and ``wording`` (numbers) of letters: who wrote each, and which say nearly the same words.

    ``letters`` has letter_id, writer_id, title, body. A letter without a writer has one of its own. Linear in the characters.
    """
    ids = letters["letter_id"].astype(str)
    writer = letters["writer_id"].astype("string").fillna("letter " + ids)
    text = letters["title"].fillna("") + "\n" + letters["body"].fillna("")
    same = find_repeats(pd.DataFrame({"letter_id": ids.array, "body": text.array}))
    group = ids.map(dict(zip(same["letter_id"], same["group_id"], strict=True))).astype("str").fillna(ids)
    codes = {"writer": pd.factorize(writer)[0], "wording": pd.factorize(group)[0]}
    return pd.DataFrame(codes, index=letters.index)


def count_voices(told: pd.DataFrame) -> int:
    """Return how many people speak: letters of one writer, or of nearly the same words, are one voice.

    ``told`` has ``writer`` and ``wording``, as of ``speakers``.
    """
    if told.empty:
        return 0
    writer, wording = (pd.factorize(told[name])[0] for name in ("writer", "wording"))
    n = writer.max() + 1
    size = n + wording.max() + 1
    links = coo_array((np.ones(len(told)), (writer, n + wording)), shape=(size, size))
    return int(connected_components(links, directed=False)[0])


@dataclass(frozen=True)
class Matter:
    """What a warning's letters speak of: the hot issue of most of them and how many those are, or what they have in common.

    ``common`` are words that grew and that at least ``n_common`` letters hold; none, and no issue of half of the letters, is no
    more than a number that rose.
    """

    n: int
    issue_id: str | None
    title: str
    n_of_issue: int
    common: tuple[str, ...] = ()
    n_common: int = 0

    @property
    def is_one(self) -> bool:
        """Whether half of the letters are of one hot issue."""
        return self.n_of_issue >= max(ONE_MATTER * self.n, 1)

    @property
    def told(self) -> str:
        """The same in words."""
        if self.is_one:
            return f"主要是一件事：{self.title}（{self.n} 封中 {self.n_of_issue} 封）"
        most = f"；其中最多的一件：{self.title}（{self.n_of_issue} 封）" if self.n_of_issue > 1 else ""
        shared = (
            f"，共同说到“{'、'.join(self.common)}”（{self.n} 封中 {self.n_common} 封）" if self.common else ""
        )
        return f"涉及多件事{shared}{most}"


def issue_behind(issues: pd.Series, titles: Mapping[str, str]) -> Matter:
    """Return the hot issue that most of a warning's letters belong to.

    ``issues`` holds the matter of each letter (null: none), ``titles`` the title of each that is a hot issue.
    """
    n = issues.value_counts()
    n = n[[matter in titles for matter in n.index]]
    if n.empty:
        return Matter(len(issues), None, "", 0)
    issue = str(n.index[0])
    return Matter(len(issues), issue, titles[issue], int(n.iloc[0]))


def in_common(matter: Matter, words: pd.DataFrame, usual_share: Callable[[str], float]) -> Matter:
    """Return the matter with what its letters have in common, of the ``words`` (of ``words_of``) that grew.

    ``usual_share`` tells how many of any letters hold a word: one that many hold (已经) tells no matter, nor does a place.
    """
    least = max(COMMON_LETTERS, COMMON_SHARE * matter.n)
    shared = words[
        (words["keyness"] >= COMMON_KEYNESS)
        & (words["log_ratio"] >= COMMON_RATIO)
        & (words["letters"] >= least)
    ]
    is_telling = [term not in places() and usual_share(term) <= USUAL_SHARE for term in shared["term"]]
    shared = shared[np.array(is_telling, bool)]
    common = tuple(without_parts(shared, COMMON_WORDS))
    shared = shared[shared["term"].isin(common)]
    return replace(matter, common=common, n_common=int(shared["letters"].max()) if common else 0)


def share_that_holds(texts: pd.Series) -> Callable[[str], float]:
    """Return a function that tells which share of the texts holds a word; O(characters) for a word it was not asked for before."""
    joined, ends = "\n".join(texts), list(accumulate(len(text) + 1 for text in texts))

    @cache
    def share(word: str) -> float:
        n, at = 0, joined.find(word)
        while at >= 0:
            n += 1
            at = joined.find(word, ends[bisect_right(ends, at)])
        return n / max(len(ends), 1)

    return share


def agree(mine: pd.DataFrame, issues: pd.Series, matter: Matter) -> np.ndarray:
    """Tell which of a warning's letters speak of its matter: of the one issue, or with a word that they have in common."""
    if matter.is_one:
        return (issues == matter.issue_id).fillna(False).to_numpy(bool)
    text = mine["title"].fillna("") + mine["body"].fillna("")
    holds = [text.str.contains(word, regex=False).to_numpy(bool) for word in matter.common]
    return np.logical_or.reduce([np.zeros(len(mine), bool), *holds])


def words_of(
    letters: CutLetters, mine: npt.NDArray[np.int64], before: npt.NDArray[np.int64], *, at_least: int = 2
) -> pd.DataFrame:
    """Return the words that the letters ``mine`` use more often than those ``before`` (row numbers), strongest first.

    Columns as of ``shuju.text.terms.terms``. O(words).
    """
    found = terms_against(letters, mine, before, at_least=at_least)
    return found[found["log_ratio"] > 0].reset_index(drop=True)


def letters_of_warning(letters: pd.DataFrame, warning: Mapping[str, Any] | pd.Series) -> pd.DataFrame:
    """Return the letters of one warning (a row of ``find_warnings``): of its series, from ``first_at`` to ``until``.

    ``letters`` has ``written_at`` and the columns of the series. O(letters).
    """
    return _of_series(letters, warning, warning["first_at"], warning["until"])


def words_of_warning(
    letters: pd.DataFrame, warning: Mapping[str, Any] | pd.Series, *, at_least: int = 2
) -> pd.DataFrame:
    """Return the words that a warning's letters use more often than those of the eight weeks before (``words_of``).

    ``letters`` has ``title`` and ``body`` besides.
    """
    mine = letters_of_warning(letters, warning)
    both = pd.concat([mine, _of_series(letters, warning, warning["first_at"] - BEFORE, warning["first_at"])])
    rows = np.arange(len(both))
    return words_of(
        cut_letters(both["title"], both["body"]), rows[: len(mine)], rows[len(mine) :], at_least=at_least
    )


def _of_series(
    letters: pd.DataFrame, warning: Mapping[str, Any] | pd.Series, start: pd.Timestamp, stop: pd.Timestamp
) -> pd.DataFrame:
    written = wall_time(letters["written_at"])
    inside = (written >= start) & (written < stop)
    for name in takewhile(lambda column: column != "first_at", dict(warning)):
        inside &= (letters[name] == warning[name]).fillna(False)
    return letters[inside]
