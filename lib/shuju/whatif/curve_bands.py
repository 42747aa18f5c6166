"""Bands of curves (区间): where each scenario's curve lies in nine tenths of all replicates, with so many of them that the band is stable.

Replicates of one number share what chance decides between scenarios, so what differs between two scenarios is told more exactly than either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

FIRST, MOST = 10, 320
STABLE = 0.05  # of the band's width: by how much its ends may move as replicates double
THIN = 0.008  # of the figure's height: a narrower band is hidden by the line
SHARE = 0.9

AT_ONCE = 20  # replicates between two looks at whether anybody still asks

Replicates = Callable[..., np.ndarray]  # (range of numbers, **parameters) -> numbers × places


class Outdated(BaseException):  # like the cancelling of a task: no fault that anybody should catch as one
    """Nobody asks for the bands any more."""


@dataclass(frozen=True)
class CurveBands:
    """Bands of several scenarios over the same places, ``low`` and ``high`` by scenario.

    ``n_runs`` replicates; ``moved`` by which share of their width the ends moved at the last doubling, ``widest`` the widest place,
    ``is_thin`` whether no band can be seen beside its line. ``replicates`` are what the bands were made of.
    """

    low: Mapping[str, np.ndarray]
    high: Mapping[str, np.ndarray]
    n_runs: int
    moved: float
    widest: float
    is_thin: bool
    replicates: Mapping[str, np.ndarray]

    @property
    def is_stable(self) -> bool:
        """Whether more replicates would not move the bands by much, or nobody could see it."""
        return self.is_thin or self.moved <= STABLE

    def difference(self, one: str, other: str) -> tuple[int, float, float, float] | None:
        """Return where two curves lie farthest apart: the place, by how much ``one`` is above ``other``, and the band of that.

        None where they are nowhere apart.
        """
        apart = _known(self.replicates[one] - self.replicates[other])
        mean = apart.mean(axis=0)
        if not np.nanmax(np.abs(mean), initial=0.0) > 0:
            return None
        at = int(np.nanargmax(np.abs(mean)))
        low, high = _ends(apart[:, [at]])
        return at, float(mean[at]), float(low[0]), float(high[0])


def curve_bands(
    replicates: Replicates,
    scenarios: Mapping[str, Mapping[str, Any]],
    most: int = MOST,
    is_outdated: Callable[[], bool] = lambda: False,
) -> CurveBands:
    """Return the bands of scenarios: replicates are doubled until the ends hardly move, or no band is wider than a line.

    O(replicates × scenarios) runs.

    Raises:
        Outdated: ``is_outdated`` says that nobody waits for them any more.
    """
    made = {name: replicates(range(FIRST), **given) for name, given in scenarios.items()}
    ends, moved = {name: _ends(rows) for name, rows in made.items()}, np.inf
    n = FIRST
    while True:
        widest = max((float(np.nanmax(high - low, initial=0.0)) for low, high in ends.values()), default=0.0)
        top = max((float(np.nanmax(np.abs(rows), initial=0.0)) for rows in made.values()), default=0.0)
        is_thin = widest <= THIN * top
        if is_thin or moved <= STABLE or 2 * n > most:
            break
        for name, given in scenarios.items():
            for start in range(n, 2 * n, AT_ONCE):
                if is_outdated():
                    raise Outdated
                more = replicates(range(start, min(start + AT_ONCE, 2 * n)), **given)
                made[name] = np.concatenate([made[name], more])
        before, n = ends, 2 * n
        ends = {name: _ends(rows) for name, rows in made.items()}
        moved = max(_moved(before[name], ends[name]) for name in scenarios)
    return CurveBands(
        {name: low for name, (low, _) in ends.items()}, {name: high for name, (_, high) in ends.items()},
        n, moved, widest, is_thin, made,
    )  # fmt: skip


def _ends(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.quantile(_known(rows), [(1 - SHARE) / 2, (1 + SHARE) / 2], axis=0)
    return low, high


def _known(rows: np.ndarray) -> np.ndarray:
    """Return the replicates that have numbers, all where none has: where chance drew nothing there is no share."""
    known = np.isfinite(rows).any(axis=1)
    return rows[known] if known.any() else rows


def _moved(before: tuple[np.ndarray, np.ndarray], after: tuple[np.ndarray, np.ndarray]) -> float:
    """Return by how much the ends moved in the mean of all places, as a share of the mean width."""
    width = float(np.nanmean(after[1] - after[0])) if np.isfinite(after[1]).any() else 0.0
    if width == 0:
        return 0.0
    return float(max(np.nanmean(np.abs(new - old)) for old, new in zip(before, after))) / width
