"""Similar letters (相似来信): letters of the same region and time that the scorer of pairs holds for the same matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shuju.facts.crossfilter import Crossfilter
from shuju.facts.filters import Range
from shuju.letters.facts import selection as select_letters
from shuju.letters.profiles import names_of
from shuju.letters.same_matter import learned, pair_scores, shared_phrases
from shuju.letters.scored import profiles_of
from shuju.library import Library

DAYS = 180
MOST_READ = 400
SHOWN = 6
COLUMNS = ("letter_id", "title", "body", "written_at", "replied_at", "region_code", "writer_id")
TOLD = ("letter_id", "title", "written_at", "replied_at", "similarity", "shared_names", "shared_phrases")


def similar_letters(library: Library, letter: Mapping[str, Any], n: int = SHOWN) -> pd.DataFrame:
    """Return ``TOLD`` of at most ``n`` letters, most similar first; none that is not likely of the same matter.

    ``similarity`` is the probability that both are of one matter, ``shared_names`` and ``shared_phrases`` (joined by 、) why.
    Only the texts of the ``MOST_READ`` nearest in time are read, half before and half after. O(these).
    """
    facts = select_letters(library).facts  # type: ignore[attr-defined] # those that the scope shows
    region = letter["region_code"]
    if not region or region not in facts.codes["region"]:
        return pd.DataFrame(columns=list(TOLD))
    day = letter["written_at"].date()
    around = pd.Timedelta(days=DAYS)
    keys = []
    for days, newest_first in (
        (Range(day - around, day), True),
        (Range(day + pd.Timedelta(days=1), day + around), False),
    ):
        rows = Crossfilter(facts, filters={"region": [region], "day": days}).rows(
            MOST_READ // 2, newest_first=newest_first
        )
        keys.append(facts.take("key", rows))
    found = library.take("letters", np.concatenate(keys).tolist(), COLUMNS).to_pandas()
    return most_similar(letter, found[found["letter_id"] != letter["letter_id"]], n)


def most_similar(letter: Mapping[str, Any], others: pd.DataFrame, n: int = SHOWN) -> pd.DataFrame:
    """Return ``TOLD`` of at most ``n`` of the others that are likely of the letter's matter; ``others`` has ``COLUMNS``. O(characters)."""
    asked = pd.DataFrame([{name: letter.get(name) for name in COLUMNS}])
    both = pd.concat([asked.astype(others.dtypes.to_dict()), others], ignore_index=True)
    letters = profiles_of(both)
    row = np.arange(1, len(both))
    scores = pair_scores(letters, np.zeros(len(row), np.int64), row)
    chosen = row[scores >= learned().threshold]
    chosen = chosen[np.argsort(-scores[chosen - 1], kind="stable")][:n]
    names = names_of(letters)
    own = names[0].split("、")
    said = both["title"].fillna("") + "\n" + both["body"].fillna("")
    told = both.iloc[chosen].assign(
        similarity=1 / (1 + np.exp(-scores[chosen - 1])),
        shared_names=[_shared(own, said[k], names[k].split("、"), said[0]) for k in chosen],
        shared_phrases=["、".join(shared_phrases(letters, 0, k)) for k in chosen],
    )
    return told[list(TOLD)].reset_index(drop=True)


def _shared(own: list[str], other_said: str, others: list[str], own_said: str) -> str:
    """Return the names of either letter that stand in the other, each once."""
    found = [name for name in own if len(name) > 1 and name in other_said]
    found += [name for name in others if len(name) > 1 and name in own_said]
    kept = dict.fromkeys(found)
    return "、".join(name for name in kept if not any(name != other and name in other for other in kept))
