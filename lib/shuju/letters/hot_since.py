"""Since when matters are hot issues: the day on which the third of their voices wrote, which may be long after the first."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from shuju.letters import facts as letter_facts
from shuju.letters.issues import LEAST_WRITERS
from shuju.library import Library
from shuju.library.hashing import hash_columns


def hot_since(library: Library) -> pd.Series:
    """Return the day by ``issue_id``; of issues that people made of fewer voices that of the last. O(letters + members)."""
    members = library.read("issue_letters", ["letter_id", "issue_id", "is_repeat"])
    voices = members[~members["is_repeat"].astype(bool)]
    facts = letter_facts.newest(library)
    days = facts.coordinate("day")[facts.column("day")]
    keys = hash_columns(pa.table({"letter_id": pa.array(voices["letter_id"], pa.string())}))
    at = pd.Series(days, facts.column("key")).reindex(keys).to_numpy()
    told = pd.DataFrame({"issue_id": voices["issue_id"].to_numpy(), "day": at}).dropna().sort_values("day")
    return told.groupby("issue_id").head(LEAST_WRITERS).groupby("issue_id")["day"].max()
