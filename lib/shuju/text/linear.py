"""Linear classifiers over sparse rows: support vector machines, one class against the others.

Sources: C.-J. Hsieh et al., A dual coordinate descent method for large-scale linear SVM, ICML 2008;
S. Wang and C. Manning, Baselines and bigrams, ACL 2012 (features scaled by their log-count ratio).
"""

from __future__ import annotations

import numba as nb
import numpy as np

from shuju.text.features import Rows


def fit_svm(
    rows: Rows,
    is_class: np.ndarray,
    heavy: np.ndarray | None = None,
    *,
    penalty: float = 1.0,
    rounds: int = 60,
    seed: int = 1,
) -> np.ndarray:
    """Return the weights by bucket, the intercept last, that tell the rows of a class from the others.

    L2-regularised squared hinge loss; both sides weigh the same in sum. ``penalty`` is C;
    ``heavy`` multiplies it row by row. Time is linear
    in the entries times the rounds, of which few are needed.
    """
    share = np.where(is_class, is_class.mean(), 1 - is_class.mean())
    cost = penalty * 0.5 / share * (1.0 if heavy is None else heavy)
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(len(rows)), (rounds, 1)), axis=1)
    sign = np.where(is_class, 1.0, -1.0)
    return _descend(rows.starts, rows.buckets, rows.values, sign, cost, order, rows.n_buckets)


def log_count_ratio(rows: Rows, is_class: np.ndarray) -> np.ndarray:
    """Return by bucket how much more of the class's rows than of the others hold it.

    The log of the ratio of shares, each count one higher; 0 for a bucket in no row.
    """
    of_row = np.repeat(is_class, np.diff(rows.starts))
    inside = np.bincount(rows.buckets[of_row], minlength=rows.n_buckets)
    outside = np.bincount(rows.buckets[~of_row], minlength=rows.n_buckets)
    is_known = inside + outside > 0
    n_known = is_known.sum()
    ratio = np.log((1 + inside) / (inside.sum() + n_known)) - np.log(
        (1 + outside) / (outside.sum() + n_known)
    )
    return np.where(is_known, ratio, 0).astype(np.float32)


@nb.njit(cache=True, nogil=True)
def scores(starts: np.ndarray, buckets: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return rows × classes: each row's values times ``weights`` (buckets × classes), summed."""
    n_classes = weights.shape[1]
    found = np.zeros((len(starts) - 1, n_classes), np.float32)
    for row in range(len(starts) - 1):
        own = found[row]
        for k in range(starts[row], starts[row + 1]):
            value, of_bucket = np.float32(values[k]), weights[buckets[k]]
            for c in range(n_classes):
                own[c] += value * np.float32(of_bucket[c])
    return found


@nb.njit(cache=True, nogil=True)
def _descend(
    starts: np.ndarray,
    buckets: np.ndarray,
    values: np.ndarray,
    sign: np.ndarray,
    cost: np.ndarray,
    order: np.ndarray,
    n_buckets: int,
) -> np.ndarray:
    """Minimise the dual one row at a time; the intercept is a feature of value 1 that all rows have."""
    n_rows = len(starts) - 1
    weights = np.zeros(n_buckets + 1)
    dual = np.zeros(n_rows)
    curvature = 1 + 0.5 / cost
    for row in range(n_rows):
        for k in range(starts[row], starts[row + 1]):
            curvature[row] += values[k] * values[k]
    for visits in order:
        worst = 0.0
        for row in visits:
            margin = weights[n_buckets]
            for k in range(starts[row], starts[row + 1]):
                margin += weights[buckets[k]] * values[k]
            gradient = sign[row] * margin - 1 + 0.5 / cost[row] * dual[row]
            projected = min(gradient, 0.0) if dual[row] == 0 else gradient
            worst = max(worst, abs(projected))
            new = max(dual[row] - gradient / curvature[row], 0.0)
            step = (new - dual[row]) * sign[row]
            dual[row] = new
            if step != 0:
                weights[n_buckets] += step
                for k in range(starts[row], starts[row + 1]):
                    weights[buckets[k]] += step * values[k]
        if worst < 0.01:
            break
    return weights
