"""Points and cells that can be seen, however few rows are chosen."""

from __future__ import annotations

import numpy as np
import pytest

from shuju.charts.shading import visible, widened


def scattered(n: int, side: int = 400) -> np.ndarray:
    counts = np.zeros(side * side, np.uint32)
    counts[np.random.default_rng(1).choice(side * side, n, replace=False)] = 1
    return counts.reshape(side, side)


@pytest.mark.parametrize(
    ("n", "least"), [(1, 45), (100, 4_000), (1_000, 20_000), (5_000, 40_000), (20_000, 60_000)]
)
def test_few_rows_are_large_points(n: int, least: int) -> None:
    assert (visible(scattered(n)) > 0).sum() >= least


@pytest.mark.parametrize("n", [0, 40_000])
def test_none_and_many_stay_as_they_are(n: int) -> None:
    counts = scattered(n)
    assert visible(counts) is counts


def test_points_that_meet_are_darker() -> None:
    counts = np.zeros((40, 40), np.uint32)
    counts[20, 20] = counts[20, 22] = 1
    assert visible(counts).max() == 2


def test_a_sparse_raster_is_wider_but_keeps_its_rows() -> None:
    counts = np.zeros((10, 200), np.uint32)
    counts[3, 50] = 7
    wide = widened(counts)
    assert np.argwhere(wide).tolist() == [[3, 49], [3, 50], [3, 51]]
    assert widened(np.ones((4, 4), np.uint32)).sum() == 16
