"""The simulated outbreaks of Noufaily et al., Statistics in Medicine 32(7), 2013.

42 baselines: seven sets of parameters, each without and with trend, and with no, one or two frequencies of season.
624 weeks; four past outbreaks in weeks 313 to 575, of 2, 3, 5 or 10 standard deviations; in the last 49 weeks one
of 1 to 10. ``docs/methods/warning.md`` says what of this is from memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# theta, beta, gamma1, gamma2, phi
PARAMETERS = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2.0, 0.005, 0.1, 0.3, 2.0),
    (1.5, 0.003, 0.2, -0.4, 1.0),
    (0.5, 0.002, 0.5, 0.5, 5.0),
    (2.5, 0.001, 1.0, 0.1, 3.0),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5.0, 0.0001, 0.05, 0.01, 1.2),
)
WEEKS, BASELINE, CURRENT = 624, 312, 575
SCENARIOS = tuple(
    (theta, beta * trend, gamma1, gamma2, frequencies, phi)
    for theta, beta, gamma1, gamma2, phi in PARAMETERS
    for trend in (0, 1)
    for frequencies in (0, 1, 2)
)


@dataclass(frozen=True)
class Outbreaks:
    """Series × weeks: ``quiet`` counts with past outbreaks, ``added`` letters of the one now; scenario of each."""

    quiet: npt.NDArray[np.float64]
    added: npt.NDArray[np.float64]
    scenario: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]


def means(scenario: tuple[float, ...]) -> npt.NDArray[np.float64]:
    theta, beta, gamma1, gamma2, frequencies, _ = scenario
    week = np.arange(1, WEEKS + 1)
    angle = 2 * np.pi * np.arange(1, int(frequencies) + 1)[:, None] * week / 52
    return np.exp(theta + beta * week + (gamma1 * np.cos(angle) + gamma2 * np.sin(angle)).sum(axis=0))


def simulate(repeats: int, seed: int) -> Outbreaks:
    chance = np.random.default_rng(seed)
    quiet, added = [], []
    size = np.empty(len(SCENARIOS) * repeats, np.int64)
    for number, scenario in enumerate(SCENARIOS):
        mu, phi = means(scenario), scenario[-1]
        for turn in range(repeats):
            y = (chance.negative_binomial(mu / (phi - 1), 1 / phi) if phi > 1 else chance.poisson(mu)).astype(
                float
            )
            for start in chance.choice(np.arange(BASELINE, CURRENT), 4, replace=False):
                _add(y, chance, start, chance.choice([2, 3, 5, 10]) * np.sqrt(phi * mu[start]), CURRENT)
            k = chance.integers(1, 11)
            size[number * repeats + turn] = k
            start = chance.integers(CURRENT, WEEKS)
            now = np.zeros(WEEKS)
            _add(now, chance, start, k * np.sqrt(phi * mu[start]), WEEKS)
            quiet.append(y)
            added.append(now)
    scenario_of = np.repeat(np.arange(len(SCENARIOS)), repeats)
    return Outbreaks(np.array(quiet), np.array(added), scenario_of, size)


def _add(y: npt.NDArray, chance: np.random.Generator, start: int, mean: float, stop: int) -> None:
    """Add a Poisson number of cases, each at a lognormal(0, 0.5) number of weeks after the start."""
    later = np.floor(chance.lognormal(0, 0.5, chance.poisson(mean))).astype(int)
    np.add.at(y, np.minimum(start + later, stop - 1), 1)
