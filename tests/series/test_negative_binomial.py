"""Tails of counts against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shuju.series.negative_binomial import quantile, upper_tail

means = st.floats(1e-3, 1e5)
ratios = st.one_of(st.just(1.0), st.floats(1.001, 50))


@given(means, ratios, st.floats(1e-6, 0.5))
def test_quantile_is_the_smallest_count_with_enough_below(mu: float, ratio: float, alpha: float) -> None:
    q = quantile(1 - alpha, mu, ratio)
    assert upper_tail(q + 1, mu, ratio) <= alpha * (1 + 1e-6) + 1e-12
    assert q == 0 or upper_tail(q, mu, ratio) >= alpha * (1 - 1e-6) - 1e-12


@given(st.integers(0, 200), st.floats(0.01, 100), ratios)
def test_tail_equals_scipy(count: int, mu: float, ratio: float) -> None:
    theirs = (
        stats.poisson.sf(count - 1, mu)
        if ratio == 1
        else stats.nbinom.sf(count - 1, mu / (ratio - 1), 1 / ratio)
    )
    assert upper_tail(count, mu, ratio) == pytest.approx(theirs, rel=1e-6, abs=1e-14)


@pytest.mark.parametrize(
    ("count", "mu", "ratio", "p"), [(0, 5, 2, 1.0), (3, 0, 1, 0.0), (np.nan, 1, 1, np.nan), (1, np.nan, 1, np.nan)]
)  # fmt: skip
def test_edges_of_the_tail(count: float, mu: float, ratio: float, p: float) -> None:
    np.testing.assert_equal(float(upper_tail(count, mu, ratio)), p)


def test_quantile_of_nothing() -> None:
    np.testing.assert_equal(quantile(0.99, [0.0, np.nan, np.inf], [1.0, 1.0, 1.0]), [0.0, np.nan, np.nan])
    assert quantile(0.99, np.empty((0, 3)), np.empty((0, 3))).shape == (0, 3)
