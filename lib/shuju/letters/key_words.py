"""Key words (关键词): what the letters chosen say more than all others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shuju.charts.bars import bars_plot
from shuju.facts.selection import Selection
from shuju.letters.letter_words import newest
from shuju.library.scope import EVERYTHING
from shuju.text.terms import keyness

WORDS = 30
AT_LEAST = ((4, 1), (50, 2))  # up to so many letters: a word of so many; beyond: of three


def key_words_data(selection: Selection) -> pd.DataFrame:
    """Return the words that the letters chosen say more than the others; of all letters, the most frequent ones.

    Columns ``term``, ``letters`` (how many of those chosen it is a word of), ``share`` of them, ``keyness`` (Dunning's G²),
    ``is_on`` (chosen as a filter); at most ``WORDS`` rows, chosen words first. ``attrs["letters"]`` is how many were
    counted. O(letters).
    """
    known = newest(selection.resources.limited_to(EVERYTHING))
    shown, positions = selection.shown, selection.positions  # type: ignore[attr-defined]
    here = known.count(shown, positions)
    n, n_all = len(positions), selection.n_all
    there = _in_all(known, selection.facts) - here  # type: ignore[attr-defined]
    stands_out = keyness(here, np.int64(n), there, np.int64(n_all - n)) if n < n_all else here.astype(float)
    chosen = set(getattr(selection, "word", ()))
    at_least = next((few for most, few in AT_LEAST if n <= most), 3)
    rows = np.flatnonzero((here >= at_least) & (stands_out > 0))
    found = pd.DataFrame(
        {"term": known.words[rows].astype(str), "letters": here[rows], "keyness": stands_out[rows]}
    )
    found = found.assign(share=found["letters"] / max(n, 1), is_on=found["term"].isin(chosen))
    found = found.sort_values(
        ["is_on", "keyness", "letters", "term"], ascending=[False, False, False, True], ignore_index=True
    )
    found = found.head(WORDS)[["term", "letters", "share", "keyness", "is_on"]]
    found.attrs["letters"] = n
    return found


def key_words_plot(frame: pd.DataFrame) -> Any:
    """Return the key words as bars of the number of letters that say them."""
    return bars_plot(frame.head(15).rename(columns={"term": "name", "letters": "n"})[["name", "n"]], "封")


def _in_all(known: Any, facts: Any) -> np.ndarray:
    """Return in how many of all letters each word stands; counted once for each open table."""
    if facts not in known.totals:
        known.totals[facts] = known.count(facts, np.arange(facts.n))
    return known.totals[facts]
