"""Back-test (回测): fitted to what was known by a day, how well did a model foretell the letters that came later.

CRPS is the mean distance of a forecast distribution from what happened, in days: 0 is certainty, that of a single number its absolute error.
Source: T. Gneiting and A. Raftery, Strictly proper scoring rules, JASA 102 (2007).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shuju.whatif.delays import AsBefore, AtDesks, Model
from shuju.whatif.letter_history import CAP_DAYS, History
from shuju.whatif.office import Office

CUTS = (0.5, 0.6, 0.7)
DRAWS = 39
LATEST, TESTED = 10_000, 100_000
MODELS = (AsBefore, AtDesks)


def crps(history: History, drawn: np.ndarray, cap: float = CAP_DAYS) -> float:
    """Return the mean CRPS (days) of ``drawn`` delays, a row a draw, against what happened; delays are cut at ``cap``.

    O(draws log draws × letters).
    """
    happened, scored = history.observed(cap)
    return _crps(np.minimum(drawn[:, scored], cap), happened[scored])


def _crps(drawn: np.ndarray, happened: np.ndarray) -> float:
    if not drawn.size:
        return np.nan
    n = len(drawn)
    ordered = np.sort(drawn, axis=0)
    weight = (2 * np.arange(1, n + 1) - n - 1)[:, None]
    spread = (weight * ordered).sum(axis=0) / (n * max(n - 1, 1))
    return float((np.abs(drawn - happened).mean(axis=0) - spread).mean())


def backtest(history: History, cuts: Sequence[float] = CUTS) -> pd.DataFrame:
    """Return of each cut and model: ``cut`` (a day), ``model``, ``crps_days``, ``coverage_90``, ``n`` letters that were foretold.

    A cut is the day by which a share of the letters had come; letters after it are foretold, those that were not looked at for
    ``CAP_DAYS`` left out unless they were answered by then; at most the first ``LATEST`` of them. Of a long history the newest letters
    (``TESTED``) are taken.
    """
    rows = []
    history = history.part(np.arange(history.n) >= history.n - TESTED)
    for cut in cuts:
        day = np.floor(np.quantile(history.came, cut))
        before = history.known_at(day)
        later = (history.came >= day) & (history.came <= history.until - CAP_DAYS)
        if before.n == 0 or not later.any():
            continue
        for kind in MODELS:
            model = kind.fit(before)
            # A queue must run from its beginning: who waits at the cut is in the way of those who come.
            drawn = np.stack([model.delays(history, Office(), seed) for seed in range(DRAWS)])[:, later]
            after = history.part(later)
            happened, scored = after.observed()
            scored &= np.cumsum(scored) <= LATEST
            drawn = np.minimum(drawn[:, scored], CAP_DAYS)
            # Between the second and the last but one of 39 draws lie nine tenths of what the same distribution gives.
            low, high = np.partition(drawn, [1, DRAWS - 2], axis=0)[[1, DRAWS - 2]]
            inside = (low <= happened[scored]) & (happened[scored] <= high)
            rows.append(
                (
                    history.first_day + int(day),
                    model.title,
                    _crps(drawn, happened[scored]),
                    float(inside.mean()),
                    int(scored.sum()),
                )
            )
    return pd.DataFrame(rows, columns=["cut", "model", "crps_days", "coverage_90", "n"])


def better(tested: pd.DataFrame) -> str:
    """Return the title of the model that foretold better in the mean of all cuts; delays as they were, where none was tested."""
    if tested.empty:
        return AsBefore.title
    return str(tested.groupby("model", sort=False)["crps_days"].mean().idxmin())


def fitted(history: History) -> dict[str, Model]:
    """Return each model fitted to the whole history, by title."""
    return {kind.title: kind.fit(history) for kind in MODELS}
