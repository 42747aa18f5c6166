"""Logistic regression beside beliefs: equal to a plain minimiser, exact where nothing is to be learned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from shuju.text.features import Rows
from shuju.text.softmax import fit_softmax


def made(n: int = 60, width: int = 12, classes: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    dense = chance.normal(size=(n, width)) * (chance.random((n, width)) < 0.5)
    return dense, chance.integers(classes, size=n), chance.normal(size=(n, classes))


def sparse(dense: np.ndarray) -> Rows:
    row, bucket = np.nonzero(dense)
    starts = np.searchsorted(row, np.arange(len(dense) + 1))
    return Rows(starts, bucket.astype(np.int32), dense[row, bucket].astype(np.float32), dense.shape[1])


@pytest.mark.parametrize("ridge", [0.1, 1.0, 10.0])
def test_it_is_the_minimum(ridge: float) -> None:
    dense, truth, believed = made()
    at = (np.arange(len(truth)), truth)

    def loss(flat: np.ndarray) -> float:
        weights = flat.reshape(dense.shape[1], -1)
        return (
            0.5 * ridge * np.vdot(weights, weights)
            - log_softmax(believed + dense @ weights, axis=1)[at].sum()
        )

    ours = fit_softmax(sparse(dense), truth, believed, ridge=ridge).astype(float).ravel()
    plain = minimize(loss, np.zeros(len(ours)), method="L-BFGS-B", options={"maxfun": 100_000}).fun
    assert plain - 1e-3 <= loss(ours) <= plain + 1e-3 * len(truth)


def test_without_rows_nothing_is_learned() -> None:
    dense, truth, believed = made()
    assert not fit_softmax(sparse(dense[:0]), truth[:0], believed[:0], ridge=1.0).any()


def test_what_is_believed_and_true_needs_no_weights() -> None:
    dense, truth, _ = made()
    believed = np.where(np.arange(4) == truth[:, None], 30.0, 0.0)
    assert abs(fit_softmax(sparse(dense), truth, believed, ridge=1.0)).max() < 1e-6
