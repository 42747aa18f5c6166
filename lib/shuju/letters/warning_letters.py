"""The letters of a warning, and the words that they say more often than letters before."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

import pandas as pd

from shuju.text.terms import terms

BEFORE = pd.Timedelta(weeks=8)


def letters_of_warning(letters: pd.DataFrame, warning: Mapping[str, Any] | pd.Series) -> pd.DataFrame:
    """Return the letters of one warning (a row of ``find_warnings``): of its series, from ``first_at`` to ``until``.

    ``letters`` has ``written_at`` and the columns of the series. O(letters).
    """
    return _of_series(letters, warning, warning["first_at"], warning["until"])


def words_of_warning(
    letters: pd.DataFrame, warning: Mapping[str, Any] | pd.Series, *, at_least: int = 2
) -> pd.DataFrame:
    """Return the words that a warning's letters use more often than those of the eight weeks before, strongest first.

    ``letters`` has ``title`` and ``body`` besides; columns as of ``shuju.text.terms.terms``.
    """
    mine = letters_of_warning(letters, warning)
    before = _of_series(letters, warning, warning["first_at"] - BEFORE, warning["first_at"])
    found = terms(mine, against=before, at_least=at_least)
    return found[found["log_ratio"] > 0].reset_index(drop=True)


def _of_series(
    letters: pd.DataFrame, warning: Mapping[str, Any] | pd.Series, start: pd.Timestamp, stop: pd.Timestamp
) -> pd.DataFrame:
    inside = (letters["written_at"] >= start) & (letters["written_at"] < stop)
    for name in takewhile(lambda column: column != "first_at", dict(warning)):
        inside &= (letters[name] == warning[name]).fillna(False)
    return letters[inside]
