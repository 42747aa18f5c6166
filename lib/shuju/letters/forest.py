"""A forest of decision trees (extremely randomised trees): how likely what it is asked about is, from its features.

Source: P. Geurts, D. Ernst and L. Wehenkel, Extremely randomized trees, Machine Learning 63 (2006). The trees are grown by
``bench/same_matter.py``; here they are only read.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numba as nb
import numpy as np

SUREST = 0.995  # no share of the trees is told as surer: a few hundred pairs cannot tell more


class Forest(NamedTuple):
    """Trees as arrays, one entry a node: ``feature`` (-1: a leaf), ``split``, ``left`` (taken at ``split`` or below), ``right``.

    ``value``: the share of a leaf that is so. ``roots``: the first node of each tree.
    """

    feature: np.ndarray
    split: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    roots: np.ndarray

    def save(self, path: Path) -> None:
        """Write the forest to an ``.npz`` file."""
        np.savez_compressed(path, **self._asdict())


def read_forest(path: Path) -> Forest:
    """Return the forest of a file."""
    with np.load(path, allow_pickle=False) as held:
        return Forest(*(held[name] for name in Forest._fields))


@nb.njit(cache=True, nogil=True)
def log_odds(forest: Forest, features: np.ndarray) -> float:
    """Return the log-odds for one row of ``features``. O(trees · their depth)."""
    total = 0.0
    for root in forest.roots:
        node = root
        while forest.feature[node] >= 0:
            below = features[forest.feature[node]] <= forest.split[node]
            node = forest.left[node] if below else forest.right[node]
        total += forest.value[node]
    share = min(max(total / len(forest.roots), 1 - SUREST), SUREST)
    return np.log(share / (1 - share))
