"""The letters of a warning: who they are, how many people speak in them, of which matter, in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shuju.facts import Facts
from shuju.letters.repeats import find_repeats
from shuju.letters.warning_levels import ALL_TOPICS
from shuju.standard import regions_within
from shuju.text.terms import terms

BEFORE = pd.Timedelta(weeks=8)
ONE_MATTER = 0.5  # of a warning's letters that must be of one hot issue


@dataclass(frozen=True)
class Placed:
    """All letters by region, topic (codes of the facts) and day, in order of day; ``keys`` lead to them."""

    facts: Facts
    day: np.ndarray
    region: np.ndarray
    topic: np.ndarray
    keys: np.ndarray

    def of(self, region: str, topic: str, first: np.datetime64, stop: np.datetime64) -> np.ndarray:
        """Return the keys of the letters of a series from ``first`` up to before ``stop``. O(letters of these days)."""
        days = slice(*np.searchsorted(self.day, np.array([first, stop], "datetime64[D]")))
        codes = self.facts.codes["region"]
        inside = [codes[code] for code in (region, *regions_within(region)) if code in codes]
        chosen = np.isin(self.region[days], inside)
        if topic != ALL_TOPICS:
            chosen &= self.topic[days] == self.facts.codes["topic"].get(topic, -1)
        return self.keys[days][chosen]


def placed(facts: Facts) -> Placed:
    """Return the letters of the facts, ready to be asked for by warning. O(n log n)."""
    day = facts.coordinate("day")[facts.column("day")].astype("datetime64[D]")
    order = np.argsort(day, kind="stable")
    order = order[~np.isnat(day[order])]
    columns = (facts.column(name)[order] for name in ("region", "topic", "key"))
    return Placed(facts, day[order], *columns)


def speakers(letters: pd.DataFrame) -> pd.DataFrame:
    """Return ``writer`` and ``wording`` (numbers) of letters: who wrote each, and which say nearly the same words.

    ``letters`` has letter_id, writer_id, title, body. A letter without a writer has one of its own. Linear in the characters.
    """
    ids = letters["letter_id"].astype(str)
    writer = letters["writer_id"].astype("string").fillna("letter " + ids)
    text = letters["title"].fillna("") + "\n" + letters["body"].fillna("")
    same = find_repeats(pd.DataFrame({"letter_id": ids.array, "body": text.array}))
    group = ids.map(dict(zip(same["letter_id"], same["group_id"], strict=True))).fillna(ids)
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


def matter_of(issues: pd.Series, titles: Mapping[str, str]) -> tuple[str | None, int, bool, str]:
    """Return the hot issue that most of a warning's letters belong to, their number, whether it is half of all, and that in words.

    ``issues`` holds the issue of each letter (null: none), ``titles`` the title of each issue.
    """
    n = issues.value_counts()
    if n.empty:
        return None, 0, False, "涉及多件事，没有一件集中到可归为一件热点诉求"
    issue, most = str(n.index[0]), int(n.iloc[0])
    title = titles.get(issue, issue)
    if most >= ONE_MATTER * len(issues):
        return issue, most, True, f"主要是一件事：{title}（{len(issues)} 封中 {most} 封）"
    return issue, most, False, f"涉及多件事；其中最多的是：{title}（{len(issues)} 封中 {most} 封）"


def words_of(mine: pd.DataFrame, before: pd.DataFrame, *, at_least: int = 2) -> pd.DataFrame:
    """Return the words that letters use more often than those ``before``, strongest first.

    Both have ``title`` and ``body``; columns as of ``shuju.text.terms.terms``.
    """
    found = terms(mine, against=before, at_least=at_least)
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
    before = _of_series(letters, warning, warning["first_at"] - BEFORE, warning["first_at"])
    return words_of(letters_of_warning(letters, warning), before, at_least=at_least)


def _of_series(
    letters: pd.DataFrame, warning: Mapping[str, Any] | pd.Series, start: pd.Timestamp, stop: pd.Timestamp
) -> pd.DataFrame:
    inside = (letters["written_at"] >= start) & (letters["written_at"] < stop)
    for name in takewhile(lambda column: column != "first_at", dict(warning)):
        inside &= (letters[name] == warning[name]).fillna(False)
    return letters[inside]
