"""Letters as they stood at some version of their table (当时的来信): of those that are seen as they are now, and of no others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from shuju.library import Library
from shuju.library.hashing import hash_columns
from shuju.library.scope import EVERYTHING


def letters_at(
    library: Library,
    letter_ids: Sequence[str],
    columns: Sequence[str],
    version: int | dt.datetime | None,
) -> pd.DataFrame:
    """Return some letters as a version of the table has them, the newest for None.

    Whether one is seen is asked of each by its key, as it is now: one that was given to somebody is, one that went elsewhere is not,
    whatever it said then. O(letters asked for, files of the version).
    """
    hashed = hash_columns(pa.table({"letter_id": pa.array(letter_ids, pa.string())})).tolist()
    seen = library.take("letters", hashed, ["letter_id"])["letter_id"].to_pylist()
    whole = library.limited_to(EVERYTHING)
    return whole.load("letters", columns, [("letter_id", "in", seen)], version).compute()
