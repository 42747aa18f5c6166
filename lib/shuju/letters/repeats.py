"""Repeats (重复来信): letters that say nearly the same words, so that they can be handled as one (并单)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shuju.text.fingerprints import groups, similar_pairs


def find_repeats(letters: pd.DataFrame, at_least: float = 0.8) -> pd.DataFrame:
    """Return the pairs of letters whose bodies are nearly the same.

    ``letters`` has ``letter_id`` and ``body``, and may have ``writer_id`` and ``written_at``. The similarity is Jaccard's over
    runs of five characters. Columns: ``letter_id`` and ``repeat_of`` (the earlier one, by ``written_at`` where it
    is there, else by row), ``similarity`` (``at_least`` to 1), ``same_writer`` (null where a writer is not
    known), ``group_id`` (the ``letter_id`` of the group's earliest letter). Bodies that are exactly alike are paired with the
    earliest only. Linear in the characters and in the pairs that are alike.
    """
    order = (
        letters["written_at"].argsort(kind="stable").to_numpy()
        if "written_at" in letters
        else np.arange(len(letters))
    )
    letters = letters.iloc[order]
    first, second, similarity = similar_pairs(letters["body"].tolist(), at_least)
    ids = letters["letter_id"].array
    return pd.DataFrame(
        {
            "letter_id": ids[second],
            "repeat_of": ids[first],
            "similarity": similarity,
            "same_writer": _same(letters, first, second),
            "group_id": ids[groups(len(letters), first, second)[second]],
        }
    )


def _same(letters: pd.DataFrame, first: np.ndarray, second: np.ndarray) -> pd.array:
    if "writer_id" not in letters:
        return pd.array([None] * len(first), "boolean")
    writer = letters["writer_id"].astype("string").array
    return (writer[first] == writer[second]).astype("boolean")
