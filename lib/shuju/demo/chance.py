"""Chance by counter: every draw is a pure function of its keys, so no order of work can change it."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Keys = npt.NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, inline="always")
def mix(x: np.uint64) -> np.uint64:
    """Return the SplitMix64 finaliser of ``x`` (Steele, Lea & Flood 2014), a bijection of 64-bit words."""
    x = (x + np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def seeds_of(*parts: Any) -> Keys:
    """Return the 64-bit seeds that the broadcast ``parts`` (integers, arrays of them, texts) determine."""
    with np.errstate(over="ignore"):
        seeds: Any = np.uint64(0)
        for part in parts:
            seeds = _mix_array(np.asarray(seeds ^ _word(part), np.uint64))
    return seeds


def _word(part: Any) -> Any:
    return _word_of_text(part) if isinstance(part, str) else np.asarray(part).astype(np.uint64)


@cache
def _word_of_text(text: str) -> np.uint64:
    return np.frombuffer(blake2b(text.encode(), digest_size=8).digest(), np.uint64)[0]


def _mix_array(x: Keys) -> Keys:
    x = x + GOLDEN
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(seeds: Keys, what: str) -> npt.NDArray[np.float64]:
    """Return a number in [0, 1) for each seed; ``what`` tells draws of one seed apart."""
    return (seeds_of(seeds, what) >> np.uint64(11)) * 2.0**-53


def pick(seeds: Keys, what: str, n: Any) -> npt.NDArray[np.int64]:
    """Return an integer in [0, n) for each seed; ``n`` may be an array."""
    return np.minimum(uniform(seeds, what) * n, np.asarray(n) - 1).astype(np.int64)


def choose(seeds: Keys, what: str, weights: Any) -> npt.NDArray[np.int64]:
    """Return the index of a weight for each seed, by the share of the weights."""
    edges = np.cumsum(np.asarray(weights, float))
    return np.searchsorted(edges / edges[-1], uniform(seeds, what), side="right").clip(max=len(edges) - 1)


def normal(seeds: Keys, what: str) -> npt.NDArray[np.float64]:
    """Return a standard normal number for each seed (Box–Muller)."""
    a, b = uniform(seeds, f"{what} a"), uniform(seeds, f"{what} b")
    return np.sqrt(-2.0 * np.log1p(-a)) * np.cos(2.0 * np.pi * b)


def apportion(total: int, weights: Any) -> npt.NDArray[np.int64]:
    """Return whole numbers proportional to ``weights`` (any shape) that sum to ``total`` exactly."""
    weights = np.asarray(weights, float)
    ideal = total * weights / weights.sum()
    counts = np.floor(ideal).astype(np.int64)
    rest = total - int(counts.sum())
    order = np.argsort(-(ideal - counts), axis=None, kind="stable")[:rest]
    counts.reshape(-1)[order] += 1
    return counts
