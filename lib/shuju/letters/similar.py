"""Similar letters (相似来信): letters of the same region and time that speak of the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from shuju.facts.crossfilter import Crossfilter
from shuju.facts.filters import Range
from shuju.letters.facts import newest
from shuju.letters.relevance import taken_up
from shuju.library import Library

DAYS = 180
MOST_READ = 400
SHOWN = 6
AT_LEAST = 0.35
COLUMNS = ("letter_id", "title", "body", "written_at", "replied_at")


def similar_letters(library: Library, letter: Mapping[str, Any]) -> pd.DataFrame:
    """Return ``letter_id, title, written_at, replied_at, similarity`` of at most ``SHOWN`` letters, most similar first.

    Only the texts of the ``MOST_READ`` nearest in time are read, half before and half after. O(these).
    """
    facts = newest(library)
    region = letter["region_code"]
    if not region or region not in facts.codes["region"]:
        return pd.DataFrame(columns=["letter_id", "title", "written_at", "replied_at", "similarity"])
    day = letter["written_at"].date()
    around = pd.Timedelta(days=DAYS)
    filters: dict[str, Any] = {"region": [region]}
    if letter["topic_1"]:
        filters["topic"] = [letter["topic_1"]]
    keys = []
    for days, newest_first in (
        (Range(day - around, day), True),
        (Range(day + pd.Timedelta(days=1), day + around), False),
    ):
        rows = Crossfilter(facts, filters={**filters, "day": days}).rows(
            MOST_READ // 2, newest_first=newest_first
        )
        keys.append(facts.take("key", rows))
    found = library.take("letters", np.concatenate(keys).tolist(), COLUMNS).to_pandas()
    found = found[found["letter_id"] != letter["letter_id"]]
    n = len(found)
    texts = (found["title"].fillna("") + "\n" + found["body"].fillna("")).tolist()
    similarity = taken_up([letter["title"]] * n, [letter["body"]] * n, texts) if n else np.empty(0)
    found = found.assign(similarity=similarity)
    found = found[found["similarity"] >= AT_LEAST].sort_values("similarity", ascending=False)
    return found.head(SHOWN).drop(columns="body")
