"""Key words (关键词): what the letters chosen say more than letters in general."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shuju.charts.bars import bars_plot
from shuju.facts.crossfilter import Crossfilter
from shuju.facts.selection import Selection
from shuju.library import Library
from shuju.library.versioned import versioned
from shuju.text.terms import terms

LETTERS_READ = 800
WORDS = 30
BLOCK = 100


def key_words_data(selection: Selection) -> pd.DataFrame:
    """Return the words that the newest letters chosen say more than letters in general.

    Columns as those of ``shuju.text.terms.terms``, at most ``WORDS`` rows, from at most ``LETTERS_READ`` letters
    (their number is in ``attrs["letters"]``).
    """
    if not selection.total:
        return pd.DataFrame({"term": [], "letters": [], "share": []})
    texts = _texts(selection.resources, selection.keys(LETTERS_READ))  # type: ignore[attr-defined]
    found = terms(texts, against=usual_letters(selection.resources), at_least=2 if len(texts) > 4 else 1)
    found = found[(found["term"].str.len() >= 2) & (found["keyness"] >= 0)]
    found = found.head(WORDS).reset_index(drop=True)
    found.attrs["letters"] = len(texts)
    return found


def key_words_plot(frame: pd.DataFrame) -> Any:
    """Return the key words as bars of the number of letters that say them."""
    return bars_plot(frame.head(15).rename(columns={"term": "name", "letters": "n"})[["name", "n"]], "封")


@versioned("letters")
def usual_letters(library: Library) -> pd.DataFrame:
    """Return title and body of letters spread evenly over time: what letters say in general."""
    from shuju.letters.facts import newest

    facts = newest(library)
    crossfilter = Crossfilter(facts)
    starts = np.unique(np.linspace(0, max(facts.n - BLOCK, 0), LETTERS_READ // BLOCK).astype(int))
    keys = [facts.take("key", crossfilter.rows(BLOCK, int(start))) for start in starts]
    return _texts(library, np.unique(np.concatenate(keys)))


def _texts(library: Library, keys: npt.NDArray[np.int64]) -> pd.DataFrame:
    return library.take("letters", keys.tolist(), ("title", "body")).to_pandas()
